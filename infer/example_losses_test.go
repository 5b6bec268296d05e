package infer_test

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// weigh is a scale that errs by 0.75 and shows 9.5 for something thought to weigh
// 8.5 ± 1: the posterior is normal with mean 9.14 and standard deviation 0.6, and
// the log evidence is -1.462.
func weigh(p *pyro.P) {
	weight := p.Sample("weight", dist.Normal(8.5, 1))
	p.Observe("measurement", dist.Normal(weight, 0.75), tensor.Of(9.5))
}

func weighGuide(p *pyro.P) {
	mean := p.Param("mean", tensor.Of(8.5))
	sd := p.Param("sd", tensor.Of(1.0), constraint.Positive)
	p.Sample("weight", dist.Normal(mean, sd))
}

// fitWeight prints what a loss finds.
func fitWeight(loss infer.Loss) {
	const steps = 2000
	svi := &infer.SVI{
		Model: weigh, Guide: weighGuide, Loss: loss,
		Optim: &optim.Adam{LR: 0.05, Schedule: optim.Exponential(math.Pow(1e-3, 1./steps))},
	}
	if _, err := svi.Run(context.Background(), rng.New(0), steps); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f ± %.1f\n", svi.Params.Get("mean").Item(), svi.Params.Get("sd").Item())
}

func ExamplePathELBO() {
	fitWeight(infer.PathELBO{})
	// Output: 9 ± 0.6
}

func ExampleTraceMeanFieldELBO() {
	fitWeight(infer.TraceMeanFieldELBO{Particles: 4})
	// Output: 9 ± 0.6
}

func ExampleTraceGraphELBO() {
	fitWeight(&infer.TraceGraphELBO{Particles: 4})
	// Output: 9 ± 0.6
}

func ExampleRenyiELBO() {
	fitWeight(infer.RenyiELBO{Alpha: 0.5, Particles: 4})
	// Output: 9 ± 0.6
}

func ExampleTailAdaptive() {
	fitWeight(infer.TailAdaptive{Particles: 8})
	// Output: 9 ± 0.6
}

func ExampleReweightedWakeSleep() {
	fitWeight(infer.ReweightedWakeSleep{Particles: 20})
	// Output: 9 ± 0.6
}

// A loss of one's own is a function of the two runs.
func ExampleLossFunc() {
	fitWeight(infer.LossFunc(func(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
		p, q, err := infer.Pair(tape, key, model, guide)
		if err != nil {
			return nil, err
		}
		return q.LogProb().Sub(p.LogProb()), nil
	}))
	// Output: 9 ± 0.6
}

func ExampleSVGD() {
	s := &infer.SVGD{Model: weigh, Optim: &optim.Adam{LR: 0.05}}
	w, err := s.Run(context.Background(), rng.New(0), 300)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f ± %.1f\n", w.Mean("weight").Item(), w.SD("weight").Item())
	// Output: 9 ± 0.6
}

func ExampleMAP() {
	o, err := infer.MAP{Model: weigh}.Run(context.Background(), rng.New(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f %v\n", o.Values["weight"].Item(), o.Converged)
	// Output: 9.1400 true
}

func ExampleCheck() {
	params := pyro.NewParams()
	params.Set("mean", tensor.Of(9.14), constraint.Real)
	params.Set("sd", tensor.Of(0.6), constraint.Positive)
	t, err := infer.Check(context.Background(), rng.New(0), weigh, params.Bind(weighGuide), 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v %.4f\n", t.Good(), t.LogEvidence)
	// Output: true -1.4621
}

func ExampleSVI_RunUntil() {
	svi := &infer.SVI{Model: weigh, Guide: weighGuide, Optim: &optim.Adam{LR: 0.01}}
	losses, converged, err := svi.RunUntil(context.Background(), rng.New(0), 20000, infer.Converge{})
	fmt.Println(len(losses) < 20000, converged, err)
	// Output: true true <nil>
}
