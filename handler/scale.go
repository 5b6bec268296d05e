package handler

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Scale returns m with all log probabilities multiplied by factor ≥ 0.
func Scale(m pyro.Model, factor *tensor.Tensor) pyro.Model {
	return func(p *pyro.P) { m(p.Scale(factor)) }
}

// Mask returns m with only those elements counting for which mask, which
// broadcasts to the plates, is not 0.
func Mask(m pyro.Model, mask *tensor.Tensor) pyro.Model {
	return func(p *pyro.P) { m(p.Mask(mask)) }
}

// Scope returns m with name and a dot put before the names of its sites.
func Scope(m pyro.Model, name string) pyro.Model {
	return func(p *pyro.P) { m(p.Scope(name)) }
}
