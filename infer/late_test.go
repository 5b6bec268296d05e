package infer_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestStepsThatComputeLate: after many steps alike, a step whose model is given other
// data, another constant, or wrong ones, has the loss or the error of a first step.
func TestStepsThatComputeLate(t *testing.T) {
	const many = 120
	y, shift, scale, loss := []float64{1, 2, 0.5, 1.5}, 0.0, 1.0, 0.0
	fit := func() *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) {
				z := p.Plate("n", len(y)).Sample("z", dist.Normal(shift, scale))
				p.Plate("n", len(y)).Observe("y", dist.LogNormal(z, 0.5), tensor.Of(y))
				if loss != 0 {
					p.Factor("more", z.Sum().MulScalar(loss))
				}
			},
			Guide: func(p *pyro.P) {
				loc := p.Param("loc", tensor.Zeros(len(y)))
				s := p.Param("s", tensor.Ones(len(y)), constraint.Positive)
				p.Plate("n", len(y)).Sample("z", dist.Normal(loc, s))
			},
			Optim: &optim.SGD{LR: 1e-300}, // so that parameters stay
		}
	}
	warm := fit()
	step := func(svi *infer.SVI) (string, float64) {
		v, err := svi.Step(rng.New(7))
		if err != nil {
			return err.Error(), v
		}
		return "", v
	}
	for name, change := range map[string]func(){
		"nothing":      func() {},
		"data":         func() { y[1] = 3 },
		"a constant":   func() { shift = 0.5 },
		"a scale":      func() { scale = -1 },
		"no number":    func() { y[2] = math.NaN() },
		"off support":  func() { y[2] = -1 },
		"another site": func() { loss = 2 },
		"infinite":     func() { loss = math.Inf(1) },
	} {
		y, shift, scale, loss = []float64{1, 2, 0.5, 1.5}, 0.0, 1.0, 0.0
		for range many {
			if e, _ := step(warm); e != "" {
				t.Fatal(e)
			}
		}
		change()
		want, value := step(fit())
		for range 2 {
			got, v := step(warm)
			if strings.Split(got, "step")[0] != strings.Split(want, "step")[0] || v != value && !(math.IsNaN(v) && math.IsNaN(value)) {
				t.Errorf("%s changed: a late run has %v and error %q, a first one %v and %q", name, v, got, value, want)
			}
		}
	}
}
