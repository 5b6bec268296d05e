package program

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// regression is a program with most kinds of operations: values, views,
// reductions, indices, matrices and their gradients.
func regression(t *Tape, x, w, group *Array) (y Ref, xs [2]Ref) {
	vw, vg := t.Var(w), t.Var(group)
	cx := t.Const(x)
	mean := t.Emit(MatMul, Attr{}, cx, t.Emit(Reshape, Attr{Dims: t.Ints([]int{3, 1})}, vw))
	mean = t.Emit(Reshape, Attr{Dims: t.Ints([]int{4})}, mean)
	at := t.Const(indexOfGroups)
	mean = t.Emit(Add, Attr{}, mean, t.Emit(Index, Attr{}, vg, at))
	l := t.Emit(Cholesky, Attr{}, t.Emit(Add, Attr{}, t.Const(identity), t.Emit(Mul, Attr{}, t.Emit(Slice, Attr{Dims: t.Ints([]int{0, 0, 1, 1})}, t.Emit1(Square, 0, vw)), t.Const(identity))))
	z := t.Emit(TriSolve, Attr{}, l, t.Emit(Reshape, Attr{Dims: t.Ints([]int{4, 1})}, mean))
	many := t.Emit(Cat, Attr{Dims: t.Ints([]int{0})}, vw, vw, vg, vw, vg)
	dims := t.Ints([]int{0, 1})
	s := t.Emit(Sum, Attr{Dims: dims}, t.Emit1(Square, 0, z))
	s = t.Emit2(Add, s, t.Emit(LogSumExp, Attr{Dims: t.Ints([]int{0})}, many))
	s = t.Emit2(Mul, s, t.scalar(0.5))
	s = t.Emit2(Add, s, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit(Max, Attr{}, mean, t.scalar(0))))
	return s, [2]Ref{vw, vg}
}

var (
	indexOfGroups = NewArray([]float64{0, 1, 1, 0}, 4)
	identity      = NewArray(eye(4, 1).data, 4, 4)
)

// TestNoAllocation: once its memory is there, a fixed program with gradient
// allocates nothing.
func TestNoAllocation(t *testing.T) {
	var tape Tape
	x := NewArray([]float64{1, 2, 3, 0, 1, -1, 2, 2, 0, -1, 0, 1}, 4, 3)
	w, group := NewArray([]float64{0.1, 0.2, 0.3}, 3), NewArray([]float64{-1, 1}, 2)
	xs := make([]Ref, 2)
	var first []float64
	run := func() []float64 {
		tape.Reset()
		y, vars := regression(&tape, x, w, group)
		copy(xs, vars[:])
		return tape.Value(tape.Grad(y, xs, false)[0]).F64
	}
	first = slices.Clone(run())
	run() // computes again what stands ready, with memory for what comes up on the way
	bytes := tape.Bytes()
	if n := testing.AllocsPerRun(20, func() { run() }); n != 0 && !raceEnabled { // the race detector empties pools
		t.Errorf("%v allocations a run", n)
	}
	if got := run(); !slices.Equal(got, first) {
		t.Errorf("gradient %v in used memory, %v before", got, first)
	}
	if tape.Bytes() != bytes {
		t.Errorf("memory grew from %d to %d bytes", bytes, tape.Bytes())
	}
}

// TestMemoryStaysBounded: runs of changing shape do not make memory grow
// without end.
func TestMemoryStaysBounded(t *testing.T) {
	var tape Tape
	largest := 0
	for i := range 200 {
		tape.Reset()
		n := 1 + i*37%5000
		x := tape.Const(NewArray(make([]float64, n), n))
		for range 5 {
			x = tape.Emit1(Exp, 0, x)
		}
		largest = max(largest, 5*8*n)
	}
	// A chunk is added only where half of the last one is in use, and is at
	// most twice as large: 8 times the need is never passed.
	if got := tape.Bytes(); got > 8*largest {
		t.Errorf("%d bytes for a need of %d", got, largest)
	}
}

// TestResultsKeepTheirValues: no operation changes the value of another, views
// and shared memory included.
func TestResultsKeepTheirValues(t *testing.T) {
	for _, e := range allRows() {
		if e.pre != nil {
			continue
		}
		var tape Tape
		x := samples(e.String(), e.in)
		in, xs := e.vars(&tape, x, Float64)
		y := e.emit(&tape, in)
		n := tape.Len()
		var before []nd
		for r := range n {
			before = append(before, naive(tape.Value(Ref(r))))
		}
		if !e.last && !e.flat && tape.Value(y).Layout.Size > 0 {
			tape.Grad(e.total(&tape, y, y), xs, true)
		}
		for range 3 { // more results in the memory that follows
			e.emit(&tape, in)
		}
		for r, b := range before {
			compare(t, e.String()+": value of "+tape.Name(Ref(r)), naive(tape.Value(Ref(r))), b, exact)
		}
	}
}

// TestCloneOutlivesTape: nothing of a clone is in the tape's memory.
func TestCloneOutlivesTape(t *testing.T) {
	var tape Tape
	r := tape.Emit1(Exp, 0, tape.Const(NewArray([]float64{0, 0, 0, 0, 0, 0}, 2, 3)))
	p := tape.Emit(Permute, Attr{Dims: []int{1, 0}}, r)
	a, b := tape.Value(r).Clone(), tape.Value(p).Clone()
	tape.Reset()
	for range 50 {
		tape.Emit1(Exp, 0, tape.Const(NewArray([]float64{7, 7, 7, 7, 7}, 1, 5)))
	}
	for _, c := range []struct {
		a    *Array
		dims []int
	}{{a, []int{2, 3}}, {b, []int{3, 2}}} {
		compare(t, "clone", naive(c.a), build(c.dims, func([]int) float64 { return 1 }), exact)
	}
}

