package scale

import (
	"context"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// Example is this program.
var Example = examples.Example{
	Name: "scale", Run: run,
	About: "the weight of an object: conditions, importance sampling, guides, variational inference",
}

const guess, reading = 8.5, 9.5

func run(ctx context.Context, r *examples.Run) error {
	for _, part := range []func(context.Context, *examples.Run) error{
		conditioning, intervention, importance, variational, byHand,
	} {
		if err := part(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// conditioning observes sites of models, which stay as they are.
func conditioning(_ context.Context, r *examples.Run) error {
	var returned *tensor.Tensor
	conditioned := handler.Condition(func(p *pyro.P) { returned = scale(p, guess) },
		pyro.Data{"measurement": tensor.Of(reading)})
	tr, err := pyro.Run(conditioned, r.Key("conditioned"))
	if err != nil {
		return err
	}
	for s := range tr.Sites() {
		r.Printf("%s %v %v %v\n", s.Name, s.Dist, s.Value, s.Observed)
	}
	r.Figure("conditioned_return", returned.Item())

	// Conditions nest in any order.
	two, one := func(p *pyro.P) { scale2(p, guess) }, tensor.Of(1.0)
	weight, measurement := pyro.Data{"weight": one}, pyro.Data{"measurement": one}
	for name, m := range map[string]pyro.Model{
		"logjoint_nested_1": handler.Condition(handler.Condition(two, weight), measurement),
		"logjoint_nested_2": handler.Condition(handler.Condition(two, measurement), weight),
		"logjoint_dict":     handler.Condition(two, pyro.Data{"weight": one, "measurement": one}),
	} {
		logp, err := examples.LogJoint(m, pyro.Data{"tolerance": tensor.Of(0.5)})
		if err != nil {
			return err
		}
		r.Figure(name, logp)
	}
	return nil
}

// intervention compares seeing that x is 1 with setting it to 1.
func intervention(_ context.Context, r *examples.Run) error {
	x, y := pyro.Data{"x": tensor.Of(1.0)}, pyro.Data{"y": tensor.Of(1.0)}
	seen := handler.Condition(confounded, x)
	px, err := examples.Evidence(seen)
	if err != nil {
		return err
	}
	pxy, err := examples.Evidence(handler.Condition(seen, y))
	if err != nil {
		return err
	}
	set, err := examples.Evidence(handler.Condition(handler.Do(confounded, x), y))
	if err != nil {
		return err
	}
	r.Figure("p_condition", pxy/px)
	r.Figure("p_do", set)
	r.Printf("P(y | x=1) = %.2f, P(y | do x=1) = %.2f\n", pxy/px, set)
	return nil
}
