package infer_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/internal/alike"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestStepsAlike: a fit that has made step after step of a model, whose data stay,
// change and move, makes the steps of a new fit.
func TestStepsAlike(t *testing.T) {
	losses := []infer.Loss{
		infer.TraceELBO{}, infer.TraceELBO{Particles: 3}, infer.TraceMeanFieldELBO{},
		infer.TraceEnumELBO{}, infer.RenyiELBO{Alpha: 0.5, Particles: 2},
	}
	for seed := range uint64(90) {
		m, loss := alike.New(seed), losses[seed%uint64(len(losses))]
		fit := func(params *pyro.Params) *infer.SVI {
			return &infer.SVI{
				Model: func(p *pyro.P) {
					u := p.Sample("u", dist.Normal(0, 1))
					plate := p.Plate("data", m.N)
					m.Observe(plate, u, plate.Sample("v", dist.Normal(0, 1)))
				},
				Guide: func(p *pyro.P) {
					scale := p.Param("scale", tensor.Of(0.3), constraint.Positive)
					p.Sample("u", dist.Normal(p.Param("u_loc", tensor.Of(0.1)), scale))
					p.Plate("data", m.N).Sample("v", dist.Normal(p.Param("v_loc", tensor.Zeros(m.N)), 0.5))
				},
				Optim: &optim.SGD{LR: 1e-4}, Params: params, Loss: loss, NaN: infer.SkipNaN,
			}
		}
		step := func(svi *infer.SVI, key rng.Key) (out []uint64, what string) {
			v, err := svi.Step(key)
			out = append(out, math.Float64bits(v))
			for _, x := range svi.Params.All() {
				for _, v := range x.Float64s() {
					out = append(out, math.Float64bits(v))
				}
			}
			return out, fmt.Sprint(err)
		}
		used := fit(pyro.NewParams())
		for turn := range 100 {
			m.Next()
			key := rng.New(seed).Fold(turn)
			fresh := fit(used.Params.Clone())
			got, said := step(used, key)
			want, says := step(fresh, key)
			if !slices.Equal(got, want) || said != says {
				t.Fatalf("%T, model %d of %v, step %d: loss %v (%s) after many steps, %v (%s) of a first one", loss, seed, m, turn,
					math.Float64frombits(got[0]), said, math.Float64frombits(want[0]), says)
			}
		}
	}
}
