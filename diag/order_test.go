package diag

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// mixtures yields draws of many kinds: few and many, with ties and without, of
// small and of large differences.
func mixtures(t *testing.T, f func(draws [][]float64)) {
	t.Helper()
	r := rand.New(rand.NewPCG(21, 22))
	kinds := []func(z float64) float64{
		func(z float64) float64 { return z },
		func(z float64) float64 { return math.Round(3 * z) },
		func(z float64) float64 { return math.Copysign(math.Round(z/2), z) }, // zeros of either sign
		func(z float64) float64 { return math.Exp(20 * z) },
		func(z float64) float64 { return 1e6 + z/0x1p13 },
		func(float64) float64 { return -7 },
	}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 31, 100, 501} {
		for m := 1; m <= 4; m++ {
			for _, kind := range kinds {
				draws := make([][]float64, m)
				for c := range draws {
					for range n {
						draws[c] = append(draws[c], kind(r.NormFloat64()))
					}
				}
				f(draws)
			}
		}
	}
}

// The order is that of a stable sort by comparison.
func TestOrder(t *testing.T) {
	check := func(x []float64) {
		t.Helper()
		want := make([]int, len(x))
		for i := range want {
			want[i] = i
		}
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
		o := sorted(x)
		if !slices.Equal(o.at, want) {
			t.Errorf("%v stand in the order %v, want %v", x, o.at, want)
		}
		for i, at := range want {
			if cmp.Compare(o.values[i], x[at]) != 0 {
				t.Errorf("%v in order: %v", x, o.values)
			}
		}
	}
	mixtures(t, func(draws [][]float64) { check(slices.Concat(draws...)) })
	inf, zero := math.Inf(1), math.Copysign(0, -1)
	check([]float64{0, zero, math.NaN(), inf, -inf, 5e-324, -5e-324, zero, 0, -math.NaN(), math.MaxFloat64, -math.MaxFloat64, 1, -1})
}

// Folding a sorted array gives what sorting the distances would.
func TestFold(t *testing.T) {
	var folded order
	mixtures(t, func(draws [][]float64) {
		all := slices.Concat(draws...)
		o := sorted(all)
		for _, centre := range []float64{o.quantile(0.5), o.values[0], o.values[len(all)-1] + 1} {
			folded.fold(o, centre)
			at := slices.Clone(folded.at)
			slices.Sort(at)
			for i, v := range folded.values {
				if v != math.Abs(all[folded.at[i]]-centre) || i > 0 && v < folded.values[i-1] || at[i] != i {
					t.Fatalf("distances of %v from %v: %v at %v", all, centre, folded.values, folded.at)
				}
			}
		}
	})
}

// scoresByDefinition are the normal scores of draws by counting.
func scoresByDefinition(draws [][]float64) [][]float64 {
	all := slices.Concat(draws...)
	out := make([][]float64, len(draws))
	for c, chain := range draws {
		for _, x := range chain {
			below, equal := 0.0, 0.0
			for _, y := range all {
				if y < x {
					below++
				} else if y == x {
					equal++
				}
			}
			p := (below + (equal+1)/2 - 0.375) / (float64(len(all)) + 0.25)
			out[c] = append(out[c], -math.Sqrt2*math.Erfcinv(2*p))
		}
	}
	return out
}

// Of the tables, the merging and the sharing of orders nothing shows: R-hat and the
// bulk's effective size are those of scores by their definition. 1e-9 is the error of
// Erfcinv in the tails, some u·S, and of what is made of it.
func TestRankedByDefinition(t *testing.T) {
	same := func(a, b float64) bool {
		return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*math.Abs(b)
	}
	mixtures(t, func(draws [][]float64) {
		halves := split(draws)
		scores := scoresByDefinition(halves)
		rhat, bulk := RhatBasic(scores), ess(scores)
		median := Quantile(slices.Concat(draws...), 0.5)
		var far [][]float64
		for _, chain := range halves {
			d := make([]float64, len(chain))
			for i, x := range chain {
				d[i] = math.Abs(x - median)
			}
			far = append(far, d)
		}
		if differ(far) {
			rhat = max(rhat, RhatBasic(scoresByDefinition(far)))
		}
		// Where chains are constant, their variance is 0 or the rounding of it.
		if got := Rhat(draws); !same(got, rhat) && !(got > 1e6 && rhat > 1e6) {
			t.Errorf("R-hat of %v is %v, want %v", draws, got, rhat)
		}
		if got := ESSBulk(draws); !same(got, bulk) {
			t.Errorf("bulk ESS of %v is %v, want %v", draws, got, bulk)
		}
	})
}

// Rows are the same in any company: nothing is left of the variables before, and
// cores do not count.
func TestSummarizeTogether(t *testing.T) {
	var vars []Variable
	mixtures(t, func(draws [][]float64) { vars = append(vars, Variable{"x", draws}) })
	for i, got := range Summarize(vars).Rows {
		want := Summarize(vars[i : i+1]).Rows[0]
		a := []float64{got.Mean, got.SD, got.Median, got.Low, got.High, got.MCSEMean, got.MCSESD, got.ESSBulk, got.ESSTail, got.Rhat}
		b := []float64{want.Mean, want.SD, want.Median, want.Low, want.High, want.MCSEMean, want.MCSESD, want.ESSBulk, want.ESSTail, want.Rhat}
		for k := range a {
			if math.Float64bits(a[k]) != math.Float64bits(b[k]) {
				t.Errorf("variable %d among others: %+v, alone %+v", i, got, want)
				break
			}
		}
	}
}
