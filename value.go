package pyro

import (
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// complete gives s a value if no handler did, and checks it.
func (r *run) complete(s *Site) {
	switch s.Kind {
	case SampleSite:
		r.completeSample(s)
	case ParamSite:
		if s.Value == nil {
			s.Value = s.start()
		} else if !s.bound {
			r.quiet()
			s.checkParam("value", s.Value)
			r.loud()
			r.requireIn(s.Value, s.Constraint, true)
		}
		r.lift(s)
	case PlateSite:
		if s.Value == nil && s.Init != nil {
			s.Value = s.Init()
		}
	}
}

func (r *run) completeSample(s *Site) {
	defer s.annotate()
	if s.Dist == nil {
		panic(s.errorf("the distribution is nil"))
	}
	s.fitPlates() // a handler may have changed the distribution
	r.quiet()
	if err := dist.Validate(s.Dist); err != nil {
		panic(s.wrap(err))
	}
	r.require(s.Dist)
	if !s.Stop { // one that is hidden may depend on a visible one that is enumerated
		s.checkDims()
	}
	switch {
	case s.Value == nil:
		r.loud()
		s.draw(r)
		return
	case s.EnumDim != 0:
		r.lift(s)
	default:
		s.checkShape()
		if s.Missing {
			s.fillMissing(r)
		}
		r.lift(s)
		if err := dist.ValidateValue(s.Dist, s.Value); err != nil {
			panic(s.wrap(err))
		}
		r.requireIn(s.Value, s.Support(), true)
	}
	r.loud()
}

// require passes on what Validate has checked, for a recording of the run.
func (r *run) require(d dist.Distribution) {
	if r.tape == nil || !r.tape.Watching() {
		return
	}
	for x, set := range dist.Conditions(d) {
		r.requireIn(x, set, dist.Implied(set))
	}
}

// requireIn passes on that x was found to be in a set.
func (r *run) requireIn(x *tensor.Tensor, set constraint.Constraint, implied bool) {
	if r.tape == nil || !r.tape.Watching() {
		return
	}
	bounds := constraint.Bounds(set)
	if !x.Varying() && bounds == nil {
		return
	}
	bind := func(xs []*tensor.Tensor) func() bool {
		set := constraint.Within(set, xs[1:])
		return func() bool {
			_, ok := set.Check(xs[0])
			return ok
		}
	}
	r.tape.Require(tensor.Condition{What: set, Implied: implied, Bind: bind}, append([]*tensor.Tensor{x}, bounds...)...)
}

// draw samples the value from the site's key.
func (s *Site) draw(r *run) {
	key := s.key(r)
	if d, ok := dist.As[dist.Reparam](s.Dist); ok && !s.NoReparam {
		s.Value = d.RSample(key)
	} else {
		s.Value = s.Dist.Sample(key)
	}
	r.lift(s)
}

// key returns the key of the site's draws: that of the run and the full name,
// unless a handler gave one.
func (s *Site) key(r *run) rng.Key {
	if s.Key == (rng.Key{}) {
		s.Key = r.key.FoldName(s.fullName())
	}
	return s.Key
}

// start returns the checked start value of a parameter.
func (s *Site) start() *tensor.Tensor {
	var v *tensor.Tensor
	if s.Init != nil {
		v = s.Init()
	}
	if v == nil {
		panic(s.errorf("the parameter has no value yet, and no start value was given"))
	}
	s.checkParam("start value", v)
	return v
}

// checkParam refuses a value of a parameter outside its constraint.
func (s *Site) checkParam(what string, v *tensor.Tensor) {
	at, ok := s.Constraint.Check(v)
	if ok {
		return
	}
	index := ""
	if rank := v.Rank() - s.Constraint.EventRank(); rank > 0 {
		x := v.Clone()
		index = sprintf(" at index %v", x.Position(at * eventSize(x, rank))[:rank])
	}
	panic(s.errorf("%s %v is not in %v%s", what, v, s.Constraint, index))
}

// eventSize is the number of elements of the dims of x after the first rank.
func eventSize(x *tensor.Tensor, rank int) int {
	n := 1
	for _, d := range x.Shape()[rank:] {
		n *= d
	}
	return n
}

// checkShape refuses a value from outside that does not fit the distribution, which fits
// the plates, or the plates.
func (s *Site) checkShape() {
	shape, event := s.Value.Shape(), s.Dist.EventShape()
	if len(shape) < len(event) || !slices.Equal(shape[len(shape)-len(event):], event) {
		panic(s.errorf("value of shape %v does not end in the event shape %v of %v", shape, event, s.Dist))
	}
	batch := shape[:len(shape)-len(event)]
	if slices.Equal(batch, s.Dist.BatchShape()) {
		return
	}
	for i := range s.Plates {
		pl := &s.Plates[i]
		if pl.Sequential {
			continue
		}
		n := 1
		if -pl.Dim <= len(batch) {
			n = batch[len(batch)+pl.Dim]
		}
		if n == pl.Len() {
			continue
		}
		e := s.errorf("value of shape %v does not fit\n\tin plate %q: size %d at dim %d, where the value has %d",
			shape, pl.Name, pl.Len(), pl.Dim, n)
		if n == pl.Size {
			e.Reason += sprintf("\n\tto repair it: take the part that belongs to the subsample with Subsample(value, %d)", len(event))
		}
		panic(e)
	}
	if !s.Stop {
		s.explain("value", batch)
	}
}

// checkDims refuses dims of the distribution, scale or mask that the plates do
// not account for.
func (s *Site) checkDims() {
	s.explain("batch", s.Dist.BatchShape())
	if s.Scale != nil {
		s.explain("scale", s.Scale.Shape())
	}
	if s.Mask != nil {
		s.explain("mask", s.Mask.Shape())
	}
}

// explain refuses dims that neither a plate nor an enumerated variable accounts
// for.
func (s *Site) explain(what string, shape []int) {
	if len(shape) > 0 {
		s.explainDims(what, shape)
	}
}

func (s *Site) explainDims(what string, shape []int) {
	for i, n := range shape {
		dim := i - len(shape)
		if n == 1 || s.EnumFrom != 0 && dim <= s.EnumFrom || s.EnumDim != 0 && dim == s.EnumDim {
			continue
		}
		switch pl := s.plateAt(dim); {
		case pl == nil:
			panic(s.errorf("the %s has shape %v, but no plate is at dim %d, of size %d\n"+
				"\tto repair it: open a plate of size %d around the site,\n"+
				"\tor make the dim part of one draw with dist.Independent(d, 1),\n"+
				"\tor use the handle that the plate returned, not the one it was made from", what, shape, dim, n, n))
		case n != pl.Len():
			panic(s.errorf("%s shape %v does not fit\n\tin plate %q: size %d at dim %d", what, shape, pl.Name, pl.Len(), pl.Dim))
		}
	}
}

// plateAt returns the plate at a dim, or nil.
func (s *Site) plateAt(dim int) *Plate {
	for i := range s.Plates {
		if p := &s.Plates[i]; !p.Sequential && p.Dim == dim {
			return p
		}
	}
	return nil
}

// fitPlates gives the distribution the batch shape that the plates ask for.
func (s *Site) fitPlates() {
	if len(s.Plates) == 0 {
		return
	}
	have, fits := s.Dist.BatchShape(), true
	for i := range s.Plates {
		pl := &s.Plates[i]
		if pl.Sequential {
			continue
		}
		if -pl.Dim > len(have) {
			fits = false
			continue
		}
		n := have[len(have)+pl.Dim]
		if n != 1 && n != pl.Len() {
			panic(s.errorf("batch shape %v does not fit\n\tin plate %q: size %d at dim %d", have, pl.Name, pl.Len(), pl.Dim))
		}
		fits = fits && n == pl.Len()
	}
	if !fits {
		s.Dist = s.Dist.Expand(plateShape(have, s.Plates)...)
	}
}

// plateShape is the batch shape that the plates ask for, where each dim of have
// is 1 or fits.
func plateShape(have []int, plates []Plate) []int {
	rank := len(have)
	for i := range plates {
		if !plates[i].Sequential {
			rank = max(rank, -plates[i].Dim)
		}
	}
	s := make([]int, rank)
	for i := range s {
		s[i] = 1
	}
	copy(s[rank-len(have):], have)
	for i := range plates {
		if p := &plates[i]; !p.Sequential {
			s[rank+p.Dim] = p.Len()
		}
	}
	return s
}
