package tensor_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

type T = *tensor.Tensor

// message returns what f panics with, which must be an *Error.
func message(f func()) (s string) {
	defer func() {
		v := recover()
		err, _ := v.(error)
		var e *tensor.Error
		if errors.As(err, &e) {
			s = e.Error()
		} else if v != nil {
			s = fmt.Sprint("foreign panic: ", v)
		}
	}()
	f()
	return "no panic"
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	if got := message(f); got != want {
		t.Errorf("message\n\t%s\nwant\n\t%s", got, want)
	}
}

func equal(t *testing.T, what string, x T, shape []int, data ...float64) {
	t.Helper()
	if !slices.Equal(x.Shape(), shape) || !slices.EqualFunc(x.Float64s(), data, func(a, b float64) bool {
		return a == b || math.IsNaN(a) && math.IsNaN(b)
	}) {
		t.Errorf("%s: %v with shape %v, want %v with shape %v", what, x.Float64s(), x.Shape(), data, shape)
	}
}

const stale = "tensor: Tensor: used after the run that made it ended; keep a copy made with Clone, or record it with Deterministic"

// TestStaleTensors: after Reset every method of a tensor of the run panics.
func TestStaleTensors(t *testing.T) {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{1, 2}))
	y := x.Exp()
	n := y.Sum()
	tape.Reset()
	z := tape.Var(tensor.Of([]float64{3, 4})) // takes the places of x and y
	w := z.Exp().Exp().Sum()
	off := tensor.Of(1.0)
	for name, f := range map[string]func(){
		"Shape": func() { y.Shape() }, "Rank": func() { y.Rank() }, "Size": func() { y.Size() }, "Len": func() { y.Len() },
		"Dim": func() { y.Dim(0) }, "DType": func() { y.DType() }, "Item": func() { n.Item() }, "At": func() { y.At(0) },
		"Float64s": func() { y.Float64s() }, "CopyTo": func() { y.CopyTo(make([]float64, 2)) }, "String": func() { _ = y.String() },
		"Clone": func() { y.Clone() }, "Find": func() { y.Find(math.IsNaN) }, "FindEvent": func() { y.FindEvent(1, func([]float64) bool { return false }) }, "Position": func() { y.Position(1) }, "Tracked": func() { y.Tracked() },
		"Exp": func() { y.Exp() }, "Add": func() { y.Add(z) }, "Add to": func() { z.Add(y) }, "Add number": func() { y.Add(off) }, "number Add": func() { off.Add(y) },
		"DivScalar": func() { y.DivScalar(2) }, "Sum": func() { y.Sum() }, "Reshape": func() { y.Reshape(2, 1) }, "Expand": func() { y.Expand(2, 2) },
		"Permute": func() { y.Permute(0) }, "Slice": func() { y.Slice(0, 0, 1) }, "Index": func() { z.Index(y) }, "Gather": func() { off.Expand(2).Gather(0, y) },
		"Where": func() { z.Where(y, z) }, "Cat": func() { tensor.Cat(0, z, y) }, "MatMul": func() { y.MatMul(z) }, "Detach": func() { y.Detach() },
		"Lift": func() { tape.Lift(y) }, "Grad": func() { tensor.Grad(n, x) }, "Grad in": func() { tensor.Grad(w, x) }, "To": func() { y.To(tensor.Float32) },
		"GradInto":    func() { tape.GradInto([][]float64{make([]float64, 2)}, n, []T{z}) },
		"GradInto in": func() { tape.GradInto([][]float64{make([]float64, 2)}, w, []T{x}) },
	} {
		if got := message(f); got != stale {
			t.Errorf("%s of a stale tensor: %s", name, got)
		}
	}
	equal(t, "what took their place", z, []int{2}, 3, 4)
}

