package program

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// look is what a test reads of a run: the bits of the loss, of the gradient and of
// all values up to the loss, some of them before the gradient is taken.
func look(t *Tape, seed, data uint64, place []float64, early func(n int) []Ref) (out []uint64) {
	t.Reset()
	defer func() {
		if recover() != nil { // operands that do not broadcast
			out = nil
		}
	}()
	read := func(r Ref) {
		a := t.Value(r)
		v := make([]float64, a.Layout.Size)
		a.CopyTo(v)
		for _, x := range v {
			out = append(out, bitsOf(x))
		}
	}
	y, vars := scatter(t, seed, data, place)
	for _, r := range early(t.Len()) {
		read(r)
	}
	out = append(out, gradientBits(t, y, vars)...)
	for r := range y + 1 {
		read(r)
	}
	return out
}

// TestWaits: a tape that has seen a run often, so that its operations wait and its
// gradient is compiled, gives the bits of a new one: with other numbers each time,
// that stay or lie elsewhere each time, and whatever is read before the gradient.
func TestWaits(t *testing.T) {
	closed := 0
	for seed := range uint64(120) {
		for _, place := range [][]float64{make([]float64, 4096), nil} {
			var used Tape
			for data := range uint64(steady + 12) {
				read := func(n int) []Ref {
					s := rand.New(rand.NewPCG(seed, data))
					var refs []Ref
					if data%4 == 3 {
						for range s.IntN(3) {
							refs = append(refs, Ref(s.IntN(n)))
						}
					}
					return refs
				}
				var fresh Tape
				want := look(&fresh, seed, data, slices.Clone(place), read)
				got := look(&used, seed, data, place, read)
				if !slices.Equal(got, want) {
					t.Fatalf("program %d with data %d: %x on a used tape, %x on a new one", seed, data, got, want)
				}
				if c := used.tail.closing; data == steady+11 && c != nil && c.p.run > 1 {
					closed++
				}
			}
		}
	}
	if closed < 50 {
		t.Errorf("only %d programs computed a compiled gradient", closed)
	}
}

// TestSteadyNumbers: the gradient of single numbers, which is taken off the tape, is
// compiled once run after run ends in it, and keeps its bits.
func TestSteadyNumbers(t *testing.T) {
	run := func(t *Tape, data float64) (out []float64) {
		t.Reset()
		x, y := t.Var(NewArray([]float64{data})), t.Var(NewArray([]float64{2 * data}))
		v := t.Emit2(Mul, x, y)
		for range 20 {
			v = t.Emit1(Sigmoid, 0, t.Emit2(Add, v, t.EmitWhere(t.Emit2(Less, v, x), y, t.Emit1(Exp, 0, v))))
		}
		g := [][]float64{{0}, {0}}
		t.GradInto(g, v, []Ref{x, y})
		value, _ := t.Number(v)
		return []float64{value, g[0][0], g[1][0], t.Value(x + 5).F64[0]}
	}
	var used Tape
	for i := range 3 * steady {
		var fresh Tape
		data := float64(i) / 50
		if got, want := run(&used, data), run(&fresh, data); !slices.Equal(got, want) {
			t.Fatalf("run %d: %v on a used tape, %v on a new one", i, got, want)
		}
	}
	if c := used.tail.closing; c == nil || c.p.run < steady/2 {
		t.Error("the gradient was not compiled")
	}
}

