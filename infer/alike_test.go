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

// fitAlike is of a model with a number and a number for each datum as latent variables.
func fitAlike(m *alike.Model, loss infer.Loss, params *pyro.Params) *infer.SVI {
	return &infer.SVI{
		Model: func(p *pyro.P) {
			u := p.Sample("u", dist.Normal(0, 1))
			plate := m.Plate(p)
			m.Observe(plate, u, plate.Sample("v", dist.Normal(0, 1)))
		},
		Guide: func(p *pyro.P) {
			scale := p.Param("scale", tensor.Of(0.3), constraint.Positive)
			p.Sample("u", dist.Normal(p.Param("u_loc", tensor.Of(0.1)), scale))
			plate := m.Plate(p)
			plate.Sample("v", dist.Normal(plate.Param("v_loc", tensor.Zeros(m.N)), 0.5))
		},
		Optim: &optim.SGD{LR: 1e-4}, Params: params, Loss: loss, NaN: infer.SkipNaN,
	}
}

// newAlike makes a model, each third one of a subsample.
func newAlike(seed uint64) *alike.Model {
	if seed%3 == 2 {
		return alike.Subsampled(seed)
	}
	return alike.New(seed)
}

// alikeLosses are those that the models have.
var alikeLosses = []infer.Loss{
	infer.TraceELBO{},
	infer.TraceELBO{Particles: 3},
	infer.TraceMeanFieldELBO{},
	infer.TraceEnumELBO{},
	infer.RenyiELBO{Alpha: 0.5, Particles: 2},
}

// bitsOf are the bits of a loss and of the parameters.
func bitsOf(loss float64, params *pyro.Params) []uint64 {
	out := []uint64{math.Float64bits(loss)}
	for _, x := range params.All() {
		for _, v := range x.Float64s() {
			out = append(out, math.Float64bits(v))
		}
	}
	return out
}

// TestStepsAlike: a fit that has made step after step of a model, whose data stay,
// change and move, makes the steps of a new fit.
func TestStepsAlike(t *testing.T) {
	for seed := range uint64(45) {
		m, loss := newAlike(seed), alikeLosses[seed%uint64(len(alikeLosses))]
		used := fitAlike(m, loss, pyro.NewParams())
		for turn := range 100 {
			m.Next()
			key := rng.New(seed).Fold(turn)
			fresh := fitAlike(m, loss, used.Params.Clone())
			got, said := used.Step(key)
			want, says := fresh.Step(key)
			if !slices.Equal(bitsOf(got, used.Params), bitsOf(want, fresh.Params)) || fmt.Sprint(said) != fmt.Sprint(says) {
				t.Fatalf("%T, model %d of %v, step %d: loss %v (%v) after many steps, %v (%v) of a first one", loss, seed, m, turn, got, said, want, says)
			}
		}
	}
}

// TestRunIsSteps: a run, which repeats recorded steps, makes the same steps one by one.
func TestRunIsSteps(t *testing.T) {
	replayed := 0
	for seed := range uint64(75) {
		m, loss, key := newAlike(seed), alikeLosses[seed%uint64(len(alikeLosses))], rng.New(seed)
		m.Next()
		run, steps := fitAlike(m, loss, pyro.NewParams()), fitAlike(m, loss, pyro.NewParams())
		got, ended := run.Run(t.Context(), key, 60)
		for i, g := range got {
			want, err := steps.Step(key.Fold(i))
			if err != nil {
				t.Fatal(err)
			}
			if math.Float64bits(g) != math.Float64bits(want) {
				t.Fatalf("%T, model %d of %v, step %d: loss %v in a run, %v by itself", loss, seed, m, i, g, want)
			}
		}
		if ended != nil { // far steps may leave where the guide makes sense
			if _, err := steps.Step(key.Fold(len(got))); fmt.Sprint(err) != fmt.Sprint(ended) {
				t.Fatalf("%T, model %d of %v, step %d: %v in a run, %v by itself", loss, seed, m, len(got), ended, err)
			}
		}
		if !slices.Equal(bitsOf(0, run.Params), bitsOf(0, steps.Params)) {
			t.Fatalf("%T, model %d of %v: the parameters differ", loss, seed, m)
		}
		replayed += run.Stats.Replayed
	}
	if replayed < 75*60/2 { // those that read values are not
		t.Errorf("only %d steps were replayed", replayed)
	}
}
