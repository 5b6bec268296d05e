package program

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/internal/special"
	"github.com/gopyro/pyro/rng"
)

var (
	inf  = math.Inf(1)
	nan  = math.NaN()
	null = math.Copysign(0, -1) // -0
)

// slopes returns the value of an operation on numbers and its gradient in each,
// for a cotangent of 1; the same from single numbers and from n of them, of
// which the last counts.
func slopes(code Code, attr Attr, n int, x ...float64) (y float64, dx []float64) {
	var t Tape
	var in []Ref
	for _, v := range x {
		a := NewArray([]float64{v})
		if n > 1 {
			a = NewArray(slices.Repeat([]float64{v}, n), n)
		}
		in = append(in, t.Var(a))
	}
	r := t.Emit(code, attr, in...)
	y = t.Value(r).F64[n-1]
	if n > 1 {
		r = t.Emit(Sum, Attr{Dims: []int{0}}, r)
	}
	for _, g := range t.Grad(r, in, false) {
		a := naive(t.Value(g))
		dx = append(dx, a.data[n-1])
	}
	return y, dx
}

// same holds for equal numbers, of equal sign where they are 0, and for NaNs.
func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || a == b && math.Signbit(a) == math.Signbit(b)
}

// near allows the 4 ulps that kernels have.
func near(a, b float64) bool { return same(a, b) || math.Abs(a-b) <= 4*0x1p-52*math.Abs(b) }

