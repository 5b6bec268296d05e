package tensor_test

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// TestAddresses: over many runs of all lengths, which share sheets, fill them and go
// on with others, no tensor of a run is taken for one of another.
func TestAddresses(t *testing.T) {
	tape := tensor.NewTape()
	var kept []T
	seen := map[T]int{}
	lengths := []int{1, 2, 31, 33, 3, 200, 0, 7, 1000, 40}
	for run := range 70 {
		n := lengths[run%len(lengths)]
		if run >= 30 && run < 50 {
			n = 5 // enough runs of a length for a sheet and more
		}
		x := tape.Lift(tensor.Of(float64(run)))
		here := []T{x}
		for range n {
			x = x.AddScalar(1)
			here = append(here, x)
		}
		for i, y := range here {
			if old, ok := seen[y]; ok {
				t.Fatalf("value %d of run %d has the address of one of run %d", i, run, old)
			}
			seen[y] = run
			if y.Tape() != tape || y.Item() != float64(run+i) {
				t.Fatalf("value %d of run %d is %v", i, run, y.Item())
			}
		}
		for i, old := range kept {
			for how, f := range map[string]func(){
				"Exp": func() { old.Exp() }, "Add": func() { x.Add(old) }, "Sub": func() { old.Sub(x) }, "Item": func() { old.Item() },
			} {
				if got := message(f); got != stale {
					t.Fatalf("%s of tensor %d kept until run %d: %q", how, i, run, got)
				}
			}
		}
		kept = append(kept, here[0], here[n/2], x)
		tape.Reset()
	}
	runtime.GC() // tensors that are kept keep what they point into
	for _, old := range kept {
		if got := message(func() { old.Item() }); got != stale {
			t.Fatalf("after a collection: %q", got)
		}
	}
}

// TestCopies: what is not the address of a tensor is refused.
func TestCopies(t *testing.T) {
	const want = "tensor: Tensor: the zero Tensor has no value, nor has a copy of a Tensor; make tensors with Of, Zeros, Full, …"
	tape := tensor.NewTape()
	for name, x := range map[string]T{
		"number": tensor.Of(2.0), "slice": tensor.Of([]float64{1, 2}), "constant": tape.Lift(tensor.Of(2.0)), "variable": tape.Var(tensor.Of([]float64{1})),
	} {
		many := reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(*x)), 50, 50) // at all alignments
		for i := range many.Len() {
			many.Index(i).Set(reflect.ValueOf(x).Elem())
			c := many.Index(i).Addr().Interface().(T)
			panics(t, want, func() { c.Exp() })
			panics(t, want, func() { x.Add(c) })
			panics(t, want, func() { c.Mul(x) })
			panics(t, want, func() { c.Shape() })
			if c.Tape() != nil {
				t.Errorf("a copy of a %s is on a tape", name)
			}
		}
		x.Exp()
	}
}

// TestDeepEqual: tensors that are not the same are not equal to reflect, whatever they
// hold, as in a test that meant to compare their elements.
func TestDeepEqual(t *testing.T) {
	tape := tensor.NewTape()
	for range 40 {
		var all []T
		x := tape.Var(tensor.Of(1.0))
		for range 40 {
			x = x.AddScalar(0)
			all = append(all, x, tensor.Of(1.0), tensor.Of([]float64{1}), tensor.Zeros(2, 2))
		}
		for i, x := range all {
			for j, y := range all {
				if reflect.DeepEqual(x, y) != (i == j) {
					t.Fatalf("%d and %d: %v", i, j, i != j)
				}
			}
		}
		tape.Reset()
	}
}

// BenchmarkNumbers is operations on single numbers of a tape, 1024 of them.
func BenchmarkNumbers(b *testing.B) {
	tape, start := tensor.NewTape(), tensor.Of(0.5).Clone()
	for b.Loop() {
		tape.Reset()
		x := tape.Var(start)
		for range 256 {
			x = x.Mul(x).Add(x).Sub(x).Mul(x)
		}
	}
}
