package contract

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// single sums one variable out whose factors all repeat along its own plates, as
// a mixture's do; ok is false where that is not all there is, and for what a plan
// refuses.
func (p *Problem) single() (total *tensor.Tensor, ok bool) {
	if len(p.Vars) != 1 || p.Vars[0].Keep || len(p.Factors) == 0 {
		return nil, false
	}
	v := p.Vars[0]
	elements := 1.0
	for _, f := range p.Factors {
		if !slices.Equal(f.Plates, v.Plates) || f.Log.Rank() < -v.Dim || f.axes != nil {
			return nil, false
		}
		elements = max(elements, float64(f.Log.Dim(v.Dim)))
	}
	for _, d := range v.Plates {
		elements *= float64(p.Plates[d])
	}
	if elements > MaxElements {
		return nil, false
	}
	log := p.Factors[0].Log
	for _, f := range p.Factors[1:] {
		log = log.Add(f.Log)
	}
	for i, n := range log.Shape() {
		d := i - log.Rank()
		if along := slices.Contains(v.Plates, d); along && n != p.Plates[d] || !along && d != v.Dim && n != 1 {
			return nil, false
		}
	}
	return log.LogSumExp(v.Dim).Sum(), true
}
