package optim_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/optim"
)

// element is the naive recurrence of one number: it returns x after step t = 1,
// 2, … with gradient g, and keeps its own state.
type element func(t int, x, g float64) float64

// The recurrences, as PyTorch's documentation states them.
func recurrences() map[string]struct {
	opt   optim.Optimizer
	naive func() element
} {
	type pair = struct {
		opt   optim.Optimizer
		naive func() element
	}
	adam := func(lr, b1, b2, eps, decay float64) func() element {
		return func() element {
			var m, v float64
			return func(t int, x, g float64) float64 {
				x *= 1 - lr*decay
				m = b1*m + (1-b1)*g
				v = b2*v + (1-b2)*g*g
				mHat, vHat := m/(1-math.Pow(b1, float64(t))), v/(1-math.Pow(b2, float64(t)))
				return x - lr*mHat/(math.Sqrt(vHat)+eps)
			}
		}
	}
	sgd := func(lr, mu, decay float64, nesterov bool) func() element {
		return func() element {
			var b float64
			return func(t int, x, g float64) float64 {
				g += decay * x
				if t == 1 {
					b = g
				} else {
					b = mu*b + g
				}
				if nesterov {
					return x - lr*(g+mu*b)
				}
				return x - lr*b
			}
		}
	}
	return map[string]pair{
		"SGD":               {&optim.SGD{LR: 0.1}, sgd(0.1, 0, 0, false)},
		"SGD with momentum": {&optim.SGD{LR: 0.1, Momentum: 0.7, WeightDecay: 0.01}, sgd(0.1, 0.7, 0.01, false)},
		"Nesterov":          {&optim.SGD{LR: 0.1, Momentum: 0.7, Nesterov: true}, sgd(0.1, 0.7, 0, true)},
		"Adam":              {&optim.Adam{LR: 0.05, Betas: [2]float64{0.8, 0.95}, Eps: 1e-3}, adam(0.05, 0.8, 0.95, 1e-3, 0)},
		"Adam by default":   {&optim.Adam{}, adam(0.001, 0.9, 0.999, 1e-8, 0)},
		"AdamW":             {&optim.AdamW{LR: 0.05, WeightDecay: 0.1}, adam(0.05, 0.9, 0.999, 1e-8, 0.1)},
		"AdamW by default":  {&optim.AdamW{}, adam(0.001, 0.9, 0.999, 1e-8, 0.01)},
		"AdamW, no decay":   {&optim.AdamW{NoDecay: true}, adam(0.001, 0.9, 0.999, 1e-8, 0)},
		"ClippedAdam": {&optim.ClippedAdam{LR: 0.05, Clip: 0.5, Decay: 0.9}, func() element {
			var m, v float64
			return func(t int, x, g float64) float64 {
				g = math.Max(-0.5, math.Min(0.5, g))
				m, v = 0.9*m+0.1*g, 0.999*v+0.001*g*g
				c1, c2 := 1-math.Pow(0.9, float64(t)), 1-math.Pow(0.999, float64(t))
				return x - 0.05*math.Pow(0.9, float64(t))*(m/c1)/(math.Sqrt(v/c2)+1e-8)
			}
		}},
		"RMSprop": {&optim.RMSprop{LR: 0.05, Alpha: 0.9, Momentum: 0.5}, func() element {
			var v, b float64
			return func(_ int, x, g float64) float64 {
				v = 0.9*v + 0.1*g*g
				b = 0.5*b + g/(math.Sqrt(v)+1e-8)
				return x - 0.05*b
			}
		}},
		"Adagrad": {&optim.Adagrad{LR: 0.3}, func() element {
			var sum float64
			return func(_ int, x, g float64) float64 {
				sum += g * g
				return x - 0.3*g/(math.Sqrt(sum)+1e-10)
			}
		}},
	}
}

// slope is the gradient of a bumpy function.
func slope(x float64) float64 { return 2*x + 3*math.Cos(2*x) }

// Each optimiser follows its recurrence, with few roundings a step.
func TestRecurrences(t *testing.T) {
	for name, c := range recurrences() {
		x, want := []float64{2, -1, 0.3}, []float64{2, -1, 0.3}
		g := make([]float64, 3)
		var naive []element
		for range want {
			naive = append(naive, c.naive())
		}
		for step := 1; step <= 60; step++ {
			for i := range x {
				g[i] = slope(x[i])
				want[i] = naive[i](step, want[i], slope(want[i]))
			}
			c.opt.Update([]optim.Param{{Name: "x", Value: x, Grad: g}})
			for i := range x {
				if math.Abs(x[i]-want[i]) > 1e-12*(1+math.Abs(want[i])) {
					t.Fatalf("%s, step %d: %v, want %v", name, step, x, want)
				}
			}
		}
	}
}

