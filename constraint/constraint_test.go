package constraint_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

var inf, nan = math.Inf(1), math.NaN()

func TestNumbers(t *testing.T) {
	const tiny = math.SmallestNonzeroFloat64
	below1 := math.Nextafter(1, 0)
	above1 := math.Nextafter(1, 2)
	for _, c := range []struct {
		c       constraint.Constraint
		in, out []float64
		text    string
	}{
		{constraint.Real, []float64{0, -1, math.MaxFloat64, -math.MaxFloat64, tiny}, []float64{inf, -inf, nan}, "real"},
		{constraint.ExtendedReal, []float64{0, inf, -inf}, []float64{nan}, "[-∞, ∞]"},
		{constraint.LogWeight, []float64{0, -inf, 7}, []float64{inf, nan}, "[-∞, ∞)"},
		{constraint.Positive, []float64{tiny, 1, math.MaxFloat64}, []float64{0, math.Copysign(0, -1), -tiny, inf, nan}, "(0, ∞)"},
		{constraint.Nonnegative, []float64{0, math.Copysign(0, -1), 1}, []float64{-tiny, inf, nan}, "[0, ∞)"},
		{constraint.UnitInterval, []float64{0, 0.5, 1}, []float64{-tiny, above1, inf, nan}, "[0, 1]"},
		{constraint.Interval(-2, 1), []float64{-2, 0, 1}, []float64{-2.1, above1, nan}, "[-2, 1]"},
		{constraint.Interval(3, 1), nil, []float64{1, 2, 3}, "[3, 1]"},
		{constraint.GreaterThan(1), []float64{above1, 2}, []float64{1, below1, inf, nan}, "(1, ∞)"},
		{constraint.GreaterEqual(1), []float64{1, above1}, []float64{below1, inf, nan}, "[1, ∞)"},
		{constraint.LessThan(1), []float64{below1, -5}, []float64{1, above1, -inf, nan}, "(-∞, 1)"},
		{constraint.LessEqual(1), []float64{1, below1, -5}, []float64{above1, -inf, nan}, "(-∞, 1]"},
		{constraint.Circle, []float64{-math.Pi, 0, math.Pi}, []float64{math.Nextafter(math.Pi, 4), -4, nan}, "[-π, π]"},
		{constraint.Boolean, []float64{0, 1}, []float64{0.5, -1, 2, nan}, "{0, 1}"},
		{constraint.Integer, []float64{0, -3, 1e15}, []float64{0.5, inf, -inf, nan}, "integer"},
		{constraint.NonnegativeInteger, []float64{0, 3}, []float64{-1, 0.5, inf, nan}, "{0, 1, …}"},
		{constraint.PositiveInteger, []float64{1, 3}, []float64{0, 1.5, inf, nan}, "{1, 2, …}"},
		{constraint.IntegerInterval(0, 5), []float64{0, 5}, []float64{-1, 6, 2.5, nan}, "{0, …, 5}"},
		{constraint.IntegerInterval(-1, 1), []float64{-1, 0, 1}, []float64{2}, "{-1, 0, 1}"},
		{constraint.IntegerInterval(4, 4), []float64{4}, []float64{3}, "{4}"},
	} {
		if got := c.c.String(); got != c.text {
			t.Errorf("printed %q, want %q", got, c.text)
		}
		if c.c.EventRank() != 0 {
			t.Errorf("%v: rank %d", c.c, c.c.EventRank())
		}
		if at, ok := c.c.Check(tensor.Of(c.in)); !ok || at != 0 {
			t.Errorf("%v: %v at %d is refused", c.c, c.in, at)
		}
		for _, v := range c.out {
			bad := append(slices.Clone(c.in), v)
			if at, ok := c.c.Check(tensor.Of(bad)); ok || at != len(c.in) {
				t.Errorf("%v: %v at %d: got %d, %v", c.c, v, len(c.in), at, ok)
			}
			if _, ok := c.c.Check(tensor.Of(v)); ok {
				t.Errorf("%v: %v is taken", c.c, v)
			}
		}
	}
}

