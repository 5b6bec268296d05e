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
	index map[int]int  // of variables of the trace in vars
	whole []int        // the reverse
	terms []term       // with indices in vars
	sites []*pyro.Site // of terms
}

// term is the log probability of a site and the variables it varies with.
type term struct {
	site  *pyro.Site
	log   *tensor.Tensor
	vars  []int
	scale *tensor.Tensor // that log lacks; nil is 1
}

// factors are the log probabilities of all sites.
func factors(traces []*pyro.Trace) (out []term) {
	for _, tr := range traces {
		for s := range tr.Sites() {
			if s.Kind == pyro.SampleSite {
				out = append(out, term{site: s, log: logFactor(s)})
			}
		}
	}
	return out
}

// Parts takes the enumerated sites of a trace apart into parts that have
// no factor in common. It panics with a *pyro.SiteError where a site depends on
// others than its Markov chain allows.
func Parts(tr *pyro.Trace) []*Part {
	var vars []contract.Var
	var sites []*pyro.Site
	for s := range tr.Sites() {
		if s.EnumDim != 0 && s.Kind == pyro.SampleSite {
			vars = append(vars, contract.Var{Name: s.Name, Dim: s.EnumDim, Plates: plateDims(s)})
			sites = append(sites, s)
		}
	}
	if len(vars) == 0 {
		return nil
	}
	if len(vars) == 1 {
		return single(tr, vars, sites[0])
	}
	terms := factors([]*pyro.Trace{tr})
	find(terms, sites)
	parts, _ := connect(vars, terms)
	return parts
}

// single is the one part of a trace with one enumerated site.
func single(tr *pyro.Trace, vars []contract.Var, v *pyro.Site) []*Part {
	c := &Part{vars: vars, whole: []int{0}}
	of := []int{0}
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		if t := (term{site: s, log: logFactor(s), vars: of}); s == v || size(t.log, v.EnumDim) > 1 {
			c.terms, c.sites = append(c.terms, t), append(c.sites, s)
		}
	}
	return []*Part{c}
}

// find sets the variables of each term: of the sites, those along whose dims it
// varies and, where several share a dim, on which it depends. Terms that are
// computed alike, such as those of the steps of a chain, become one tensor.
func find(terms []term, sites []*pyro.Site) {
	at := map[int]int{} // number of the site at each dim
	all := make([]int32, len(sites))
	values := make([]*tensor.Tensor, len(sites))
	for i, s := range sites {
		at[s.EnumDim]++
		all[i], values[i] = int32(i), s.Value
	}
	among := func(*tensor.Tensor) []int32 { return all }
	first := func(x *tensor.Tensor) *tensor.Tensor { return x }
	if shared := len(at) < len(sites); shared {
		tape := values[0].Tape()
		origins := tape.Origins(values)
		first = tape.Firsts()
		among = origins.Of
		for set := range origins.Sets() {
			apart(set, sites)
		}
	}
	for i := range terms {
		t := &terms[i]
		var vars []*pyro.Site
		for _, v := range among(t.log) {
			if size(t.log, sites[v].EnumDim) > 1 || t.site == sites[v] {
				t.vars, vars = append(t.vars, int(v)), append(vars, sites[v])
			}
		}
		checkHistory(t.site, vars)
		t.log = first(t.log)
	}
}

// apart checks that sites on which one tensor depends have dims of their own.
func apart(set []int32, sites []*pyro.Site) {
	for i, v := range set {
		for _, u := range set[:i] {
			if a, b := sites[u], sites[v]; a.EnumDim == b.EnumDim {
				panic(b.Errorf("what depends on this site and on %q did not when the model ran before with the same draws", a.Name))
			}
		}
	}
}

// connect makes a part of the terms that hang together through variables to be
// summed out. It returns the others as well.
func connect(vars []contract.Var, terms []term) (parts []*Part, others []term) {
	root := make([]int, len(vars)) // a forest
	for i := range root {
		root[i] = i
	}
	top := func(v int) int {
		for root[v] != v {
			root[v] = root[root[v]]
			v = root[v]
		}
		return v
	}
	// link joins the variables of a term, and returns one of them, or -1.
	link := func(t *term) int {
		first := -1
		for _, v := range t.vars {
			switch {
			case vars[v].Keep:
			case first < 0:
				first = v
			default:
				a, b := top(first), top(v)
				root[max(a, b)] = min(a, b)
			}
		}
		return first
	}
	for i := range terms {
		link(&terms[i])
	}
	at := make([]*Part, len(vars))
	for v := range vars {
		if vars[v].Keep {
			continue
		}
		r := top(v)
		if at[r] == nil {
			at[r] = &Part{index: map[int]int{}}
			parts = append(parts, at[r])
		}
		at[r].variable(v, vars)
	}
	for i := range terms {
		first := link(&terms[i])
		if first < 0 {
			others = append(others, terms[i])
			continue
		}
		c := at[top(first)]
		t := terms[i]
		t.vars = make([]int, len(t.vars))
		for k, v := range terms[i].vars {
			t.vars[k] = c.variable(v, vars)
		}
		c.terms, c.sites = append(c.terms, t), append(c.sites, t.site)
	}
	return parts, others
}

// variable returns the index of a variable of the trace in the part.
func (c *Part) variable(v int, vars []contract.Var) int {
	i, ok := c.index[v]
	if !ok {
		i = len(c.vars)
		c.index[v] = i
		c.vars, c.whole = append(c.vars, vars[v]), append(c.whole, v)
	}
	return i
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
	for _, t := range c.terms {
		p.Factors = append(p.Factors, contract.Factor{Log: t.log, Vars: t.vars, Plates: plateDims(t.site)})
		for _, pl := range t.site.Plates {
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
		with := make([]string, len(large.With))
		for i, name := range large.With {
			with[i] = c.describe(name)
		}
		out.Site = large.Var
		out.Reason = fmt.Sprintf("to sum %s out takes an array of %.3g elements, %.3g in all steps (at most %.3g are allowed), over the sites\n\t%s\n"+
			"\tto repair it: let sites depend on fewer others, or draw some of them in the guide",
			c.describe(large.Var), large.Elements, large.Total, float64(contract.MaxElements), list(with))
	}
	return out
}

// describe tells a site and its number of values.
func (c *Part) describe(name string) string {
	for _, s := range c.sites {
		if s.Name == name {
			return fmt.Sprintf("%q (%d values)", name, size(s.Unscaled(), s.EnumDim))
		}
	}
	return fmt.Sprintf("%q", name)
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

// Masked is the part with factors that do not depend on the values of enumerated
// sites where these are masked. Their largest product is then that of the others:
// a probability has sum 1, but its largest value may tell the others apart.
func (c *Part) Masked() *Part {
	out := *c
	out.terms = slices.Clone(c.terms)
	for i, t := range out.terms {
		if s := t.site; s.EnumDim != 0 && s.Mask != nil {
			out.terms[i].log = s.Mask.Where(t.log, zero)
		}
	}
	return &out
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
