package program

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// scatter emits a random program of the given seed: its structure depends on the
// seed alone, its numbers on data as well. It returns the loss and variables. Numbers
// from outside lie in place, one after the other, or, where that is nil, anywhere.
func scatter(t *Tape, seed, data uint64, place []float64) (y Ref, vars []Ref) {
	s, d := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(data, 2))
	numbers := func(dims ...int) *Array {
		n := 1
		for _, k := range dims {
			n *= k
		}
		x := make([]float64, 2*n) // of which the constant is a part, wherever it starts
		if place != nil {
			x, place = place[:2*n], place[2*n:]
		}
		for i := range x {
			x[i] = 0.5 + d.Float64()
		}
		at := d.IntN(n + 1)
		if place != nil {
			at = 0
		}
		return NewArray(x[at:at+n], dims...)
	}
	shapes := [][]int{{}, {3}, {2, 1}, {2, 3}, {1}, {4, 2, 3}, {4, 1, 3}}
	var all []Ref
	for range 2 {
		vars = append(vars, t.Var(numbers(shapes[s.IntN(4)]...)))
	}
	all = append(all, vars...)
	for range 3 {
		all = append(all, t.Const(numbers(shapes[s.IntN(len(shapes))]...)))
	}
	all = append(all, t.Scalar(d.Float64()))
	pick := func() Ref { return all[s.IntN(len(all))] }
	for range 30 {
		x := pick()
		dims := t.Layout(x).Dims
		var r Ref
		switch s.IntN(10) {
		case 0:
			r = t.Emit1([]Code{Neg, Exp, Log, Square, Sigmoid}[s.IntN(5)], 0, x)
		case 1:
			r = t.Emit1([]Code{AddScalar, MulScalar}[s.IntN(2)], s.Float64(), x)
		case 2, 3, 4:
			r = t.Emit2([]Code{Add, Sub, Mul, Div, Max, Less}[s.IntN(6)], x, pick())
		case 5:
			r = t.EmitWhere(t.Emit2(Less, x, pick()), x, pick())
		case 6:
			if len(dims) == 0 {
				continue
			}
			k := s.IntN(len(dims))
			r = t.Emit([]Code{Sum, LogSumExp}[s.IntN(2)], Attr{Dims: t.Ints([]int{k})}, x)
		case 7:
			if len(dims) == 0 {
				continue
			}
			k := s.IntN(len(dims))
			r = t.Emit(Slice, Attr{Dims: t.Ints([]int{k, s.IntN(dims[k]), dims[k], 1})}, x)
		case 8:
			r = t.Emit(Reshape, Attr{Dims: t.Ints([]int{t.Layout(x).Size})}, x)
			if r2 := t.Emit(Expand, Attr{Dims: t.Ints([]int{2, t.Layout(x).Size})}, r); s.IntN(2) == 0 {
				r = t.Emit(Permute, Attr{Dims: t.Ints([]int{1, 0})}, r2)
			}
		case 9:
			r = t.Draw(rng.New(data).Fold(len(all)), func(key rng.Key, dst []float64, params [][]float64) {
				st := key.Stream(0)
				for i := range dst {
					dst[i] = st.Uniform() + params[0][0]
				}
			}, []int{s.IntN(3) + 1}, x)
		}
		n := t.Layout(r).Size
		if n > 64 {
			continue
		}
		// Later operands that do not broadcast would panic: keep what does.
		fits := true
		for _, q := range all {
			_, ok := broadcast(nil, t.Layout(q).Dims, t.Layout(r).Dims)
			fits = fits && ok
		}
		if fits {
			all = append(all, r)
		}
	}
	y = t.Scalar(0)
	for _, r := range all {
		v := t.Emit1(Sigmoid, 0, r)
		if n := len(t.Layout(v).Dims); n > 0 {
			k := make([]int, n)
			for i := range k {
				k[i] = i
			}
			v = t.Emit(Sum, Attr{Dims: t.Ints(k)}, v)
		}
		y = t.Emit2(Add, y, v)
	}
	return y, vars
}