// Bounds that vary are the bounds of each element, and what each of them says
// alone.
func TestBoundsBroadcast(t *testing.T) {
	lo, hi := []float64{0, 1, 2}, []float64{1, 5, 3}
	for _, set := range []func(lo, hi *tensor.Tensor) constraint.Constraint{
		func(lo, hi *tensor.Tensor) constraint.Constraint { return constraint.Interval(lo, hi) },
		func(lo, hi *tensor.Tensor) constraint.Constraint { return constraint.IntegerInterval(lo, hi) },
		func(lo, _ *tensor.Tensor) constraint.Constraint { return constraint.GreaterThan(lo) },
		func(lo, _ *tensor.Tensor) constraint.Constraint { return constraint.GreaterEqual(lo) },
		func(_, hi *tensor.Tensor) constraint.Constraint { return constraint.LessThan(hi) },
	} {
		c := set(tensor.Of(lo), tensor.Of(hi))
		for _, v := range []float64{-1, 0, 0.5, 1, 2, 2.5, 3, 5, 6, inf, -inf, nan} {
			all := true
			for i := range lo {
				_, want := set(tensor.Of(lo[i]), tensor.Of(hi[i])).Check(tensor.Of(v))
				all = all && want
				x := []float64{0.5, 2, 2.5}
				if c.Discrete() {
					x = []float64{0, 2, 3}
				}
				x[i] = v
				if at, ok := c.Check(tensor.Of([][]float64{x})); ok != want || !ok && at != i {
					// Another element may be the first bad one.
					if _, first := set(tensor.Of(lo[at]), tensor.Of(hi[at])).Check(tensor.Of(x[at])); first || ok {
						t.Errorf("%v: %v: got %d, %v", c, x, at, ok)
					}
				}
			}
			if _, ok := c.Check(tensor.Of(v)); ok != all {
				t.Errorf("%v: %v within all bounds: got %v, want %v", c, v, ok, all)
			}
		}
	}
	if got := constraint.IntegerInterval(0, []float64{1, 2}).String(); got != "{0, …, [1 2]}" {
		t.Errorf("printed %q", got)
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		c       constraint.Constraint
		rank    int
		in, out [][]float64 // rows are vectors, or n × n matrices by rows
		text    string
	}{
		{
			constraint.Simplex, 1,
			[][]float64{{1, 0, 0}, {0.2, 0.3, 0.5}, {0.333333, 0.333333, 0.333334}},
			[][]float64{{0.5, 0.6, -0.1}, {0.3, 0.3, 0.3}, {0.5, 0.5, 1e-5}, {nan, 0.5, 0.5}, {inf, 0, 0}},
			"simplex",
		},
		{
			constraint.OneHot, 1,
			[][]float64{{1, 0, 0}, {0, 0, 1}},
			[][]float64{{0, 0, 0}, {1, 1, 0}, {0.5, 0.5, 0}, {1, nan, 0}, {2, -1, 0}},
			"one-hot vector",
		},
		{
			constraint.Ordered, 1,
			[][]float64{{-1, 0, 2}, {5, 6, 7}},
			[][]float64{{0, 0, 1}, {1, 0, 2}, {0, 1, nan}, {nan, 0, 1}, {0, 1, inf}, {-inf, 0, 1}},
			"increasing vector",
		},
		{
			constraint.PositiveOrdered, 1,
			[][]float64{{1, 2, 3}},
			[][]float64{{0, 1, 2}, {-1, 0, 1}, {1, 3, 2}},
			"increasing vector of positive numbers",
		},
		{
			constraint.Multinomial(4), 1,
			[][]float64{{1, 3, 0}, {0, 0, 4}},
			[][]float64{{1, 2, 0}, {5, -1, 0}, {0.5, 3.5, 0}, {4, nan, 0}, {inf, 0, 0}},
			"counts with sum 4",
		},
		{constraint.RealVector, 1, [][]float64{{1, -2, 0}}, [][]float64{{0, 0, inf}, {0, nan, 0}}, "vector of real"},
		{
			constraint.LowerCholesky, 2,
			[][]float64{{1, 0, 0, -5, 2, 0, 3, 4, 1e-9}, {1, 0, 0, 0, 1, 0, 0, 0, 1}},
			[][]float64{
				{1, 1e-9, 0, 0, 1, 0, 0, 0, 1},
				{1, 0, 0, 0, 0, 0, 0, 0, 1},
				{1, 0, 0, 0, -1, 0, 0, 0, 1},
				{1, 0, 0, nan, 1, 0, 0, 0, 1},
				{1, 0, 0, 0, nan, 0, 0, 0, 1},
				{1, 0, nan, 0, 1, 0, 0, 0, 1},
				{1, 0, 0, 0, 1, 0, inf, 0, 1},
			},
			"lower triangular matrix with positive diagonal",
		},
		{
			constraint.CorrCholesky, 2,
			[][]float64{{1, 0, 0, 0.6, 0.8, 0, 0, -1 / math.Sqrt2, 1 / math.Sqrt2}},
			[][]float64{{1, 0, 0, 0.6, 0.7, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 0, 0, 0, 1}, {-1, 0, 0, 0, 1, 0, 0, 0, 1}},
			"Cholesky factor of a correlation matrix",
		},
		{
			constraint.PositiveDefinite, 2,
			[][]float64{{4, 2, 0, 2, 3, 1, 0, 1, 2}, {1e-8, 0, 0, 0, 1e8, 0, 0, 0, 1}},
			[][]float64{
				{1, 2, 0, 2, 1, 0, 0, 0, 1},
				{1, 0.5, 0, 0.4, 1, 0, 0, 0, 1},
				{0, 0, 0, 0, 1, 0, 0, 0, 1},
				{1, 0, 0, 0, nan, 0, 0, 0, 1},
				{1, nan, 0, nan, 1, 0, 0, 0, 1},
				{inf, 0, 0, 0, 1, 0, 0, 0, 1},
			},
			"positive definite matrix",
		},
		{
			constraint.CorrMatrix, 2,
			[][]float64{{1, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 1}},
			[][]float64{{1, 1, 0, 1, 1, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 0, 0, 0, 1}, {1, 0.5, 0, 0.4, 1, 0, 0, 0, 1}},
			"correlation matrix",
		},
	} {
		if got := c.c.String(); got != c.text {
			t.Errorf("printed %q, want %q", got, c.text)
		}
		if c.c.EventRank() != c.rank {
			t.Errorf("%v: rank %d", c.c, c.c.EventRank())
		}
		shape := []int{3}
		if c.rank == 2 {
			shape = []int{3, 3}
		}
		batch := func(rows [][]float64) *tensor.Tensor {
			return tensor.Of(rows).Reshape(slices.Concat([]int{1, len(rows)}, shape)...)
		}
		if at, ok := c.c.Check(batch(c.in)); !ok {
			t.Errorf("%v: %v is refused", c.c, c.in[at])
		}
		for _, row := range c.out {
			if at, ok := c.c.Check(batch(append(slices.Clone(c.in), row, row))); ok || at != len(c.in) {
				t.Errorf("%v: %v at %d: got %d, %v", c.c, row, len(c.in), at, ok)
			}
		}
	}
}

