package program

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// broadcasts puts a random program on the tape whose operations broadcast, compare,
// pick, add up at and reduce arrays of a few shapes, with at most so many elements. It
// returns a number and the values that went into it.
func broadcasts(t *Tape, r *rand.Rand, vars []Ref, most int) (y Ref, all []Ref) {
	shapes := [][]int{{}, {1}, {3}, {2, 1}, {2, 1, 1}, {1, 3}, {2, 3}, {2, 1, 40}, {40}, {1, 40}, {5, 3}}
	constant := func(dims []int, f func(i int) float64) Ref {
		x := make([]float64, rowSize(dims))
		for i := range x {
			x[i] = f(i)
		}
		return t.Const(NewArray(x, dims...))
	}
	all = append(all, vars...)
	for range 3 {
		v := math.Round(4*r.NormFloat64()) / 2
		every := r.IntN(2)
		if dims := shapes[r.IntN(len(shapes))]; rowSize(dims) <= most {
			all = append(all, constant(dims, func(i int) float64 { return v + float64(i*every) }))
		}
	}
	pick := func() Ref { return all[r.IntN(len(all))] }
	ints := func(v ...int) []int { return t.Ints(v) }
	for range 25 {
		x := pick()
		dims := append([]int{}, t.Layout(x).Dims...)
		with := func() Ref { // an operand that broadcasts with x
			for range 50 {
				q := pick()
				if full, ok := broadcast(nil, dims, t.Layout(q).Dims); ok && rowSize(full) <= most {
					return q
				}
			}
			return x
		}
		k := 0
		if len(dims) > 0 {
			k = r.IntN(len(dims))
		}
		var y Ref
		switch op := r.IntN(16); {
		case op < 3:
			y = t.Emit2([]Code{Add, Sub, Mul, Div}[r.IntN(4)], x, with())
		case op == 3:
			y = t.Emit2([]Code{Less, LessEqual, Equal, Max, Min, XLogY, Pow}[r.IntN(7)], x, with())
		case op == 4:
			lo, hi := t.scalar(-1), t.scalar(1)
			switch r.IntN(4) {
			case 0:
				lo = t.scalar(math.Inf(-1))
			case 1:
				hi = t.scalar(math.Inf(1))
			case 2:
				lo, hi = vars[0], vars[1]
			}
			y = t.Emit(Outside, Attr{}, x, lo, hi)
		case op == 5:
			y = t.EmitWhere(t.Emit2(Less, x, with()), x, t.scalar(0.5))
		case op == 6:
			y = t.EmitWhere(with(), x, x)
		case op == 7:
			y = t.Emit1([]Code{Neg, Exp, Log, Square, Sigmoid, Not, Recip}[r.IntN(7)], 0, x)
		case op == 14: // between 0 and 1 for a probability
			a, b := t.Emit1(Exp, 0, vars[r.IntN(2)]), t.Emit1(Exp, 0, vars[r.IntN(2)])
			y = t.Emit([]Code{BetaSample, BetaInc}[r.IntN(2)], Attr{}, a, b, t.Emit1(Sigmoid, 0, x))
		case len(dims) == 0:
			continue
		case op == 8:
			y = t.Emit([]Code{Sum, LogSumExp, ReduceMax, ReduceMin, ArgMax}[r.IntN(5)], Attr{Dims: ints(k), Flag: r.IntN(2) == 0}, x)
		case op == 9:
			dims[k] = 1
			y = t.Emit(SumTo, Attr{Dims: t.Ints(dims)}, x)
		case op == 10: // a view
			switch from := r.IntN(dims[k]); r.IntN(4) {
			case 0:
				y = t.Emit(Slice, Attr{Dims: ints(k, from, dims[k], 1+r.IntN(2))}, x)
			case 1:
				y = t.Emit(Reshape, Attr{Dims: ints(rowSize(dims))}, x)
			case 2:
				y = t.Emit(Flip, Attr{Dims: ints(k)}, x)
			default:
				if 2*rowSize(dims) > most {
					continue
				}
				y = t.Emit(Expand, Attr{Dims: t.Ints(append([]int{2}, dims...))}, x)
			}
		case op == 11:
			n := []int{1, 2, 7}[r.IntN(3)]
			if n*rowSize(dims[1:]) > most {
				continue
			}
			idx := constant([]int{n, 1}, func(int) float64 { return float64(r.IntN(dims[0])) })
			y = t.Emit(Index, Attr{}, x, idx)
		case op == 12:
			at := len(dims) - k
			shape := append([]int{}, dims[k:]...)
			for i := range shape {
				shape[i] = 1
			}
			shape[0] = 1 + r.IntN(4)
			y = t.Emit(Gather, Attr{Dims: ints(-at)}, x, constant(shape, func(int) float64 { return float64(r.IntN(dims[k])) }))
		case op == 13:
			at, size := len(dims)-k, 1+r.IntN(4)
			shape := append([]int{}, dims[k:]...)
			for i := range shape[1:] {
				shape[1+i] = 1
			}
			y = t.Emit(ScatterAdd, Attr{Dims: ints(-at, size)}, x, constant(shape, func(int) float64 { return float64(r.IntN(size)) }))
		default:
			size := 1 + r.IntN(4)
			to := append([]int{size}, dims[1:]...)
			y = t.Emit(IndexAdd, Attr{Dims: t.Ints(to)}, x, constant(dims[:1], func(int) float64 { return float64(r.IntN(size)) }))
		}
		if t.Layout(y).Size <= most && len(t.Layout(y).Dims) <= 5 {
			all = append(all, y)
		}
	}
	y = t.scalar(0)
	for _, x := range all {
		v := t.Emit1(Sigmoid, 0, x)
		whole := make([]int, len(t.Layout(v).Dims))
		for i := range whole {
			whole[i] = i
		}
		if len(whole) > 0 {
			v = t.Emit(Sum, Attr{Dims: t.Ints(whole)}, v)
		}
		y = t.Emit2(Add, y, v)
	}
	return y, all
}

