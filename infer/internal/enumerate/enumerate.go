// Package enumerate runs a model with its discrete latent sites of finite
// support holding all their values at once, and sums them out of the log joint
// probability. Losses and samplers share it.
//
//	tr, err := enumerate.Run(2, func(first int) (*pyro.Trace, error) {
//		return pyro.RunOn(tape, handler.Enum(model, first), key)
//	})
//	logp, err := enumerate.LogJoint(tr, enumerate.Parts(tr))
package enumerate

import (
	"errors"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// Depth is the number of dims that the plates of a trace take, at least 2: more
// than most models need, so that they run once.
func Depth(tr *pyro.Trace) int {
	d := 2
	for s := range tr.Sites() {
		for _, pl := range s.Plates {
			if !pl.Sequential {
				d = max(d, -pl.Dim)
			}
		}
	}
	return d
}

// Run calls run with the first dim of enumeration, to the left of room plates.
// If plates nest deeper, it runs again with more room.
func Run(room int, run func(first int) (*pyro.Trace, error)) (*pyro.Trace, error) {
	for {
		tr, err := run(-1 - room)
		var deep *handler.DepthError
		if !errors.As(err, &deep) {
			return tr, err
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
