package disttest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// support checks that draws are in the support, and that the log density of
// what is not is -Inf, flat in x and in the parameters.
func (b *battery) support(t *testing.T) {
	if err := dist.Validate(b.d); err != nil {
		t.Errorf("parameters: %v", err)
	}
	x := b.d.Sample(b.Key, 1000)
	if err := dist.ValidateValue(b.d, x); err != nil {
		t.Errorf("draws: %v", err)
	}
	if at := b.d.LogProb(x).Find(func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, -1) }); at >= 0 {
		t.Errorf("the log density of draw %v is %v", x.Select(0, at), b.d.LogProb(x.Select(0, at)))
	}
	if !b.number() {
		return
	}
	set := b.d.Support()
	for _, v := range []float64{-1e300, -2, -1, -0.5, -1e-3, -1e-300, 0, 1e-300, 0.5, 1, 1.5, 2, 1e3, 1e300} {
		x := tensor.Of(v)
		if _, ok := set.Check(x); ok {
			if logp := b.d.LogProb(x).Item(); math.IsNaN(logp) {
				t.Errorf("the log density at %v, which is in %v, is NaN", v, set)
			}
			continue
		}
		b.outside(t, v)
	}
	if set.Discrete() {
		return
	}
	if logp := b.d.LogProb(tensor.Of(math.NaN())).Item(); !math.IsNaN(logp) {
		t.Errorf("the log density of NaN is %v: a missing value would go unnoticed", logp)
	}
}

func (b *battery) outside(t *testing.T, v float64) {
	t.Helper()
	d, vars := b.variables(tensor.Of(v))
	y := d.LogProb(vars[0])
	if got := y.Item(); !math.IsInf(got, -1) {
		t.Errorf("the log density at %v, outside %v, is %v", v, b.d.Support(), got)
	}
	if !y.Tracked() {
		return
	}
	for i, g := range tensor.Grad(y, vars...) {
		if g.Find(func(v float64) bool { return v != 0 }) >= 0 {
			t.Errorf("at %v, outside %v, the gradient in %s is %v", v, b.d.Support(), b.operand(i), g)
		}
	}
}

// variables returns the distribution with its parameters on a tape, and x and
// the parameters as variables.
func (b *battery) variables(x *tensor.Tensor) (d dist.Distribution, vars []*tensor.Tensor) {
	tape := tensor.NewTape()
	vars = append(vars, tape.Var(x))
	if b.Make == nil {
		return b.d, vars
	}
	for _, p := range b.Params {
		vars = append(vars, tape.Var(p.Clone()))
	}
	return b.Make(vars[1:]), vars
}

func (b *battery) operand(i int) string {
	if i == 0 {
		return "x"
	}
	return "parameter " + string(rune('0'+i))
}

// enumeration checks that the enumerated support is in the support, distinct
// and carries all the mass.
func (b *battery) enumeration(t *testing.T) {
	if !dist.CanEnumerate(b.d) {
		t.Skip("not enumerable")
	}
	for _, batch := range [][]int{{}, {3}, {2, 1}} {
		x := b.d.Expand(batch...).(dist.Enumerable).EnumerateSupport()
		want := []int{x.Len()}
		for range batch {
			want = append(want, 1)
		}
		want = append(want, b.d.EventShape()...)
		if !slices.Equal(x.Shape(), want) {
			t.Errorf("for batch %v the enumerated support has shape %v, want %v", batch, x.Shape(), want)
		}
	}
	x := b.d.(dist.Enumerable).EnumerateSupport()
	if err := dist.ValidateValue(b.d, x); err != nil {
		t.Error(err)
	}
	seen := make(map[string]bool)
	for i := range x.Len() {
		v := fmt.Sprint(x.Select(0, i).Float64s())
		if seen[v] {
			t.Errorf("%v is enumerated twice", v)
		}
		seen[v] = true
	}
	logp := b.d.LogProb(x)
	if total := logp.LogSumExp().Item(); math.Abs(total) > rounding*float64(x.Len()) {
		t.Errorf("the enumerated mass is exp(%v)", total)
	}
	b.discreteMoments(t, x, logp)
}

// rounding is the relative error that a log mass may have, those of parameters
// that are probabilities included.
const rounding = 1e-12

// discreteMoments compares mean, variance and entropy with sums over all mass.
func (b *battery) discreteMoments(t *testing.T, x, logp *tensor.Tensor) {
	p := logp.Exp()
	if m, ok := dist.As[dist.Moments](b.d); ok {
		for range b.d.EventShape() {
			p = p.Unsqueeze(-1)
		}
		mean := x.Mul(p).Sum(0)
		variance := x.Sub(mean).Square().Mul(p).Sum(0)
		size := x.Square().Mul(p).Sum(0).Max().Item()
		compare(t, "mean", m.Mean(), mean, rounding*(1+math.Sqrt(size)))
		compare(t, "variance", m.Variance(), variance, rounding*(1+size))
	}
	if e, ok := dist.As[dist.Entropic](b.d); ok {
		h := logp.Exp().XLogY(logp.Exp()).Sum().Neg()
		compare(t, "entropy", e.Entropy(), h, rounding*(1+math.Abs(h.Item())))
	}
}

// compare reports where got and want, of one shape, are further apart than tol.
func compare(t *testing.T, what string, got, want *tensor.Tensor, tol float64) {
	t.Helper()
	g, w := got.Float64s(), want.Float64s()
	if len(g) != len(w) {
		t.Errorf("%s has shape %v, want %v", what, got.Shape(), want.Shape())
		return
	}
	for i := range g {
		if !(math.Abs(g[i]-w[i]) <= tol) {
			t.Errorf("%s is %v, want %v (±%.2g)", what, got, want, tol)
			return
		}
	}
}
