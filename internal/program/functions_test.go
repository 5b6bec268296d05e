package program

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// TestRecordedElements: each operation element by element has the bits of the
// tape when it is recorded, for single numbers, short arrays and arrays that
// meet a single number.
func TestRecordedElements(t *testing.T) {
	values := []float64{0.3, -0.7, 0, math.Copysign(0, -1), 2.5, 40, 1e9, math.Inf(1), math.NaN(), 0.999, -30, 1e-310}
	for code := Neg; code <= BetaSampleDb; code++ {
		if code == Cast || code == Detach {
			continue
		}
		operands := 1
		if code >= Where {
			operands = 3
		} else if code >= Add {
			operands = 2
		}
		for _, sizes := range [][3]int{{1, 1, 1}, {4, 4, 4}, {9, 9, 9}, {9, 1, 9}, {1, 9, 9}, {9, 9, 1}, {1, 1, 9}, {9, 1, 1}} {
			var in [3]*Array
			run := func(tape *Tape) Ref {
				var refs []Ref
				for _, a := range in[:operands] {
					refs = append(refs, tape.Var(a))
				}
				return tape.Emit(code, Attr{F: 2}, refs...)
			}
			for i, n := range sizes {
				in[i] = NewArray(make([]float64, n), n)
				if n == 1 {
					in[i] = NewArray(make([]float64, 1))
				}
			}
			var tape Tape
			p := tape.Record([]Ref{run(&tape)})
			for shift := range values {
				for i, a := range in {
					for j := range a.F64 {
						a.F64[j] = values[(j*(i+1)+shift*(3-i))%len(values)]
					}
				}
				tape.Reset()
				want := run(&tape)
				p.Run(rng.Key{})
				compare(t, code.String(), naive(p.Output(0)), naive(tape.Value(want)), exact)
			}
		}
	}
}

// TestWithinAll: sets of all finite numbers, or of all but NaN, are told by sums.
func TestWithinAll(t *testing.T) {
	inf, largest := math.Inf(1), math.MaxFloat64
	for _, c := range []struct {
		at            []float64 // among zeros
		finite, below bool      // in [-largest, largest]; in [-inf, largest]
		number        bool      // in [-inf, inf]
	}{
		{nil, true, true, true},
		{[]float64{largest, largest}, true, true, true},
		{[]float64{largest, largest, -largest, -largest}, true, true, true},
		{[]float64{inf}, false, false, true},
		{[]float64{-inf}, false, true, true},
		{[]float64{inf, -inf}, false, false, true},
		{[]float64{math.NaN()}, false, false, false},
		{[]float64{math.NaN(), inf}, false, false, false},
	} {
		for _, n := range []int{4, arithRun, 100} {
			for from := range n - len(c.at) + 1 {
				x := make([]float64, n)
				copy(x[from:], c.at)
				got := []bool{Within(x, -largest, largest), Within(x, -inf, largest), Within(x, -inf, inf)}
				if want := []bool{c.finite, c.below, c.number}; !slices.Equal(got, want) {
					t.Fatalf("%v at %d of %d: %v, want %v", c.at, from, n, got, want)
				}
			}
		}
	}
}