func TestMultinomialTotals(t *testing.T) {
	c := constraint.Multinomial([]float64{2, 3})
	for _, row := range []struct {
		x  [][]float64
		at int
		ok bool
	}{
		{[][]float64{{1, 1}, {3, 0}}, 0, true},
		{[][]float64{{1, 1}, {1, 1}}, 1, false},
		{[][]float64{{1, 2}, {3, 0.5}}, 0, false},
		{[][]float64{{1.5, 0.5}, {3, 1}}, 0, false},
	} {
		if at, ok := c.Check(tensor.Of(row.x)); at != row.at || ok != row.ok {
			t.Errorf("%v: %d, %v", row.x, at, ok)
		}
	}
}

func TestIndependent(t *testing.T) {
	c := constraint.Independent(constraint.Positive, 2)
	x := tensor.Ones(4, 2, 3)
	if at, ok := c.Check(x); !ok {
		t.Errorf("refused at %d", at)
	}
	bad := x.Float64s()
	bad[2*6+5] = -1
	if at, ok := c.Check(tensor.New(bad, 4, 2, 3)); ok || at != 2 {
		t.Errorf("got %d, %v, want 2", at, ok)
	}
	s := constraint.Independent(constraint.Simplex, 1) // of shape [2, 3]
	if at, ok := s.Check(tensor.New(bad, 4, 2, 3).DivScalar(3)); ok || at != 2 || s.EventRank() != 2 {
		t.Errorf("simplexes: got %d, %v, rank %d", at, ok, s.EventRank())
	}
	if got := constraint.Independent(c, 1); got.String() != "array (3 dims) of (0, ∞)" || got.EventRank() != 3 {
		t.Errorf("nested: %v, rank %d", got, got.EventRank())
	}
	if got := c.String(); got != "matrix of (0, ∞)" {
		t.Errorf("printed %q", got)
	}
	if got := constraint.Independent(constraint.Real, 0); got != constraint.Real {
		t.Errorf("no dims: %v", got)
	}
	d := constraint.Independent(constraint.Boolean, 1)
	if !d.Discrete() || d.Bijection() != nil || d.Transform() != nil {
		t.Error("a discrete set has a bijection")
	}
}

