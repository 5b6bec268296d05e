package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// step is the error of the first step of a fit.
func step(model, guide pyro.Model, loss infer.Loss) error {
	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.SGD{}, Loss: loss}
	_, err := svi.Step(rng.New(0))
	return err
}

// latent is a model of one normal site mu with data.
func latent(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 1))
	p.Observe("x", dist.Normal(mu, 1), tensor.Of(0.5))
}

// discrete is a model of one binary site z with data.
func discrete(p *pyro.P) {
	z := p.Sample("z", dist.Bernoulli(0.3))
	p.Observe("x", dist.Normal(z, 1), tensor.Of(0.5))
}

func drawing(name string, d dist.Distribution) pyro.Model {
	return func(p *pyro.P) { p.Sample(name, d) }
}

// Each mistake in a guide, and the whole of what the user is told.
func TestMistakesInGuides(t *testing.T) {
	trace, enum := infer.TraceELBO{}, infer.TraceEnumELBO{}
	poisson := func(p *pyro.P) {
		n := p.Sample("n", dist.Poisson(3))
		p.Observe("x", dist.Normal(n, 1), tensor.Of(0.5))
	}
	marked := func(p *pyro.P) {
		z := p.Sample("z", dist.Bernoulli(0.3), pyro.NoEnum)
		p.Observe("x", dist.Normal(z, 1), tensor.Of(0.5))
	}
	wanted := func(p *pyro.P) { p.Sample("z", dist.Bernoulli(0.3), pyro.Enumerate) }
	for _, c := range []struct {
		name         string
		model, guide pyro.Model
		loss         infer.Loss
		want         string
	}{
		{"misspelt", latent, drawing("mew", dist.Normal(0, 1)), trace, `pyro: site "mew": the guide draws a site that the model lacks; did you mean "mu"?
	to repair it: give it the model's name, or mark it pyro.Aux if it is meant`},
		{"empty", latent, noGuide, trace, `pyro: site "mu": the model's latent site is not in the guide
	to repair it: draw it in the guide, or observe it`},
		{"observed", latent, func(p *pyro.P) {
			p.Sample("mu", dist.Normal(0, 1))
			p.Observe("y", dist.Normal(0, 1), tensor.Of(1.0))
		}, trace, `pyro: site "y": the site is observed in the guide; a guide only draws latent sites`},
		{"observed in the model", latent, func(p *pyro.P) {
			p.Sample("mu", dist.Normal(0, 1))
			p.Sample("x", dist.Normal(0, 1))
		}, trace, `pyro: site "x": the guide draws a site that is observed in the model`},
		{"more than the model", latent, func(p *pyro.P) {
			p.Sample("mu", dist.Normal(0, 1))
			p.Sample("tau", dist.Normal(0, 1))
		}, trace, `pyro: site "tau": the guide draws a site that the model lacks
	to repair it: give it the model's name, or mark it pyro.Aux if it is meant`},
		{"event shape", func(p *pyro.P) {
			p.Sample("v", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1))
		}, func(p *pyro.P) { p.Plate("d", 2).Sample("v", dist.Normal(0, 1)) }, trace, `pyro: site "v" in plate "d": event shape [] in the guide, but [2] in the model
	to repair it: move dims between batch and event with dist.Independent`},
		{"event size", func(p *pyro.P) {
			p.Sample("v", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1))
		}, drawing("v", dist.Independent(dist.Normal(tensor.Zeros(3), 1), 1)), trace, `model: pyro: site "v": value of shape [3] does not end in the event shape [2] of Independent(Normal(loc: [0 0], scale: 1), 1)`},
		{
			"batch size", func(p *pyro.P) { p.Plate("d", 2).Sample("v", dist.Normal(0, 1)) },
			func(p *pyro.P) { p.Plate("d", 3).Sample("v", dist.Normal(0, 1)) }, trace, `model: pyro: site "v" in plate "d": value of shape [3] does not fit
	in plate "d": size 2 at dim -1, where the value has 3`,
		},
		{"dim of size 1", latent, func(p *pyro.P) {
			p.Sample("mu", dist.Normal(p.Param("loc", tensor.Zeros(1)), 1))
		}, trace, `pyro: site "mu": batch shape [1] in the guide, but [] in the model
	to repair it: drop the dim of size 1, as tensor.Of(0.0) has none and tensor.Zeros(1) has one`},
		{
			"without the plate", func(p *pyro.P) { p.Plate("d", 2).Sample("v", dist.Normal(0, 1)) },
			drawing("v", dist.Normal(0, 1)), trace, `model: pyro: site "v" in plate "d": value of shape [] does not fit
	in plate "d": size 2 at dim -1, where the value has 1`,
		},
		{"support", func(p *pyro.P) { p.Sample("s", dist.Gamma(1, 1)) }, drawing("s", dist.Normal(-5, 0.1)), trace, `model: pyro: site "s": value -4.91546 is outside the support of Gamma(concentration: 1, rate: 1), which is [0, ∞)`},
		{"discrete, not summed", discrete, noGuide, trace, `pyro: site "z": the model's latent site is not in the guide
	to repair it: sum it out with infer.TraceEnumELBO, or draw it in the guide`},
		{"marked for enumeration", wanted, noGuide, trace, `pyro: site "z": the model's latent site is not in the guide
	to repair it: sum it out with infer.TraceEnumELBO, or draw it in the guide`},
		{"marked for enumeration, drawn in the guide", wanted, drawing("z", dist.Bernoulli(0.4)), trace, `pyro: site "z": the site is marked for enumeration, which TraceELBO does not do; use TraceEnumELBO`},
		{"marked in the guide", discrete, wanted, trace, `pyro: site "z": the site is marked for enumeration, which TraceELBO does not do; use TraceEnumELBO`},
		{"infinite support", poisson, noGuide, enum, `pyro: site "n": Poisson(rate: 3) has no finite support to sum over, and the site is not in the guide
	to repair it: bound it, as dist.Categorical over the values that matter, or draw it in the guide`},
		{"marked against enumeration", marked, noGuide, enum, `pyro: site "z": the discrete site is marked pyro.NoEnum and is not in the guide
	to repair it: drop the mark, or draw it in the guide`},
		{"continuous, not in the guide", latent, noGuide, enum, `pyro: site "mu": the model's latent site is not in the guide
	to repair it: draw it in the guide, or observe it`},
		{"autoguide of a discrete site", discrete, (&autoguide.Delta{Model: discrete}).Guide, trace, `guide: pyro: site "z": autoguide.Delta cannot guide a discrete site
	to repair it: hide it from the guide with handler.Block or handler.Expose, and sum it out with infer.TraceEnumELBO,
	or guide it by an autoguide.Discrete`},
		{"autoguide of a discrete site", discrete, (&autoguide.Normal{Model: discrete}).Guide, trace, `guide: pyro: site "z": autoguide.Normal cannot guide a discrete site
	to repair it: hide it from the guide with handler.Block or handler.Expose, and sum it out with infer.TraceEnumELBO,
	or guide it by an autoguide.Discrete`},
		{"autoguide without a model", latent, (&autoguide.Normal{}).Guide, trace, "guide: pyro: autoguide.Normal.Model is nil"},
		{"start value", latent, (&autoguide.Delta{Model: latent, Init: autoguide.Values(pyro.Data{"mew": tensor.Of(0.0)}, nil)}).Guide, trace, `guide: pyro: site "mew": autoguide.Values: the model has no such latent site; there are ["mu"]`},
		{
			"start value off the support", func(p *pyro.P) { p.Sample("s", dist.Gamma(1, 1)) },
			(&autoguide.Delta{Model: func(p *pyro.P) { p.Sample("s", dist.Gamma(1, 1)) }, Init: autoguide.Values(pyro.Data{"s": tensor.Of(-1.0)}, nil)}).Guide, trace, `guide: pyro: site "s": start value -1 is not in [0, ∞) (element 0)`,
		},
		{"NaN parameter", latent, func(p *pyro.P) {
			p.Sample("mu", dist.Normal(p.Param("loc", tensor.Of(math.NaN())), 1))
		}, trace, `guide: pyro: site "loc": start value NaN is not in real`},
		{"particles", latent, latent, infer.TraceELBO{Particles: -1}, "infer: -1 particles; the number must be positive"},
	} {
		t.Run(c.name, func(t *testing.T) { message(t, step(c.model, c.guide, c.loss), c.want) })
	}
}

