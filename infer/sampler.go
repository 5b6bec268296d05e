package infer

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// sampling is a run of a sampler: n samples, of which sample i depends on key and
// i alone.
type sampling struct {
	n, workers int
	key        rng.Key
	// run runs the model, and the guide if there is one, on a tape. given has
	// the sample's part of what sampling.given has.
	run   func(tape *tensor.Tape, key rng.Key, given pyro.Data) (sample, error)
	keep  func(*pyro.Site) bool // in the result
	given pyro.Data             // values of all samples along a first dim
}

// sample is one run of model and guide; without a guide q is nil.
type sample struct {
	p, q *pyro.Trace
	logw *tensor.Tensor
}

// sampler draws samples: by running the model at first, and once two runs have
// computed alike by the recorded computation, several samples side by side. It is
// used from one goroutine at a time.
type sampler struct {
	of    *sampling
	tape  *tensor.Tape
	stats Stats

	program  *tensor.Program // output 0 is the log weight, the others are of kept
	kept     []keptSite
	agreed   bool // a second run computed alike
	differed int  // pairs of runs that did not
	last     int  // sample that was replayed last, not compared since; or -1

	lanes  *tensor.Lanes
	k      int // lanes
	keys   []rng.Key
	logw   []float64 // by lane
	given  []givenSite
	ys     []*tensor.Tensor
	buffer []float64
}

// keptSite is a site of which the recorded computation has the value.
type keptSite struct {
	name  string
	shape []int
	size  int
}

// givenSite is a value that is given for each sample.
type givenSite struct {
	name  string
	all   *tensor.Tensor
	one   []float64      // of the sample being run
	leaf  *tensor.Tensor // uses one
	lanes []float64
}

// abreast is how many samples are drawn side by side, where that helps. With 8 to 64
// of them the times differ by less than they vary.
const abreast = 16

func newSampler(sp *sampling) *sampler {
	s := &sampler{of: sp, tape: tensor.NewTape(), last: -1}
	if sp.n < chunk {
		s.stats.Why = fmt.Sprintf("to record the computation takes longer than %d samples", sp.n)
	}
	for _, name := range slices.Sorted(maps.Keys(sp.given)) {
		g := givenSite{name: name, all: sp.given[name]}
		shape := g.all.Shape()
		g.one = make([]float64, g.all.Size()/shape[0])
		g.leaf = tensor.Using(g.one, shape[1:]...)
		s.given = append(s.given, g)
	}
	return s
}

// run makes sample i by running the model, calls use with it, and records it, or
// compares it with the recording there is.
func (s *sampler) run(i int, use func(x *sample, logw float64) error) error {
	t, key := s.tape, s.of.key.Fold(i)
	t.Reset()
	if s.stats.Why == "" {
		key = t.Watch(key)
	}
	var given pyro.Data
	if len(s.given) > 0 {
		given = make(pyro.Data, len(s.given))
	}
	for j := range s.given {
		given[s.given[j].name] = s.given[j].at(t, i)
	}
	x, err := s.of.run(t, key, given)
	if err != nil {
		return err
	}
	t.Quiet()
	logw := x.logw.Item()
	if refused(logw) {
		e := &NonFiniteError{What: "log weight", Value: logw, Step: i + 1}
		e.blame(x.p, x.q)
		return e
	}
	if err := use(&x, logw); err != nil {
		return err
	}
	t.Loud()
	if !t.Watching() {
		return nil
	}
	return s.record(i, &x)
}

// refused reports whether a log weight has no meaning.
func refused(logw float64) bool { return math.IsNaN(logw) || math.IsInf(logw, 1) }

// at is the value for sample i, on a tape as what may be another one each time.
func (g *givenSite) at(t *tensor.Tape, i int) *tensor.Tensor {
	g.all.Select(0, i).CopyTo(g.one)
	return t.Var(g.leaf).Detach().To(g.all.DType())
}