// TestEdges has what single numbers at the edges of domains give.
func TestEdges(t *testing.T) {
	for _, c := range []struct {
		code Code
		f    float64
		x    []float64
		y    float64
		dx   []float64
	}{
		{code: Abs, x: []float64{0}, y: 0, dx: []float64{0}},
		{code: Abs, x: []float64{null}, y: 0, dx: []float64{null}},
		{code: Abs, x: []float64{-inf}, y: inf, dx: []float64{-1}},
		{code: Sign, x: []float64{null}, y: null, dx: []float64{0}},
		{code: Sign, x: []float64{nan}, y: nan, dx: []float64{0}},
		{code: Sqrt, x: []float64{0}, y: 0, dx: []float64{inf}},
		{code: Sqrt, x: []float64{-1}, y: nan, dx: []float64{nan}},
		{code: Recip, x: []float64{0}, y: inf, dx: []float64{-inf}},
		{code: Recip, x: []float64{null}, y: -inf, dx: []float64{-inf}},
		{code: Exp, x: []float64{-inf}, y: 0, dx: []float64{0}},
		{code: Exp, x: []float64{inf}, y: inf, dx: []float64{inf}},
		{code: Log, x: []float64{0}, y: -inf, dx: []float64{inf}},
		{code: Log, x: []float64{inf}, y: inf, dx: []float64{0}},
		{code: Log, x: []float64{-1}, y: nan, dx: []float64{-1}},
		{code: Log, x: []float64{0x1p-1070}, y: -1070 * math.Ln2, dx: []float64{inf}},
		{code: Log1p, x: []float64{-1}, y: -inf, dx: []float64{inf}},
		{code: Tanh, x: []float64{inf}, y: 1, dx: []float64{0}},
		{code: Sigmoid, x: []float64{-inf}, y: 0, dx: []float64{0}},
		{code: Sigmoid, x: []float64{inf}, y: 1, dx: []float64{0}},
		{code: Softplus, x: []float64{-inf}, y: 0, dx: []float64{0}},
		{code: Softplus, x: []float64{1e300}, y: 1e300, dx: []float64{1}},
		{code: Erfinv, x: []float64{1}, y: inf, dx: []float64{inf}},
		{code: NormQuantile, x: []float64{0}, y: -inf, dx: []float64{inf}},
		{code: LogNormCDF, x: []float64{-inf}, y: -inf, dx: []float64{inf}},
		{code: LogNormCDF, x: []float64{-1e8}, y: -5000000000000019.3396, dx: []float64{1e8}},
		{code: LogNormCDF, x: []float64{inf}, y: null, dx: []float64{0}},
		{code: BesselRatio, x: []float64{0}, y: 0, dx: []float64{0.5}},
		{code: LogBesselI0e, x: []float64{0}, y: 0, dx: []float64{0}},
		{code: Not, x: []float64{null}, y: 1, dx: []float64{0}},
		{code: Not, x: []float64{nan}, y: 0, dx: []float64{0}},
		{code: PowScalar, f: 0, x: []float64{0}, y: 1, dx: []float64{0}},
		{code: PowScalar, f: 1, x: []float64{0}, y: 0, dx: []float64{1}},
		{code: PowScalar, f: 2, x: []float64{0}, y: 0, dx: []float64{0}},
		{code: PowScalar, f: 0.5, x: []float64{-inf}, y: inf, dx: []float64{0}},
		{code: PowScalar, f: -1, x: []float64{0}, y: inf, dx: []float64{-inf}},
		{code: Pow, x: []float64{0, 0}, y: 1, dx: []float64{0, 0}},
		{code: Pow, x: []float64{0, 1}, y: 0, dx: []float64{1, 0}},
		{code: Pow, x: []float64{0, 2}, y: 0, dx: []float64{0, 0}},
		{code: Pow, x: []float64{3, 0}, y: 1, dx: []float64{0, math.Log(3)}},
		{code: Max, x: []float64{2, 2}, y: 2, dx: []float64{0.5, 0.5}},
		{code: Min, x: []float64{2, 2}, y: 2, dx: []float64{0.5, 0.5}},
		{code: Max, x: []float64{inf, inf}, y: inf, dx: []float64{0.5, 0.5}},
		{code: Max, x: []float64{null, 0}, y: 0, dx: []float64{0.5, 0.5}},
		{code: Max, x: []float64{nan, 1}, y: nan, dx: []float64{0, 1}},
		{code: Min, x: []float64{1, nan}, y: nan, dx: []float64{0, 1}},
		{code: Equal, x: []float64{nan, nan}, y: 0, dx: []float64{0, 0}},
		{code: Equal, x: []float64{0, null}, y: 1, dx: []float64{0, 0}},
		{code: LessEqual, x: []float64{nan, 1}, y: 0, dx: []float64{0, 0}},
		{code: LogAddExp, x: []float64{-inf, -inf}, y: -inf, dx: []float64{0.5, 0.5}},
		{code: LogAddExp, x: []float64{-inf, 3}, y: 3, dx: []float64{0, 1}},
		{code: LogAddExp, x: []float64{inf, 3}, y: inf, dx: []float64{1, 0}},
		{code: LogAddExp, x: []float64{nan, 3}, y: nan, dx: []float64{nan, nan}},
		{code: XLogY, x: []float64{0, 0}, y: 0, dx: []float64{-inf, 0}},
		{code: XLogY, x: []float64{0, 2}, y: 0, dx: []float64{math.Log(2), 0}},
		{code: XLogY, x: []float64{2, 0}, y: -inf, dx: []float64{-inf, inf}},
		{code: XLogY, x: []float64{0, nan}, y: nan, dx: []float64{nan, nan}},
		{code: XLog1pY, x: []float64{0, -1}, y: 0, dx: []float64{-inf, 0}},
		{code: Where, x: []float64{1, 2, nan}, y: 2, dx: []float64{0, 1, 0}},
		{code: Where, x: []float64{0, inf, 3}, y: 3, dx: []float64{0, 0, 1}},
		{code: Where, x: []float64{nan, 2, 3}, y: 2, dx: []float64{0, 1, 0}}, // NaN is not 0
		{code: Outside, x: []float64{nan, 0, 1}, y: 0, dx: []float64{0, 0, 0}},
		{code: Outside, x: []float64{1, 0, 1}, y: 0, dx: []float64{0, 0, 0}},
		{code: GammaSample, x: []float64{2, 1}, y: 1, dx: []float64{special.GammaSampleGrad(2, 1), 0}},
		{code: GammaPInv, x: []float64{2, 0}, y: 0, dx: []float64{0, inf}},
		{code: GammaP, x: []float64{2, 0}, y: 0, dx: []float64{0, 0}},
	} {
		for _, n := range []int{1, 2, 19} {
			y, dx := slopes(c.code, Attr{F: c.f}, n, c.x...)
			ok := near(y, c.y)
			for i, d := range dx {
				ok = ok && near(d, c.dx[i])
			}
			if !ok {
				t.Errorf("%v(F %v, %v) = %v with gradient %v in %d numbers, want %v with %v", c.code, c.f, c.x, y, dx, n, c.y, c.dx)
			}
		}
	}
}

