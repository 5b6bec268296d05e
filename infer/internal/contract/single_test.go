package contract_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/tensor"
)

// TestOneVariable: LogSum of one variable, which needs no plan where all factors
// repeat along its plates, is that of LogFactors, which makes one. Both round at
// most 3 sums of factors, some ten times in a log-sum-exp, and 25 sums along the
// plates, none of which is larger than all logarithms together.
func TestOneVariable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		sizes := map[int]int{}
		var plates []int
		for d := -1; d >= -2; d-- {
			if r.IntN(3) > 0 {
				sizes[d] = 1 + r.IntN(5)
				plates = append(plates, d)
			}
		}
		values, elements, mass := 1+r.IntN(4), 1.0, 0.0
		for _, n := range sizes {
			elements *= float64(n)
		}
		p := contract.Problem{Vars: []contract.Var{{Name: "z", Dim: -3, Plates: plates}}, Plates: sizes}
		for k := range 1 + r.IntN(3) {
			shape := []int{1, 1, 1}
			if k == 0 || r.IntN(2) > 0 {
				shape[0] = values
			}
			for _, d := range plates {
				if r.IntN(3) > 0 { // otherwise the factor is the same for each element
					shape[3+d] = sizes[d]
				}
			}
			x := make([]float64, shape[0]*shape[1]*shape[2])
			for j := range x {
				x[j] = r.NormFloat64()
				mass += math.Abs(x[j]) * elements
			}
			f := contract.Factor{Log: tensor.New(x, shape...), Plates: plates}
			if len(plates) > 0 && r.IntN(5) == 0 { // one that a plan has to bring into the plates
				f = contract.Factor{Log: tensor.New(x[:shape[0]], shape[0], 1, 1)}
			}
			p.Factors = append(p.Factors, f)
		}
		got, err := p.LogSum()
		if err != nil {
			continue // refused by both: LogSum makes the plan itself then
		}
		want, _, err := p.LogFactors()
		if err != nil {
			t.Fatalf("problem %d: LogSum is %v, LogFactors refuses: %v", i, got, err)
		}
		if d := math.Abs(got.Item() - want.Item()); !(d <= 2*40*0x1p-53*(mass+elements*math.Log(4))) {
			t.Errorf("problem %d: LogSum is %v, LogFactors %v", i, got, want)
		}
	}
}