// The first steps by hand.
func TestFirstSteps(t *testing.T) {
	step := func(o optim.Optimizer, x, g float64) float64 {
		v := []float64{x}
		o.Update([]optim.Param{{Name: "x", Value: v, Grad: []float64{g}}})
		return v[0]
	}
	for name, c := range map[string][2]float64{
		"Adam goes lr along the sign": {step(&optim.Adam{LR: 0.1, Eps: 1e-300}, 1, -7), 1.1},
		"SGD goes lr·g":               {step(&optim.SGD{LR: 0.5}, 1, 4), -1},
		"Nesterov goes lr·(g + μg)":   {step(&optim.SGD{LR: 0.5, Momentum: 0.5, Nesterov: true}, 1, 4), -2},
		"Adagrad goes lr":             {step(&optim.Adagrad{LR: 0.25}, 1, 4), 0.75},
		"RMSprop goes lr/√(1-α)":      {step(&optim.RMSprop{LR: 0.25, Alpha: 0.75}, 1, 4), 0.5},
		"AdamW decays first":          {step(&optim.AdamW{LR: 0.1, WeightDecay: 0.5, Eps: 1e-300}, 1, 3), 0.85},
	} {
		if math.Abs(c[0]-c[1]) > 1e-8 {
			t.Errorf("%s: %v, want %v", name, c[0], c[1])
		}
	}
}

// A parameter that appears late takes the steps of a first one.
func TestLateParameter(t *testing.T) {
	for name, c := range recurrences() {
		if name == "ClippedAdam" { // whose learning rate falls with the steps made
			continue
		}
		fresh := recurrences()[name].opt
		x, y, z := []float64{1}, []float64{0.5}, []float64{0.5}
		for range 10 {
			c.opt.Update([]optim.Param{{Name: "x", Value: x, Grad: []float64{slope(x[0])}}})
		}
		for range 10 {
			c.opt.Update([]optim.Param{{Name: "x", Value: x, Grad: []float64{slope(x[0])}}, {Name: "y", Value: y, Grad: []float64{slope(y[0])}}})
			fresh.Update([]optim.Param{{Name: "y", Value: z, Grad: []float64{slope(z[0])}}})
		}
		if y[0] != z[0] {
			t.Errorf("%s: %v, want %v", name, y, z)
		}
	}
}

// Restored memory goes on with the bits of the original.
func TestState(t *testing.T) {
	type resumable = optim.Stateful
	run := func(o optim.Optimizer, x []float64, n int) {
		g := make([]float64, len(x))
		for range n {
			for i := range x {
				g[i] = slope(x[i])
			}
			o.Update([]optim.Param{{Name: "x", Value: x, Grad: g}})
		}
	}
	for name, c := range recurrences() {
		x := []float64{2, -1}
		run(c.opt, x, 7)
		saved, y := c.opt.(resumable).State(), slices.Clone(x)
		run(c.opt, x, 7)
		restored := recurrences()[name].opt.(resumable)
		restored.SetState(saved)
		run(restored, y, 7)
		if !slices.Equal(x, y) {
			t.Errorf("%s: %v, want %v", name, y, x)
		}
		if saved.Step != 7 || saved.Params["x"].Step != 7 {
			t.Errorf("%s: the saved memory moved on: %+v", name, saved)
		}
	}
}

// Wrappers save what they wrap: two runs with a stop between them are one.
func TestStateOfWrappers(t *testing.T) {
	build := func() optim.Optimizer {
		return optim.ClipNorm(optim.PerParam(func(name string) optim.Optimizer {
			if name == "x" {
				return &optim.Adam{LR: 0.1}
			}
			return optim.ClipValue(&optim.SGD{LR: 0.1, Momentum: 0.9}, 0.5)
		}), 1)
	}
	run := func(o optim.Optimizer, x, y []float64) {
		for range 7 {
			o.Update([]optim.Param{
				{Name: "x", Value: x, Grad: []float64{slope(x[0])}},
				{Name: "y", Value: y, Grad: []float64{slope(y[0])}},
			})
		}
	}
	x, y := []float64{2}, []float64{-1}
	o := build()
	run(o, x, y)
	saved, u, v := o.(optim.Stateful).State(), slices.Clone(x), slices.Clone(y)
	run(o, x, y)
	again := build().(optim.Stateful)
	again.SetState(saved)
	run(again, u, v)
	if u[0] != x[0] || v[0] != y[0] {
		t.Errorf("%v, %v, want %v, %v", u, v, x, y)
	}
}

// record is an optimiser that notes what it is given.
type record struct{ seen []string }

func (r *record) Update(ps []optim.Param) {
	for _, p := range ps {
		r.seen = append(r.seen, fmt.Sprintf("%s %.4g", p.Name, p.Grad))
	}
}

func two() []optim.Param {
	return []optim.Param{{Name: "a", Value: make([]float64, 2), Grad: []float64{3, 0}}, {Name: "b", Value: make([]float64, 1), Grad: []float64{-4}}}
}