// Losses and gradients that are not finite.
func TestNotFinite(t *testing.T) {
	svi := func(model pyro.Model, guide pyro.Model) *infer.SVI {
		return &infer.SVI{Model: model, Guide: guide, Optim: &optim.SGD{LR: 0.1}}
	}
	never := func(p *pyro.P) { // no value of a near 0 is possible
		a := p.Sample("a", dist.Normal(0, 1))
		p.Observe("x", dist.Normal(0, 1), tensor.Of(1.0))
		p.Factor("bound", a.Less(tensor.Of(1e9)).Where(tensor.Of(math.Inf(-1)), tensor.Of(0.0)))
	}
	nan := func(p *pyro.P) {
		m := p.Param("m", tensor.Of(-2.0))
		p.Factor("f", m.Log())
	}
	slope := func(p *pyro.P) { // √ has no slope at 0
		m := p.Param("m", tensor.Of(0.0))
		p.Observe("x", dist.Normal(m.Sqrt(), 1), tensor.Of(1.0))
	}
	for _, c := range []struct {
		name string
		svi  *infer.SVI
		want string
	}{
		{"no finite start of an autoguide", svi(never, (&autoguide.Normal{Model: never}).Guide), `guide: pyro: site "bound": autoguide.Normal: the log density is -Inf at the start values of the guide
	to repair it: start elsewhere with Init, such as autoguide.Values`},
		{"no finite start", svi(never, drawing("a", dist.Normal(0, 1))), `infer: the loss is +Inf at step 1; the log probability of model site "bound" is -Inf`},
		{"NaN loss", svi(nan, noGuide), `model: pyro: site "f": Unit: parameter log_factor must be a number, got NaN`},
		{"NaN gradient", svi(slope, noGuide), `infer: the gradient of parameter "m" is not finite (loss 1.4189385332046727) at step 1; the first operation with such a result is Recip`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.svi.Run(t.Context(), rng.New(0), 3)
			message(t, err, c.want)
		})
	}
}

