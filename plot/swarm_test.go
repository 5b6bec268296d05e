package plot

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Points never overlap, keep their x, stay in their row, and the first of a
// group of equal values is in the middle.
func TestSwarmNeverOverlaps(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	for name, draw := range map[string]func(i int) float64{
		"uniform": func(int) float64 { return 400 * r.Float64() },
		"ties":    func(int) float64 { return 6.3 * math.Floor(60*r.Float64()) },
		"equal":   func(int) float64 { return 200 },
		"near":    func(i int) float64 { return 200 + 1e-9*float64(i) },
	} {
		for _, n := range []int{1, 2, 50, 400} {
			xs := make([]float64, n)
			for i := range xs {
				xs[i] = draw(i)
			}
			const half = 60.0
			radius, rows := swarmLayout([][]float64{xs}, half)
			ys := rows[0]
			for i := range xs {
				if math.Abs(ys[i])+radius > half {
					t.Errorf("%s %d: point %d leaves the row", name, n, i)
				}
				for j := range i {
					if math.Hypot(xs[i]-xs[j], ys[i]-ys[j]) < 2*radius {
						t.Fatalf("%s %d: points %d and %d overlap", name, n, i, j)
					}
				}
			}
		}
	}
}

// Equal values pile up without gaps around the middle.
func TestBeeswarmOfEqualValues(t *testing.T) {
	ys := beeswarm([]float64{7, 7, 7, 7, 7}, 2)
	seen := map[float64]bool{}
	for _, y := range ys {
		seen[y] = true
	}
	for _, want := range []float64{-4, -2, 0, 2, 4} {
		if !seen[want] {
			t.Errorf("no point at %v: %v", want, ys)
		}
	}
	if ys := beeswarm([]float64{0, 10, 20}, 2); ys[0] != 0 || ys[1] != 0 || ys[2] != 0 {
		t.Errorf("points with room were moved: %v", ys)
	}
}
