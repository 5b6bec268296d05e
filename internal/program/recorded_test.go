package program

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// likelihood has what programs on long data have: chains of element-wise
// operations forward and back, sums, rows picked by constants, a condition.
func likelihood(t *Tape, w, x *Array, n int) []Ref {
	v := t.Var(w)
	data := t.Const(x)
	level := t.Emit(Index, Attr{}, v, t.Const(NewArray(groups(n), n)))
	z := t.Emit2(Add, t.Emit2(Mul, level, data), t.Emit1(Square, 0, data))
	soft := t.Emit1(Softplus, 0, t.Emit1(Neg, 0, z))
	odd := t.Emit2(Less, data, t.scalar(0.3))
	l := t.Emit(Where, Attr{}, odd, soft, t.Emit1(MulScalar, 0.5, t.Emit2(Div, z, t.Emit1(AddScalar, 3, t.Emit1(Exp, 0, data)))))
	y := t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, l)
	y = t.Emit2(Add, y, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit1(Tanh, 0, soft)))
	y = t.Emit2(Mul, y, t.Emit1(Exp, 0, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, v)))
	return append([]Ref{y, soft}, t.Grad(y, []Ref{v}, false)...)
}

func groups(n int) []float64 {
	g := make([]float64, n)
	for i := range g {
		g[i] = float64(i % 7 * i % 7)
	}
	return g
}

// TestRecordedBits: blocks, joined operations and indices that are looked up
// once give the bits of the tape, around the sizes where code changes.
func TestRecordedBits(t *testing.T) {
	for _, n := range []int{1, 2, 3, 15, 16, 17, reuseRun, 500, blockRun - 1, blockRun, blockRun + 1, 9*piece + 15, 9*piece + 16, 9*piece + 17} {
		x := NewArray(make([]float64, n), n)
		for i := range x.F64 {
			x.F64[i] = math.Sin(float64(3*i) + 0.1)
		}
		w := NewArray([]float64{0.1, -0.2, 0.3, 0.5, -0.4, 0.2, 0.7}, 7)
		var tape Tape
		p := tape.Record(likelihood(&tape, w, x, n))
		for _, shift := range []float64{0, 0.25, -3} {
			for i := range w.F64 {
				w.F64[i] += shift
			}
			tape.Reset()
			want := likelihood(&tape, w, x, n)
			for range 2 {
				p.Run(rng.New(1))
			}
			for i, r := range want {
				compare(t, "recorded", naive(p.Output(i)), naive(tape.Value(r)), exact)
			}
		}
		if a := testing.AllocsPerRun(10, func() { p.Run(rng.New(1)) }); a != 0 && !raceEnabled {
			t.Errorf("a run over %d elements allocates %v times", n, a)
		}
	}
}

// TestSlopes: adjoints passed as numbers have the bits of those on the tape.
func TestSlopes(t *testing.T) {
	for c := Neg; c <= BetaSampleDb; c++ {
		rule := table[c].grad
		if rule == nil || table[c].name == "" || c == Cast {
			continue
		}
		in := []float64{0.3, 0.6, 0.2}
		run := func(tape *Tape) (y Ref, xs []Ref) {
			for i := range in {
				xs = append(xs, tape.Var(NewArray(in[i:i+1])))
			}
			switch {
			case c < Add:
				y = tape.Emit1(c, 1.5, xs[0])
			case c < Where:
				y = tape.Emit2(c, xs[0], xs[1])
			default:
				y = tape.Emit(c, Attr{}, xs...)
			}
			y = tape.Emit2(Mul, tape.Emit2(Add, y, xs[0]), xs[1]) // several uses, a slope that is not 1
			return y, xs
		}
		func() {
			defer func() {
				if e := recover(); e != nil {
					_ = e.(*Error) // rules without a derivative of their own
				}
			}()
			var a, b Tape
			ya, xa := run(&a)
			yb, xb := run(&b)
			got := [][]float64{{0}, {0}, {0}}
			a.GradInto(got, ya, xa)
			for i, r := range b.Grad(yb, xb, false) {
				if v := b.Value(r).F64[0]; math.Float64bits(v) != math.Float64bits(got[i][0]) {
					t.Errorf("%v: gradient %d is %v, on the tape %v", c, i, got[i][0], v)
				}
			}
		}()
	}
}