// lowered compares a recorded program with new evaluations at other points, bit by
// bit: its number, all that went into it, and the gradient; and with lanes of it, which
// long arrays would have run one by one.
func lowered(t *testing.T, seed uint64, most int) {
	odd := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 40}
	r := rand.New(rand.NewPCG(seed, 3))
	data := []*Array{
		NewArray(make([]float64, 1)), NewArray(make([]float64, 1), 1), NewArray(make([]float64, 3), 3),
		NewArray(make([]float64, 6), 2, 3), NewArray(make([]float64, 40), 40), NewArray(make([]float64, 2), 2, 1),
	}
	number := func() float64 {
		if r.IntN(8) == 0 {
			return odd[r.IntN(len(odd))]
		}
		return r.NormFloat64()
	}
	run := func(tape *Tape) []Ref {
		var vars []Ref
		for _, a := range data {
			vars = append(vars, tape.Var(a))
		}
		y, all := broadcasts(tape, rand.New(rand.NewPCG(seed, 4)), vars, most)
		return append(append([]Ref{y}, all...), tape.Grad(y, vars, false)...)
	}
	var recording Tape
	var p *Recorded
	for point := range 4 {
		for _, a := range data {
			for i := range a.F64 {
				if a.F64[i] = r.NormFloat64(); point > 1 {
					a.F64[i] = number()
				}
			}
		}
		var fresh Tape
		outs := run(&fresh)
		if point == 0 {
			p = recording.Record(run(&recording)) // of which this is the first run
		} else {
			p.Run(rng.New(0))
		}
		for i, out := range outs {
			n := fresh.Layout(out).Size
			want, got := make([]float64, n), make([]float64, n)
			fresh.Value(out).CopyTo(want)
			p.CopyOutput(i, got)
			for j := range want {
				if bitsOf(want[j]) != bitsOf(got[j]) {
					t.Fatalf("program %d at point %d: element %d of output %d is %v, want %v", seed, point, j, i, got[j], want[j])
				}
			}
		}
	}
	inputs := []Ref{0, 1, 2, 3, 4, 5}
	sameAsRuns(t, fmt.Sprintf("program %d", seed), p, 3, inputs, func(int, int) float64 { return number() })
}

// TestLowered: recorded programs whose operands broadcast have the bits of new
// evaluations, right after recording as well.
func TestLowered(t *testing.T) {
	for seed := range uint64(300) {
		lowered(t, seed, []int{60, 300}[seed%2])
	}
}

// FuzzLowered is TestLowered for other programs.
func FuzzLowered(f *testing.F) {
	f.Add(uint64(1000))
	f.Fuzz(func(t *testing.T, seed uint64) { lowered(t, seed, 60) })
}

// TestMixture: the log density of a mixture with its assignments summed out, and its
// gradient, need no look-ups.
func TestMixture(t *testing.T) {
	const n = 150
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	var tape Tape
	mu, sigma := tape.Var(NewArray([]float64{-1, 2}, 2)), tape.Var(NewArray([]float64{0.5, 1.5}, 2))
	z := tape.Const(NewArray([]float64{0, 1}, 2, 1, 1))
	m, s := tape.Emit(Index, Attr{}, mu, z), tape.Emit(Index, Attr{}, sigma, z)
	bad := tape.Emit(Outside, Attr{}, s, tape.scalar(0), tape.scalar(math.Inf(1)))
	s = tape.EmitWhere(bad, tape.scalar(1), s)
	d := tape.Emit2(Mul, tape.Emit2(Sub, tape.Const(NewArray(x, n)), m), tape.Emit1(Recip, 0, s))
	l := tape.Emit2(Sub, tape.Emit1(MulScalar, -0.5, tape.Emit1(Square, 0, d)), tape.Emit1(Log, 0, s))
	l = tape.Emit(LogSumExp, Attr{Dims: tape.Ints([]int{0})}, l)
	y := tape.Emit(Sum, Attr{Dims: tape.Ints([]int{0, 1})}, l)
	p := tape.Record(append([]Ref{y}, tape.Grad(y, []Ref{mu, sigma}, false)...))
	for i := range p.code {
		if in := &p.code[i]; in.kind == general || in.kind == refresh {
			t.Errorf("%v on %d elements goes through the table", in.code, in.n)
		}
	}
}
