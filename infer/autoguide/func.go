package autoguide

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Func makes a user's guide function a Part, which tells of its sites by running.
// Its plates must not be subsampled for that.
type Func pyro.Model

// Guide calls f.
func (f Func) Guide(p *pyro.P) { f(p) }

// Median returns the medians of the sites: Quantile at ½.
func (f Func) Median(params *pyro.Params) pyro.Data { return f.Quantile(params, 0.5) }

// Quantile returns the q-quantiles of the sites from 10,000 runs with a fixed key:
// element by element, of continuous sites on the unconstrained scale. It panics
// with a *pyro.SiteError unless 0 < q < 1.
func (f Func) Quantile(params *pyro.Params, q float64) pyro.Data {
	checkQuantile(q)
	out := pyro.Data{}
	for name, c := range f.columns(params, drawnKey(), quantileDraws) {
		v := tensor.Stack(0, c.values...)
		if c.support.Discrete() {
			out[name] = columnQuantile(v, q)
			continue
		}
		t := c.support.Transform()
		out[name] = t.Forward(columnQuantile(t.Inverse(v), q))
	}
	return out
}

// Sample returns the draws of n runs, run i with key.Fold(i), of shape [n] + the
// site's. It panics with a *pyro.SiteError where a run fails, where sites change
// from run to run and where a plate is subsampled.
func (f Func) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	out := pyro.Data{}
	for name, c := range f.columns(params, key, n) {
		out[name] = tensor.Stack(0, c.values...)
	}
	return out
}

// drawn are the values of a site in several runs, and its support in the first.
type drawn struct {
	support constraint.Constraint
	values  []*tensor.Tensor
}

func (f Func) columns(params *pyro.Params, key rng.Key, n int) map[string]*drawn {
	m := params.Bind(pyro.Model(f))
	columns := map[string]*drawn{}
	for i := range n {
		tr, err := pyro.Run(m, key.Fold(i))
		if err != nil {
			panic(err)
		}
		for s := range tr.Latents() {
			whole(s)
			if s.Aux {
				continue
			}
			if i == 0 {
				columns[s.Name] = &drawn{support: s.Support()}
			}
			c := columns[s.Name]
			if c == nil {
				panic(s.Errorf("autoguide.Func: the site is not in every run of the function"))
			}
			c.values = append(c.values, s.Value)
		}
	}
	for name, c := range columns {
		if len(c.values) != n {
			panic(&pyro.SiteError{Site: name, Reason: "autoguide.Func: the site is not in every run of the function"})
		}
	}
	return columns
}

// LogDensity returns the log density of the function at values of its sites. A
// value that is missing, has another shape or is off the support is a
// *pyro.SiteError, and so is an auxiliary site, over which it would have to be
// integrated.
func (f Func) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	m := handler.Substitute(params.Bind(pyro.Model(f)), values, handler.AllowMissing)
	tr, err := pyro.Run(m, rng.New(0))
	if err != nil {
		return 0, err
	}
	var total float64
	err = pyro.Guard(func() {
		for s := range tr.Latents() {
			whole(s)
			switch {
			case s.Aux:
				panic(s.Errorf("autoguide.Func: the site is auxiliary, so that the function's density is an integral over it"))
			case values[s.Name] == nil:
				panic(s.Errorf("the values lack this site"))
			}
			if at, ok := s.Support().Check(s.Value); !ok {
				panic(s.Errorf("value %v is not %v (element %d)", s.Value, s.Support(), at))
			}
		}
		total = tr.LogProb().Item()
	})
	return total, err
}

// whole refuses a site of which a run has a part.
func whole(s *pyro.Site) {
	i := slices.IndexFunc(s.Plates, func(pl pyro.Plate) bool { return pl.Len() != pl.Size })
	if i >= 0 {
		panic(s.Errorf("autoguide.Func: plate %q is subsampled, so that a run has only some elements of the site", s.Plates[i].Name))
	}
}
