package infer

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TraceGraphELBO is TraceELBO where a site that needs the score function is held
// to account only for the terms that were computed from its draw, in its own
// plates (Rao-Blackwellised; Schulman, Heess, Weber, Abbeel 2015), less a
// baseline: what its account is expected to be without it, which takes away
// variance and no more. What was computed from a draw is read off the tape. Where
// model or guide look at values, it is all that comes after the draw.
//
// Of the baselines, the first that applies to a site is taken:
//   - Baselines: the user's own, trained by the loss to come near the account;
//   - Decay: a running average, which the loss keeps by site, in this value:
//     give each fit its own. It must read values, so that steps are not replayed;
//   - with two particles or more, the mean account of the other particles (Kool,
//     van Hoof, Welling 2019), which needs no state.
type TraceGraphELBO struct {
	Particles int // runs to average; default 1
	// Baselines maps a site of the guide to a Deterministic statement of the
	// guide that computes its baseline, of the shape of the site's plates or a
	// single number. It must not depend on the site's draw. Its parameters get
	// the gradient of the squared difference from the account.
	Baselines map[string]string
	// Decay in (0, 1) is the share that a running average keeps at each step,
	// such as 0.9; 0 is no such baseline.
	Decay float64

	average map[string]float64
}

// account is what a draw of the guide is held to account for.
type account struct {
	site   *pyro.Site
	reward *tensor.Tensor // without gradient, of the shape of the site's log q, or smaller
}

// Loss is the mean over the particles.
func (l *TraceGraphELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	if l.Decay < 0 || l.Decay >= 1 {
		return nil, fmt.Errorf("infer: TraceGraphELBO.Decay is %v; it must be in [0, 1)", l.Decay)
	}
	list, err := pairs("TraceGraphELBO", max(1, l.Particles), tape, watched(tape, key), model, guide)
	if err != nil {
		return nil, err
	}
	if err := l.check(list[0].q); err != nil {
		return nil, err
	}
	var loss *tensor.Tensor
	e := pyro.Guard(func() { loss, err = l.estimate(tape, list) })
	if e != nil {
		return nil, e
	}
	return loss, err
}

// check refuses baselines for sites that the guide lacks.
func (l *TraceGraphELBO) check(q *pyro.Trace) error {
	for site, name := range l.Baselines {
		if s := q.Site(site); s == nil || s.Kind != pyro.SampleSite {
			return &pyro.SiteError{Site: site, Reason: "TraceGraphELBO.Baselines: the guide draws no such site" + pyro.Near(site, q.Names())}
		}
		if s := q.Site(name); s == nil || s.Kind != pyro.DeterministicSite {
			return &pyro.SiteError{Site: site, Reason: fmt.Sprintf(
				"TraceGraphELBO.Baselines: the guide has no Deterministic statement %q%s", name, pyro.Near(name, q.Names()))}
		}
	}
	return nil
}

// estimate is the mean of Σ log q - Σ log p with its surrogate gradient.
func (l *TraceGraphELBO) estimate(tape *tensor.Tape, list []runs) (*tensor.Tensor, error) {
	accounts := make([][]account, len(list))
	total := tensor.Of(0.0)
	for k, r := range list {
		accounts[k] = accountsOf(tape, r)
		total = total.Add(logRatio(r.p, r.q))
	}
	for k, r := range list {
		for i, a := range accounts[k] {
			reward := a.reward
			b, fit, err := l.baseline(tape, r.q, accounts, k, i)
			if err != nil {
				return nil, err
			}
			if b != nil {
				reward = reward.Sub(b)
			}
			score := gradientOnly(a.site.Unscaled()) // that of the draw, which no scale changes
			total = total.Add(sum(score.Mul(reward))).Add(sum(gradientOnly(a.site.LogProb())))
			if fit != nil {
				total = total.Sub(fit)
			}
		}
	}
	l.remember(tape, accounts)
	return total.MulScalar(-1 / float64(len(list))), nil
}

// accountsOf returns the sites of the guide that need the score function with
// their rewards.
func accountsOf(tape *tensor.Tape, r runs) (list []account) {
	all := rewards(r.p, r.q)
	_, _, dynamic := tape.Dynamic()
	for s := range r.q.Latents() {
		if !scores(s) {
			continue
		}
		depends := tape.Dependents(s.Value)
		mine := slices.DeleteFunc(slices.Clone(all), func(x reward) bool {
			if dynamic {
				return !after(r, x.site, s)
			}
			return x.site != s && !depends(x.value)
		})
		list = append(list, account{s, mine.within(s)})
	}
	return list
}

// after reports whether a term comes no earlier than the draw of s: of the
// guide's sites s and those behind it, of the model's likewise.
func after(r runs, term, s *pyro.Site) bool {
	for _, tr := range []*pyro.Trace{r.p, r.q} {
		seen := tr.Site(s.Name) == nil // a site that the model lacks may be used anywhere
		for x := range tr.Sites() {
			seen = seen || x.Name == s.Name
			if x == term {
				return seen
			}
		}
	}
	return false
}

// baseline returns the baseline of account i of particle k, or nil, and what is
// to be minimised to train it, or nil.
func (l *TraceGraphELBO) baseline(tape *tensor.Tape, q *pyro.Trace, all [][]account, k, i int) (b, fit *tensor.Tensor, err error) {
	a := all[k][i]
	if name := l.Baselines[a.site.Name]; name != "" {
		v := q.Site(name).Value
		if v.Tape() == tape && tape.Dependents(a.site.Value)(v) {
			return nil, nil, a.site.Errorf("its baseline %q depends on its own draw, which would make the gradient wrong", name)
		}
		square := sum(v.Sub(a.reward).Square())
		return v.Detach(), gradientOnly(square), nil
	}
	if l.Decay > 0 {
		if v, ok := l.average[a.site.Name]; ok {
			return tensor.Of(v), nil, nil
		}
		return nil, nil, nil
	}
	others, n := tensor.Of(0.0), 0
	for j, list := range all {
		if j == k {
			continue
		}
		if i >= len(list) || list[i].site.Name != a.site.Name || !slices.Equal(list[i].reward.Shape(), a.reward.Shape()) {
			return nil, nil, nil // the runs differ in structure
		}
		others = others.Add(list[i].reward)
		n++
	}
	if n == 0 {
		return nil, nil, nil
	}
	return others.DivScalar(float64(n)), nil, nil
}

// remember updates the running averages.
func (l *TraceGraphELBO) remember(tape *tensor.Tape, all [][]account) {
	if l.Decay == 0 {
		return
	}
	if l.average == nil {
		l.average = map[string]float64{}
	}
	tape.Place("running average of a baseline")
	sums, counts := map[string]float64{}, map[string]float64{}
	for _, list := range all {
		for _, a := range list {
			sums[a.site.Name] += a.reward.Mean().Item()
			counts[a.site.Name]++
		}
	}
	for name, v := range sums {
		v /= counts[name]
		if old, ok := l.average[name]; ok {
			v = l.Decay*old + (1-l.Decay)*v
		}
		if finite(v) {
			l.average[name] = v
		}
	}
}
