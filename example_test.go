package pyro_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// show runs a model and prints its sites and their values.
func show(m pyro.Model) {
	tr, err := pyro.Run(m, rng.New(101))
	if err != nil {
		log.Fatal(err)
	}
	for s := range tr.Sites() {
		if s.Value != nil { // plates have none
			fmt.Printf("%v %s: %.3f\n", s.Kind, s.Name, s.Value.Float64s())
		}
	}
}

// weigh guesses the weight of an object, and reads the scale.
func weigh(p *pyro.P, guess float64) *tensor.Tensor {
	weight := p.Sample("weight", dist.Normal(guess, 1))
	return p.Sample("measurement", dist.Normal(weight, 0.75))
}

func Example() {
	model := func(p *pyro.P) { weigh(p, 8.5) }
	read := handler.Condition(model, pyro.Data{"measurement": tensor.Of(9.5)})
	tr, err := pyro.Run(read, rng.New(101))
	if err != nil {
		log.Fatal(err)
	}
	for s := range tr.Sites() {
		fmt.Println(s.Name, s.Dist, s.Value, s.Observed)
	}
	fmt.Println("log joint", tr.LogProb())
	// Output:
	// weight Normal(loc: 8.5, scale: 1) 6.16335 false
	// measurement Normal(loc: 6.16335, scale: 0.75) 9.5 true
	// log joint -14.1763
}

func ExampleRun() {
	tr, err := pyro.Run(func(p *pyro.P) { weigh(p, 8.5) }, rng.New(101))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Names())
	fmt.Println(tr)
	// Output:
	// [weight measurement]
	// site         kind    distribution  batch  event  value
	// weight       sample  Normal        []     []     []
	// measurement  sample  Normal        []     []     []
}

func ExampleRunOn() {
	tape := tensor.NewTape()
	params := pyro.NewParams()
	model := params.Bind(func(p *pyro.P) {
		mu := p.Param("mu", tensor.Of(1.0))
		p.Observe("x", dist.Normal(mu, 1), tensor.Of(3.0))
	})
	for range 3 {
		tr, err := pyro.RunOn(tape, model, rng.New(0))
		if err != nil {
			log.Fatal(err)
		}
		grad := params.Grad(tr.LogProb())["mu"] // x - mu
		params.Update(func(_ string, mu *tensor.Tensor) *tensor.Tensor {
			return mu.Add(grad.MulScalar(0.5))
		})
		tape.Reset()
		fmt.Println(params.Get("mu"))
	}
	// Output:
	// 2
	// 2.5
	// 2.75
}

