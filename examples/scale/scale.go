package scale

import (
	"context"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// Example is this program.
var Example = examples.Example{Name: "scale", Run: run,
	About: "the weight of an object: conditioning, importance sampling, guides, variational inference"}

const guess, reading = 8.5, 9.5

func run(ctx context.Context, r *examples.Run) error {
	for _, part := range []func(context.Context, *examples.Run) error{conditioning, importance, variational, byHand} {
		if err := part(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// conditioning observes sites in several ways.
func conditioning(_ context.Context, r *examples.Run) error {
	tr, err := pyro.Run(deferred(reading, guess), r.Key())
	if err != nil {
		return err
	}
	for s := range tr.Sites() {
		r.Printf("%s %v %v %v\n", s.Name, s.Dist, s.Value, s.Observed)
	}
	r.Figure("conditioned_return", tr.Value("measurement").Item())

	m := func(p *pyro.P) { scale2(p, guess) }
	weight, measurement := pyro.Data{"weight": tensor.Of(1)}, pyro.Data{"measurement": tensor.Of(1)}
	for name, c := range map[string]pyro.Model{
		"logjoint_nested_1": handler.Condition(handler.Condition(m, weight), measurement),
		"logjoint_nested_2": handler.Condition(handler.Condition(m, measurement), weight),
		"logjoint_dict":     handler.Condition(m, pyro.Data{"weight": tensor.Of(1), "measurement": tensor.Of(1)}),
	} {
		tr, err := pyro.Run(handler.Substitute(c, pyro.Data{"tolerance": tensor.Of(0.5)}), r.Key())
		if err != nil {
			return err
		}
		r.Figure(name, tr.LogProb().Item())
	}

	one := tensor.Of(1)
	see := examples.Evidence(r.Key(), handler.Condition(confounded, pyro.Data{"x": one, "y": one})) /
		examples.Evidence(r.Key(), handler.Condition(confounded, pyro.Data{"x": one}))
	set := examples.Evidence(r.Key(), handler.Condition(handler.Do(confounded, pyro.Data{"x": one}), pyro.Data{"y": one}))
	r.Figure("p_condition", see)
	r.Figure("p_do", set)
	r.Printf("P(y | x=1) = %.2f, P(y | do x=1) = %.2f\n", see, set)
	return nil
}

// importance finds marginals by importance sampling.
func importance(ctx context.Context, r *examples.Run) error {
	const n = 10_000
	prior, err := infer.Importance{Samples: n}.Run(ctx, r.Key(), func(p *pyro.P) { scale(p, guess) })
	if err != nil {
		return err
	}
	r.Figure("prior_marginal_mean", prior.Mean("measurement").Item())
	r.Figure("prior_marginal_sd", prior.SD("measurement").Item())
	if err := histogram(r, "measurement", "P(measurement | guess)", prior.Marginal("measurement")); err != nil {
		return err
	}
	for name, g := range map[string]pyro.Model{
		"prior_guide":     func(p *pyro.P) { priorGuide(p, guess) },
		"posterior_guide": func(p *pyro.P) { posteriorGuide(p, []float64{reading}, guess) },
		"exact_guide":     func(p *pyro.P) { perfectGuide(p, reading, guess) },
	} {
		post, err := infer.Importance{Samples: n, Guide: g}.Run(ctx, r.Key(), deferred(reading, guess))
		if err != nil {
			return err
		}
		r.Figure("ess_fraction_"+name, post.ESS()/n)
		if name != "posterior_guide" {
			continue
		}
		r.Figure("log_evidence", post.LogEvidence())
		r.Figure("posterior_mean", post.Mean("weight").Item())
		r.Figure("posterior_sd", post.SD("weight").Item())
		r.Printf("weight given %v: %.3f ± %.3f (exact 9.14 ± 0.6)\n", reading, post.Mean("weight").Item(), post.SD("weight").Item())
		if err := histogram(r, "weight", "P(weight | measurement, guess)", post.Marginal("weight")); err != nil {
			return err
		}
	}
	return nil
}

// variational fits the guide, and uses it.
func variational(ctx context.Context, r *examples.Run) error {
	model := deferred(reading, guess)
	svi := &infer.SVI{
		Model: model,
		Guide: func(p *pyro.P) { guide(p, guess) },
		Optim: &optim.SGD{LR: 0.001, Momentum: 0.1},
		Loss:  infer.TraceELBO{},
	}
	const steps = 2500
	path, err := svi.Follow(ctx, r.Key(), steps)
	if err != nil {
		return err
	}
	r.Step("scale", steps, steps)
	a, b := svi.Params.Get("a").Item(), math.Abs(svi.Params.Get("b").Item())
	r.Figure("svi_a", a)
	r.Figure("svi_b", b)
	r.Printf("a = %.4f, b = %.4f (exact 9.14 and 0.6)\n", a, b)
	if err := training(r, "svi", path.Losses, path.Scalar("a"), path.Scalar("b")); err != nil {
		return err
	}

	lo, hi, err := examples.LossRange(r.Key(), model, func(p *pyro.P) { perfectGuide(p, reading, guess) }, 1000)
	if err != nil {
		return err
	}
	r.Figure("exact_guide_loss_min", lo)
	r.Figure("exact_guide_loss_max", hi)

	// The trained guide is a good proposal, and its draws are posterior draws.
	trained := svi.Params.Bind(svi.Guide)
	post, err := infer.Importance{Samples: 10_000, Guide: trained}.Run(ctx, r.Key(), model)
	if err != nil {
		return err
	}
	r.Figure("ess_fraction_trained_guide", post.ESS()/float64(post.Len()))
	if err := histogram(r, "weight_trained", "P(weight | measurement, guess)", post.Marginal("weight")); err != nil {
		return err
	}
	tr, err := pyro.Run(trained, r.Key())
	if err != nil {
		return err
	}
	return histogram(r, "weight_guide", "P(weight | measurement, guess)", tr.Site("weight").Dist)
}

// byHand descends the gradient without an optimiser.
func byHand(ctx context.Context, r *examples.Run) error {
	params, tape := pyro.NewParams(), tensor.NewTape()
	model := params.Bind(deferred(reading, guess))
	guide := params.Bind(func(p *pyro.P) { guide(p, guess) })
	const lr, steps = 0.001, 1000
	var losses, a, b []float64
	for t := range steps {
		loss, err := infer.TraceELBO{}.Loss(tape, r.Key().Fold(t), model, guide)
		if err != nil {
			return err
		}
		losses = append(losses, loss.Item())
		grads := params.Grad(loss)
		params.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
			return x.Sub(grads[name].MulScalar(lr))
		})
		a = append(a, params.Get("a").Item())
		b = append(b, params.Get("b").Item())
		tape.Reset()
	}
	r.Figure("manual_a", a[steps-1])
	r.Figure("manual_b", b[steps-1])
	r.Printf("by hand: a = %.4f, b = %.4f\n", a[steps-1], b[steps-1])
	return training(r, "manual", losses, a, b)
}

// sampler is what histograms are drawn of.
type sampler = interface {
	Sample(key examples.Key, sample ...int) *tensor.Tensor
}

// histogram draws 100 values.
func histogram(r *examples.Run, file, title string, d sampler) error {
	fig := &plot.Figure{Title: title, XLabel: "weight", YLabel: "#"}
	return r.Save(file, fig.Hist(d.Sample(r.Key().FoldName(file), 100).Float64s(), 5, 12, 10))
}

// training draws the losses, and the paths of both parameters with the exact values.
func training(r *examples.Run, file string, losses, a, b []float64) error {
	fig := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}
	if err := r.Save(file+"_elbo", fig.Line(losses, "")); err != nil {
		return err
	}
	return r.Save(file+"_params", plot.Row(
		(&plot.Figure{YLabel: "a"}).Rule(9.14).Line(a, ""),
		(&plot.Figure{YLabel: "b"}).Rule(0.6).Line(b, "")))
}