func TestTapesDoNotMix(t *testing.T) {
	a, b := tensor.NewTape(), tensor.NewTape()
	x, y := a.Var(tensor.Of([]float64{1, 2})), b.Var(tensor.Of([]float64{3, 4}))
	const want = "tensor: Tape[[2]]: operands belong to different tapes"
	panics(t, want, func() { x.Add(y) })
	panics(t, want, func() { y.Dot(x.Exp()) })
	panics(t, want, func() { tensor.Cat(0, x, y) })
	panics(t, want, func() { x.Where(x, y) })
	panics(t, want, func() { a.Lift(y) })
	panics(t, "tensor: Var[[2]]: already on a tape", func() { b.Var(x) })
	panics(t, "tensor: Grad[[2]]: the variable is not on the tape of the value", func() { tensor.Grad(x.Sum(), y) })
	panics(t, "tensor: Grad[[2]]: the variable is not on the tape of the value", func() { tensor.Grad(x.Sum(), tensor.Of([]float64{1, 2})) })
	panics(t, "tensor: Grad[[]]: the value depends on no variable; make variables with Tape.Var", func() { tensor.Grad(tensor.Of(1.0), x) })
	panics(t, "tensor: GradInto[[2]]: the variable is not on the tape", func() { a.GradInto([][]float64{{0, 0}}, x.Sum(), []T{tensor.Of([]float64{1, 2})}) })
	panics(t, "tensor: GradInto[[2]]: 2 elements do not fit a slice of 1", func() { a.GradInto([][]float64{{0}}, x.Sum(), []T{x}) })
	panics(t, "tensor: GradInto[[]]: 1 variables, but room for the gradients of 2", func() { a.GradInto([][]float64{{0}, {0}}, x.Sum(), []T{x}) })
	const missing = "tensor: Tensor: a nil Tensor has no value; a Trace or a map returns nil for a name that it does not have"
	x = tensor.NewTape().Var(tensor.Of(1.0))
	for _, f := range []func(none *tensor.Tensor){
		func(none *tensor.Tensor) { none.Item() },
		func(none *tensor.Tensor) { none.Shape() },
		func(none *tensor.Tensor) { none.Exp() },
		func(none *tensor.Tensor) { none.Add(tensor.Of(1.0)) },
		func(none *tensor.Tensor) { x.Add(none) },
		func(none *tensor.Tensor) { none.Mul(x) },
		func(none *tensor.Tensor) { none.Reshape(1) },
		func(none *tensor.Tensor) { none.Index(x) },
		func(none *tensor.Tensor) { none.Clone() },
	} {
		panics(t, missing, func() { f(nil) })
	}
	panics(t, "tensor: Tensor: the zero Tensor has no value, nor has a copy of a Tensor; make tensors with Of, Zeros, Full, …", func() { new(tensor.Tensor).Exp() })
}

// TestVariablesAfterRecord: a variable of a run is none of the next, whether the run was
// recorded or not, and whichever run that was.
func TestVariablesAfterRecord(t *testing.T) {
	x, other := tensor.Of([]float64{1, 2}), tensor.Of([]float64{5, 7, 9})
	for before := range 4 {
		tape := tensor.NewTape()
		for range before {
			tape.Var(x)
			tape.Reset()
		}
		v := tape.Var(x)
		tape.Record(v.Sum(), []*tensor.Tensor{v})
		for turn := range 4 {
			w := tape.Var(other)
			if v := tape.Var(x); v.Size() != 2 || w.Size() != 3 || tape.Len() != 2 {
				t.Fatalf("recorded in run %d, then run %d: variables of shapes %v and %v among %d values", before, turn, v.Shape(), w.Shape(), tape.Len())
			}
			tape.Reset()
		}
	}
}

// TestVariables: one variable for a tensor until Reset; constants are lifted.
func TestVariables(t *testing.T) {
	tape := tensor.NewTape()
	data := tensor.Of([]float64{1, 2})
	for range 2 {
		x, again, other := tape.Var(data), tape.Var(data), tape.Var(data.Clone())
		y := x.Mul(again).Sum().Add(other.Sum())
		g := tensor.Grad(y, x, again, other)
		equal(t, "gradient", g[0], []int{2}, 2, 4)
		equal(t, "gradient of the same", g[1], []int{2}, 2, 4)
		equal(t, "gradient of a copy", g[2], []int{2}, 1, 1)
		c := tape.Lift(data)
		if c.Tape() != tape || c.Tracked() || !x.Tracked() || tape.Lift(x) != x {
			t.Error("Lift makes a constant, and leaves tensors of the tape alone")
		}
		if s := data.Add(data); s.Tape() != nil || s.Tracked() {
			t.Error("operations on constants are on no tape")
		}
		equal(t, "gradient through a constant", tensor.Grad(c.Mul(x).Sum(), c)[0], []int{2}, 0, 0)
		d := x.Detach()
		equal(t, "gradient past Detach", tensor.Grad(d.Mul(x).Sum(), x)[0], []int{2}, 1, 2)
		if d.Tracked() || d.Tape() != tape {
			t.Error("Detach keeps the tape and drops the history")
		}
		tape.Reset()
		if tape.Len() != 0 {
			t.Errorf("%d values after Reset", tape.Len())
		}
	}
}

// TestIndependence: clones and results keep their values whatever comes after.
func TestIndependence(t *testing.T) {
	tape := tensor.NewTape()
	data := []float64{1, 2, 3, 4, 5, 6}
	x := tensor.New(data, 2, 3)
	data[0] = 99
	equal(t, "New", x, []int{2, 3}, 1, 2, 3, 4, 5, 6)
	v := tape.Var(x)
	views := map[string]T{"Slice": v.Slice(1, 1, 3), "T": v.T(), "Expand": v.Expand(2, 2, 3), "Reshape": v.Reshape(6), "Diag": v.Slice(1, 0, 2).Diag(), "Exp": v.Exp()}
	clones, want := map[string]T{}, map[string][]float64{}
	shapes := map[string][]int{}
	for name, y := range views {
		clones[name], want[name], shapes[name] = y.Clone(), y.Float64s(), slices.Clone(y.Shape())
		y.Float64s()[0] = -1 // a copy
	}
	tensor.Grad(v.Square().Sum(), v)
	for name, y := range views {
		equal(t, name, y, shapes[name], want[name]...)
	}
	tape.Reset()
	u := tape.Var(tensor.Full(7, 5, 4))
	for range 50 {
		u = u.Add(u.T().Reshape(5, 4))
	}
	for name, y := range clones {
		equal(t, "clone of "+name, y, shapes[name], want[name]...)
		if y.Tape() != nil || y.Tracked() {
			t.Errorf("the clone of %s is on a tape", name)
		}
	}
	equal(t, "x", x, []int{2, 3}, 1, 2, 3, 4, 5, 6)
}

