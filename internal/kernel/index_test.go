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

// Any index either gathers or panics with an IndexError.
func FuzzGather(f *testing.F) {
	f.Add(uint8(3), int32(2))
	f.Add(uint8(0), int32(0))
	f.Add(uint8(5), int32(-1))
	f.Fuzz(func(t *testing.T, n uint8, j int32) {
		src := make([]float32, n)
		for i := range src {
			src[i] = float32(i)
		}
		dst := []float32{-1}
		got := panicOf(func() { Gather32(dst, src, []int32{j}) })
		switch inside := j >= 0 && int(j) < len(src); {
		case inside && (got != nil || dst[0] != float32(j)):
			t.Errorf("index %d of %d: %v, panic %v", j, n, dst, got)
		case !inside && got != (IndexError{j, len(src)}):
			t.Errorf("index %d of %d: panic %v", j, n, got)
		}
	})
}

// Operands on the stack stay there.
func TestNoAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		x, y := [11]float64{1, 2, 3}, [11]float64{4, 5, 6}
		Exp(x[:], x[:])
		Add(x[:], x[:], y[:])
		Pow(x[:], x[:], y[:])
		Softmax(x[:], x[:])
		Normal(y[:], 0, 0, 0)
		Gather(x[:3], y[:], []int32{1, 2, 3})
		x[0] = Dot(x[:], y[:])
		for i := range x {
			x[i] = float64(i) + 1
		}
		Lgamma(x[:], x[:])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
