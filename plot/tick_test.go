package plot

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNiceTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		most   int
		want   string
		power  int
	}{
		{0, 10, 6, "0 2 4 6 8 10", 0},
		{0, 10, 11, "0 1 2 3 4 5 6 7 8 9 10", 0},
		{0, 3000, 7, "0 500 1000 1500 2000 2500 3000", 0},
		{-1.5, 1.5, 4, "−1 0 1", 0},
		{-0.3, 0.3, 7, "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3", 0},
		{5, 12, 8, "5 6 7 8 9 10 11 12", 0},
		{0.6, 1, 5, "0.6 0.7 0.8 0.9 1.0", 0},
		{8.46, 9.2, 5, "8.6 8.8 9.0 9.2", 0},
		{-3.51e6, -2.93e6, 4, "−3.4 −3.2 −3.0", 6},
		{0, 4e-5, 5, "0 1 2 3 4", -5},
		{99990, 100010, 5, "99990 99995 100000 100005 100010", 0},
		{-1234568, -1234567, 4, "−1234568.0 −1234567.5 −1234567.0", 0},
		{1, math.Nextafter(1, 2), 5, "", 0}, // no step between neighbours
	} {
		got := niceTicks(c.lo, c.hi, c.most)
		if s := strings.Join(got.labels, " "); s != c.want || got.power != c.power {
			t.Errorf("[%v, %v] at most %d: got %s ×10^%d, want %s ×10^%d", c.lo, c.hi, c.most, s, got.power, c.want, c.power)
		}
	}
}

// For any interval the ticks are inside, evenly spaced, at most as many as
// asked for, and labelled differently.
func TestNiceTicksProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 2000 {
		lo := r.NormFloat64() * math.Pow(10, r.Float64()*40-20)
		hi := lo + math.Abs(lo)*math.Pow(10, r.Float64()*8-6)
		most := 3 + r.IntN(12)
		got := niceTicks(lo, hi, most)
		if n := len(got.at); n < 1 || n > most {
			t.Fatalf("[%v, %v] at most %d: %d ticks", lo, hi, most, n)
		}
		seen := map[string]bool{}
		for i, v := range got.at {
			if slack := 1e-6 * (hi - lo); v < lo-slack || v > hi+slack {
				t.Errorf("[%v, %v]: tick %v is outside", lo, hi, v)
			}
			if seen[got.labels[i]] {
				t.Errorf("[%v, %v]: two ticks have the label %s", lo, hi, got.labels[i])
			}
			seen[got.labels[i]] = true
		}
	}
}
