package enumerate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/tensor"
)

// Part is a part of a trace that is connected through enumerated sites:
// these, and the sites whose log probabilities vary with them.
type Part struct {
	vars  []contract.Var
	sites []*pyro.Site
}

// Parts takes the enumerated sites of a trace apart into parts that have
// no factor in common.
func Parts(tr *pyro.Trace) []*Part {
	var vars []contract.Var
	for s := range tr.Sites() {
		if s.EnumDim != 0 && s.Kind == pyro.SampleSite {
			vars = append(vars, contract.Var{Name: s.Name, Dim: s.EnumDim, Plates: plateDims(s)})
		}
	}
	if len(vars) == 0 {
		return nil
	}
	part := make([]*Part, len(vars)) // of each variable
	for i := range vars {
		part[i] = &Part{vars: vars[i : i+1]}
	}
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		var c *Part
		for i, v := range vars {
			if s.EnumDim != v.Dim && size(s.Unscaled(), v.Dim) == 1 || part[i] == c {
				continue
			}
			if c == nil {
				c = part[i]
			} else {
				c = join(part, c, part[i])
			}
		}
		if c != nil {
			c.sites = append(c.sites, s)
		}
	}
	var out []*Part
	for _, c := range part {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// join makes one part of two.
func join(part []*Part, a, b *Part) *Part {
	c := &Part{vars: slices.Concat(a.vars, b.vars), sites: slices.Concat(a.sites, b.sites)}
	for i, x := range part {
		if x == a || x == b {
			part[i] = c
		}
	}
	return c
}

// size is the size of x at a negative dim.
func size(x *tensor.Tensor, dim int) int {
	if -dim > x.Rank() {
		return 1
	}
	return x.Dim(dim)
}

func plateDims(s *pyro.Site) (dims []int) {
	for _, pl := range s.Plates {
		if !pl.Sequential {
			dims = append(dims, pl.Dim)
		}
	}
	return dims
}

// Problem is the sum-product problem of the sites.
func (c *Part) Problem() *contract.Problem {
	p := &contract.Problem{Vars: c.vars, Plates: map[int]int{}}
	for _, s := range c.sites {
		p.Factors = append(p.Factors, contract.Factor{Log: logFactor(s), Plates: plateDims(s)})
		for _, pl := range s.Plates {
			if !pl.Sequential {
				p.Plates[pl.Dim] = pl.Len()
			}
		}
	}
	return p
}

// Explain turns the error of an elimination, which knows dims, into one about
// the sites of the model.
func (c *Part) Explain(err error) error {
	out := &pyro.SiteError{Site: c.vars[0].Name, Reason: err.Error(), Err: err}
	var coupled *contract.IntractableError
	var large *contract.SizeError
	switch {
	case errors.As(err, &coupled):
		out.Site = coupled.Vars[0]
		out.Reason = fmt.Sprintf("the sites %q cannot be summed out exactly: they repeat along different plates, and a site in the plates %q depends on all of them\n"+
			"\tto repair it: draw some of them in the guide, or move them out of their plate", coupled.Vars, c.plateNames(coupled.Plates))
	case errors.As(err, &large):
		out.Site = large.Var
		out.Reason = fmt.Sprintf("to sum the site out takes an array of %.3g elements, together with %q\n"+
			"\tto repair it: draw some of them in the guide", large.Elements, large.With)
	}
	return out
}

// plateNames returns the names of the plates at the given dims.
func (c *Part) plateNames(dims []int) (names []string) {
	for _, s := range c.sites {
		for _, pl := range s.Plates {
			if !pl.Sequential && slices.Contains(dims, pl.Dim) && !slices.Contains(names, pl.Name) {
				names = append(names, pl.Name)
			}
		}
	}
	return names
}

// logFactor is the log probability of a site. That of an enumerated site is not
// masked, so that where its mask is 0 the sum over it is that of a probability,
// which is 1.
func logFactor(s *pyro.Site) *tensor.Tensor {
	if s.EnumDim != 0 && s.Mask != nil {
		return s.Dist.LogProb(s.Value)
	}
	return s.Unscaled()
}

// scale returns the one scale of all sites, which stands before the logarithm
// of the sum; nil is 1.
func (c *Part) scale() (*tensor.Tensor, error) {
	a := c.sites[0]
	for _, s := range c.sites {
		if s.Scale != nil && s.Scale.Size() != 1 {
			return nil, s.Errorf("the scale of a site with enumerated variables must be a single number, not of shape %v", s.Scale.Shape())
		}
		if s.Scale != a.Scale && factor(s) != factor(a) {
			return nil, s.Errorf("sites that share enumerated variables must have one scale, but that of this site is %v, and %q's %v\n"+
				"\tto repair it: put both under the same subsampled plate or Scale", factor(s), a.Name, factor(a))
		}
	}
	if a.Scale == nil {
		return nil, nil
	}
	return a.Scale.Reshape(), nil
}

func factor(s *pyro.Site) float64 {
	if s.Scale == nil {
		return 1
	}
	return s.Scale.Item()
}
