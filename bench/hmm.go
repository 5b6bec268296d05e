package bench

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/tensor"
)

// Sizes of workload i.
const (
	hmmStates    = 16
	hmmSymbols   = 30
	hmmSequences = 20
	hmmSteps     = 100
)

// HMMData returns 20 sequences of 100 symbols, row-major.
func HMMData() []float64 {
	u := uniforms(7, hmmSequences*hmmSteps)
	for i := range u {
		t := i % hmmSteps
		u[i] = math.Mod(math.Floor(10*u[i]+20*float64(t/10%2)), hmmSymbols)
	}
	return u
}

// hmmPrior is the concentration of the transitions out of each state.
func hmmPrior() *tensor.Tensor { return tensor.Eye(hmmStates).MulScalar(0.9).AddScalar(0.1) }

// hmmStart are the probabilities at which the fit starts.
func hmmStart() pyro.Data {
	py := tensor.Using(uniforms(8, hmmStates*hmmSymbols), hmmStates, hmmSymbols).AddScalar(1)
	return pyro.Data{"px": hmmPrior().DivScalar(2.5), "py": py.Div(py.SumKeep(-1))}
}

// HMMModel is workload i: hidden Markov chains with their states summed out.
func HMMModel() pyro.Model {
	data := tensor.Using(HMMData(), hmmSequences, hmmSteps)
	columns := make([]*tensor.Tensor, hmmSteps)
	x, y := make([]string, hmmSteps), make([]string, hmmSteps)
	for t := range columns {
		columns[t] = data.Select(1, t).Clone()
		x[t], y[t] = fmt.Sprint("x_", t), fmt.Sprint("y_", t)
	}
	prior := hmmPrior()
	return func(p *pyro.P) {
		states := p.Plate("states", hmmStates)
		px := states.Sample("px", dist.Dirichlet(prior))
		py := states.Sample("py", dist.Dirichlet(tensor.Ones(hmmSymbols)))
		row := px.Select(0, 0)
		for t, q := range p.Plate("sequences", hmmSequences).Markov("time", hmmSteps) {
			z := q.Sample(x[t], dist.Categorical(row))
			q.Observe(y[t], dist.Categorical(py.Index(z)), columns[t])
			row = px.Index(z)
		}
	}
}

// HMM is workload i, fitted by single values of the transition and emission
// probabilities.
func HMM() *infer.SVI {
	model, start := HMMModel(), hmmStart()
	guide := &autoguide.Delta{
		Model: handler.Expose(model, "px", "py"),
		Init:  autoguide.Values(start, autoguide.Feasible()),
	}
	return &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}, Loss: infer.TraceEnumELBO{}}
}
