package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/tensor"
)

// Discrete returns m with its discrete latent sites of finite support at their
// jointly most probable values, given all others. A run without such a site is
// an error.
func Discrete(m pyro.Model) pyro.Model {
	return discrete(m, func(p *pyro.P, c *contract.Problem) (map[string]*tensor.Tensor, error) {
		return c.Argmax()
	})
}

// DiscreteSample returns m with its discrete latent sites of finite support
// drawn jointly from their exact posterior given all others.
func DiscreteSample(m pyro.Model) pyro.Model {
	return discrete(m, func(p *pyro.P, c *contract.Problem) (map[string]*tensor.Tensor, error) {
		return c.Sample(p.Key().FoldName("DiscreteSample"))
	})
}

func discrete(m pyro.Model, choose func(*pyro.P, *contract.Problem) (map[string]*tensor.Tensor, error)) pyro.Model {
	return func(p *pyro.P) {
		tr, err := enumerate.Run(nil, p.Key(), m, 2)
		if err != nil {
			panic(err)
		}
		c := enumerate.New(tr)
		if c.Empty() {
			panic(&pyro.SiteError{Reason: "Discrete: the model has no discrete latent site of finite support"})
		}
		values, err := choose(p, c.Problem())
		if err != nil {
			panic(&pyro.SiteError{Reason: err.Error(), Err: err})
		}
		data := make(pyro.Data, len(values))
		for name, v := range values {
			data[name] = atPlates(tr.Site(name), v)
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
	shape := index.Shape()
	index = index.Reshape(shape[len(shape)-keep:]...)
	event := len(s.Dist.EventShape())
	support := s.Value // [n, 1, …] + event
	flat := append([]int{support.Dim(s.EnumDim - event)}, s.Dist.EventShape()...)
	return support.Reshape(flat...).Index(index)
}