// TestLongTape: 1e5 operations, one after the other.
func TestLongTape(t *testing.T) {
	var tape Tape
	for range 2 {
		tape.Reset()
		x := tape.Var(NewArray([]float64{0.5}))
		y := x
		const n = 100_000
		for range n / 2 {
			y = tape.Emit2(Add, tape.Emit2(Mul, y, tape.Emit1(Detach, 0, x)), x)
		}
		// y = x(1 + d + d² + …) with d = x held fixed: dy/dx = (1 + … ) + the last d^k.
		g := tape.Value(tape.Grad(y, []Ref{x}, false)[0]).F64[0]
		if tape.Len() < n || math.Abs(tape.Value(y).F64[0]-1) > 1e-15 || math.Abs(g-2) > 1e-15 {
			t.Errorf("%d operations: value %v, gradient %v, want 1 and 2", tape.Len(), tape.Value(y).F64[0], g)
		}
	}
}

// TestGradOfOthers: values that y does not depend on have gradient 0, y itself
// has 1, and values after y have 0.
func TestGradOfOthers(t *testing.T) {
	var tape Tape
	x, z := tape.Var(NewArray([]float64{2})), tape.Var(NewArray([]float64{3, 4}, 2))
	y := tape.Emit1(Square, 0, x)
	after := tape.Emit1(Exp, 0, y)
	c := tape.Const(NewArray([]float64{1, 1}, 2))
	var got []nd
	for _, r := range tape.Grad(y, []Ref{x, y, z, after, c}, false) {
		got = append(got, naive(tape.Value(r)))
	}
	for i, want := range []nd{{[]int{}, []float64{4}}, {[]int{}, []float64{1}}, {[]int{2}, []float64{0, 0}}, {[]int{}, []float64{0}}, {[]int{2}, []float64{0, 0}}} {
		compare(t, "gradient", got[i], want, exact)
	}
}

// TestFirstNonFinite: the operation that makes the first NaN or infinity is
// named; infinite constants are not, NaNs in data are.
func TestFirstNonFinite(t *testing.T) {
	check := func(want string, make func(t *Tape)) {
		t.Helper()
		var tape Tape
		make(&tape)
		if _, got, ok := tape.FirstNonFinite(); got != want || ok != (want != "") {
			t.Errorf("named %q, want %q", got, want)
		}
	}
	zero := func(t *Tape) Ref { return t.Var(NewArray([]float64{1, 0, 2}, 3)) }
	check("", func(t *Tape) { t.Emit1(Exp, 0, zero(t)) })
	check("Log", func(t *Tape) { t.Emit1(Exp, 0, t.Emit1(Log, 0, zero(t))) })
	check("Div", func(t *Tape) { x := zero(t); t.Emit(Div, Attr{}, x, x) })
	check("Log", func(t *Tape) {
		mask := t.Const(NewArray([]float64{math.Inf(-1), 0, 0}, 3))
		t.Emit(Add, Attr{}, zero(t), mask)
		t.Emit1(Log, 0, zero(t))
	})
	check("Const", func(t *Tape) { t.Emit(Add, Attr{}, zero(t), t.Const(NewArray([]float64{nan}, 1))) })
	check("Var", func(t *Tape) { t.Emit1(Neg, 0, t.Var(NewArray32([]float32{float32(inf)}, 1))) })
	// What a view leaves out does not count.
	part := Apply(Slice, Attr{Dims: []int{0, 1, 2, 1}}, NewArray([]float64{nan, 1}, 2))
	check("", func(t *Tape) { t.Emit1(Neg, 0, t.Const(part)) })
}

// TestRecordedAgain: a recorded program gives what the tape gives with other
// values, run after run, also where operands must change their type first.
func TestRecordedAgain(t *testing.T) {
	for _, d := range []DType{Float64, Float32} {
		x := NewArray([]float64{0.5, 2}, 2)
		if d == Float32 {
			x = NewArray32([]float32{0.5, 2}, 2)
		}
		emit := func(t *Tape) []Ref {
			v := t.Var(x)
			lists := t.Emit(Cat, Attr{Dims: []int{0}}, v, v, v, v, v)
			half := t.Emit2(Mul, t.scalar(0.5), t.Emit(Sum, Attr{Dims: []int{0}}, lists))
			cond := t.Emit(Less, Attr{}, v, t.scalar(1))
			if d == Float32 { // a condition in float64
				cond = t.Emit(Less, Attr{}, t.Emit1(Cast, float64(Float64), v), t.scalar(1))
			}
			w := t.Emit(Where, Attr{}, cond, t.Emit(Add, Attr{}, v, t.scalar(3)), v)
			y := t.Emit2(Add, half, t.Emit(Sum, Attr{Dims: []int{0}}, t.Emit1(Square, 0, w)))
			return append([]Ref{y}, t.Grad(y, []Ref{v}, false)...)
		}
		var tape Tape
		p := tape.Record(emit(&tape))
		for _, values := range [][]float64{{0.5, 2}, {3, 0.25}, {4, 5}, {0.1, 0.2}} {
			for i, v := range values {
				if d == Float32 {
					x.F32[i] = float32(v)
				} else {
					x.F64[i] = v
				}
			}
			tape.Reset()
			want := emit(&tape)
			for range 2 {
				p.Run(rng.New(1))
				for i, r := range want {
					compare(t, d.String()+" recorded", naive(p.Output(i)), naive(tape.Value(r)), exact)
				}
			}
		}
	}
}
