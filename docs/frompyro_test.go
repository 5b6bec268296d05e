package docs

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The Go forms that from-pyro.md shows, running. TestCodeIsCompiled compares.

func scale(p *pyro.P, guess float64) *tensor.Tensor {
	weight := p.Sample("weight", dist.Normal(guess, 1))
	return p.Sample("measurement", dist.Normal(weight, 0.75))
}

func TestStatements(t *testing.T) {
	var reading *tensor.Tensor
	key := rng.New(101)
	model := func(p *pyro.P) { reading = scale(p, 8.5) }
	tr, err := pyro.Run(model, key)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Value("measurement").Item() != reading.Item() {
		t.Error("the result is not the draw")
	}

	v := tensor.Of([]float64{1, 0, 1})
	tr, err = pyro.Run(func(p *pyro.P) {
		p.Sample("x", dist.Normal(0, 1))
		obs := p.Plate("data", v.Len())
		obs.Observe("y", dist.Bernoulli(0.5), v)
		for i := range 3 {
			p.Sample(fmt.Sprintf("x_%d", i), dist.Bernoulli(0.5))
		}
		p.Param("a", tensor.Of(1.0))
		p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.ParamFunc("c", func() *tensor.Tensor { return dist.Normal(0, 1).Sample(p.Key().FoldName("c")) })
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Len() != 9 || tr.Site("y").Value.Len() != 3 {
		t.Errorf("sites %v", tr.Names())
	}
	if pyro.Version == "" {
		t.Error("no version")
	}
}

func TestTensors(t *testing.T) {
	x, y := tensor.Of([]float64{1, -2}), tensor.Ones(2)
	z := tensor.Of([]float64{1, 1, 0})
	for _, c := range []struct {
		got  *tensor.Tensor
		want string
	}{
		{tensor.Of(9.5), "9.5"},
		{tensor.Zeros(1), "[0]"},
		{tensor.Ones(2), "[1 1]"},
		{tensor.Full(10, 2), "[10 10]"},
		{x.Abs(), "[1 2]"},
		{x.Mul(y), "[1 -2]"},
		{x.Sum(), "-1"},
		{x.Index(z), "[-2 -2 1]"},
		{x.MulScalar(0.3), "[0.3 -0.6]"},
		{tensor.Of(x.At(1)), "-2"},
		{tensor.Of(float64(x.Len())), "2"},
		{x.Detach(), "[1 -2]"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%v; want %v", c.got, c.want)
		}
	}
	key := rng.New(0)
	draw := dist.Normal(0, 1).Sample(key)
	if lp := dist.Normal(0, 1).LogProb(draw).Item(); lp > -0.9189 {
		t.Errorf("log density %v", lp)
	}
}

func TestHandlers(t *testing.T) {
	key := rng.New(0)
	model := func(p *pyro.P) { scale(p, 8.5) }
	conditioned := handler.Condition(model, pyro.Data{"measurement": tensor.Of(9.5)})
	tr, err := pyro.Run(conditioned, key)
	if err != nil {
		t.Fatal(err)
	}
	logp := 0.0
	for s := range tr.Sites() {
		fmt.Fprintln(t.Output(), s.Name, s.Dist, s.Value, s.Observed)
		if s.Kind == pyro.SampleSite {
			logp += s.LogProb().Item()
		}
	}
	if math.Abs(logp-tr.LogProb().Item()) > 1e-12 || len(tr.Names()) != 2 {
		t.Errorf("log joint %v, sites %v", logp, tr.Names())
	}

	set := handler.Do(model, pyro.Data{"weight": tensor.Of(9.0)})
	var seen pyro.Trace
	if _, err := pyro.Run(handler.Record(set, &seen), key); err != nil {
		t.Fatal(err)
	}
	again, err := pyro.Run(handler.Replay(conditioned, tr), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if again.Value("weight").Item() != tr.Value("weight").Item() {
		t.Error("a replay has another weight")
	}
	hidden, err := pyro.Run(handler.Expose(model, "weight"), key)
	if err != nil {
		t.Fatal(err)
	}
	if hidden.Len() != 1 || hidden.Value("weight") == nil {
		t.Errorf("exposed %v", hidden.Names())
	}
}

func TestInference(t *testing.T) {
	ctx, key := context.Background(), rng.New(0)
	model := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, pyro.Data{"measurement": tensor.Of(9.5)})
	guide := func(p *pyro.P) {
		p.Sample("weight", dist.Normal(p.Param("a", tensor.Of(8.5)), p.Param("b", tensor.Of(1.0), constraint.Positive)))
	}

	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.Adam{LR: 0.01}, Loss: infer.TraceELBO{}}
	losses, err := svi.Run(ctx, key, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svi.Step(key); err != nil {
		t.Fatal(err)
	}
	for step, err := range svi.Steps(ctx, key, 100) {
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, step.Loss)
	}
	if a := svi.Params.Get("a").Item(); math.Abs(a-9.14) > 0.2 || len(losses) != 1100 {
		t.Errorf("a is %v after %d steps", a, len(losses))
	}
	svi.Params = pyro.NewParams()
	svi.Optim = &optim.SGD{LR: 0.001, Momentum: 0.1}
	if _, err := svi.Run(ctx, key, 10); err != nil {
		t.Fatal(err)
	}

	im := infer.Importance{Samples: 100, Guide: svi.Params.Bind(guide)}
	post, err := im.Run(ctx, key, model)
	if err != nil {
		t.Fatal(err)
	}
	if n := post.Marginal("weight").Sample(key, 100).Len(); n != 100 || post.Len() != 100 {
		t.Errorf("%d draws of %d samples", n, post.Len())
	}
}

func TestGradientByHand(t *testing.T) {
	key := rng.New(0)
	model := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, pyro.Data{"measurement": tensor.Of(9.5)})
	guide := func(p *pyro.P) {
		p.Sample("weight", dist.Normal(p.Param("a", tensor.Of(8.5)), p.Param("b", tensor.Of(1.0)).Abs()))
	}
	lr := 0.001
	params, tape := pyro.NewParams(), tensor.NewTape()
	model, guide = params.Bind(model), params.Bind(guide)
	for t := range 10 {
		loss, err := infer.TraceELBO{}.Loss(tape, key.Fold(t), model, guide)
		if err != nil {
			panic(err)
		}
		grads := params.Grad(loss)
		params.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
			return x.Sub(grads[name].MulScalar(lr))
		})
		tape.Reset()
	}
	if names := params.Names(); len(names) != 2 || params.Unconstrained("a").Item() <= 8.5 {
		t.Errorf("%v: a is %v", names, params.Get("a"))
	}
}

