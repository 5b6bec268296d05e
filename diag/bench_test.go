package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// autoregressions returns 10 variables of four chains, with coefficients from 0.9
// down to -0.3; two of them are rounded to integers.
func autoregressions(n int) []Variable {
	r := rand.New(rand.NewPCG(9, uint64(n)))
	vars := make([]Variable, 10)
	for v := range vars {
		rho := 0.9 - 1.2*float64(v)/9
		draws := make([][]float64, 4)
		for c := range draws {
			draws[c] = make([]float64, n)
			x := r.NormFloat64()
			for i := range n {
				x = rho*x + math.Sqrt(1-rho*rho)*r.NormFloat64()
				if draws[c][i] = x; v%5 == 4 {
					draws[c][i] = math.Round(3 * x)
				}
			}
		}
		vars[v] = Variable{fmt.Sprint("x", v), draws}
	}
	return vars
}

// A run of eight schools draws 10 numbers in four chains of 1,000.
func BenchmarkSummarize(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		vars := autoregressions(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Summarize(vars)
			}
		})
	}
}

func BenchmarkDiagnose(b *testing.B) {
	f := Fit{Variables: autoregressions(1000)}
	for b.Loop() {
		Diagnose(f)
	}
}

// Chains that do not mix are correlated over half of their length.
func BenchmarkSummarizeStuck(b *testing.B) {
	vars := autoregressions(10000)[:1]
	r := rand.New(rand.NewPCG(10, 1))
	for c, chain := range vars[0].Draws {
		x := float64(c)
		for i := range chain {
			x += 0.01 * r.NormFloat64()
			chain[i] = x
		}
	}
	for b.Loop() {
		Summarize(vars)
	}
}