// second returns the derivatives of the gradient in the i-th operand.
func second(code Code, attr Attr, i int, x ...float64) (dx []float64) {
	var t Tape
	var in []Ref
	for _, v := range x {
		in = append(in, t.Var(NewArray([]float64{v})))
	}
	first := slices.Clone(t.Grad(t.Emit(code, attr, in...), in, true))
	for _, g := range t.Grad(first[i], in, false) {
		dx = append(dx, t.Value(g).F64[0])
	}
	return dx
}

// TestSecondOrderEdges has second derivatives where the first have cases.
func TestSecondOrderEdges(t *testing.T) {
	for _, c := range []struct {
		code Code
		f    float64
		i    int
		x    []float64
		dx   []float64
	}{
		{code: LogAddExp, i: 0, x: []float64{1, 1}, dx: []float64{0.25, -0.25}},
		{code: LogAddExp, i: 1, x: []float64{1, 1}, dx: []float64{-0.25, 0.25}},
		{code: LogAddExp, i: 0, x: []float64{-inf, -inf}, dx: []float64{0, 0}},
		{code: XLogY, i: 1, x: []float64{0, 0.25}, dx: []float64{4, 0}},
		{code: XLogY, i: 0, x: []float64{0, 0.25}, dx: []float64{0, 4}},
		{code: XLog1pY, i: 1, x: []float64{0, 1}, dx: []float64{0.5, 0}},
		{code: PowScalar, f: 1, x: []float64{0}, dx: []float64{0}},
		{code: PowScalar, f: 2, x: []float64{0}, dx: []float64{2}},
		{code: PowScalar, f: 3, x: []float64{0}, dx: []float64{0}},
		{code: BesselRatio, x: []float64{0}, dx: []float64{0}},
		{code: LogBesselI0e, x: []float64{0}, dx: []float64{0.5}},
	} {
		dx := second(c.code, Attr{F: c.f}, c.i, c.x...)
		for i := range dx {
			if dx[i] != c.dx[i] {
				t.Errorf("%v(F %v, %v): derivatives of gradient %d: %v, want %v", c.code, c.f, c.x, c.i, dx, c.dx)
				break
			}
		}
	}
}

