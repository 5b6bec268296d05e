package infer

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Discrete returns m with its discrete latent sites of finite support at their
// jointly most probable values, given all others. A run without such a site is
// an error. Handlers that fix values may be inside or outside of it: parameters,
// conditions and replayed sites count either way.
func Discrete(m pyro.Model) pyro.Model {
	return discrete(m, func(_ rng.Key, c *contract.Problem) (map[string]*tensor.Tensor, error) {
		return c.Argmax()
	})
}

// DiscreteSample returns m with its discrete latent sites of finite support
// drawn jointly from their exact posterior given all others.
func DiscreteSample(m pyro.Model) pyro.Model {
	return discrete(m, func(key rng.Key, c *contract.Problem) (map[string]*tensor.Tensor, error) {
		return c.Sample(key.FoldName("DiscreteSample"))
	})
}

func discrete(m pyro.Model, choose func(rng.Key, *contract.Problem) (map[string]*tensor.Tensor, error)) pyro.Model {
	return func(p *pyro.P) {
		tape := p.Tape()
		if tape == nil {
			tape = tensor.NewTape()
		}
		tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
			return p.RehearseOn(tape, m, e.Model)
		})
		if err != nil {
			panic(err)
		}
		parts := enumerate.Parts(tr)
		if len(parts) == 0 {
			panic(&pyro.SiteError{Reason: "Discrete: the model has no discrete latent site of finite support"})
		}
		data := pyro.Data{}
		for _, c := range parts {
			values, err := choose(p.Key(), c.Problem())
			if err != nil {
				panic(c.Explain(err))
			}
			for name, v := range values {
				x := atPlates(tr.Site(name), v)
				if p.Tape() == nil {
					x = x.Clone()
				}
				data[name] = x
			}
		}
		handler.Substitute(m, data)(p)
	}
}

// atPlates drops the dims of enumeration, which have size 1, from a chosen
// index, and looks the value up in the support.
func atPlates(s *pyro.Site, index *tensor.Tensor) *tensor.Tensor {
	keep := 0
	for _, pl := range s.Plates {
		if !pl.Sequential {
			keep = max(keep, -pl.Dim)
		}
	}
	shape := append(slices.Repeat([]int{1}, keep), index.Shape()...)
	index = index.Reshape(shape[len(shape)-keep:]...)
	event := len(s.Dist.EventShape())
	support := s.Value // [n, 1, …] + event
	flat := append([]int{support.Dim(s.EnumDim - event)}, s.Dist.EventShape()...)
	return support.Reshape(flat...).Index(index)
}
