package plot

import (
	"math"
	"slices"
	"testing"
)

func TestHDI(t *testing.T) {
	// Of 0, 1, …, 8, 20, 40 the narrowest interval over 8 steps is 0 to 8.
	sorted := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 40}
	if got := hdi(sorted, 0.8); got.lo != 0 || got.hi != 8 {
		t.Errorf("got [%v, %v], want [0, 8]", got.lo, got.hi)
	}
	if got := hdi([]float64{3}, 0.9); got.lo != 3 || got.hi != 3 {
		t.Errorf("of one value: got [%v, %v]", got.lo, got.hi)
	}
	// The quantiles of an exponential: the interval of probability p starts at
	// 0 and ends at -log(1-p), to within the spacing there, 1/(n(1-p)).
	const n, p = 10000, 0.9
	sorted = sorted[:0]
	for i := range n {
		sorted = append(sorted, -math.Log1p(-(float64(i)+0.5)/n))
	}
	got := hdi(sorted, p)
	if slack := 2 / (n * (1 - p)); got.lo > 2.0/n || math.Abs(got.hi+math.Log(1-p)) > slack {
		t.Errorf("got [%v, %v], want [0, %v] ± %v", got.lo, got.hi, -math.Log(1-p), slack)
	}
}

func TestCountRanks(t *testing.T) {
	for _, c := range []struct {
		chains [][]float64
		bins   int
		want   [][]int
	}{
		{[][]float64{{1, 2, 3, 4}, {5, 6, 7, 8}}, 4, [][]int{{2, 2, 0, 0}, {0, 0, 2, 2}}},
		{[][]float64{{1, 3, 5, 7}, {2, 4, 6, 8}}, 4, [][]int{{1, 1, 1, 1}, {1, 1, 1, 1}}},
		{[][]float64{{5, 5}, {5, 5}}, 4, [][]int{{0, 2, 0, 0}, {0, 2, 0, 0}}}, // all of mean rank 1.5 of 0 to 3
	} {
		if got := countRanks(c.chains, c.bins); !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%v: got %v, want %v", c.chains, got, c.want)
		}
	}
}

func TestAutocorrelation(t *testing.T) {
	// By hand: deviations -2, -1, 0, 1, 2 with sum of squares 10.
	got := autocorrelation([]float64{1, 2, 3, 4, 5}, 4)
	for k, want := range []float64{1, 0.4, -0.1, -0.4, -0.4} {
		if math.Abs(got[k]-want) > 1e-15 {
			t.Errorf("lag %d: got %v, want %v", k, got[k], want)
		}
	}
}