func TestMixture(t *testing.T) {
	ctx, key := context.Background(), rng.New(0)
	petals := tensor.Of(data.Iris().PetalLength)
	model := func(p *pyro.P) {
		probs := p.Sample("p", dist.Dirichlet(tensor.Ones(2)))
		cluster := p.Plate("cluster_param_plate", 2)
		mu := cluster.Sample("mu", dist.Normal(0, 10))
		sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))
		obs := p.Plate("data_plate", petals.Len())
		z := obs.Sample("z", dist.Categorical(probs))
		obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), petals)
	}
	guide := &autoguide.Delta{Model: handler.Expose(model, "p", "mu", "sigma")}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}, Loss: infer.TraceEnumELBO{}}
	if _, err := svi.Run(ctx, key, 100); err != nil {
		t.Fatal(err)
	}
	estimates := guide.Values(svi.Params)
	tr, err := pyro.Run(infer.Discrete(handler.Substitute(model, estimates)), key)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Value("z").Len() != 150 || tr.Value("mu").String() != estimates["mu"].String() {
		t.Errorf("%d clusters with means %v; want those of the guide, %v", tr.Value("z").Len(), tr.Value("mu"), estimates["mu"])
	}
}

func TestPlots(t *testing.T) {
	xs, ys := []float64{1, 2, 2.5}, []float64{1, 3, 2}
	dir := t.TempDir()
	fig := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss", XLim: [2]float64{0, 3000}}
	a, b := (&plot.Figure{YLabel: "a"}).Rule(9.14).Line(ys, ""), (&plot.Figure{YLabel: "b"}).Rule(0.6).Line(ys, "")
	for name, p := range map[string]interface{ Save(string) error }{
		"line":   fig.Line(ys, ""),
		"hist":   (&plot.Figure{}).Hist(xs, 0, 3, 10),
		"row":    plot.Row(a, b),
		"curve":  (&plot.Figure{}).Curve(xs, ys, "z=0", plot.Color("red")),
		"points": (&plot.Figure{}).Points(xs, ys, "", plot.Color("black"), plot.Alpha(0.3), plot.Shape(plot.Cross)),
		"swarm":  (&plot.Figure{}).Swarm(plot.Group{Label: "z=0", Xs: xs}, plot.Group{Label: "z=1", Xs: ys}),
	} {
		if err := p.Save(filepath.Join(dir, name+".png")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
