package program

import (
	"math"
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
