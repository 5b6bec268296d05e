package pyro_test

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestParamIsMadeOnce(t *testing.T) {
	made := 0
	m := func(init float64) pyro.Model {
		return func(p *pyro.P) {
			p.Deterministic("a", p.Param("x", tensor.Of(init)))
			p.Deterministic("b", p.Param("x", tensor.Of(init+1))) // the first start value stays
			p.ParamFunc("lazy", func() *tensor.Tensor { made++; return tensor.Of(init) })
		}
	}
	ps := pyro.NewParams()
	for _, init := range []float64{3, 4, 5} {
		tr := trace(ps.Bind(m(init)))
		if a, b := tr.Value("a").Item(), tr.Value("b").Item(); a != 3 || b != 3 {
			t.Errorf("start values %v: read %v and %v, want 3", init, a, b)
		}
		if want := []string{"x", "a", "b", "lazy"}; !slices.Equal(tr.Names(), want) {
			t.Errorf("sites %v, want %v", tr.Names(), want)
		}
	}
	if made != 1 {
		t.Errorf("the lazy start value was made %d times", made)
	}
	if !ps.Has("x") || ps.Has("y") || !slices.Equal(ps.Names(), []string{"x", "lazy"}) {
		t.Errorf("parameters %v", ps.Names())
	}
	// Without a Params a model runs on its start values.
	if got := trace(m(6)).Value("a").Item(); got != 6 {
		t.Errorf("unbound parameter %v, want 6", got)
	}
}

// Two stores do not meet.
func TestParamsAreSeparate(t *testing.T) {
	a, b := pyro.NewParams(), pyro.NewParams()
	m := func(init float64) pyro.Model { return func(p *pyro.P) { p.Param("x", tensor.Of(init)) } }
	trace(a.Bind(m(1)))
	trace(b.Bind(m(2)))
	c := a.Clone()
	a.Set("x", tensor.Of(5.0), constraint.Real)
	if a.Get("x").Item() != 5 || b.Get("x").Item() != 2 || c.Get("x").Item() != 1 {
		t.Errorf("values %v, %v, %v", a.Get("x"), b.Get("x"), c.Get("x"))
	}
	for name, v := range a.All() {
		if name != "x" || v.Item() != 5 {
			t.Errorf("%s is %v", name, v)
		}
	}
}

// Leaves move freely, values stay in their set.
func TestParamsUpdateAndDescend(t *testing.T) {
	ps := pyro.NewParams()
	m := ps.Bind(func(p *pyro.P) {
		a := p.Param("a", tensor.Of([]float64{1, 2}))
		b := p.Param("b", tensor.Of(2.0), constraint.Positive)
		p.Factor("loss", a.Mul(b).Sum())
		p.Param("unused", tensor.Of(1.0))
	})
	tape := tensor.NewTape()
	tr, err := pyro.RunOn(tape, m, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	loss := tr.LogProb()
	want := map[string][]float64{"a": {2, 2}, "b": {6}, "unused": {0}} // ∂/∂log b = Σa·b = 6
	grads := ps.Grad(loss)
	for name, w := range want {
		for i, g := range grads[name].Float64s() {
			if math.Abs(g-w[i]) > 1e-14 {
				t.Errorf("gradient in %s is %v, want %v", name, grads[name], w)
			}
		}
	}
	ps.Descend(loss, func(leaves []pyro.Leaf) {
		for _, l := range leaves {
			for i, g := range l.Grad {
				if math.Abs(g-want[l.Name][i]) > 1e-14 {
					t.Errorf("gradient in %s is %v", l.Name, l.Grad)
				}
				l.Value[i] -= 100 * g
			}
		}
	})
	tape.Reset()
	if b := ps.Get("b").Item(); !(b > 0 && b < 1e-200) {
		t.Errorf("b is %v", b)
	}
	if a := ps.Get("a"); math.Abs(a.At(0)+199) > 1e-11 {
		t.Errorf("a is %v", a)
	}
	before := ps.Get("a")
	ps.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
		if x.Rank() == 0 {
			return x
		}
		return x.Flip(0) // a view of the leaf itself
	})
	if after := ps.Get("a"); after.At(0) != before.At(1) || after.At(1) != before.At(0) {
		t.Errorf("flipped %v to %v", before, after)
	}
	// Constants have no gradient.
	for name, g := range ps.Grad(tensor.Of(1.0)) {
		if g.Find(func(v float64) bool { return v != 0 }) >= 0 {
			t.Errorf("gradient of a constant in %s is %v", name, g)
		}
	}
}