func TestFloat32(t *testing.T) {
	near := tensor.Of([]float64{0.1, math.Pi, -math.Pi}).To(tensor.Float32)
	for i, c := range []constraint.Constraint{constraint.Interval(0.1, 0.1), constraint.Circle, constraint.Circle} {
		if _, ok := c.Check(near.Select(0, i)); !ok {
			t.Errorf("%v: %v is refused", c, near.At(i))
		}
	}
	if _, ok := constraint.Interval([]float64{0.1, 3}, []float64{0.1, math.Pi}).Check(near.Slice(0, 0, 2)); !ok {
		t.Error("bounds that vary: refused")
	}
	if _, ok := constraint.GreaterThan(0.1).Check(near.Select(0, 0)); ok {
		t.Error("0.1 > 0.1 in float32")
	}
	logits := tensor.Normals(rng.New(1), 20, 3000).MulScalar(10).To(tensor.Float32)
	if at, ok := constraint.Simplex.Check(logits.Softmax(-1)); !ok {
		t.Errorf("softmax in float32 is refused at %d", at)
	}
	huge := tensor.Of(1e300).To(tensor.Float32)
	if _, ok := constraint.Real.Check(huge); ok {
		t.Error("an infinite float32 is taken as real")
	}
}

func TestEmpty(t *testing.T) {
	for _, c := range []struct {
		c     constraint.Constraint
		shape []int
		ok    bool
	}{
		{constraint.Positive, []int{0}, true},
		{constraint.Simplex, []int{0, 3}, true},
		{constraint.Simplex, []int{0}, false},
		{constraint.Ordered, []int{2, 0}, false},
		{constraint.LowerCholesky, []int{0, 2, 2}, true},
		{constraint.LowerCholesky, []int{0, 0}, false},
		{constraint.PositiveDefinite, []int{2, 3}, false},
		{constraint.RealVector, []int{0}, true},
	} {
		if at, ok := c.c.Check(tensor.Zeros(c.shape...)); ok != c.ok || at != 0 {
			t.Errorf("%v: shape %v: got %d, %v", c.c, c.shape, at, ok)
		}
	}
}

func TestTooFewDims(t *testing.T) {
	for _, c := range []constraint.Constraint{
		constraint.Simplex, constraint.OneHot, constraint.Ordered, constraint.Multinomial(1),
		constraint.LowerCholesky, constraint.RealVector,
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var e *tensor.Error
				if !errors.As(err, &e) || !strings.Contains(err.Error(), "too few dims for a "+c.String()) {
					t.Errorf("%v: got %v", c, err)
				}
			}()
			c.Check(tensor.Of(1.0))
		}()
	}
	defer func() {
		if err, _ := recover().(*tensor.Error); err == nil {
			t.Error("Independent takes -1")
		}
	}()
	constraint.Independent(constraint.Real, -1)
}

// What maps give is in the set, and comes back.
func TestMaps(t *testing.T) {
	lo, hi := []float64{0, -2, 5}, []float64{1e-3, 7, 6}
	for _, c := range []struct {
		c     constraint.Constraint
		event []int // of a value
	}{
		{constraint.Real, nil},
		{constraint.ExtendedReal, nil},
		{constraint.LogWeight, nil},
		{constraint.Positive, nil},
		{constraint.Nonnegative, nil},
		{constraint.UnitInterval, nil},
		{constraint.Circle, nil},
		{constraint.Interval(-3, 10), nil},
		{constraint.Interval(lo, hi), nil},
		{constraint.GreaterThan(-1), nil},
		{constraint.GreaterThan(lo), nil},
		{constraint.GreaterEqual(2), nil},
		{constraint.LessThan(hi), nil},
		{constraint.Simplex, []int{4}},
		{constraint.Ordered, []int{4}},
		{constraint.PositiveOrdered, []int{4}},
		{constraint.LowerCholesky, []int{4, 4}},
		{constraint.CorrCholesky, []int{4, 4}},
		{constraint.PositiveDefinite, []int{4, 4}},
		{constraint.CorrMatrix, []int{4, 4}},
		{constraint.RealVector, []int{4}},
		{constraint.Independent(constraint.Positive, 2), []int{4, 2}},
		{constraint.Independent(constraint.Simplex, 1), []int{4, 2}},
	} {
		if c.c.Discrete() {
			t.Errorf("%v is discrete", c.c)
		}
		shape := slices.Concat([]int{50, 3}, c.event)
		for _, f := range []interface {
			Forward(*tensor.Tensor) *tensor.Tensor
			Inverse(*tensor.Tensor) *tensor.Tensor
			InverseShape([]int) []int
			Rank() (int, int)
		}{c.c.Bijection(), c.c.Transform()} {
			if _, out := f.Rank(); out != c.c.EventRank() {
				t.Errorf("%v: %v gives events of %d dims", c.c, f, out)
			}
			y := f.Forward(tensor.Normals(rng.New(3), f.InverseShape(shape)...).MulScalar(2))
			if !slices.Equal(y.Shape(), shape) {
				t.Errorf("%v: %v gives %v, want %v", c.c, f, y.Shape(), shape)
			}
			if at, ok := c.c.Check(y); !ok {
				t.Errorf("%v: %v leaves it in event %d", c.c, f, at)
			}
			if at, ok := c.c.Check(f.Forward(f.Inverse(y))); !ok {
				t.Errorf("%v: %v leaves it on the way back, in event %d", c.c, f, at)
			}
		}
	}
}

