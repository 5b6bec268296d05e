package enumerate

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/tensor"
)

// ELBO is log Σ p - log q of runs of a model and a guide, in expectation over the
// enumerated sites of the guide, where the sum is over those of the model. Sites
// of the guide for which scores holds count by the gradient of their log
// probability as well: the result has the value of the ELBO, and the gradient of
// its expectation over their draws.
//
// The expectation is computed in one elimination, each term weighted by the
// marginal probability of just those sites that it depends on.
func ELBO(p, q *pyro.Trace, scores func(*pyro.Site) bool) (*tensor.Tensor, error) {
	vars, sites := variables(p, q)
	values := costs(p, q, scores)
	weights := chances(q, scores)
	terms := slices.Concat(values, weights)
	find(terms, sites)
	values, weights = terms[:len(values)], terms[len(values):]
	parts, others := connect(vars, values)

	problem := &contract.Problem{Vars: vars, Plates: map[int]int{}}
	for _, t := range weights {
		problem.Factors = append(problem.Factors, factorOf(&t))
	}
	var rewards []contract.Factor
	for _, t := range others {
		if t.scale != nil {
			t.log = t.log.Mul(t.scale)
		}
		rewards = append(rewards, factorOf(&t))
	}
	for _, c := range parts {
		f, err := c.rewards()
		if err != nil {
			return nil, err
		}
		rewards = append(rewards, f...)
	}
	for i := range vars { // those of the model are gone
		vars[i].Keep = !vars[i].Keep
	}
	for _, tr := range []*pyro.Trace{p, q} {
		plateSizes(problem.Plates, tr)
	}
	logZ, mean, err := problem.Expectation(rewards)
	if err != nil {
		whole := &Part{vars: vars, terms: terms}
		for _, t := range terms {
			whole.sites = append(whole.sites, t.site)
		}
		return nil, whole.Explain(err)
	}
	return logZ.Exp().Mul(mean), nil
}

// variables are the enumerated sites of the guide, which parts of the model keep,
// and those of the model.
func variables(p, q *pyro.Trace) (vars []contract.Var, sites []*pyro.Site) {
	for _, tr := range []*pyro.Trace{q, p} {
		for s := range tr.Latents() {
			guide := tr == q
			if s.EnumDim == 0 || !guide && q.Site(s.Name) != nil {
				continue
			}
			vars = append(vars, contract.Var{Name: s.Name, Dim: s.EnumDim, Plates: plateDims(s), Keep: guide})
			sites = append(sites, s)
		}
	}
	return vars, sites
}

// costs are the terms of the ELBO: log p, without its scale, and -log q.
func costs(p, q *pyro.Trace, scores func(*pyro.Site) bool) (out []term) {
	for s := range p.Sites() {
		switch {
		case s.Kind != pyro.SampleSite:
		case s.EnumDim != 0 && q.Site(s.Name) == nil:
			out = append(out, term{site: s, log: logFactor(s), scale: s.Scale})
		default:
			out = append(out, term{site: s, log: s.Unscaled(), scale: s.Scale})
		}
	}
	for s := range q.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		lp := s.LogProb()
		if scores(s) { // its gradient has expectation 0
			lp = lp.Detach()
		}
		out = append(out, term{site: s, log: lp.Neg()})
	}
	return out
}

// chances are the log probabilities of the values of the guide's enumerated
// sites and, with value 0, of the draws that count by their score.
func chances(q *pyro.Trace, scores func(*pyro.Site) bool) (out []term) {
	for s := range q.Latents() {
		switch {
		case s.EnumDim != 0:
			out = append(out, term{site: s, log: logFactor(s)})
		case scores(s):
			lp := s.Unscaled()
			out = append(out, term{site: s, log: lp.Sub(lp.Detach())})
		}
	}
	return out
}

func factorOf(t *term) contract.Factor {
	return contract.Factor{Log: t.log, Vars: t.vars, Plates: plateDims(t.site)}
}

// rewards are the factors that summing the model's sites out leaves, scaled.
func (c *Part) rewards() ([]contract.Factor, error) {
	scale, err := c.scale()
	if err != nil {
		return nil, err
	}
	total, rest, err := c.Problem().LogFactors()
	if err != nil {
		return nil, c.Explain(err)
	}
	rest = append(rest, contract.Factor{Log: total, Vars: []int{}})
	for i, f := range rest {
		rest[i] = f.Renamed(func(v int) int { return c.whole[v] })
		if scale != nil {
			rest[i].Log = f.Log.Mul(scale)
		}
	}
	return rest, nil
}

// plateSizes notes the sizes of the plates of a trace.
func plateSizes(sizes map[int]int, tr *pyro.Trace) {
	for s := range tr.Sites() {
		for _, pl := range s.Plates {
			if !pl.Sequential {
				sizes[pl.Dim] = pl.Len()
			}
		}
	}
}
