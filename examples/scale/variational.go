package scale

import (
	"context"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/tensor"
)

// variational fits the guide, then uses it.
func variational(ctx context.Context, r *examples.Run) error {
	model := deferred(reading, guess)
	svi := &infer.SVI{
		Model: model,
		Guide: func(p *pyro.P) { guide(p, guess) },
		Optim: &optim.SGD{LR: 0.001, Momentum: 0.1},
		Loss:  infer.TraceELBO{},
	}
	path, err := svi.Follow(ctx, r.Key("svi"), 2500)
	if err != nil {
		return err
	}
	a, b := svi.Params.Get("a").Item(), math.Abs(svi.Params.Get("b").Item())
	r.Figure("svi_a", a)
	r.Figure("svi_b", b)
	r.Printf("variational inference: a = %.4f, b = %.4f (exact 9.14 and 0.6)\n", a, b)
	if err := training(r, "svi", path.Losses, path.Scalar("a"), path.Scalar("b")); err != nil {
		return err
	}

	// With the exact posterior for a guide the loss has no noise.
	lo, hi, err := examples.LossRange(r.Key("exact"), model, func(p *pyro.P) { perfectGuide(p, reading, guess) }, 1000)
	if err != nil {
		return err
	}
	r.Figure("exact_guide_loss_min", lo)
	r.Figure("exact_guide_loss_max", hi)

	// The trained guide is a good proposal, and its draws are posterior draws.
	trained := svi.Params.Bind(svi.Guide)
	post, err := infer.Importance{Samples: 10_000, Guide: trained}.Run(ctx, r.Key("trained"), model)
	if err != nil {
		return err
	}
	r.Figure("ess_fraction_trained_guide", post.ESS()/float64(post.Len()))
	if err := histogram(r, "weight_trained", "P(weight | measurement, guess)", post.Marginal("weight")); err != nil {
		return err
	}
	tr, err := pyro.Run(trained, r.Key("guide"))
	if err != nil {
		return err
	}
	return histogram(r, "weight_guide", "P(weight | measurement, guess)", tr.Site("weight").Dist)
}

// byHand descends the gradient of the loss without an optimiser.
func byHand(ctx context.Context, r *examples.Run) error {
	params, tape := pyro.NewParams(), tensor.NewTape()
	model := params.Bind(deferred(reading, guess))
	guide := params.Bind(func(p *pyro.P) { guide(p, guess) })
	const lr, steps = 0.001, 1000
	var losses, a, b []float64
	for t := range steps {
		loss, err := infer.TraceELBO{}.Loss(tape, r.Key("by hand").Fold(t), model, guide)
		if err != nil {
			return err
		}
		grads := params.Grad(loss)
		losses = append(losses, loss.Item())
		a = append(a, params.Get("a").Item())
		b = append(b, params.Get("b").Item())
		params.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
			return x.Sub(grads[name].MulScalar(lr))
		})
		tape.Reset()
	}
	atEnd, bAtEnd := params.Get("a").Item(), math.Abs(params.Get("b").Item())
	r.Figure("manual_a", atEnd)
	r.Figure("manual_b", bAtEnd)
	r.Printf("by hand: a = %.4f, b = %.4f\n", atEnd, bAtEnd)
	return training(r, "manual", losses, a, b)
}