// What Get returned does not change when the parameter does.
func TestParamValuesAreCopies(t *testing.T) {
	ps := pyro.NewParams()
	var kept *tensor.Tensor
	trace(ps.Bind(func(p *pyro.P) { kept = p.Param("x", tensor.Of([]float64{1, 2})) }))
	got, leaf := ps.Get("x"), ps.Unconstrained("x")
	ps.Update(func(_ string, x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(1) })
	for _, v := range []*tensor.Tensor{kept, got, leaf} {
		if v.At(0) != 1 {
			t.Errorf("an old value became %v", v)
		}
	}
}

// A float32 parameter is read as float32, in runs and from the store.
func TestParamFloat32(t *testing.T) {
	ps := pyro.NewParams()
	m := ps.Bind(func(p *pyro.P) {
		w := p.Param("w", tensor.Of([]float64{1, 2}).To(tensor.Float32), constraint.Positive)
		p.Factor("f", w.Mul(tensor.Of([]float64{3, 4}).To(tensor.Float32)).Sum())
	})
	tape := tensor.NewTape()
	for range 2 {
		tr, err := pyro.RunOn(tape, m, rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		if d := tr.Value("w").DType(); d != tensor.Float32 {
			t.Errorf("the value is %v", d)
		}
		g := ps.Grad(tr.LogProb())["w"]
		if math.Abs(g.At(1)-8) > 1e-5 {
			t.Errorf("gradient %v, want [3 8]", g)
		}
		tape.Reset()
	}
	if d := ps.Get("w").DType(); d != tensor.Float32 {
		t.Errorf("Get returns %v", d)
	}
}

// Models bound to one Params run in parallel, and may add to it. Run with -race.
func TestParallelRuns(t *testing.T) {
	y := tensor.Of([]float64{1, 2, 3, 4})
	model := func(p *pyro.P) {
		mu := p.Param("mu", tensor.Of(1.0))
		sigma := p.Param("sigma", tensor.Of(2.0), constraint.Positive)
		q := p.Plate("data", 4)
		z := q.Sample("z", dist.Normal(mu, sigma))
		q.Observe("y", dist.Normal(z, 1), y)
	}
	ps := pyro.NewParams()
	want := make([]float64, 40)
	for i := range want {
		tr, err := pyro.Run(ps.Bind(model), rng.New(1).Fold(i))
		if err != nil {
			t.Fatal(err)
		}
		want[i] = tr.LogProb().Item()
	}
	for _, shared := range []*pyro.Params{ps, pyro.NewParams()} {
		m := shared.Bind(model)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				tape := tensor.NewTape()
				for i := g; i < len(want); i += 4 {
					tr, err := pyro.RunOn(tape, m, rng.New(1).Fold(i))
					if err != nil {
						t.Error(err)
						return
					}
					if got := tr.LogProb().Item(); got != want[i] {
						t.Errorf("run %d: %v, want %v", i, got, want[i])
					}
					tape.Reset()
				}
			})
		}
		wg.Wait()
	}
}

// A start value may come from another parameter.
func TestStartValueFromAParam(t *testing.T) {
	ps := pyro.NewParams()
	trace(ps.Bind(func(p *pyro.P) {
		p.ParamFunc("b", func() *tensor.Tensor { return p.Param("a", tensor.Of(2.0)).MulScalar(3) })
	}))
	if b := ps.Get("b").Item(); b != 6 {
		t.Errorf("b is %v, want 6", b)
	}
}

// Runs in parallel that all find a parameter missing make it once.
func TestParallelFirstRuns(t *testing.T) {
	ps := pyro.NewParams()
	m := ps.Bind(func(p *pyro.P) {
		p.Param("a", tensor.Of(1.0))
		p.Param("b", tensor.Of(2.0), constraint.Positive)
	})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := pyro.Run(m, rng.New(0).Fold(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if want := []string{"a", "b"}; !slices.Equal(ps.Names(), want) {
		t.Errorf("parameters %v", ps.Names())
	}
}