// TestParts: a part of a run is taken whole where its name, dims and inputs are those
// of the last run, and not where one of them differs.
func TestParts(t *testing.T) {
	one, two := NewArray([]float64{1, 2, 3}, 3), NewArray([]float64{1, 2, 4}, 3)
	x := NewArray([]float64{0.5, 0.25, 2}, 3)
	made := 0
	run := func(t *Tape, name string, dims []int, c *Array) float64 {
		t.Reset()
		v := t.Var(x)
		e := t.Emit1(Exp, 0, v)
		in := []Input{{Ref: e}, {Array: c}}
		var y Ref
		if p := t.NextPart(name, dims, 2); p != nil && t.GivenAt(p, 0, e) && p.Given(1, c) {
			y = t.TakePart(p)
		} else {
			made++
			from := t.Len()
			y = t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit2(Mul, e, t.Const(c)))
			t.Part(name, dims, in, from, y)
		}
		g := [][]float64{make([]float64, 3)}
		t.GradInto(g, y, []Ref{v})
		want := 0.0
		for i, k := range c.F64 {
			if d := k * t.Value(e).F64[i]; d != g[0][i] {
				panic("the gradient is wrong")
			} else {
				want += d
			}
		}
		if value, _ := t.Number(y); value != want {
			panic("the value is wrong")
		}
		return want
	}
	var tape Tape
	for range 2 * steady {
		x.F64[0] += 0.01
		c := NewArray(slices.Clone(one.F64), 3)
		run(&tape, "a", nil, c)
		clear(c.F64) // which is its owner's business once the run is over
	}
	if made > steady+5 {
		t.Fatalf("the part was made %d times in %d runs", made, 2*steady)
	}
	// A run that computes the same without asking for the part may set its constants.
	func() {
		tape.Reset()
		v := tape.Var(x)
		y := tape.Emit(Sum, Attr{Dims: tape.Ints([]int{0})}, tape.Emit2(Mul, tape.Emit1(Exp, 0, v), tape.Const(two)))
		tape.GradInto([][]float64{make([]float64, 3)}, y, []Ref{v})
	}()
	made = 0
	run(&tape, "a", nil, one)
	if made != 1 {
		t.Errorf("the part was made %d times after its constants were set, want once", made)
	}
	for _, c := range []struct {
		name string
		dims []int
		in   *Array
		made int
	}{
		{"a", nil, one, 0}, {"a", nil, two, 1}, {"a", nil, two, 0}, {"b", nil, two, 1}, {"b", []int{3}, two, 1}, {"b", []int{3}, two, 0}, {"a", nil, one, 1},
	} {
		made = 0
		run(&tape, c.name, c.dims, c.in)
		if made != c.made {
			t.Errorf("part %q with dims %v and %v: made %d times, want %d", c.name, c.dims, c.in.F64, made, c.made)
		}
	}
}

// TestWaitsForConstants: constants that the compiled gradient knows are compared,
// whether they lie where they did or elsewhere.
func TestWaitsForConstants(t *testing.T) {
	for name, sum := range map[string]func(t *Tape, v Ref, data *Array) Ref{
		"indices": func(t *Tape, v Ref, data *Array) Ref {
			by := t.Emit(Reshape, Attr{Dims: t.Ints([]int{data.Layout.Size})}, t.Emit1(AddScalar, 1, t.Const(data)))
			return t.Emit1(Square, 0, t.Emit(Index, Attr{}, t.Emit1(Exp, 0, v), by))
		},
		"responses": func(t *Tape, v Ref, data *Array) Ref {
			sign := t.Emit1(AddScalar, 1, t.Emit1(MulScalar, -2, t.Const(data)))
			flat := t.Emit(Reshape, Attr{Dims: t.Ints([]int{data.Layout.Size})}, t.Emit1(Exp, 0, sign))
			return t.Emit1(Softplus, 0, t.Emit2(Mul, flat, t.Emit1(Exp, 0, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, v))))
		},
		"a window": func(t *Tape, v Ref, data *Array) Ref {
			flat := t.Emit(Reshape, Attr{Dims: t.Ints([]int{data.Layout.Size})}, t.Const(data))
			return t.Emit1(Tanh, 0, t.Emit2(Mul, flat, t.Emit1(Exp, 0, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, v))))
		},
	} {
		run := func(t *Tape, x []float64, data *Array) []float64 {
			t.Reset()
			v := t.Var(NewArray(x, len(x)))
			y := t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, sum(t, v, data))
			g := make([]float64, len(x))
			t.GradInto([][]float64{g}, y, []Ref{v})
			value, _ := t.Number(y)
			return append(g, value)
		}
		x := []float64{0.1, 0.2, 0.3, 0.4}
		data := NewArray(slices.Repeat([]float64{2, 0, 0, 1, -1, 2}, 4), 6, 4)
		first := slices.Clone(data.F64)
		var used Tape
		compiled, known := 0, 0
		for i := range 4 * steady {
			x[0] += 0.01
			switch i {
			case 2*steady + 1:
				data.F64[1] = 1
			case 2*steady - 4, 2*steady + 3:
				old := data.F64
				data = NewArray(slices.Clone(old), 6, 4)
				clear(old)
			case 2*steady + 5:
				copy(data.F64, first)
			case 3 * steady:
				data = NewArray(slices.Repeat([]float64{0, 0, 0, 0, 0, 2}, 4), 6, 4)
			}
			var fresh Tape
			if got, want := run(&used, x, data), run(&fresh, x, data); !slices.Equal(got, want) {
				t.Fatalf("%s, run %d: %v on a used tape, %v on a new one", name, i, got, want)
			}
			if c := used.tail.closing; c != nil && c.p.run > 0 {
				compiled++
				if len(c.fixed) > 0 {
					known++
				}
			}
		}
		if compiled < 2*steady || known < steady/2 || known == compiled {
			t.Errorf("%s: %d runs were compiled, %d of them with the constant", name, compiled, known)
		}
	}
}

