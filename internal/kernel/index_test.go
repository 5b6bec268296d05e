package kernel

import (
	"slices"
	"testing"
)

// panicOf returns what f panics with.
func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func TestGatherAndScatterAdd(t *testing.T) {
	src := []float64{10, 20, 30}
	dst := make([]float64, 4)
	Gather(dst, src, []int32{2, 0, 2, 1})
	if want := []float64{30, 10, 30, 20}; !slices.Equal(dst, want) {
		t.Errorf("Gather: %v, want %v", dst, want)
	}
	ScatterAdd(src, []float64{1, 2, 3, 4}, []int32{2, 0, 2, 1})
	if want := []float64{12, 24, 34}; !slices.Equal(src, want) {
		t.Errorf("ScatterAdd: %v, want %v", src, want)
	}
	for _, j := range []int32{-1, 3} {
		want := IndexError{j, 3}
		if got := panicOf(func() { Gather(dst[:1], src, []int32{j}) }); got != want {
			t.Errorf("Gather of index %d panics with %v, want %v", j, got, want)
		}
		if got := panicOf(func() { ScatterAdd(src, dst[:1], []int32{j}) }); got != want {
			t.Errorf("ScatterAdd to index %d panics with %v, want %v", j, got, want)
		}
	}
}

func TestLengthErrors(t *testing.T) {
	two, three := make([]float64, 2), make([]float64, 3)
	for name, f := range map[string]func(){
		"Exp":             func() { Exp(two, three) },
		"Add":             func() { Add(two, two, three) },
		"FMA":             func() { FMA(two, two, two, three) },
		"SoftplusSigmoid": func() { SoftplusSigmoid(two, three, two) },
		"Dot":             func() { Dot(two, three) },
		"Gather":          func() { Gather(two, two, make([]int32, 3)) },
	} {
		if got := panicOf(f); got != (LengthError{2, 3}) {
			t.Errorf("%s panics with %v", name, got)
		}
	}
	const want = "kernel: operand of 3 elements for a destination of 2"
	if got := (LengthError{2, 3}).Error(); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}