// TestAllocations: a fixed run with gradient allocates only the slabs of 128
// handles.
func TestAllocations(t *testing.T) {
	tape := tensor.NewTape()
	x, y := tensor.Of([]float64{1, 2, 3}), tensor.Of(0.5)
	data := tensor.New([]float64{1, 0, 2, 1, 1, 1, 0, 1, 2}, 3, 3)
	group := tensor.Of([]int{2, 0, 0, 1})
	grad := [][]float64{make([]float64, 3), make([]float64, 1)}
	xs := make([]T, 2)
	run := func() {
		tape.Reset()
		a, b := tape.Var(x), tape.Var(y)
		xs[0], xs[1] = a, b
		m := tape.Lift(data).MatMul(a).Add(b).Clamp(-5, 5)
		l := m.Sub(m.Mean()).DivScalar(2).RSubScalar(1).LogSoftmax(0).Index(group)
		s := tensor.Cat(0, l, m, a, a).LogSumExp()
		s = s.Add(m.GreaterScalar(1).Where(m, a).Max()).Add(a.Slice(0, 0, 2).Unsqueeze(0).T().Sum())
		tape.GradInto(grad, s, xs)
	}
	for range 50 { // until it compiles what repeats
		run()
	}
	handles := tape.Len() // an upper bound: the gradient has none
	if n := testing.AllocsPerRun(256, run); n > math.Ceil(float64(handles)/128) {
		t.Errorf("%v allocations a run of %d values", n, handles)
	}
}

func TestManyNodes(t *testing.T) {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{0.5, -0.5}))
	y := x
	for range 50_000 {
		y = y.MulScalar(0.5).Add(x)
	}
	g := tensor.Grad(y.Sum(), x)[0]
	equal(t, "limit", y, []int{2}, 1, -1)
	equal(t, "gradient", g, []int{2}, 2, 2)
	if tape.Len() < 100_000 {
		t.Errorf("%d values", tape.Len())
	}
}

func TestFirstNonFinite(t *testing.T) {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{1, 0}))
	x.Exp()
	if op, ok := tape.FirstNonFinite(); ok {
		t.Errorf("named %s", op)
	}
	x.Add(tensor.Of([]float64{math.Inf(-1), 0})).Sub(x.Recip()).Sum()
	if op, ok := tape.FirstNonFinite(); !ok || op != "Recip" {
		t.Errorf("named %q, want Recip", op)
	}
}

// A view without dims is a single number like any other to GradInto.
func TestGradIntoThroughViews(t *testing.T) {
	tape := tensor.NewTape()
	u := tape.Var(tensor.Of(0.3))
	v := u.Exp().Expand() // a view of rank 0
	y := v.Detach().Equal(v.Detach()).Where(u.Neg(), tensor.Of(math.Inf(-1)))
	g := [][]float64{{0}}
	if tape.GradInto(g, y, []*tensor.Tensor{u}); g[0][0] != -1 {
		t.Errorf("the derivative is %v, want -1", g[0][0])
	}
}

// Find agrees with the elements in order, whatever the layout and number type,
// and allocates nothing.
func TestFind(t *testing.T) {
	base := tensor.Arange(24).Reshape(2, 3, 4)
	for name, x := range map[string]*tensor.Tensor{
		"plain": base, "transposed": base.Transpose(0, 2), "slice": base.Slice(2, 1, 3), "expanded": base.Unsqueeze(1).Expand(2, 5, 3, 4),
		"float32": base.To(tensor.Float32).Transpose(0, 1), "number": tensor.Of(3.0),
	} {
		all := x.Float64s()
		for v := range 25 {
			want := slices.Index(all, float64(v))
			if got := x.Find(func(e float64) bool { return e == float64(v) }); got != want {
				t.Errorf("%s: %d is at %d, want %d", name, v, got, want)
			}
			for n := 1; n <= len(all); n++ {
				if len(all)%n != 0 {
					continue
				}
				want := want
				if want >= 0 {
					want /= n
				}
				if got := x.FindEvent(n, func(e []float64) bool { return len(e) == n && slices.Contains(e, float64(v)) }); got != want {
					t.Errorf("%s: %d is in event %d of %d elements, want %d", name, v, got, n, want)
				}
			}
		}
		if n := testing.AllocsPerRun(10, func() { x.Find(func(e float64) bool { return e < 0 }) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(10, func() { x.FindEvent(len(all), func([]float64) bool { return false }) }); n != 0 && !raceEnabled {
			t.Errorf("%s: %v allocations by events", name, n)
		}
	}
}