func TestDiscrete(t *testing.T) {
	for _, c := range []constraint.Constraint{
		constraint.Boolean, constraint.Integer, constraint.NonnegativeInteger, constraint.PositiveInteger,
		constraint.IntegerInterval(0, 3), constraint.OneHot, constraint.Multinomial(3),
	} {
		if !c.Discrete() || c.Bijection() != nil || c.Transform() != nil {
			t.Errorf("%v has a bijection", c)
		}
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	x, p := tensor.Ones(10), tensor.Full(0.25, 5, 4)
	tape := tensor.NewTape()
	v := tape.Var(tensor.Ones(10))
	for _, c := range []struct {
		c constraint.Constraint
		x *tensor.Tensor
	}{
		{constraint.Real, x},
		{constraint.Positive, v},
		{constraint.Boolean, x},
		{constraint.IntegerInterval(0, 3), x},
		{constraint.RealVector, x},
		{constraint.Simplex, p},
	} {
		if n := testing.AllocsPerRun(10, func() { c.c.Check(c.x) }); n != 0 {
			t.Errorf("%v: %v allocations", c.c, n)
		}
	}
}

// A check leaves no operations on the tape of the value.
func TestCheckRecordsNothing(t *testing.T) {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Full(0.5, 2, 2))
	b := tape.Var(tensor.Of([]float64{2, 3}))
	n := tape.Len()
	constraint.Interval(0, b).Check(x)
	constraint.Multinomial(b).Check(x)
	constraint.PositiveDefinite.Check(x)
	constraint.Simplex.Check(x)
	if tape.Len() != n {
		t.Errorf("%d operations recorded", tape.Len()-n)
	}
}

// TestBounds: a set whose bounds are on a tape, with other bounds in their place, has
// the numbers between those.
func TestBounds(t *testing.T) {
	tape := tensor.NewTape()
	v := func(x float64) *tensor.Tensor { return tape.Var(tensor.Of(x)) }
	for name, c := range map[string]struct {
		set     constraint.Constraint
		to      []float64
		in, out []float64
	}{
		"both":        {constraint.Interval(v(0), v(1)), []float64{5, 6}, []float64{5, 6}, []float64{0.5}},
		"upper":       {constraint.Interval(0.0, v(1)), []float64{2}, []float64{0, 2}, []float64{-1}},
		"lower":       {constraint.GreaterThan(v(0)), []float64{3}, []float64{4}, []float64{3}},
		"independent": {constraint.Independent(constraint.LessThan(v(0)), 1), []float64{3}, []float64{2.5}, []float64{3}},
		"constant":    {constraint.IntegerInterval(0, 3), nil, []float64{3}, []float64{4}},
	} {
		bounds := constraint.Bounds(c.set)
		if len(bounds) != len(c.to) {
			t.Errorf("%s: %d bounds on the tape, want %d", name, len(bounds), len(c.to))
			continue
		}
		var to []*tensor.Tensor
		for _, x := range c.to {
			to = append(to, tensor.Of(x))
		}
		set := constraint.Within(c.set, to)
		for i, x := range append(slices.Clone(c.in), c.out...) {
			if _, ok := set.Check(tensor.Of([]float64{x})); ok != (i < len(c.in)) {
				t.Errorf("%s: %v in %v: %v", name, x, set, ok)
			}
		}
	}
	counts := tape.Var(tensor.Of(2.0))
	set := constraint.Within(constraint.Multinomial(counts), []*tensor.Tensor{tensor.Of(3.0)})
	if _, ok := set.Check(tensor.Of([]float64{1, 2})); !ok || len(constraint.Bounds(constraint.Multinomial(counts))) != 1 {
		t.Error("counts with sum 3 are not in the set of them")
	}
}