func TestWrappers(t *testing.T) {
	for _, c := range []struct {
		wrap func(o optim.Optimizer) optim.Optimizer
		want string
	}{
		{func(o optim.Optimizer) optim.Optimizer { return optim.ClipNorm(o, 2.5) }, "a [1.5 0], b [-2]"},
		{func(o optim.Optimizer) optim.Optimizer { return optim.ClipNorm(o, 5) }, "a [3 0], b [-4]"},
		{func(o optim.Optimizer) optim.Optimizer { return optim.ClipValue(o, 3.5) }, "a [3 0], b [-3.5]"},
	} {
		r := &record{}
		c.wrap(r).Update(two())
		if got := strings.Join(r.seen, ", "); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	slow, fast, asked := &record{}, &record{}, 0
	o := optim.PerParam(func(name string) optim.Optimizer {
		asked++
		if name == "a" {
			return slow
		}
		return fast
	})
	o.Update(two())
	o.Update(two()[1:])
	if asked != 2 || !slices.Equal(slow.seen, []string{"a [3 0]"}) || !slices.Equal(fast.seen, []string{"b [-4]", "b [-4]"}) {
		t.Errorf("asked %d times; %v and %v", asked, slow.seen, fast.seen)
	}
}

func TestSchedules(t *testing.T) {
	for name, c := range map[string]struct {
		s    optim.Schedule
		want []float64 // at steps 0, 1, …
	}{
		"exponential": {optim.Exponential(0.5), []float64{1, 0.5, 0.25, 0.125}},
		"steps":       {optim.StepDecay(2, 0.1), []float64{1, 1, 0.1, 0.1, 0.01}},
		"cosine":      {optim.Cosine(4, 0.2), []float64{1, 0.2 + 0.4*(1+math.Sqrt2/2), 0.6, 0.2 + 0.4*(1-math.Sqrt2/2), 0.2, 0.2}},
		"no cosine":   {optim.Cosine(0, 0.2), []float64{0.2, 0.2}},
		"warm-up":     {optim.Warmup(4, nil), []float64{0.25, 0.5, 0.75, 1, 1, 1}},
		"both":        {optim.Warmup(2, optim.Exponential(0.5)), []float64{0.5, 1, 1, 0.5, 0.25}},
	} {
		x := []float64{0}
		o := &optim.SGD{LR: 2, Schedule: c.s}
		for step, want := range c.want {
			before := x[0]
			o.Update([]optim.Param{{Name: "x", Value: x, Grad: []float64{-1}}})
			if got := (x[0] - before) / 2; math.Abs(got-want) > 1e-14 {
				t.Errorf("%s: factor %v at step %d, want %v", name, got, step, want)
			}
		}
	}
}

func TestWrongUse(t *testing.T) {
	for want, f := range map[string]func(){
		`optim: parameter "x" has 2 elements and 2 gradients, but 1 before`: func() {
			o := &optim.Adam{}
			o.Update([]optim.Param{{Name: "x", Value: []float64{1}, Grad: []float64{1}}})
			o.Update([]optim.Param{{Name: "x", Value: []float64{1, 2}, Grad: []float64{1, 2}}})
		},
		`optim: PerParam has no optimiser for parameter "a"`: func() {
			optim.PerParam(func(string) optim.Optimizer { return nil }).Update(two())
		},
		"optim: StepDecay every 0 steps": func() { optim.StepDecay(0, 0.5) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("got %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}

func TestUpdatesAllocateNothing(t *testing.T) {
	for name, c := range recurrences() {
		ps := two()
		c.opt.Update(ps)
		if n := testing.AllocsPerRun(100, func() { c.opt.Update(ps) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	ps := two()
	o := optim.ClipNorm(optim.PerParam(func(string) optim.Optimizer { return &optim.Adam{} }), 1)
	o.Update(ps)
	if n := testing.AllocsPerRun(100, func() { o.Update(ps) }); n != 0 {
		t.Errorf("wrapped: %v allocations", n)
	}
}

func ExampleAdam() {
	opt := &optim.Adam{LR: 0.1, Schedule: optim.Cosine(500, 0)}
	x, g := []float64{5}, make([]float64, 1)
	for range 500 {
		g[0] = 2 * (x[0] - 3) // of (x - 3)²
		opt.Update([]optim.Param{{Name: "x", Value: x, Grad: g}})
	}
	fmt.Printf("%.3f\n", x[0])
	// Output: 3.000
}

func ExamplePerParam() {
	opt := optim.PerParam(func(name string) optim.Optimizer {
		if name == "net" {
			return &optim.AdamW{LR: 0.01}
		}
		return &optim.SGD{LR: 0.5}
	})
	x := []float64{4}
	opt.Update([]optim.Param{{Name: "loc", Value: x, Grad: []float64{2}}})
	fmt.Println(x)
	// Output: [3]
}

func ExampleClipNorm() {
	opt := optim.ClipNorm(&optim.SGD{LR: 1}, 5)
	x := []float64{0, 0}
	opt.Update([]optim.Param{{Name: "x", Value: x, Grad: []float64{30, 40}}})
	fmt.Println(x)
	// Output: [-3 -4]
}

func ExampleWarmup() {
	s := optim.Warmup(4, optim.StepDecay(2, 0.5))
	for step := range 8 {
		fmt.Print(s(step), " ")
	}
	// Output: 0.25 0.5 0.75 1 1 1 0.5 0.5
}