func TestWrongFields(t *testing.T) {
	run := func(s infer.SVI, n int) error {
		_, err := s.Run(t.Context(), rng.New(0), n)
		return err
	}
	message(t, run(infer.SVI{Guide: latent, Optim: &optim.SGD{}}, 1), "infer: SVI.Model is nil")
	message(t, run(infer.SVI{Model: latent, Optim: &optim.SGD{}}, 1), "infer: SVI.Guide is nil")
	message(t, run(infer.SVI{Model: latent, Guide: latent}, 1), "infer: SVI.Optim is nil")
	message(t, run(infer.SVI{Model: latent, Guide: latent, Optim: &optim.SGD{}}, -1), "infer: -1 steps; the number must not be negative")
	_, err := (&infer.SVI{}).Evaluate(rng.New(0))
	message(t, err, "infer: SVI.Model is nil")

	starts := func(s infer.Starts, n int) error {
		_, _, _, err := s.Run(t.Context(), rng.New(0), n)
		return err
	}
	message(t, starts(infer.Starts{}, 1), "infer: Starts.New is nil")
	nothing := func(rng.Key) (*infer.SVI, error) { return nil, nil }
	message(t, starts(infer.Starts{New: nothing}, 0), "infer: 0 steps; the number must be positive")
	message(t, starts(infer.Starts{New: nothing, N: -1}, 1), "infer: Starts has a negative number")
	message(t, starts(infer.Starts{New: nothing}, 1), "infer: Starts.New returned nil")

	predict := func(pr infer.Predictive, m pyro.Model) error {
		_, err := pr.Run(t.Context(), rng.New(0), m)
		return err
	}
	two := pyro.Data{"mu": tensor.Zeros(2)}
	message(t, predict(infer.Predictive{}, nil), "infer: Predictive.Run: the model is nil")
	message(t, predict(infer.Predictive{Guide: latent, Draws: two}, latent), "infer: Predictive has both a Guide and Draws; give one")
	message(t, predict(infer.Predictive{N: -3}, latent), "infer: Predictive.N is -3; it must be positive")
	message(t, predict(infer.Predictive{Draws: pyro.Data{}}, latent), "infer: Predictive.Draws is empty; leave it nil to draw from the prior")
	message(t, predict(infer.Predictive{Draws: two, N: 3}, latent), `pyro: site "mu": Predictive.Draws: 2 draws, where 3 are needed`)
	message(t, predict(infer.Predictive{Draws: pyro.Data{"mu": tensor.Of(1.0)}}, latent), `pyro: site "mu": Predictive.Draws: draws need a first dim that counts them`)
	message(t, predict(infer.Predictive{Draws: pyro.Data{"a": tensor.Zeros(2), "mu": tensor.Zeros(3)}}, latent), `pyro: site "mu": Predictive.Draws: 3 draws, where 2 are needed`)
	message(t, predict(infer.Predictive{Draws: pyro.Data{"mew": tensor.Zeros(2)}}, latent), `model: pyro: site "mew": Substitute: the model has no such sample site or parameter; there are ["mu" "x"]`)
	message(t, predict(infer.Predictive{Draws: pyro.Data{"mu": tensor.Zeros(2, 3)}}, latent), `model: pyro: site "mu": the value has shape [3], but no plate is at dim -1, of size 3
	to repair it: open a plate of size 3 around the site,
	or make the dim part of one draw with dist.Independent(d, 1),
	or use the handle that the plate returned, not the one it was made from
	Predictive.Draws has shape [2 3] for the site, taken for 2 draws of shape [3];
	to repair it, where these are chains and draws: give what Pooled returns, which joins the chains`)
	message(t, predict(infer.Predictive{Sites: []string{"my"}, N: 2}, latent), `pyro: site "my": Predictive.Sites: no run has such a site; did you mean "mu"?`)
	message(t, predict(infer.Predictive{Guide: drawing("mew", dist.Normal(0, 1)), N: 2}, latent), `pyro: site "mew": the guide draws a site that the model lacks; did you mean "mu"?
	to repair it: give it the model's name, or mark it pyro.Aux if it is meant`)
}