// TestRowEdges has what reductions of a row give.
func TestRowEdges(t *testing.T) {
	for _, c := range []struct {
		code Code
		x    []float64
		y    float64
		dx   []float64
	}{
		{Sum, nil, 0, nil},
		{Sum, []float64{inf, -inf}, nan, []float64{1, 1}},
		{ReduceMax, []float64{2, 5, 5, 1}, 5, []float64{0, 0.5, 0.5, 0}},
		{ReduceMin, []float64{2, 1, 1, 1}, 1, []float64{0, 1. / 3, 1. / 3, 1. / 3}},
		{ReduceMax, []float64{-inf, -inf}, -inf, []float64{0.5, 0.5}},
		{ReduceMax, []float64{1, nan}, nan, []float64{nan, nan}},
		{ArgMax, []float64{1, 3, 3}, 1, []float64{0, 0, 0}},
		{ArgMax, []float64{1, nan, 3}, 1, []float64{0, 0, 0}},
		{LogSumExp, nil, -inf, nil},
		{LogSumExp, []float64{-inf, -inf}, -inf, []float64{0, 0}},
		{LogSumExp, []float64{-inf, 3}, 3, []float64{0, 1}},
		{LogSumExp, []float64{1000, 1000}, 1000 + math.Ln2, []float64{0.5, 0.5}},
		{LogSumExp, []float64{inf, 3}, inf, []float64{nan, 0}},
		{LogSumExp, []float64{nan, 3}, nan, []float64{nan, nan}},
	} {
		var tape Tape
		x := tape.Var(NewArray(c.x, len(c.x)))
		y := tape.Emit(c.code, Attr{Dims: []int{0}}, x)
		if v := tape.Value(y).F64[0]; !same(v, c.y) {
			t.Errorf("%v%v = %v, want %v", c.code, c.x, v, c.y)
		}
		dx := naive(tape.Value(tape.Grad(y, []Ref{x}, false)[0]))
		for i, d := range dx.data {
			if !(math.Abs(d-c.dx[i]) <= 0x1p-52 || same(d, c.dx[i])) { // exp(1000-(1000+log 2)) rounds its argument
				if c.x[0] != 1000 || math.Abs(d-c.dx[i]) > 1000*0x1p-53 {
					t.Errorf("gradient of %v%v = %v, want %v", c.code, c.x, dx.data, c.dx)
				}
			}
		}
	}
}

// TestWhereHidesNaN: a NaN in what is not chosen reaches neither value nor
// gradient of what is.
func TestWhereHidesNaN(t *testing.T) {
	var tape Tape
	cond := tape.Const(NewArray([]float64{1, 0}, 2))
	a := tape.Var(NewArray([]float64{2, nan}, 2))
	b := tape.Var(NewArray([]float64{nan, 3}, 2))
	y := tape.Emit(Where, Attr{}, cond, a, b)
	s := tape.Emit(Sum, Attr{Dims: []int{0}}, tape.Emit(Square, Attr{}, y))
	g := tape.Grad(s, []Ref{a, b}, false)
	if da, db := naive(tape.Value(g[0])), naive(tape.Value(g[1])); da.data[0] != 4 || da.data[1] != 0 || db.data[0] != 0 || db.data[1] != 6 {
		t.Errorf("gradients %v and %v, want [4 0] and [0 6]", da.data, db.data)
	}
}

// TestPlainNumbersTakeTypes: a plain number becomes what it meets, in any place,
// and a condition of another type changes nothing.
func TestPlainNumbersTakeTypes(t *testing.T) {
	half := func(d DType) *Array {
		if d == Float32 {
			return NewArray32([]float32{0.5, 0.5}, 2)
		}
		return NewArray([]float64{0.5, 0.5}, 2)
	}
	number := plainNumber(0.5)
	check := func(code Code, want DType, weak bool, in ...*Array) {
		t.Helper()
		out := Apply(code, Attr{}, in...)
		var tape Tape
		var refs []Ref
		for _, a := range in {
			refs = append(refs, tape.Const(a))
		}
		taped := tape.Value(tape.Emit(code, Attr{}, refs...))
		if out.DType != want || out.Weak != weak || taped.DType != want || taped.Weak != weak {
			t.Errorf("%v: types %v and %v (plain: %v and %v), want %v (%v)", code, out.DType, taped.DType, out.Weak, taped.Weak, want, weak)
		}
	}
	for _, d := range []DType{Float64, Float32} {
		for c := Add; c <= LogGammaSampleDa; c++ {
			check(c, d, false, half(d), number)
			check(c, d, false, number, half(d))
		}
		check(Add, Float64, true, number, number)
		for c := BetaInc; c <= BetaSampleDb; c++ {
			check(c, d, false, half(d), number, number)
			check(c, d, false, number, number, half(d))
		}
		for _, cond := range []DType{Float64, Float32} {
			check(Where, d, false, half(cond), half(d), number)
			check(Where, d, false, half(cond), number, half(d))
			check(Where, d, false, half(cond), half(d), half(d))
		}
		check(Where, d, false, half(d), number, number)
		check(Where, d, false, number, half(d), number)
	}
}

