package mcmc

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// unconstrain is a handler that gives each continuous latent site the image of
// its stretch of the unconstrained vector, and adds up the log-determinants of
// the maps. It stands outside of enumeration.
type unconstrain struct {
	pyro.NopHandler
	layout *layout
	tape   *tensor.Tape
	leaves []*tensor.Tensor // by site; nil: choose
	// choose returns the unconstrained value of a site, of the given shape.
	choose func(s *pyro.Site, t transform.Transform, shape, free []int) *tensor.Tensor

	jacobian *tensor.Tensor // log |det| of this run; nil is 0
	found    []latent       // sites of this run, if they are chosen
	points   []*tensor.Tensor
	seen     int
	summed   bool // a site of this run is enumerated
}

// alone runs the model once on the empty tape.
func (h *unconstrain) alone() (*pyro.Trace, error) {
	h.tape.Reset()
	return h.run(h.tape.Watch(h.layout.key))
}

// run runs the model once on the tape, which is recording.
func (h *unconstrain) run(key rng.Key) (*pyro.Trace, error) {
	l := h.layout
	tr, err := enumerate.Run(h.tape, l.room, func(e *enumerate.Enum) (*pyro.Trace, error) {
		m := pyro.With(e.Model(l.model), func() pyro.Handler {
			h.jacobian, h.found, h.points, h.seen, h.summed = nil, h.found[:0], h.points[:0], 0, false
			return h
		})
		return pyro.RunOn(h.tape, m, key)
	})
	if err == nil && h.leaves != nil && h.seen < len(l.sites) {
		err = l.missing(tr)
	}
	return tr, err
}

// missing names the first latent site that a run did not reach.
func (l *layout) missing(tr *pyro.Trace) error {
	for _, s := range l.sites {
		if tr.Site(s.name) == nil {
			return &pyro.SiteError{Site: s.name, Reason: "the latent site was in the first run of the model, but is not in this one\n" + fixedSites}
		}
	}
	return &pyro.SiteError{Reason: "the latent sites differ between runs of the model\n" + fixedSites}
}

const fixedSites = "\tto repair it: a chain needs the same latent sites in every run; sum over structures, or use importance sampling"

// Process gives s its value.
func (h *unconstrain) Process(_ *pyro.P, s *pyro.Site) {
	h.summed = h.summed || s.EnumDim != 0
	switch {
	case s.Kind == pyro.PlateSite && s.Value == nil && s.Init != nil:
		panic(s.Errorf("the plate is subsampled, and a chain on a random part of the data has another target at each step\n" +
			"\tto repair it: drop pyro.Subsample for MCMC, or fit a guide with infer.SVI, which takes subsamples"))
	case s.Kind != pyro.SampleSite || s.Observed || s.Value != nil:
		return
	case s.Support().Discrete():
		panic(notEnumerated(s))
	}
	t := s.Support().Bijection()
	var u *tensor.Tensor
	if h.leaves != nil {
		u = h.tape.Var(h.leaf(s))
	} else {
		shape := h.shape(s)
		free := t.InverseShape(shape)
		u = h.choose(s, t, shape, free)
		h.found = append(h.found, latent{name: s.Name, shape: shape, free: free, n: u.Size()})
		h.points = append(h.points, u)
		u = h.tape.Var(u)
	}
	v := t.Forward(u)
	s.Value = v
	if transform.KeepsVolume(t) {
		return
	}
	if d := sum(t.LogAbsDet(u, v)); h.jacobian == nil {
		h.jacobian = d
	} else {
		h.jacobian = h.jacobian.Add(d)
	}
}

// leaf returns the variable of a site that the layout knows.
func (h *unconstrain) leaf(s *pyro.Site) *tensor.Tensor {
	i, ok := h.layout.index[s.Name]
	if !ok {
		panic(s.Errorf("the latent site was not in the first run of the model\n%s", fixedSites))
	}
	if got, want := h.shape(s), h.layout.sites[i].shape; !slices.Equal(got, want) {
		panic(s.Errorf("the latent site has shape %v, but had %v in the first run\n%s", got, want, fixedSites))
	}
	h.seen++
	return h.leaves[i]
}

// shape is that of a value of s: what the plates and the event ask for, without
// dims of enumeration.
func (h *unconstrain) shape(s *pyro.Site) []int {
	batch := s.Dist.BatchShape()
	if room := -s.EnumFrom - 1; h.summed && len(batch) > room {
		batch = batch[len(batch)-room:]
		for len(batch) > deepest(s) && batch[0] == 1 {
			batch = batch[1:]
		}
	}
	return append(slices.Clone(batch), s.Dist.EventShape()...)
}

// deepest is the number of dims that the plates of s reach to the left.
func deepest(s *pyro.Site) int {
	d := 0
	for _, pl := range s.Plates {
		if !pl.Sequential {
			d = max(d, -pl.Dim)
		}
	}
	return d
}

// notEnumerated tells why a discrete site could not be summed out.
func notEnumerated(s *pyro.Site) *pyro.SiteError {
	if s.Enumerate == pyro.EnumNever && dist.CanEnumerate(s.Dist) {
		return s.Errorf("the discrete latent site is marked pyro.NoEnum, and has no gradient to move along\n" +
			"\tto repair it: drop the mark, so that it is summed out exactly")
	}
	return s.Errorf("the discrete latent site has no gradient to move along, and %v has no finite support to sum over\n"+
		"\tto repair it: bound it, as dist.Categorical over the values that matter", s.Dist)
}

// uniformAt chooses points uniform in (-radius, radius).
func uniformAt(key rng.Key, radius float64) func(*pyro.Site, transform.Transform, []int, []int) *tensor.Tensor {
	return func(s *pyro.Site, _ transform.Transform, _, free []int) *tensor.Tensor {
		return tensor.Uniforms(key.FoldName(s.Name), free...).MulScalar(2 * radius).AddScalar(-radius)
	}
}

// logJoint is the log density of a run on the unconstrained scale: the log joint
// probability with discrete sites summed out, and the log-determinants.
func logJoint(tr *pyro.Trace, jacobian *tensor.Tensor) (lp *tensor.Tensor, err error) {
	e := pyro.Guard(func() {
		if lp, err = enumerate.LogJoint(tr, enumerate.Parts(tr)); err == nil && jacobian != nil {
			lp = lp.Add(jacobian)
		}
	})
	if e != nil {
		err = e
	}
	return lp, err
}

func sum(t *tensor.Tensor) *tensor.Tensor {
	if t.Rank() == 0 {
		return t
	}
	return t.Sum()
}
