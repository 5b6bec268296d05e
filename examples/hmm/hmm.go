// Package hmm finds quiet and restless years in a century of great earthquakes,
// by a hidden Markov model whose states are summed out (Zucchini and MacDonald
// 2009, chapters 3 to 5).
package hmm

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// model says that each year is in one of k states, which follow each other as a
// stationary Markov chain, and that the earthquakes of a year in state i are
// Poisson with mean rates[i].
func model(p *pyro.P, counts *tensor.Tensor, k int) {
	rates := p.Param("rates", spread(counts, k), constraint.Positive)
	transition := p.Param("transition", sticky(k), constraint.Simplex)
	probs := stationary(transition)
	for t, year := range p.Markov("years", counts.Len()) {
		z := year.Sample(fmt.Sprintf("z_%d", t), dist.Categorical(probs))
		year.Observe(fmt.Sprintf("count_%d", t), dist.Poisson(rates.Index(z)), counts.Select(0, t))
		probs = transition.Index(z)
	}
}

// stationary is the distribution that a transition matrix preserves: each row of
// a high power of it.
func stationary(transition *tensor.Tensor) *tensor.Tensor {
	for range 10 {
		transition = transition.MatMul(transition)
	}
	return transition.Select(0, 0)
}

// spread starts the rates at k values around the mean count.
func spread(counts *tensor.Tensor, k int) *tensor.Tensor {
	return tensor.Arange(k).AddScalar(0.5).MulScalar(2 / float64(k)).Mul(counts.Mean())
}

// sticky starts the transitions: the state changes in one year of five.
func sticky(k int) *tensor.Tensor {
	return tensor.Eye(k).MulScalar(0.8).AddScalar(0.2 / float64(k))
}

// Example is this program.
var Example = examples.Example{
	Name: "hmm", Run: run,
	About: "states of the earth in a century of earthquakes: a hidden Markov model",
}

func run(ctx context.Context, r *examples.Run) error {
	quakes := data.Earthquakes()
	counts := tensor.Of(quakes.Count)
	r.Printf("%6s %12s %8s %8s   means\n", "states", "-log lik", "AIC", "BIC")
	var params *pyro.Params
	const most = 3
	for k := 1; k <= most; k++ {
		svi, loss, err := fit(ctx, r, func(p *pyro.P) { model(p, counts, k) }, k)
		if err != nil {
			return err
		}
		free := float64(k * k) // k rates and k·(k-1) transitions
		n := float64(counts.Len())
		rates := svi.Params.Get("rates")
		r.Figure(fmt.Sprintf("nll_%d", k), loss)
		r.Figure(fmt.Sprintf("rates_%d", k), rates.Float64s())
		r.Printf("%6d %12.4f %8.2f %8.2f   %.3f\n", k, loss, 2*loss+2*free, 2*loss+free*math.Log(n), rates.Float64s())
		params = svi.Params
	}

	// The most probable states of all years together (Viterbi).
	best := infer.Discrete(params.Bind(func(p *pyro.P) { model(p, counts, most) }))
	tr, err := pyro.Run(best, r.Key("discrete"))
	if err != nil {
		return err
	}
	states := make([]int, counts.Len())
	for t := range states {
		states[t] = int(tr.Value(fmt.Sprintf("z_%d", t)).Item())
	}
	r.Figure("states", states)
	r.Figure("transition", params.Get("transition").Float64s())
	return draw(r, quakes, params.Get("rates").Float64s(), states)
}

// fit maximises the likelihood: without latent sites but those that are summed
// out, there is nothing to guide.
func fit(ctx context.Context, r *examples.Run, m pyro.Model, k int) (*infer.SVI, float64, error) {
	const steps = 1000
	svi := &infer.SVI{
		Model: m,
		Guide: func(*pyro.P) {},
		Optim: &optim.Adam{LR: 0.2, Schedule: optim.Cosine(steps, 0.01)},
		Loss:  infer.TraceEnumELBO{},
	}
	part := fmt.Sprintf("%d states", k)
	for step, err := range svi.Steps(ctx, r.Key(part), steps) {
		if err != nil {
			return nil, 0, err
		}
		if step.N%50 == 0 {
			r.Step(part, step.N, steps)
		}
	}
	loss, err := svi.Evaluate(r.Key("loss"))
	return svi, loss, err
}

// draw shows the counts and the mean of the state of each year.
func draw(r *examples.Run, quakes data.EarthquakesTable, rates []float64, states []int) error {
	means := make([]float64, len(states))
	for t, z := range states {
		means[t] = rates[z]
	}
	fig := &plot.Figure{Title: "earthquakes of magnitude 7 and more", XLabel: "year", YLabel: "count", Width: 8}
	fig.Curve(quakes.Year, means, "mean of the most probable states", plot.Width(2)).
		Curve(quakes.Year, quakes.Count, "", plot.Color("gray"), plot.Width(0.8)).
		Points(quakes.Year, quakes.Count, "counts", plot.Color("black"))
	return r.Save("states", fig)
}