// TestCast: gradients come back in the type of the operand.
func TestCast(t *testing.T) {
	var tape Tape
	x := tape.Var(NewArray([]float64{0.1, 1e300}, 2))
	y := tape.Emit1(Cast, float64(Float32), x)
	v := tape.Value(y)
	if v.DType != Float32 || v.F32[0] != float32(0.1) || !math.IsInf(float64(v.F32[1]), 1) {
		t.Errorf("cast gives %v %v", v.DType, v.F32)
	}
	s := tape.Emit(Sum, Attr{Dims: []int{0}}, tape.Emit1(MulScalar, 3, y))
	g := tape.Value(tape.Grad(s, []Ref{x}, false)[0])
	if g.DType != Float64 || g.F64[0] != 3 {
		t.Errorf("gradient %v %v, want float64 3", g.DType, g.F64)
	}
}

// TestQuickPaths: what is quick for single numbers gives the bits of the rest.
func TestQuickPaths(t *testing.T) {
	for _, v := range []float64{0.3, 0.9, 0, 1} {
		for c := Neg; c <= Polygamma; c++ {
			var tape Tape
			x := tape.Const(plainNumber(v))
			quick := tape.Value(tape.Emit1(c, 2, x)).F64[0]
			full := tape.Value(tape.Emit(c, Attr{F: 2}, x)).F64[0]
			apply, ok := Apply1(c, 2, tape.Value(x))
			if !same(quick, full) || !same(apply, full) || !ok {
				t.Errorf("%v(%v): %v and %v, want %v", c, v, quick, apply, full)
			}
		}
		for c := Add; c <= LogGammaSampleDa; c++ {
			var tape Tape
			x, y := tape.Const(plainNumber(v)), tape.Const(plainNumber(0.6))
			quick := tape.Value(tape.Emit2(c, x, y)).F64[0]
			full := tape.Value(tape.Emit(c, Attr{}, x, y)).F64[0]
			apply, ok := Apply2(c, tape.Value(x), tape.Value(y))
			if !same(quick, full) || !same(apply, full) || !ok {
				t.Errorf("%v(%v, 0.6): %v and %v, want %v", c, v, quick, apply, full)
			}
		}
	}
}

