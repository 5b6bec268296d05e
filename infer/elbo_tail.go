package infer

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TailAdaptive follows the gradient of the tail-adaptive f-divergence (Wang,
// Liu, Liu 2018, algorithm 1): runs are weighted by the rank of p/q among them,
// a power of the share of runs whose ratio is as large. The guide comes to cover
// the posterior rather than one mode of it, and heavy tails of the ratio do no
// harm. The value of the loss is that of TraceELBO; its gradient is not the
// gradient of the value.
//
// The guide's draws must carry gradients, and only the guide may have
// parameters.
type TailAdaptive struct {
	Particles int     // at least 2; default 10
	Beta      float64 // the power, below 0; default -1
}

// Loss is one estimate.
func (l TailAdaptive) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	n, beta := l.runs(), l.Beta
	if beta == 0 {
		beta = -1
	}
	if n < 2 || !(beta < 0) {
		return nil, fmt.Errorf("infer: TailAdaptive has %d particles, of which it needs 2, and the power %v, which must be below 0", n, beta)
	}
	w := make([]*tensor.Tensor, n)
	for k := range w {
		ratio, whole, err := pathRatio("TailAdaptive", tape, key.Fold(k), fixedModel(model), guide)
		if err != nil {
			return nil, err
		}
		if whole != nil {
			return nil, whole.Errorf("TailAdaptive needs the gradient of the guide's density through its draws alone, which %v does not tell\n"+
				"\tto repair it: use TraceELBO or RenyiELBO, or a guide of draws", whole.Dist)
		}
		w[k] = ratio
	}
	var loss *tensor.Tensor
	err := pyro.Guard(func() {
		all := tensor.Stack(0, w...)
		value := all.Detach()
		share := value.Unsqueeze(0).GreaterEqual(value.Unsqueeze(1)).Mean(-1)
		gamma := share.PowScalar(beta)
		gamma = gamma.Div(gamma.Sum())
		loss = withGradient(value.Mean().Neg(), gamma.Mul(all).Sum().Neg())
	})
	return loss, err
}

// runs is the number of particles.
func (l TailAdaptive) runs() int {
	if l.Particles == 0 {
		return 10
	}
	return l.Particles
}

// fixedModel refuses parameters in a model.
func fixedModel(m pyro.Model) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return noParams{} })
}

type noParams struct{ pyro.NopHandler }

func (noParams) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.ParamSite {
		panic(s.Errorf("TailAdaptive fits guides only, but the model has this parameter\n" +
			"\tto repair it: give it a prior with handler.Lift, or fit it with another loss"))
	}
}
