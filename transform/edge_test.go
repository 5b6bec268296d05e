package transform_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Where numbers have the range for it, values, log determinants and gradients
// stay finite far out.
func TestExtremes(t *testing.T) {
	for _, size := range []float64{30, -30, 350, -350, 700, -700} {
		each(t, 0, nil, func(t *testing.T, s specimen, x *tensor.Tensor) {
			// size, -size, size, …
			signs := tensor.Arange(x.Size()).MulScalar(math.Pi).Cos().Reshape(x.Shape()...)
			v := signs.MulScalar(size)
			y := s.t.Forward(v)
			if at := y.Find(math.IsNaN); at >= 0 {
				t.Fatalf("Forward(%v) = %v", v, y)
			}
			if y.Find(func(v float64) bool { return math.Abs(v) > 1e150 }) < 0 { // beyond, its derivatives overflow
				_, g := tensor.ValueAndGrad(func(x *tensor.Tensor) *tensor.Tensor { return s.t.Forward(x).Sum() }, v)
				if !finite(g) {
					t.Fatalf("gradient of Forward at %v: %v", v, g)
				}
			}
			if !s.once {
				return
			}
			l, g := tensor.ValueAndGrad(func(x *tensor.Tensor) *tensor.Tensor { return s.t.LogAbsDet(x, s.t.Forward(x)).Sum() }, v)
			if !finite(tensor.Of(l)) || !finite(g) {
				t.Fatalf("LogAbsDet at %v: %v, gradient %v", v, l, g)
			}
		})
	}
}

func finite(x *tensor.Tensor) bool {
	return x.Find(func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) < 0
}

// Maps of numbers can be inverted as far as y tells x from its neighbours.
func TestInverseFarOut(t *testing.T) {
	x := tensor.Of([]float64{-700, -300, -30, -1e-3, 0, 1e-3})
	for _, f := range []transform.Transform{
		transform.Exp, transform.Softplus, transform.Sigmoid, transform.Interval(0, 3), transform.Interval(0, 1e-3),
	} {
		// log takes the rounding of y, 2⁻⁵³ of it, into the absolute error of x.
		near(t, f.String(), f.Inverse(f.Forward(x)), x, 1e-15, 1)
	}
	up := tensor.Of([]float64{700, 300, 30, 1})
	near(t, "near the upper bound", transform.Interval(-3, 0).Inverse(transform.Interval(-3, 0).Forward(up)), up, 1e-15, 1)
	beyond := tensor.Of([]float64{1, 700, 1e4, 1e300}) // where eˣ overflows
	near(t, "Softplus", transform.Softplus.Inverse(transform.Softplus.Forward(beyond)), beyond, 1e-15, 1)
	wide := tensor.Of([]float64{-300, 300, -17})
	for _, f := range []transform.Transform{transform.CorrCholesky, transform.StickBreaking} {
		v := wide
		if f == transform.StickBreaking { // the first part must leave something
			v = tensor.Of([]float64{-300, 30, -17})
		}
		// Sums of logarithms up to 600 are rounded to 1e-13 each.
		near(t, f.String(), f.Inverse(f.Forward(v)), v, 1e-12, 1)
	}
}

func TestIntervalKeepsToItsBounds(t *testing.T) {
	for _, b := range [][2]float64{{-0.1, 0.3}, {0.1, 0.7}, {-1e6, 1e-3}, {1e6, 1e6 + 0.5}} {
		y := transform.Interval(b[0], b[1]).Forward(tensor.Linspace(-60, 60, 4001))
		if at := y.Find(func(v float64) bool { return !(v >= b[0] && v <= b[1]) }); at >= 0 {
			t.Errorf("%v: %v", b, y.At(at))
		}
		if y.At(0) != b[0] || y.At(-1) != b[1] {
			t.Errorf("%v: ends %v and %v", b, y.At(0), y.At(-1))
		}
	}
}

func TestNaN(t *testing.T) {
	each(t, math.NaN(), nil, func(t *testing.T, s specimen, x *tensor.Tensor) {
		y := s.t.Forward(x)
		if y.Find(math.IsNaN) < 0 {
			t.Errorf("Forward(NaN) = %v", y)
		}
		if s.once && !constant(s) && !math.IsNaN(s.t.LogAbsDet(x, y).Item()) {
			t.Errorf("LogAbsDet(NaN) = %v", s.t.LogAbsDet(x, y))
		}
	})
}

// constant reports whether the log determinant does not depend on x.
func constant(s specimen) bool {
	return transform.KeepsVolume(s.t) || strings.HasPrefix(s.t.String(), "Affine") ||
		s.t == transform.Ordered && s.x[0] == 1
}

func TestParametersBroadcast(t *testing.T) {
	lo, hi := []float64{0, 1, 2}, []float64{1, 3, 5}
	for _, f := range []transform.Transform{
		transform.Affine(lo, hi), transform.Interval(lo, hi), transform.Compose(transform.Exp, transform.Power([]float64{-2, 0.5, 3})),
	} {
		x := tensor.Of([][]float64{{0.5}, {-1}})
		y := f.Forward(x)
		if !slices.Equal(y.Shape(), []int{2, 3}) || !slices.Equal(f.ForwardShape(x.Shape()), y.Shape()) ||
			!slices.Equal(f.InverseShape(x.Shape()), y.Shape()) {
			t.Errorf("%v: %v, ForwardShape %v", f, y.Shape(), f.ForwardShape(x.Shape()))
		}
		wide := x.Expand(2, 3)
		near(t, f.String(), f.Inverse(y), wide, 1e-14, 1)
		if l := f.LogAbsDet(wide, y); !slices.Equal(l.Shape(), y.Shape()) {
			t.Errorf("%v: LogAbsDet has shape %v", f, l.Shape())
		}
	}
}

