package infer

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Discrete returns m with its discrete latent sites of finite support at their
// jointly most probable values, given all sites that have values. A run without
// such a site is an error. Handlers that fix values may be inside or outside of it:
// parameters, conditions and replayed sites count either way. Other sites without
// a value are drawn from the model, given the discrete ones; what is drawn says
// nothing about these, unless something observed depends on it. Masked sites have
// any values, and say nothing about the others.
func Discrete(m pyro.Model) pyro.Model {
	return discrete(m, func(_ rng.Key, c *enumerate.Part) (map[string]*tensor.Tensor, error) {
		return c.Masked().Problem().Argmax()
	})
}

// DiscreteSample returns m with its discrete latent sites of finite support
// drawn jointly from their exact posterior given all sites that have values, as for
// Discrete. With other latent sites drawn from their posterior, a run is a draw from
// the joint posterior and, of sites without a value, from the predictive
// distribution.
func DiscreteSample(m pyro.Model) pyro.Model {
	return discrete(m, func(key rng.Key, c *enumerate.Part) (map[string]*tensor.Tensor, error) {
		return c.Problem().Sample(key.FoldName("DiscreteSample"))
	})
}

// DiscreteTempered is DiscreteSample from the posterior to the power
// 1/temperature, normalised: at temperature 1 that is the posterior, and at 0
// Discrete. Masked sites have values that are equally probable. It panics with a *pyro.SiteError unless the temperature is finite and
// at least 0.
func DiscreteTempered(m pyro.Model, temperature float64) pyro.Model {
	switch {
	case temperature == 0:
		return Discrete(m)
	case !(temperature > 0) || !finite(temperature):
		panic(&pyro.SiteError{Reason: fmt.Sprintf("DiscreteTempered: the temperature is %v; it must be finite and at least 0", temperature)})
	}
	return discrete(m, func(key rng.Key, c *enumerate.Part) (map[string]*tensor.Tensor, error) {
		return c.Masked().Problem().Tempered(temperature).Sample(key.FoldName("DiscreteSample"))
	})
}

// Marginal is the distribution of a discrete site by itself.
type Marginal struct {
	Values *tensor.Tensor // the possible ones, of shape [n] + event
	Probs  *tensor.Tensor // of shape plates + [n]
}

// DiscreteMarginals returns the exact posterior probabilities of each discrete
// latent site of finite support, by name, given all sites that have values. Others
// are drawn with key, as for Discrete. They take one elimination and its gradient. A model
// without such a site, or in which they cannot be summed out, is a
// *pyro.SiteError.
func DiscreteMarginals(m pyro.Model, key rng.Key) (map[string]Marginal, error) {
	tape := tensor.NewTape()
	tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
		return pyro.RunOn(tape, valued(e.Model(m)), key)
	})
	if err != nil {
		return nil, err
	}
	out := map[string]Marginal{}
	e := pyro.Guard(func() {
		for _, c := range enumerate.Parts(tr) {
			probs, failed := c.Problem().Marginals()
			if failed != nil {
				err = c.Explain(failed)
				return
			}
			for name, x := range probs {
				s := tr.Site(name)
				out[name] = Marginal{Values: support(s).Clone(), Probs: inPlates(s, x, 1)}
			}
		}
	})
	switch {
	case e != nil:
		return nil, e
	case err != nil:
		return nil, err
	case len(out) == 0:
		return nil, &pyro.SiteError{Reason: "DiscreteMarginals: the model has no discrete latent site of finite support"}
	}
	return out, nil
}

func discrete(m pyro.Model, choose func(rng.Key, *enumerate.Part) (map[string]*tensor.Tensor, error)) pyro.Model {
	return func(p *pyro.P) {
		tape := p.Tape()
		if tape == nil {
			tape = tensor.NewTape()
		}
		tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
			return p.RehearseOn(tape, m, func(m pyro.Model) pyro.Model { return valued(e.Model(m)) })
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
			values, err := choose(p.Key(), c)
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

// valued leaves the sites out of a run that handlers further in gave no value: what
// is drawn there for each value of the discrete sites is no evidence for any of these.
func valued(m pyro.Model) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return onlyValued{} })
}

type onlyValued struct{ pyro.NopHandler }

func (onlyValued) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && s.Value == nil && !s.Observed {
		s.Stop = true
	}
}

// atPlates looks a chosen index up in the support of a site.
func atPlates(s *pyro.Site, index *tensor.Tensor) *tensor.Tensor {
	return support(s).Index(inPlates(s, index, 0))
}

// inPlates keeps the dims that the plates of a site take, and so many more behind
// them; others, to the left, have size 1.
func inPlates(s *pyro.Site, x *tensor.Tensor, more int) *tensor.Tensor {
	keep := more
	for _, pl := range s.Plates {
		if !pl.Sequential {
			keep = max(keep, more-pl.Dim)
		}
	}
	shape := append(slices.Repeat([]int{1}, keep), x.Shape()...)
	return x.Reshape(shape[len(shape)-keep:]...)
}

// support lists the values of an enumerated site, of shape [n] + event.
func support(s *pyro.Site) *tensor.Tensor {
	event := s.Dist.EventShape() // the value is [n, 1, …] + event
	n := s.Value.Dim(s.EnumDim - len(event))
	return s.Value.Reshape(append([]int{n}, event...)...)
}