// TestErrors compares whole messages.
func TestErrors(t *testing.T) {
	a := func(dims ...int) *Array { return NewArray(make([]float64, sizeOf(dims)), dims...) }
	v := func(x ...float64) *Array { return NewArray(x, len(x)) }
	m := func(x ...float64) *Array { return NewArray(x, 2, 2) }
	single := func(dims ...int) *Array { return NewArray32(make([]float32, sizeOf(dims)), dims...) }
	for _, c := range []struct {
		code Code
		attr Attr
		in   []*Array
		want string
	}{
		{Add, Attr{}, []*Array{a(3), a(4)}, "tensor: Add[[3] [4]]: shapes do not broadcast"},
		{Where, Attr{}, []*Array{a(2), a(3), a()}, "tensor: Where[[2] [3] []]: shapes do not broadcast"},
		{Mul, Attr{}, []*Array{a(2), single(2)}, "tensor: Mul[[2] [2]]: operands of types float64 and float32 do not mix; convert one with To"},
		{Cat, Attr{Dims: []int{0}}, []*Array{a(2), single(2)}, "tensor: Cat[[2] [2]]: operands of types float64 and float32 do not mix; convert one with To"},
		{ReduceMax, Attr{Dims: []int{0}}, []*Array{a(0)}, "tensor: Max[[0]]: no elements along the reduced dims"},
		{ArgMax, Attr{Dims: []int{1}}, []*Array{a(2, 0)}, "tensor: ArgMax[[2 0]]: no elements along the reduced dims"},
		{Reshape, Attr{Dims: []int{2, 2}}, []*Array{a(3)}, "tensor: Reshape[[3]]: cannot take the shape [2 2]: 4 elements, not 3"},
		{Expand, Attr{Dims: []int{2}}, []*Array{a(1, 2)}, "tensor: Expand[[1 2]]: cannot expand to [2], which has fewer dims"},
		{Expand, Attr{Dims: []int{4, 3}}, []*Array{a(2, 3)}, "tensor: Expand[[2 3]]: cannot expand to [4 3]: size 2 at dim -2"},
		{Expand, Attr{Dims: []int{-1, 3}}, []*Array{a(3)}, "tensor: Expand[[3]]: cannot expand to [-1 3]: negative size"},
		{SumTo, Attr{Dims: []int{2}}, []*Array{a(3)}, "tensor: SumTo[[3]]: [2] does not broadcast to the operand's shape"},
		{SumTo, Attr{Dims: []int{1, 3}}, []*Array{a(3)}, "tensor: SumTo[[3]]: [1 3] does not broadcast to the operand's shape"},
		{Cat, Attr{Dims: []int{0}}, []*Array{a(2, 2), a(2)}, "tensor: Cat[[2 2] [2]]: operands of different rank"},
		{Cat, Attr{Dims: []int{0}}, []*Array{a(2, 2), a(2, 3)}, "tensor: Cat[[2 2] [2 3]]: sizes differ at dim -1, along which they are not joined"},
		{Index, Attr{}, []*Array{a(3), v(0, 3)}, "tensor: Index[[3] [2]]: index 3 at element 1 is outside 0…2"},
		{Index, Attr{}, []*Array{a(3), v(-1)}, "tensor: Index[[3] [1]]: index -1 at element 0 is outside 0…2"},
		{Index, Attr{}, []*Array{a(3), v(0.5)}, "tensor: Index[[3] [1]]: index 0.5 at element 0 is not an integer"},
		{Index, Attr{}, []*Array{a(3), v(0, nan)}, "tensor: Index[[3] [2]]: index NaN at element 1 is not an integer"},
		{Index, Attr{}, []*Array{a(3), v(inf)}, "tensor: Index[[3] [1]]: index +Inf at element 0 is not an integer"},
		{Index, Attr{}, []*Array{a(3), v(0), v(0)}, "tensor: Index[[3] [1] [1]]: 2 index arrays for 1 dims"},
		{Index, Attr{}, []*Array{a(3, 3), v(0, 0), v(0, 0, 0)}, "tensor: Index[[3 3] [2] [3]]: index arrays do not broadcast"},
		{Gather, Attr{Dims: []int{-1}}, []*Array{a(2, 3), v(3)}, "tensor: Gather[[2 3] [1]]: index 3 at element 0 is outside 0…2"},
		{Gather, Attr{Dims: []int{-1}}, []*Array{a(2, 3), a(3, 1)}, "tensor: Gather[[2 3] [3 1]]: shapes do not broadcast apart from dim -1"},
		{Gather, Attr{Dims: []int{-2}}, []*Array{a(2, 3), v(0)}, "tensor: Gather[[2 3] [1]]: no dim -2"},
		{ScatterAdd, Attr{Dims: []int{-1, 2}}, []*Array{a(2), v(0, 2)}, "tensor: ScatterAdd[[2] [2]]: index 2 at element 1 is outside 0…1"},
		{ScatterAdd, Attr{Dims: []int{-1, 2}}, []*Array{a(2), v(0, 1, 0)}, "tensor: ScatterAdd[[2] [3]]: shapes do not broadcast"},
		{MatMul, Attr{}, []*Array{a(2, 3), a(2, 3)}, "tensor: MatMul[[2 3] [2 3]]: 3 columns meet 2 rows"},
		{MatMul, Attr{}, []*Array{a(2), a(2, 3)}, "tensor: MatMul[[2] [2 3]]: operands need two dims or more"},
		{MatMul, Attr{}, []*Array{a(2, 1, 1), a(3, 1, 1)}, "tensor: MatMul[[2 1 1] [3 1 1]]: batch shapes do not broadcast"},
		{Cholesky, Attr{}, []*Array{m(1, 2, 2, 1)}, "tensor: Cholesky[[2 2]]: matrix 0 is not positive definite: pivot 1 is not positive"},
		{Cholesky, Attr{}, []*Array{m(nan, 0, 0, 1)}, "tensor: Cholesky[[2 2]]: matrix 0 is not positive definite: pivot 0 is not positive"},
		{Cholesky, Attr{}, []*Array{NewArray([]float64{1, 0}, 2, 1, 1)}, "tensor: Cholesky[[2 1 1]]: matrix 1 is not positive definite: pivot 0 is not positive"},
		{Cholesky, Attr{}, []*Array{a(2, 3)}, "tensor: Cholesky[[2 3]]: the last two dims must be equal"},
		{TriSolve, Attr{}, []*Array{a(2, 2), a(3, 1)}, "tensor: TriSolve[[2 2] [3 1]]: the matrix must be square with as many rows as the right-hand side"},
		{Tril, Attr{Dims: []int{0}}, []*Array{a(2)}, "tensor: Tril[[2]]: the operand needs two dims or more"},
		{Diag, Attr{}, []*Array{a(2)}, "tensor: Diag[[2]]: the last two dims must be equal"},
		{DiagEmbed, Attr{}, []*Array{a()}, "tensor: DiagEmbed[[]]: the operand needs a dim"},
	} {
		if got := message(func() { Apply(c.code, c.attr, c.in...) }); got != c.want {
			t.Errorf("message\n\t%s\nwant\n\t%s", got, c.want)
		}
	}
	var tape Tape
	if got, want := message(func() { tape.Grad(tape.Var(a(2)), nil, false) }), "tensor: Grad[[2]]: only a single number has a gradient; reduce it with Sum"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

// TestDraw: a draw is made by its function from the values of its operands,
// carries no gradient, and is the same outside a tape.
func TestDraw(t *testing.T) {
	fill := func(key rng.Key, dst []float64, params [][]float64) {
		key.Uniforms(dst)
		for i := range dst {
			dst[i] += params[0][i] * params[1][0]
		}
	}
	key := rng.New(1)
	x, k := NewArray([]float64{1, 2, 3}, 3), NewArray32([]float32{10}, 1)
	var tape Tape
	v := tape.Var(x)
	r := tape.Draw(key, fill, []int{3}, v, tape.Const(k))
	want := make([]float64, 3)
	key.Uniforms(want)
	for i := range want {
		want[i] += 10 * x.F64[i]
	}
	compare(t, "draw", naive(tape.Value(r)), nd{[]int{3}, want}, exact)
	compare(t, "draw outside a tape", naive(DrawApply(key, fill, []int{3}, x, k)), nd{[]int{3}, want}, exact)
	s := tape.Emit(Sum, Attr{Dims: []int{0}}, r)
	compare(t, "gradient", naive(tape.Value(tape.Grad(s, []Ref{v}, false)[0])), nd{[]int{3}, make([]float64, 3)}, exact)
	if got := fmt.Sprint(tape.Tracked(r), tape.Varying(r)); got != "false true" {
		t.Errorf("tracked, varying: %s", got)
	}
}

func plainNumber(v float64) *Array {
	a := new(Array)
	a.SetScalar([]float64{v})
	return a
}
