package handler_test

import (
	"fmt"
	"log"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// weigh guesses the weight of an object, and reads the scale.
func weigh(p *pyro.P) {
	weight := p.Sample("weight", dist.Normal(8.5, 1))
	p.Sample("measurement", dist.Normal(weight, 0.75))
}

// show runs a model and prints its sites.
func show(m pyro.Model) {
	tr, err := pyro.Run(m, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	for s := range tr.Sites() {
		fmt.Printf("%v %s = %v, observed %v\n", s.Kind, s.Name, s.Value, s.Observed)
	}
}

func Example() {
	m := handler.Condition(weigh, pyro.Data{"measurement": tensor.Of(9.5)})
	show(handler.Block(m, handler.Names("weight")))
	// Output:
	// sample measurement = 9.5, observed true
}

func ExampleCondition() {
	show(handler.Condition(weigh, pyro.Data{"measurement": tensor.Of(9.5)}))
	_, err := pyro.Run(handler.Condition(weigh, pyro.Data{"measurment": tensor.Of(9.5)}), rng.New(0))
	fmt.Println(err)
	// Output:
	// sample weight = 8.43433, observed false
	// sample measurement = 9.5, observed true
	// pyro: site "measurment": Condition: the model has no such sample site; did you mean "measurement"?
}

func ExampleUncondition() {
	m := func(p *pyro.P) { p.Observe("flip", dist.Bernoulli(0.9), tensor.Of(false)) }
	show(handler.Uncondition(m))
	// Output:
	// sample flip = 1, observed false
}

func ExampleSubstitute() {
	m := func(p *pyro.P) {
		b := p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.Sample("x", dist.Normal(0, b))
	}
	show(handler.Substitute(m, pyro.Data{"b": tensor.Of(2.0), "x": tensor.Of(0.5)}))
	// Output:
	// param b = 2, observed false
	// sample x = 0.5, observed false
}

// To intervene is not to observe: the switch tells nothing of the weather.
func ExampleDo() {
	m := func(p *pyro.P) {
		rain := p.Sample("rain", dist.Bernoulli(0.5))
		sprinkler := p.Sample("sprinkler", dist.Bernoulli(rain.MulScalar(-0.9).AddScalar(0.9)))
		p.Sample("wet", dist.Bernoulli(rain.Or(sprinkler).MulScalar(0.9)))
	}
	on := pyro.Data{"sprinkler": tensor.Of(true)}
	for _, m := range []pyro.Model{handler.Condition(m, on), handler.Do(m, on)} {
		tr, err := pyro.Run(m, rng.New(0))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(tr.Names(), tr.Value("wet"))
	}
	// Output:
	// [rain sprinkler wet] 1
	// [rain sprinkler__CF wet] 1
}

func ExampleBlock() {
	show(handler.Block(weigh, handler.Names("weight")))
	show(handler.Block(weigh, func(s *pyro.Site) bool { return s.Name[0] == 'm' }))
	// Output:
	// sample measurement = 8.14429, observed false
	// sample weight = 8.43433, observed false
}

func ExampleExpose() {
	show(handler.Expose(weigh, "weight"))
	// Output:
	// sample weight = 8.43433, observed false
}

func ExampleRecord() {
	var seen pyro.Trace
	show(handler.Block(handler.Record(weigh, &seen), handler.Names("weight")))
	fmt.Println(seen.Names())
	// Output:
	// sample measurement = 8.14429, observed false
	// [weight measurement]
}

// A guide's trace replayed in the model: how losses are computed.
func ExampleReplay() {
	guide := func(p *pyro.P) { p.Sample("weight", dist.Normal(9.14, 0.6)) }
	q, err := pyro.Run(guide, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	model := handler.Condition(weigh, pyro.Data{"measurement": tensor.Of(9.5)})
	p, err := pyro.Run(handler.Replay(model, q), rng.New(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Value("weight").Item() == q.Value("weight").Item())
	fmt.Printf("%.6f\n", q.LogProb().Sub(p.LogProb()).Item()) // the guide is exact: minus the log evidence
	// Output:
	// true
	// 1.462082
}

func ExampleScale() {
	m := func(p *pyro.P) { p.Observe("flip", dist.Bernoulli(0.5), tensor.Of(true)) }
	tr, err := pyro.Run(handler.Scale(m, tensor.Of(0.5)), rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.LogProb())
	// Output:
	// -0.346574
}

func ExampleMask() {
	m := func(p *pyro.P) {
		p.Plate("data", 2).Observe("flips", dist.Bernoulli(0.5), tensor.Of([]int{0, 1}))
	}
	tr, err := pyro.Run(handler.Mask(m, tensor.Of([]bool{true, false})), rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tr.Site("flips").LogProb())
	// Output:
	// [-0.693147 0]
}

// A conditioned model is part of another one, twice.
func ExampleScope() {
	read := handler.Condition(weigh, pyro.Data{"measurement": tensor.Of(9.5)})
	show(func(p *pyro.P) {
		handler.Scope(read, "left")(p)
		handler.Scope(read, "right")(p)
	})
	// Output:
	// sample left.weight = 8.65695, observed false
	// sample left.measurement = 9.5, observed true
	// sample right.weight = 9.94859, observed false
	// sample right.measurement = 9.5, observed true
}

func ExampleSeed() {
	seeded := handler.Seed(weigh, rng.New(7))
	a, err := pyro.Run(seeded, rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	b, err := pyro.Run(seeded, rng.New(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Value("weight").Item() == b.Value("weight").Item())
	// Output:
	// true
}

// A parameter becomes a latent variable.
func ExampleLift() {
	m := func(p *pyro.P) {
		b := p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.Observe("x", dist.Normal(0, b), tensor.Of(0.5))
	}
	show(handler.Lift(m, map[string]dist.Distribution{"b": dist.Gamma(2, 1)}))
	// Output:
	// sample b = 1.80594, observed false
	// sample x = 0.5, observed true
}

// Both variables hold their values along dims of their own, and so does what
// follows from them.
func ExampleEnum() {
	m := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.5))
		b := p.Sample("b", dist.Categorical([]float64{0.2, 0.3, 0.5}))
		p.Deterministic("sum", a.Add(b))
	}
	show(handler.Enum(m, -1))
	// Output:
	// sample a = [0 1], observed false
	// sample b = [[0] [1] [2]], observed false
	// deterministic sum = [[0 1] [1 2] [2 3]], observed false
}

func ExampleConfig() {
	m := func(p *pyro.P) { p.Sample("z", dist.Bernoulli(0.5)) }
	sampled := handler.Config(m, func(s *pyro.Site) { s.Enumerate = pyro.EnumNever })
	show(handler.Enum(m, -1))
	show(handler.Enum(sampled, -1))
	// Output:
	// sample z = [0 1], observed false
	// sample z = 1, observed false
}

// Samplers see z, which does not depend on the scale.
func ExampleNonCentered() {
	m := func(p *pyro.P) {
		tau := p.Sample("tau", dist.HalfNormal(1))
		p.Plate("schools", 2).Sample("theta", dist.Normal(5, tau))
	}
	tr, err := pyro.Run(handler.NonCentered(m, "theta"), rng.New(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(tr)
	// Output:
	// site              kind           distribution  batch  event  value
	// tau               sample         HalfNormal    []     []     []
	// schools           plate
	// theta_decentered  sample         Normal        [2]    []     [2]
	// theta             deterministic                              [2]
}
