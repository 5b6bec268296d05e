package diag

import (
	"encoding/binary"
	"math"
	"testing"
)

// FuzzDraws feeds any bits as draws: nothing may panic, and effective sample sizes
// are NaN or positive and at most S log₁₀ S.
func FuzzDraws(f *testing.F) {
	add := func(chains uint8, x ...float64) {
		var raw []byte
		for _, v := range x {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		}
		f.Add(chains, raw)
	}
	add(1, 1)
	add(2, 1, 1, 1, 1, 1, 1, 1, 1)
	add(2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	add(1, math.NaN(), 1, 2, 3, 4, 5, 6, 7)
	add(1, math.Inf(1), 1, math.Inf(-1), 3, 4, 5, 6, 7)
	add(2, 1e308, -1e308, 1e308, 5e-324, 0, 1, 1e308, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	f.Fuzz(func(t *testing.T, chains uint8, raw []byte) {
		m := int(chains%4) + 1
		n := len(raw) / 8 / m
		if n == 0 || n > 200 {
			return
		}
		draws := make([][]float64, m)
		for i := range m * n {
			draws[i/n] = append(draws[i/n], math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
		total := float64(m * n)
		for _, ess := range []float64{ESSBulk(draws), ESSTail(draws), ESSMean(draws), ESSSD(draws)} {
			if !math.IsNaN(ess) && !(ess > 0 && ess <= total*max(1, math.Log10(total))*(1+1e-12)) {
				t.Errorf("effective sample size %g of %g draws", ess, total)
			}
		}
		_ = Summarize([]Variable{{"x", draws}}).String()
		energy := Fit{Variables: []Variable{{"x", draws}}, Energy: draws}
		_ = Diagnose(energy).String()
		w, _ := PSIS(draws[0], 1)
		if len(w) != n {
			t.Errorf("%d weights of %d ratios", len(w), n)
		}
		WeightedQuantile(draws[0], make([]float64, n), 0.5)
		HDI(draws[0], 0.5)
		CRPS(draws[0], 0)
	})
}
