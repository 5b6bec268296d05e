package plot

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A dense walk along a line must be inside the rectangle exactly where the
// clipped line is.
func TestClipLine(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	box := rect{0, 0, 10, 6}
	length := func(lines [][]point) (sum float64) {
		for _, l := range lines {
			for i := 1; i < len(l); i++ {
				sum += math.Hypot(l[i].x-l[i-1].x, l[i].y-l[i-1].y)
			}
		}
		return sum
	}
	for range 200 {
		pts := make([]point, 2+r.IntN(6))
		for i := range pts {
			pts[i] = point{30*r.Float64() - 10, 18*r.Float64() - 6}
		}
		lines := clipLine(box, pts)
		for _, l := range lines {
			for _, p := range l {
				if !box.grow(1e-9).has(p) {
					t.Fatalf("%v is outside", p)
				}
			}
		}
		// The rectangle is convex, so each segment is inside over one stretch.
		// A walk of n steps finds its length to within two steps.
		const n = 2000
		inside, slack := 0.0, 0.0
		for i := 1; i < len(pts); i++ {
			a, b := pts[i-1], pts[i]
			step := math.Hypot(b.x-a.x, b.y-a.y) / n
			slack += 2 * step
			for k := range n {
				s := (float64(k) + 0.5) / n
				if box.has(point{a.x + s*(b.x-a.x), a.y + s*(b.y-a.y)}) {
					inside += step
				}
			}
		}
		if got := length(lines); math.Abs(got-inside) > slack {
			t.Fatalf("length %v, want %v ± %v", got, inside, slack)
		}
	}
}

func TestClipLineJoinsWhatIsConnected(t *testing.T) {
	box := rect{0, 0, 10, 10}
	for _, c := range []struct {
		pts  []point
		want int
	}{
		{[]point{{1, 1}, {5, 5}, {9, 1}}, 1},
		{[]point{{1, 1}, {5, 15}, {9, 1}}, 2},
		{[]point{{-5, 5}, {15, 5}, {15, 7}, {-5, 7}}, 2},
		{[]point{{-5, -5}, {-5, 15}}, 0},
		{[]point{{5, 5}}, 0},
	} {
		if got := clipLine(box, c.pts); len(got) != c.want {
			t.Errorf("%v: %d pieces, want %d: %v", c.pts, len(got), c.want, got)
		}
	}
}

func TestClipPolygon(t *testing.T) {
	area := func(p []point) (a float64) {
		for i, q := range p {
			n := p[(i+1)%len(p)]
			a += (q.x*n.y - n.x*q.y) / 2
		}
		return math.Abs(a)
	}
	box := rect{0, 0, 10, 10}
	for _, c := range []struct {
		poly []point
		want float64
	}{
		{rect{-5, 2, 5, 4}.corners(), 10},
		{rect{-5, -5, 15, 15}.corners(), 100},
		{rect{20, 20, 30, 30}.corners(), 0},
		{[]point{{0, 0}, {20, 0}, {0, 20}}, 100},
		{[]point{{5, -5}, {15, 5}, {5, 15}, {-5, 5}}, 100},
		{[]point{{0, -10}, {10, 0}, {0, 10}, {-10, 0}}, 50},
	} {
		if got := area(clipPolygon(box, c.poly)); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: area %v, want %v", c.poly, got, c.want)
		}
	}
}