// Bad steps are left out and counted on demand.
func TestSkipNaN(t *testing.T) {
	fit := func() *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) {
				z := p.Sample("z", dist.Normal(0, 1))
				p.Observe("x", dist.Normal(p.Param("m", tensor.Of(3.0)), 1), tensor.Of(1.0))
				p.Factor("sometimes", z.Less(tensor.Of(0.0)).Where(tensor.Of(math.Inf(-1)), tensor.Of(0.0)))
			},
			Guide: func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("loc", tensor.Of(0.0)), 1)) },
			Optim: &optim.SGD{LR: 0.01}, NaN: infer.SkipNaN,
		}
	}
	svi, single := fit(), fit()
	losses, err := svi.Run(t.Context(), rng.New(0), 200)
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for i, l := range losses {
		s, err := single.Step(rng.New(0).Fold(i))
		if err != nil || s != l {
			t.Fatalf("step %d: %v and %v, %v", i, l, s, err)
		}
		if math.IsInf(l, 1) {
			bad++
		}
	}
	if bad < 50 || bad > 150 || svi.Skipped != bad || single.Skipped != bad || svi.Stats.Why != "" {
		t.Errorf("%d bad steps, %d and %d skipped, %+v", bad, svi.Skipped, single.Skipped, svi.Stats)
	}
	if m := svi.Params.Get("m").Item(); !(m < 2) || m != single.Params.Get("m").Item() {
		t.Errorf("m is %v after Run, %v after Step", m, single.Params.Get("m").Item())
	}
}

func TestCancelledFit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	svi := &infer.SVI{Model: latent, Guide: (&autoguide.Normal{Model: latent}).Guide, Optim: &optim.SGD{}}
	n := 0
	for step, err := range svi.Steps(ctx, rng.New(0), 1000) {
		if err != nil {
			if !errors.Is(err, context.Canceled) || step.N != 10 || n != 10 {
				t.Errorf("after %d steps: %+v, %v", n, step, err)
			}
			break
		}
		if n++; n == 10 {
			cancel()
		}
	}
	if losses, err := svi.Run(ctx, rng.New(0), 10); len(losses) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d losses, %v", len(losses), err)
	}
	if path, err := svi.Follow(ctx, rng.New(0), 10); path == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", path, err)
	}
	if _, err := (infer.Predictive{}).Run(ctx, rng.New(0), latent); !errors.Is(err, context.Canceled) {
		t.Errorf("Predictive: %v", err)
	}
}

// A loss of the user's own that fails or panics with the library's types.
type ownLoss func(tape *tensor.Tape, model pyro.Model) (*tensor.Tensor, error)

func (l ownLoss) Loss(tape *tensor.Tape, _ rng.Key, model, _ pyro.Model) (*tensor.Tensor, error) {
	return l(tape, model)
}

func TestOwnLosses(t *testing.T) {
	one := tensor.Zeros(3)
	message(t, step(latent, latent, ownLoss(func(*tensor.Tape, pyro.Model) (*tensor.Tensor, error) { return one, nil })),
		"infer: the loss must be a single number")
	message(t, step(latent, latent, ownLoss(func(*tensor.Tape, pyro.Model) (*tensor.Tensor, error) { return nil, nil })),
		"infer: the loss must be a single number")
	message(t, step(latent, latent, ownLoss(func(*tensor.Tape, pyro.Model) (*tensor.Tensor, error) { return one.Add(tensor.Zeros(2)), nil })),
		"tensor: Add[[3] [2]]: shapes do not broadcast")
	message(t, step(latent, latent, ownLoss(func(*tensor.Tape, pyro.Model) (*tensor.Tensor, error) { return nil, fmt.Errorf("mine") })), "mine")
}