func ExampleTrace_LogProb() {
	tr, err := pyro.Run(func(p *pyro.P) {
		p.Observe("flip", dist.Bernoulli(0.25), tensor.Of(true))
		p.Plate("data", 3).Observe("flips", dist.Bernoulli(0.5), tensor.Of([]int{1, 0, 1}))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Site("flips").LogProb())
	fmt.Println(tr.LogProb()) // log(1/4 · 1/2³)
	// Output:
	// [-0.693147 -0.693147 -0.693147]
	// -3.46574
}

// A statement in a branch or a recursion is like any other.
func ExampleP_Sample() {
	var geometric func(p *pyro.P, t int) int
	geometric = func(p *pyro.P, t int) int {
		if p.Sample(fmt.Sprintf("flip_%d", t), dist.Bernoulli(0.75)).Item() == 0 {
			return 0
		}
		return 1 + geometric(p, t+1)
	}
	show(func(p *pyro.P) { geometric(p, 0) })
	// Output:
	// sample flip_0: [0.000]
}

// One model serves for fitting and, without data, for prediction.
func ExampleP_Observe() {
	model := func(data *tensor.Tensor) pyro.Model {
		return func(p *pyro.P) {
			rate := p.Sample("rate", dist.Gamma(2, 1))
			p.Plate("days", 3).Observe("calls", dist.Poisson(rate), data)
		}
	}
	show(model(tensor.Of([]int{1, 4, 2})))
	show(model(nil))
	// Output:
	// sample rate: [2.287]
	// sample calls: [1.000 4.000 2.000]
	// sample rate: [2.287]
	// sample calls: [2.000 1.000 4.000]
}

// Days without a number do not count.
func ExampleMissing() {
	tr, err := pyro.Run(func(p *pyro.P) {
		p.Plate("days", 3).Observe("x", dist.Normal(0, 1), tensor.Of([]float64{0, math.NaN(), 0}), pyro.Missing)
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Site("x").LogProb())
	// Output:
	// [-0.918939 0 -0.918939]
}

func ExampleP_Factor() {
	tr, err := pyro.Run(func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, 1))
		p.Factor("penalty", x.Square().MulScalar(-3))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	x := tr.Value("x").Item()
	fmt.Println(tr.Site("penalty").LogProb().Item() == -3*(x*x))
	// Output:
	// true
}

func ExampleP_Param() {
	params := pyro.NewParams()
	model := func(start float64) pyro.Model {
		return params.Bind(func(p *pyro.P) {
			fmt.Println(p.Param("scale", tensor.Of(start), constraint.Positive))
		})
	}
	for _, start := range []float64{1, 5} { // the second start value is ignored
		if _, err := pyro.Run(model(start), rng.New(0)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(params.Names(), params.Get("scale"), params.Unconstrained("scale"))
	// Output:
	// 1
	// 1
	// [scale] 1 0
}

func ExampleP_ParamFunc() {
	params := pyro.NewParams()
	model := params.Bind(func(p *pyro.P) {
		p.ParamFunc("weights", func() *tensor.Tensor {
			fmt.Println("made once")
			return tensor.Ones(2, 2)
		})
	})
	for range 2 {
		if _, err := pyro.Run(model, rng.New(0)); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// made once
}

func ExampleP_Deterministic() {
	show(func(p *pyro.P) {
		celsius := p.Observe("celsius", dist.Normal(20, 5), tensor.Of(25.0))
		p.Deterministic("fahrenheit", celsius.MulScalar(1.8).AddScalar(32))
	})
	// Output:
	// sample celsius: [25.000]
	// deterministic fahrenheit: [77.000]
}

func ExampleP_Plate() {
	tr, err := pyro.Run(func(p *pyro.P) {
		group := p.Plate("group", 2)
		mu := group.Sample("mu", dist.Normal(0, 10))
		obs := p.Plate("data", 5)
		z := obs.Sample("z", dist.Categorical([]float64{0.5, 0.5}))
		obs.Sample("x", dist.Normal(mu.Index(z), 1))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr)
	// Output:
	// site   kind    distribution  batch  event  value
	// group  plate
	// mu     sample  Normal        [2]    []     [2]
	// data   plate
	// z      sample  Categorical   [5]    []     [5]
	// x      sample  Normal        [5]    []     [5]
}

// Rows and columns cross in the cells.
func ExampleP_Plate_crossed() {
	tr, err := pyro.Run(func(p *pyro.P) {
		rows := p.Plate("rows", 2, pyro.Dim(-2))
		columns := p.Plate("columns", 3, pyro.Dim(-1))
		a := rows.Sample("a", dist.Normal(0, 1))    // [2 1]
		b := columns.Sample("b", dist.Normal(0, 1)) // [3]
		rows.Plate("columns", 3).Sample("cell", dist.Normal(a.Add(b), 0.1))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Value("a").Shape(), tr.Value("b").Shape(), tr.Value("cell").Shape())
	// Output:
	// [2 1] [3] [2 3]
}

// A run that handles 2 of 6 elements counts each of them three times.
func ExampleP_Subsample() {
	data := tensor.Of([]float64{10, 11, 12, 13, 14, 15})
	tr, err := pyro.Run(func(p *pyro.P) {
		batch := p.Plate("data", data.Len(), pyro.Subsample(2))
		mu := batch.Param("mu", data) // one for each element; those of the batch
		batch.Observe("x", dist.Normal(mu, 1), batch.Subsample(data, 0))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	x := tr.Site("x")
	fmt.Println("elements", tr.Value("data"), "data", x.Value, "scale", x.Scale)
	// Output:
	// elements [4 0] data [14 10] scale 3
}

func ExampleP_Each() {
	words := []string{"to", "be"}
	show(func(p *pyro.P) {
		for i, word := range p.Each("words", len(words)) {
			word.Observe("length of "+words[i], dist.Poisson(3), tensor.Of(len(words[i])))
		}
	})
	// Output:
	// sample length of to: [2.000]
	// sample length of be: [2.000]
}

func ExampleP_Markov() {
	show(func(p *pyro.P) {
		x := tensor.Of(0.0)
		for t, step := range p.Markov("time", 3) {
			x = step.Sample(fmt.Sprintf("x_%d", t), dist.Normal(x, 1))
		}
	})
	// Output:
	// sample x_0: [0.277]
	// sample x_1: [-0.510]
	// sample x_2: [-0.738]
}

func ExampleP_Scale() {
	tr, err := pyro.Run(func(p *pyro.P) {
		p.Observe("once", dist.Bernoulli(0.5), tensor.Of(true))
		p.Scale(tensor.Of(10)).Observe("ten times", dist.Bernoulli(0.5), tensor.Of(true))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Site("once").LogProb(), tr.Site("ten times").LogProb())
	// Output:
	// -0.693147 -6.93147
}

func ExampleP_Mask() {
	tr, err := pyro.Run(func(p *pyro.P) {
		obs := p.Plate("data", 3).Mask(tensor.Of([]bool{true, false, true}))
		obs.Observe("x", dist.Bernoulli(0.5), tensor.Of([]int{0, 1, 1}))
	}, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Site("x").LogProb())
	// Output:
	// [-0.693147 0 -0.693147]
}

func ExampleP_Scope() {
	show(func(p *pyro.P) {
		weigh(p.Scope("left"), 1)
		weigh(p.Scope("right"), 2)
	})
	// Output:
	// sample left.weight: [1.057]
	// sample left.measurement: [1.699]
	// sample right.weight: [1.036]
	// sample right.measurement: [1.352]
}

// line is a module: a function with parameters of its own.
type line struct{}

func (line) Forward(p *pyro.P, x *tensor.Tensor) *tensor.Tensor {
	return x.Mul(p.Param("slope", tensor.Of(2.0))).Add(p.Param("intercept", tensor.Of(1.0)))
}

func ExampleP_Module() {
	show(func(p *pyro.P) {
		f := p.Module("f", line{})
		p.Deterministic("y", f(tensor.Of([]float64{0, 1, 2})))
	})
	// Output:
	// param f.slope: [2.000]
	// param f.intercept: [1.000]
	// deterministic y: [1.000 3.000 5.000]
}

// tempered is a handler that raises all densities to a power.
type tempered struct {
	pyro.NopHandler
	power *tensor.Tensor
}

func (h tempered) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite {
		s.Scale = h.power
	}
}

func ExampleWith() {
	m := func(p *pyro.P) { p.Observe("x", dist.Bernoulli(0.5), tensor.Of(true)) }
	half := pyro.With(m, func() pyro.Handler { return tempered{power: tensor.Of(0.5)} })
	for _, m := range []pyro.Model{m, half} {
		tr, err := pyro.Run(m, rng.New(0))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(tr.LogProb())
	}
	// Output:
	// -0.693147
	// -0.346574
}

func ExampleParams_Save() {
	params := pyro.NewParams()
	params.Set("scale", tensor.Of(1.0), constraint.Positive)
	var file bytes.Buffer
	if err := params.Save(&file); err != nil {
		log.Fatal(err)
	}
	loaded, err := pyro.LoadParams(&file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loaded.Names(), loaded.Get("scale"))
	// Output:
	// [scale] 1
}

func ExampleSiteError() {
	_, err := pyro.Run(func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		data := tensor.Of([]float64{1, 2, 3})
		p.Plate("data", 4).Observe("x", dist.Normal(mu, 1), data)
	}, rng.New(0))
	var e *pyro.SiteError
	if errors.As(err, &e) {
		fmt.Println(e.Site, "in", e.Plates[0].Name)
		fmt.Println(e.Reason)
		fmt.Println(e.Sites)
	}
	// Output:
	// x in data
	// value of shape [3] does not fit
	// 	in plate "data": size 4 at dim -1, where the value has 3
	// site  kind    distribution  batch  event  value
	// mu    sample  Normal        []     []     []
	// data  plate
}
