package bench

import (
	"math"
	"slices"
	"testing"
)

// TestData compares the recipes with check values that every language shares.
func TestData(t *testing.T) {
	near := func(what string, got, want, tol float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tol) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for i, want := range []uint64{0x910a2dec89025cc1, 0xbeeb8da1658eec67, 0xf893a2eefb32555e} {
		if got := splitMix(1, uint64(i)+1); got != want {
			t.Errorf("output %d of seed 1 is %x, want %x", i+1, got, want)
		}
	}
	for i, want := range []float64{-0.02824975, -1.06561765, -0.22791952, 0.08309417} {
		near("normal", normals(1, 4)[i], want, 5e-9)
	}
	for _, c := range []struct {
		n, sumY int
		seed    uint64
		sumX    float64
	}{{1000, 485, 11, -228.62908591}, {1_000_000, 499373, 1, -1841.96125894}} {
		x, y := LogisticData(c.n, 20, c.seed)
		near("sum of x", total(x), c.sumX, 1e-7)
		near("sum of y", total(y), float64(c.sumY), 0)
	}
	r := RadonLike()
	sizes := make([]int, 85)
	groups := 0
	for _, g := range r.Group {
		sizes[g]++
		groups += g
	}
	near("sum of groups", float64(groups), 26884, 0)
	near("sum of floor", total(r.Floor), 144, 0)
	near("sum of y", total(r.Y), 1326.69458662, 1e-7)
	if lo, hi := slices.Min(sizes), slices.Max(sizes); lo != 2 || hi != 86 {
		t.Errorf("groups have %d to %d elements, want 2 to 86", lo, hi)
	}
}

func total(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}