func TestRanks(t *testing.T) {
	for _, c := range []struct {
		t       transform.Transform
		in, out int
	}{
		{transform.Compose(transform.Exp, transform.LowerCholesky), 1, 2},
		{transform.Compose(transform.LowerCholesky, transform.Inverse(transform.LowerCholesky)), 1, 1},
		{transform.Compose(transform.Independent(transform.Exp, 2), transform.Ordered), 2, 2},
		{transform.Compose(transform.Exp, transform.Independent(transform.LowerCholesky, 1)), 2, 3},
		{transform.Inverse(transform.CorrCholesky), 2, 1},
		{transform.Compose(transform.Inverse(transform.CorrCholesky), transform.Independent(transform.Exp, 2)), 3, 2},
	} {
		if in, out := c.t.Rank(); in != c.in || out != c.out {
			t.Errorf("%v: %d to %d dims, want %d to %d", c.t, in, out, c.in, c.out)
		}
	}
}

func TestKeepsVolume(t *testing.T) {
	for _, c := range []struct {
		t     transform.Transform
		keeps bool
	}{
		{transform.Identity, true},
		{transform.Independent(transform.Identity, 1), true},
		{transform.Independent(transform.Identity, 3), true},
		{transform.Exp, false},
		{transform.Independent(transform.Exp, 1), false},
		{transform.Ordered, false},
	} {
		if got := transform.KeepsVolume(c.t); got != c.keeps {
			t.Errorf("%v: %v", c.t, got)
		}
	}
}

func TestComposeSimplifies(t *testing.T) {
	if got := transform.Compose(); got != transform.Identity {
		t.Errorf("of nothing: %v", got)
	}
	if got := transform.Compose(transform.Identity, transform.Exp); got != transform.Exp {
		t.Errorf("of Exp: %v", got)
	}
	nested := transform.Compose(transform.Exp, transform.Compose(transform.Softplus, transform.Sigmoid))
	if got := nested.String(); got != "Compose(Exp, Softplus, Sigmoid)" {
		t.Errorf("nested: %s", got)
	}
	if got := transform.Independent(transform.Exp, 0); got != transform.Exp {
		t.Errorf("Independent(Exp, 0) = %v", got)
	}
}

func TestWrongShapes(t *testing.T) {
	v := func(shape ...int) *tensor.Tensor { return tensor.Ones(shape...) }
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"Ordered.Forward[[]]: needs vectors of 1 or more", func() { transform.Ordered.Forward(v()) }},
		{"Ordered.InverseShape[[2 0]]: needs vectors of 1 or more", func() { transform.Ordered.InverseShape([]int{2, 0}) }},
		{"StickBreaking.Inverse[[0]]: needs vectors of 1 or more", func() { transform.StickBreaking.Inverse(v(0)) }},
		{"StickBreaking.ForwardShape[[]]: needs vectors", func() { transform.StickBreaking.ForwardShape(nil) }},
		{"Softmax.Forward[[]]: needs vectors of 1 or more", func() { transform.Softmax.Forward(v()) }},
		{"Softmax.LogAbsDet[[3]]: maps n dimensions to n-1; use StickBreaking", func() { transform.Softmax.LogAbsDet(v(3), v(3)) }},
		{"LowerCholesky.Forward[[4]]: no matrix has 4 entries in its lower triangle", func() { transform.LowerCholesky.Forward(v(4)) }},
		{"LowerCholesky.Forward[[0]]: needs vectors of 1 or more", func() { transform.LowerCholesky.Forward(v(0)) }},
		{"LowerCholesky.Inverse[[2 3]]: needs square matrices", func() { transform.LowerCholesky.Inverse(v(2, 3)) }},
		{"CorrCholesky.ForwardShape[[5]]: no matrix has 5 entries", func() { transform.CorrCholesky.ForwardShape([]int{5}) }},
		{"CorrCholesky.InverseShape[[3]]: needs square matrices", func() { transform.CorrCholesky.InverseShape([]int{3}) }},
		{"PositiveDefinite.Forward[[2]]: no matrix has 2", func() { transform.PositiveDefinite.Forward(v(2)) }},
		{"CorrMatrix.LogAbsDet[[2]]: no matrix has 2", func() { transform.CorrMatrix.LogAbsDet(v(2), nil) }},
		{"Affine[[2] [3] []]: the parameters do not broadcast", func() { transform.Affine([]float64{1, 2, 3}, 1).ForwardShape([]int{2}) }},
		{"transform.Independent: -1 dims", func() { transform.Independent(transform.Exp, -1) }},
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var e *tensor.Error
				if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
			}()
			c.f()
		}()
	}
}

// The smallest events: no correlation, one part, one free number.
func TestSmallest(t *testing.T) {
	empty := tensor.Zeros(2, 0)
	ones := tensor.Ones(2, 1)
	for _, c := range []struct {
		t transform.Transform
		y *tensor.Tensor
	}{
		{transform.StickBreaking, ones},
		{transform.CorrCholesky, ones.Unsqueeze(-1)},
		{transform.CorrMatrix, ones.Unsqueeze(-1)},
	} {
		y := c.t.Forward(empty)
		near(t, c.t.String(), y, c.y, 0, 0)
		near(t, "log det", c.t.LogAbsDet(empty, y), tensor.Zeros(2), 0, 0)
		near(t, "inverse", c.t.Inverse(y), empty, 0, 0)
	}
}