// record decides whether to repeat what the tape holds, or checks that it is still
// right to.
func (s *sampler) record(i int, x *sample) error {
	t, first := s.tape, s.program == nil
	s.ys = append(s.ys[:0], x.logw.On(t))
	same, n := true, 0
	if first {
		s.kept = s.kept[:0]
	}
	for site := range x.p.Sites() {
		if !s.of.keep(site) {
			continue
		}
		s.ys = append(s.ys, site.Value.On(t))
		if shape := site.Value.Shape(); first {
			s.kept = append(s.kept, keptSite{site.Name, slices.Clone(shape), site.Value.Size()})
		} else {
			same = same && n < len(s.kept) && s.kept[n].name == site.Name && slices.Equal(s.kept[n].shape, shape)
		}
		n++
	}
	method, place, dynamic := t.Dynamic()
	switch {
	case dynamic && s.agreed:
		return changedSample(i, "it now reads a value with %s near site %q", method, place)
	case dynamic:
		s.program, s.stats.Why = nil, fmt.Sprintf("the model reads a value with %s near site %q", method, place)
		return nil
	case first:
		var leaves []*tensor.Tensor
		for j := range s.given {
			leaves = append(leaves, t.Var(s.given[j].leaf))
		}
		s.program = t.RecordSample(s.ys, leaves)
		return nil
	}
	difference := "the sites are others"
	if same && n == len(s.kept) {
		difference = s.program.Difference(t)
	}
	switch {
	case difference == "" && !s.agreed:
		s.prepare()
	case difference == "":
	case s.agreed:
		return changedSample(i, "%s", difference)
	default:
		// The next run is recorded anew.
		s.program = nil
		if s.differed++; s.differed == attempts {
			s.stats.Why = "two runs differ: " + difference
		}
	}
	return nil
}

// prepare makes the lanes.
func (s *sampler) prepare() {
	s.agreed = true
	s.stats.Instructions = s.program.Len()
	s.k = abreast
	if s.program.Undivided() != "" {
		s.k = 1
	}
	s.lanes = s.program.Lanes(s.k)
	s.stats.Bytes = s.program.Bytes()
	s.keys, s.logw = make([]rng.Key, s.k), make([]float64, s.k)
	for j := range s.given {
		g := &s.given[j]
		g.lanes = make([]float64, s.k*len(g.one))
		s.lanes.Set(j, g.lanes, len(g.one))
	}
}

// replay adds n samples from i on by the recorded computation. It adds none and
// returns false where one of them may be a mistake, which running the model finds
// out.
func (s *sampler) replay(i, n int, out *Weighted) bool {
	for j := range s.keys {
		s.keys[j] = s.of.key.Fold(i + min(j, n-1))
	}
	for j := range s.given {
		g := &s.given[j]
		g.all.Slice(0, i, i+n).CopyTo(g.lanes[:n*len(g.one)])
		for m := n; m < s.k; m++ {
			copy(g.lanes[m*len(g.one):], g.lanes[(n-1)*len(g.one):n*len(g.one)])
		}
		s.lanes.Set(j, g.lanes, len(g.one))
	}
	holds := false
	err := pyro.Guard(func() {
		s.lanes.Run(s.keys)
		holds = s.lanes.Holds()
	})
	if err != nil || !holds {
		return false
	}
	s.lanes.CopyOutput(0, s.logw, 1)
	if slices.ContainsFunc(s.logw, refused) {
		return false
	}
	row := len(out.LogWeights)
	out.LogWeights = append(out.LogWeights, s.logw[:n]...)
	for j := range s.kept {
		site := &s.kept[j]
		c := out.columnOf(site.name, site.shape, site.size, row)
		s.lanes.CopyOutput(j+1, c.grow(row, n, s.k), site.size)
	}
	s.stats.Replayed += n
	s.last = i + n - 1
	return true
}

// verify runs the sample that was replayed last, if it was not since, and compares.
func (s *sampler) verify(p *part) error {
	i := s.last
	if i < 0 {
		return nil
	}
	s.last = -1
	s.stats.Replayed--
	s.stats.Eager++
	return s.run(i, func(x *sample, logw float64) error { return s.compare(i, x, logw, p.out, i-p.from) })
}

// compare compares sample i with what was replayed, bit by bit.
func (s *sampler) compare(i int, x *sample, logw float64, out *Weighted, row int) error {
	if v := out.LogWeights[row]; !sameBits(v, logw) {
		return changedSample(i, "the log weight is %v, but the recorded computation gives %v", logw, v)
	}
	for j := range s.kept {
		k := &s.kept[j]
		site := x.p.Site(k.name)
		if site == nil || site.Value == nil || site.Value.Size() != k.size {
			return changedSample(i, "site %q is not what it was", k.name)
		}
		s.buffer = slices.Grow(s.buffer[:0], k.size)[:k.size]
		site.Value.CopyTo(s.buffer)
		c := out.columns[k.name]
		for e, v := range c.data[len(c.data)-(len(out.LogWeights)-row)*k.size:][:k.size] {
			if w := s.buffer[e]; !sameBits(v, w) {
				return changedSample(i, "the value of site %q is %v, but the recorded computation gives %v", k.name, w, v)
			}
		}
	}
	return nil
}

// sameBits compares numbers, all NaN being alike.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// changedSample is the error of a model that changed, found at sample i.
func changedSample(i int, format string, args ...any) error {
	return &ChangedError{Step: i + 1, What: fmt.Sprintf(format, args...), sample: true}
}