// TestKept: what was found of a constant is not believed once it holds something else.
func TestKept(t *testing.T) {
	var used Tape
	data, x := NewArray(make([]float64, 100), 100), NewArray([]float64{0.5})
	for i := range 6 * steady {
		for j := range data.F64 {
			data.F64[j] = float64(i/8%3) / 2 // 0, 1/2, 1
		}
		used.Reset()
		c, v := used.Const(data), used.Var(x)
		for range 2 {
			if got, want := used.Within(c, 0, 0.5), data.F64[0] <= 0.5; got != want {
				t.Fatalf("run %d: %v in [0, 1/2] is %v", i, data.F64[0], got)
			}
			if got, want := used.Within(c, 0.5, 1), data.F64[0] >= 0.5; got != want {
				t.Fatalf("run %d: %v in [1/2, 1] is %v", i, data.F64[0], got)
			}
			if got, want := used.Integers(c), data.F64[0] != 0.5; got != want {
				t.Fatalf("run %d: %v is an integer: %v", i, data.F64[0], got)
			}
		}
		g := []float64{0}
		used.GradInto([][]float64{g}, used.Emit(Sum, Attr{Dims: used.Ints([]int{0})}, used.Emit2(Mul, v, c)), []Ref{v})
		if want := 100 * data.F64[0]; g[0] != want {
			t.Fatalf("run %d: the gradient is %v, want %v", i, g[0], want)
		}
	}
	if !used.waits {
		t.Error("nothing was kept")
	}
}

// TestLongInputsThatMove: a run with long constants that lie elsewhere each time is
// not compiled.
func TestLongInputsThatMove(t *testing.T) {
	var used Tape
	x := NewArray([]float64{0.5})
	for i := range 3 * steady {
		used.Reset()
		data := make([]float64, 2*mostHeld)
		data[0] = float64(i)
		v := used.Var(x)
		y := used.Emit(Sum, Attr{Dims: used.Ints([]int{0})}, used.Emit2(Mul, v, used.Const(NewArray(data, len(data)))))
		g := []float64{0}
		used.GradInto([][]float64{g}, y, []Ref{v})
		if g[0] != float64(i) {
			t.Fatalf("run %d: the gradient is %v", i, g[0])
		}
	}
	if used.waits {
		t.Error("the tape waits")
	}
}

// TestClosingAfterLongRun: what a run computes after its gradient may move the single
// numbers of a tape, some of which the compiled gradient begins with.
func TestClosingAfterLongRun(t *testing.T) {
	run := func(t *Tape, data float64) (gradient float64, v Ref) {
		t.Reset()
		x := t.Var(NewArray([]float64{data}))
		v = t.Emit1(Exp, 0, x)
		t.Number(v) // so that it does not wait
		y := t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit2(Mul, t.Const(NewArray([]float64{1, 2, 3}, 3)), v))
		g := [][]float64{{0}}
		t.GradInto(g, y, []Ref{x})
		return g[0][0], v
	}
	var used Tape
	for i := range 2 * steady {
		run(&used, float64(i)/50)
	}
	c := used.tail.closing
	if c == nil || c.p.run < steady/2 {
		t.Fatal("the gradient was not compiled")
	}
	_, v := run(&used, 1)
	at := &used.nums[0]
	for range 4 * cap(used.nums) {
		v = used.Emit1(Sin, 0, v)
	}
	if at == &used.nums[0] {
		t.Fatal("the numbers did not move")
	}
	for i := range 3 {
		var fresh Tape
		got, _ := run(&used, float64(i))
		if want, _ := run(&fresh, float64(i)); got != want {
			t.Errorf("run %d after it: %v, on a new tape %v", i, got, want)
		}
	}
}
