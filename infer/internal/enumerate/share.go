package enumerate

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/tensor"
)

// share runs once more with dims that sites share, as the first run, the
// survey, allows.
func (e *Enum) share(tape *tensor.Tape, traces []*pyro.Trace, run func(*Enum) ([]*pyro.Trace, error)) ([]*pyro.Trace, error) {
	next := &Enum{first: -1 - Depth(traces...)}
	err := pyro.Guard(func() { next.dims = e.colour(tape, traces, next.first) })
	if err != nil {
		return nil, err
	}
	return run(next)
}

// colour gives each site a dim: greedily, the first that none of the sites has
// with which it meets in a tensor (a colouring of their graph).
func (e *Enum) colour(tape *tensor.Tape, traces []*pyro.Trace, first int) map[string]int {
	values := make([]*tensor.Tensor, len(e.met))
	for i, m := range e.met {
		values[i] = m.site.Value
	}
	terms := factors(traces)
	origins := tape.Origins(values)
	for i := range terms {
		var vars []*pyro.Site
		for _, v := range origins.Of(terms[i].log) {
			vars = append(vars, e.met[v].site)
		}
		checkHistory(terms[i].site, vars)
	}
	near := make([][]int32, len(e.met))
	for set, size := range origins.Sets() {
		e.checkSize(set, size)
		for _, v := range set {
			for _, u := range set {
				if u < v && !slices.Contains(near[v], u) {
					near[v] = append(near[v], u)
				}
			}
		}
	}
	dims := map[string]int{}
	for v, m := range e.met {
		dim := first
		for slices.ContainsFunc(near[v], func(u int32) bool { return dims[e.met[u].site.Name] == dim }) {
			dim--
		}
		dims[m.site.Name] = dim
	}
	return dims
}

// checkSize refuses a tensor that would have an element for too many joint
// values of sites.
func (e *Enum) checkSize(set []int32, size int) {
	n := float64(size)
	for _, v := range set {
		n *= float64(e.met[v].n)
	}
	if n <= contract.MaxElements {
		return
	}
	var with []string
	for _, v := range set[:len(set)-1] {
		with = append(with, e.describe(v))
	}
	last := e.met[set[len(set)-1]].site
	panic(last.Errorf("what depends on the site depends on others too, and has to be computed for %.3g joint values:\n\t%s and %s\n"+
		"\tto repair it: let sites depend on fewer others, or draw some of them in the guide",
		n, list(with), e.describe(set[len(set)-1])))
}

func (e *Enum) describe(v int32) string {
	return fmt.Sprintf("%q (%d values)", e.met[v].site.Name, e.met[v].n)
}

// list joins names, of which it shows no more than a dozen.
func list(names []string) string {
	const most = 12
	out := ""
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s, … (%d more)", out, len(names)-i)
		}
		if i > 0 {
			out += ", "
		}
		out += n
	}
	return out
}

// checkHistory refuses a site that depends on one further back in a chain than
// the chain says.
func checkHistory(s *pyro.Site, vars []*pyro.Site) {
	for step := s.Step; step != nil; step = step.Outer {
		for _, v := range vars {
			for back := v.Step; back != nil; back = back.Outer {
				if n := step.Index - back.Index; back.Chain == step.Chain && n > step.Chain.History {
					panic(s.Errorf("the site depends on %q, %d steps back in the chain %q, whose history is %d\n"+
						"\tto repair it: use p.Markov(%q, n, pyro.History(%d)), or depend on later sites only",
						v.Name, n, step.Chain.Name, step.Chain.History, step.Chain.Name, n))
				}
			}
		}
	}
}