// bitsOf is the bits of x; a NaN's sign means nothing.
func bitsOf(x float64) uint64 {
	if x != x {
		return 1
	}
	return math.Float64bits(x)
}

// gradientBits is the bits of y and of its gradient in vars.
func gradientBits(t *Tape, y Ref, vars []Ref) (out []uint64) {
	dst := make([][]float64, len(vars))
	for i, v := range vars {
		dst[i] = make([]float64, t.Layout(v).Size)
	}
	t.GradInto(dst, y, vars)
	v, _ := t.Number(y)
	out = append(out, bitsOf(v))
	for _, g := range dst {
		for _, x := range g {
			out = append(out, bitsOf(x))
		}
	}
	return out
}

// outcome evaluates the program of a seed and its gradient on t.
func outcome(t *Tape, seed, data uint64) (out []uint64) {
	t.Reset()
	var panicked any
	func() {
		defer func() { panicked = recover() }()
		y, vars := scatter(t, seed, data, nil)
		out = gradientBits(t, y, vars)
	}()
	if panicked != nil {
		return nil // operands that do not broadcast
	}
	return out
}

// TestStandsReady: a tape that has seen a program, other ones, and the same with
// other data gives the bits of a new tape.
func TestStandsReady(t *testing.T) {
	var used Tape
	ran, again := 0, 0
	for i := range uint64(400) {
		seed := i
		for data := range uint64(5) {
			if data == 3 && i%3 == 0 && i > 0 {
				outcome(&used, i-1, 0) // something else in between
			}
			var fresh Tape
			want := outcome(&fresh, seed, data)
			got := outcome(&used, seed, data)
			if !slices.Equal(got, want) {
				t.Fatalf("program %d with data %d: %x on a used tape, %x on a new one", seed, data, got, want)
			}
			if want != nil {
				ran++
				if used.tail.from > 0 && used.tail.to == used.Len() {
					again++
				}
			}
		}
	}
	if ran < 1000 || again < 300 {
		t.Errorf("only %d programs ran, %d of them with a gradient that stood ready", ran, again)
	}
}

// TestTwoGradients: runs that take the gradients of two values have the bits of
// new tapes, and do not take memory without end.
func TestTwoGradients(t *testing.T) {
	gradients := func(t *Tape, data float64) (out []float64) {
		t.Reset()
		x := t.Var(NewArray([]float64{data, 2, 3}, 3))
		s := t.Emit1(Exp, 0, x)
		for range 4 {
			s = t.Emit2(Mul, s, t.Emit1(Sigmoid, 0, s))
		}
		for _, y := range []Ref{
			t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, s),
			t.Emit(LogSumExp, Attr{Dims: t.Ints([]int{0})}, s),
		} {
			g := make([]float64, 3)
			t.GradInto([][]float64{g}, y, []Ref{x})
			out = append(out, g...)
		}
		return out
	}
	var used Tape
	largest := 0
	for i := range 500 {
		var fresh Tape
		data := float64(i) / 500
		if got, want := gradients(&used, data), gradients(&fresh, data); !slices.Equal(got, want) {
			t.Fatalf("run %d: %v on a used tape, %v on a new one", i, got, want)
		}
		if i == 20 {
			largest = used.Bytes()
		}
	}
	if n := used.Bytes(); n > largest {
		t.Errorf("memory grew from %d to %d bytes", largest, n)
	}
}

// TestChangingRunsStayBounded: a tape whose runs differ does not keep what it laid
// out for each.
func TestChangingRunsStayBounded(t *testing.T) {
	var tape Tape
	for i := range uint64(50) {
		outcome(&tape, i, 0)
	}
	before := tape.Bytes()
	for i := range uint64(2000) {
		outcome(&tape, i%50, i)
	}
	if after := tape.Bytes(); after > 2*before {
		t.Errorf("memory grew from %d to %d bytes", before, after)
	}
}