// A fit without parameters is a mistake, though its loss is known.
func TestNothingToTrain(t *testing.T) {
	plain := func(p *pyro.P) { p.Observe("x", dist.Normal(0, 1), tensor.Of(0.0)) }
	exact := drawing("mu", dist.Normal(0.25, math.Sqrt(0.5)))
	for name, svi := range map[string]*infer.SVI{
		"empty autoguide":   {Model: plain, Guide: (&autoguide.Normal{Model: plain}).Guide, Optim: &optim.SGD{}},
		"guide of one draw": {Model: latent, Guide: exact, Optim: &optim.SGD{}},
	} {
		if _, err := svi.Step(rng.New(0)); !errors.Is(err, infer.ErrNoParams) {
			t.Errorf("%s: Step: %v", name, err)
		}
		if losses, err := svi.Run(t.Context(), rng.New(0), 3); !errors.Is(err, infer.ErrNoParams) || len(losses) != 0 {
			t.Errorf("%s: Run: %v, %v", name, losses, err)
		}
		for s, err := range svi.Steps(t.Context(), rng.New(0), 3) {
			if !errors.Is(err, infer.ErrNoParams) {
				t.Errorf("%s: Steps: %v, %v", name, s, err)
			}
		}
	}
	// The posterior of one normal mean is known, and so the loss of any draw.
	svi := &infer.SVI{Model: latent, Guide: exact}
	evidence := dist.Normal(0, math.Sqrt2).LogProb(tensor.Of(0.5)).Item()
	loss, err := svi.Evaluate(rng.New(0))
	if err != nil {
		t.Error(err)
	}
	near(t, "loss of the posterior", loss, -evidence)
}

// A parameter may matter to some steps only.
func TestIdleParameter(t *testing.T) {
	svi := &infer.SVI{Model: latent, Guide: func(p *pyro.P) {
		p.Param("idle", tensor.Of(0.0))
		p.Sample("mu", dist.Normal(0, 1))
	}, Optim: &optim.SGD{}}
	losses, err := svi.Run(t.Context(), rng.New(0), 3)
	if err != nil || len(losses) != 3 || svi.Stats.Why != "no parameter affects the loss" {
		t.Errorf("%v, %v, %+v", losses, err, svi.Stats)
	}
}

// An optimiser belongs to one fit, whatever wraps it; fits of the same
// parameters share it.
func TestSharedOptimizer(t *testing.T) {
	adam := func() optim.Optimizer { return &optim.Adam{LR: 0.1} }
	for name, opt := range map[string]optim.Optimizer{
		"Adam":      adam(),
		"SGD":       &optim.SGD{},
		"ClipNorm":  optim.ClipNorm(adam(), 1),
		"ClipValue": optim.ClipValue(adam(), 1),
		"PerParam":  optim.PerParam(func(string) optim.Optimizer { return adam() }),
	} {
		fit := func(params *pyro.Params) error {
			guide := &autoguide.Normal{Model: latent}
			svi := &infer.SVI{Model: latent, Guide: guide.Guide, Optim: opt, Params: params}
			_, err := svi.Run(t.Context(), rng.New(0), 3)
			return err
		}
		first := pyro.NewParams()
		if err := fit(first); err != nil {
			t.Errorf("%s: first fit: %v", name, err)
		}
		if err := fit(first); err != nil {
			t.Errorf("%s: the fit goes on: %v", name, err)
		}
		if err := fit(nil); !errors.Is(err, infer.ErrSharedOptimizer) {
			t.Errorf("%s: second fit: %v", name, err)
		}
		memory := opt.(optim.Stateful)
		memory.SetState(memory.State())
		if err := fit(nil); err != nil {
			t.Errorf("%s: after its memory was restored: %v", name, err)
		}
	}
}

// An auxiliary site is not a mistake.
func TestAuxiliarySite(t *testing.T) {
	err := step(latent, func(p *pyro.P) {
		u := p.Sample("u", dist.Normal(0, 1), pyro.Aux)
		p.Sample("mu", dist.Delta(u.Add(p.Param("shift", tensor.Of(0.0), constraint.Real))))
	}, nil)
	if err != nil {
		t.Error(err)
	}
}
