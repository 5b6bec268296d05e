// Package causal tells seeing from doing. Of patients with kidney stones (Charig
// et al. 1986) more recovered among those who had the new treatment, yet open
// surgery is better: it was what large stones got, which heal less often.
package causal

import (
	"context"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// rates are the probabilities that a patient depends on. Indices are 0 and 1 for
// small and large stones, then for percutaneous treatment and open surgery.
type rates struct {
	large    *tensor.Tensor // of large stones
	surgery  *tensor.Tensor // of open surgery, by stones
	recovery *tensor.Tensor // by stones and treatment
}

// patient is the causal graph: stones decide on the treatment, and stones and
// treatment on the recovery.
func patient(p *pyro.P, r rates) {
	large := p.Sample("large", dist.Bernoulli(r.large))
	surgery := p.Sample("surgery", dist.Bernoulli(r.surgery.Index(large)))
	p.Sample("recovery", dist.Bernoulli(r.recovery.Index(large, surgery)))
}

// study learns the rates from counts of patients by stones and treatment.
func study(p *pyro.P, patients, recovered *tensor.Tensor) {
	stones := p.Plate("stones", 2, pyro.Dim(-2))
	cells := stones.Plate("treatment", 2, pyro.Dim(-1))
	byStones := patients.SumKeep(1)
	r := rates{
		large:    p.Sample("large", dist.Beta(1, 1)),
		surgery:  stones.Sample("surgery", dist.Beta(1, 1)),
		recovery: cells.Sample("recovery", dist.Beta(1, 1)),
	}
	p.Observe("patients_large", dist.Binomial(patients.Sum(), r.large), byStones.Select(0, 1).Squeeze(0))
	stones.Observe("patients_surgery", dist.Binomial(byStones, r.surgery), patients.Slice(1, 1, 2))
	cells.Observe("recovered", dist.Binomial(patients, r.recovery), recovered)

	// The effect of surgery on a patient who is not chosen for it: the backdoor
	// formula (Pearl 2009, equation 3.19).
	share := tensor.Stack(0, r.large.RSubScalar(1), r.large)
	effect := r.recovery.Select(1, 1).Sub(r.recovery.Select(1, 0))
	p.Deterministic("effect", share.Dot(effect))
}

// Example is this program.
var Example = examples.Example{
	Name: "causal", Run: run,
	About: "seeing and doing: the kidney stones of Simpson's paradox",
}

func run(ctx context.Context, r *examples.Run) error {
	patients, recovered := counts(data.Stones())
	byStones := patients.Sum(1)
	rate := rates{
		large:    byStones.Select(0, 1).Div(patients.Sum()),
		surgery:  patients.Select(1, 1).Div(byStones),
		recovery: recovered.Div(patients),
	}
	model := func(p *pyro.P) { patient(p, rate) }

	// Each probability is a sum over all patients there can be.
	seen, done := make([]float64, 2), make([]float64, 2)
	for t := range 2 {
		var err error
		treatment := pyro.Data{"surgery": tensor.Of(float64(t))}
		if seen[t], err = recovery(handler.Condition(model, treatment)); err != nil {
			return err
		}
		if done[t], err = recovery(handler.Do(model, treatment)); err != nil {
			return err
		}
	}
	r.Figure("p_recovery_given_percutaneous", seen[0])
	r.Figure("p_recovery_given_surgery", seen[1])
	r.Figure("p_recovery_do_percutaneous", done[0])
	r.Figure("p_recovery_do_surgery", done[1])
	r.Printf("%-28s %12s %12s\n", "", "percutaneous", "open surgery")
	r.Printf("%-28s %12.4f %12.4f\n", "P(recovery | treatment)", seen[0], seen[1])
	r.Printf("%-28s %12.4f %12.4f\n\n", "P(recovery | do(treatment))", done[0], done[1])

	// How sure that is, of 700 patients.
	nuts := mcmc.NUTS{OnDraw: r.ChainProgress("effect", 4, 2000)}
	result, err := nuts.Run(ctx, r.Key("nuts"), func(p *pyro.P) { study(p, patients, recovered) })
	if err != nil {
		return err
	}
	r.Printf("the effect of open surgery in place of percutaneous treatment:\n\n")
	r.Chains("effect_", result, "effect")
	return plots(r, rate, seen, done, result)
}

// recovery is the probability that a patient of m recovers: that of recovery with
// all else that m observes, over that of all else.
func recovery(m pyro.Model) (float64, error) {
	with, err := examples.Evidence(handler.Condition(m, pyro.Data{"recovery": tensor.Of(1.0)}))
	if err != nil {
		return 0, err
	}
	all, err := examples.Evidence(m)
	return with / all, err
}

// counts arranges the table by stones, small and large, and treatment,
// percutaneous and open surgery.
func counts(d data.StonesTable) (patients, recovered *tensor.Tensor) {
	byTreatment := func(x []float64) *tensor.Tensor { return tensor.New(x, 2, 2).Flip(1) }
	return byTreatment(d.Patients), byTreatment(d.Recovered)
}

// plots shows the rates by stones, seen and done, and the effect.
func plots(r *examples.Run, rate rates, seen, done []float64, result *mcmc.Result) error {
	at := func(t int) []float64 { return append(rate.recovery.Select(1, t).Float64s(), seen[t], done[t]) }
	fig := &plot.Figure{Title: "recovery from kidney stones", XLabel: "probability", XLim: [2]float64{0, 1.3}, Width: 7}
	fig.Bars([]string{"given small stones", "given large stones", "given the treatment", "do(treatment)"},
		plot.Group{Label: "percutaneous", Xs: at(0)}, plot.Group{Label: "open surgery", Xs: at(1)})
	if err := r.Save("recovery", fig); err != nil {
		return err
	}
	draws := result.Pooled("effect")["effect"].Float64s()
	effect := &plot.Figure{Title: "effect of open surgery on the recovery", XLabel: "P(recovery | do(surgery)) − P(recovery | do(percutaneous))", YLabel: "density"}
	effect.Density(draws, "", plot.Filled()).VRule(0, plot.Label("none")).
		VRule(seen[1]-seen[0], plot.Color("C1"), plot.Label("difference that is seen"))
	return r.Save("effect", effect)
}
