package mcmc

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// values computes the variables of a draw from its unconstrained point: by the
// model at first, then by a recorded computation where that is right.
type values struct {
	p       *potential
	program *tensor.Program
	agreed  bool
	eager   bool // the model is not fixed enough to be recorded
	parts   []*tensor.Tensor
}

// prepare evaluates twice at x, where the model is known to run.
func (v *values) prepare(x []float64) error {
	dst := make([]float64, v.p.size)
	for range 2 {
		if err := v.at(x, dst); err != nil {
			return err
		}
	}
	return nil
}

// at writes the variables at x, but for those that need discrete sites, to dst.
func (v *values) at(x, dst []float64) error {
	copy(v.p.x, x)
	if !v.agreed {
		return v.run(dst)
	}
	v.program.Run(rng.Key{})
	i := 0
	for _, s := range v.p.vars {
		if !s.discrete {
			v.program.CopyOutput(i, dst[s.at:s.at+s.n])
			i++
		}
	}
	return nil
}

// run runs the model.
func (v *values) run(dst []float64) error {
	p := v.p
	defer p.Tape.Reset()
	tr, err := p.handler.alone()
	if err != nil {
		return err
	}
	v.parts = v.parts[:0]
	for _, s := range p.vars {
		if s.discrete {
			continue
		}
		x := tr.Value(s.name)
		if x == nil || x.Size() != s.n {
			return &pyro.SiteError{Site: s.name, Reason: "the site was there in the first run of the model, but is not in this one, or has another size"}
		}
		p.Tape.Quiet()
		x.CopyTo(dst[s.at : s.at+s.n])
		p.Tape.Loud()
		v.parts = append(v.parts, x)
	}
	if _, _, dynamic := p.Tape.Dynamic(); dynamic || p.Stats.Why != "" {
		v.eager = true
	}
	switch {
	case v.eager:
	case v.program == nil:
		v.program = p.Tape.RecordValues(v.parts)
	default:
		v.agreed = v.program.Difference(p.Tape) == ""
		v.eager = !v.agreed
	}
	return nil
}
