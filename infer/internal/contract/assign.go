package contract

import (
	"slices"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Argmax returns the most probable values of all variables together, by name.
// They have the dims of the plates, of size 1 where a variable is not in one.
func (p *Problem) Argmax() (map[string]*tensor.Tensor, error) {
	return p.assign(largest{}, func(_ *Var, logits *tensor.Tensor) *tensor.Tensor { return logits })
}

// Sample returns a draw of all variables together, with probabilities
// proportional to the product of the factors.
func (p *Problem) Sample(key rng.Key) (map[string]*tensor.Tensor, error) {
	// The largest of logits plus Gumbel noise is a draw (Gumbel 1954).
	return p.assign(logSum{}, func(v *Var, logits *tensor.Tensor) *tensor.Tensor {
		noise := tensor.Uniforms(key.FoldName(v.Name), logits.Shape()...).Log().Neg().Log().Neg()
		return logits.Add(noise)
	})
}

// assign chooses values for the variables, the last eliminated first: the
// largest of score(logits) given the values of those chosen before.
func (p *Problem) assign(ring semiring, score func(v *Var, logits *tensor.Tensor) *tensor.Tensor) (map[string]*tensor.Tensor, error) {
	pl, err := p.plan(false)
	if err != nil {
		return nil, err
	}
	for i := range pl.in {
		pl.in[i].log.t = pl.in[i].log.t.Detach()
	}
	all := pl.run(ring).all
	values := make([]array, len(p.Vars))
	out := map[string]*tensor.Tensor{}
	for i := len(pl.steps) - 1; i >= 0; i-- {
		s := &pl.steps[i]
		if s.v < 0 {
			continue
		}
		v := &p.Vars[s.v]
		var logits array
		for _, id := range s.left {
			f := all[id].log
			for _, x := range f.axes {
				if x >= 0 && x != s.v {
					f = f.pick(x, values[x])
				}
			}
			logits = logits.add(f)
		}
		plates := sorted(v.Plates)
		axes := append(slices.Clone(plates), s.v)
		full := logits.over(axes).Expand(p.shapeOf(plates, pl.sizes[s.v])...)
		index := score(v, full).ArgMax(-1)
		values[s.v] = array{index, plates}
		out[v.Name] = p.atDims(index, v.Plates, 0)
	}
	return out, nil
}
