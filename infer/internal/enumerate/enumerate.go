// Package enumerate runs models with their discrete latent sites of finite
// support holding all their values at once, and sums them out of the log joint
// probability. Losses and samplers share it.
//
//	tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
//		return pyro.RunOn(tape, e.Model(model), key)
//	})
//	logp, err := enumerate.LogJoint(tr, enumerate.Parts(tr))
//
// Values lie along dims to the left of the plates. A few sites get a dim each.
// Of many, those that no tensor depends on together share a dim: a first run, in
// which each site holds one value, tells from the tape what depends on what. So
// the rank of tensors, and the time of a step, do not grow along a chain.
package enumerate

import (
	"errors"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// Enum makes sites hold their values.
type Enum struct {
	first  int // dim of enumeration
	crowd  int // product of the numbers of values that need no sharing
	values int // product of those met so far
	met    []*met
	dims   map[string]int // that were chosen; nil for one each
	survey bool           // sites hold one value
}

// met is a site that was given its values.
type met struct {
	site *pyro.Site
	n    int
}

// roomy is the number of joint values up to which each site has a dim of its own.
const roomy = 1 << 12

// errCrowd says that there are more. It is what a run is broken off with.
var errCrowd = errors.New("enumerate: many sites")

// crowded calls run and returns errCrowd where it was broken off.
func crowded(e *Enum, run func(*Enum) ([]*pyro.Trace, error)) (traces []*pyro.Trace, err error) {
	defer func() {
		if v := recover(); v == errCrowd {
			err = errCrowd
		} else if v != nil {
			panic(v)
		}
	}()
	return run(e)
}

// Model returns m with its latent sites of finite support, but those that have a
// value or are marked pyro.NoEnum, holding their values.
func (e *Enum) Model(m pyro.Model) pyro.Model { return handler.EnumBy(m, e.first, e.place) }

// Guide returns m with just the sites that are marked pyro.Enumerate.
func (e *Enum) Guide(m pyro.Model) pyro.Model {
	return handler.EnumBy(m, e.first, func(s *pyro.Site, support *tensor.Tensor) {
		if s.Enumerate == pyro.EnumAlways {
			e.place(s, support)
		}
	})
}

func (e *Enum) place(s *pyro.Site, support *tensor.Tensor) {
	dim := e.first - len(e.met)
	e.met = append(e.met, &met{s, support.Len()})
	switch {
	case e.survey:
		handler.Along(s, support.Slice(0, 0, 1), e.first)
		return
	case e.dims != nil:
		d, ok := e.dims[s.Name]
		if !ok {
			panic(s.Errorf("the discrete site was not there when the model ran before with the same draws"))
		}
		dim = d
	default:
		if e.values *= support.Len(); e.values > e.crowd {
			panic(errCrowd)
		}
	}
	handler.Along(s, support, dim)
}

// Depth is the number of dims that the plates of traces take, at least 2: more
// than most models need, so that they run once.
func Depth(traces ...*pyro.Trace) int {
	d := 2
	for _, tr := range traces {
		for s := range tr.Sites() {
			for _, pl := range s.Plates {
				if !pl.Sequential {
					d = max(d, -pl.Dim)
				}
			}
		}
	}
	return d
}

// Run calls run, which runs a model on a tape, with plates for so much room to
// begin with. If plates nest deeper, or there are many sites, it calls it again;
// the last trace counts.
func Run(tape *tensor.Tape, room int, run func(*Enum) (*pyro.Trace, error)) (*pyro.Trace, error) {
	traces, err := RunAll(tape, room, func(e *Enum) ([]*pyro.Trace, error) {
		tr, err := run(e)
		return []*pyro.Trace{tr}, err
	})
	if err != nil {
		return nil, err
	}
	return traces[0], nil
}

// RunAll is Run for several models whose sites are summed out together.
func RunAll(tape *tensor.Tape, room int, run func(*Enum) ([]*pyro.Trace, error)) ([]*pyro.Trace, error) {
	crowd := roomy
	if tape == nil { // what depends on what is not known
		crowd = math.MaxInt >> 1
	}
	for {
		e := &Enum{first: -1 - room, values: 1, crowd: crowd}
		traces, err := crowded(e, run)
		if err == errCrowd {
			e = &Enum{first: -1 - room, survey: true}
			tape.Aside(func() { traces, err = run(e) })
			if err == nil {
				return e.share(tape, traces, run)
			}
		}
		var deep *handler.DepthError
		if !errors.As(err, &deep) {
			return traces, err
		}
		room = -deep.Dim + 1
	}
}

// LogJoint is the log joint probability of a trace with its enumerated sites,
// those of the parts, summed out.
func LogJoint(tr *pyro.Trace, parts []*Part) (*tensor.Tensor, error) {
	total := tensor.Of(0.0)
	taken := map[*pyro.Site]bool{}
	for _, c := range parts {
		for _, s := range c.sites {
			taken[s] = true
		}
	}
	for s := range tr.Sites() {
		if s.Kind == pyro.SampleSite && !taken[s] {
			total = total.Add(sum(s.LogProb()))
		}
	}
	for _, c := range parts {
		scale, err := c.scale()
		if err != nil {
			return nil, err
		}
		logZ, err := c.Problem().LogSum()
		if err != nil {
			return nil, c.Explain(err)
		}
		if scale != nil {
			logZ = logZ.Mul(scale)
		}
		total = total.Add(logZ)
	}
	return total, nil
}

func sum(t *tensor.Tensor) *tensor.Tensor {
	if t.Rank() == 0 {
		return t
	}
	return t.Sum()
}
