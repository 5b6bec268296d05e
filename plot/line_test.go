package plot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDecimateKeepsExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	const width = 100.0 // points, so 200 columns of pixels
	pts := make([]point, 50000)
	for i := range pts {
		pts[i] = point{width * float64(i) / float64(len(pts)), r.NormFloat64()}
	}
	got := decimate(pts)
	if most := 2*width/pixel + 4; float64(len(got)) > most {
		t.Errorf("%d points, want at most %v", len(got), most)
	}
	if got[0] != pts[0] || got[len(got)-1] != pts[len(pts)-1] {
		t.Error("an end is missing")
	}
	extremes := func(pts []point) map[float64][2]float64 {
		m := map[float64][2]float64{}
		for _, p := range pts {
			e, ok := m[snap(p.x)]
			if !ok {
				e = [2]float64{math.Inf(1), math.Inf(-1)}
			}
			m[snap(p.x)] = [2]float64{min(e[0], p.y), max(e[1], p.y)}
		}
		return m
	}
	want := extremes(pts)
	for column, e := range extremes(got) {
		if want[column] != e {
			t.Fatalf("column %v: extremes %v, want %v", column, e, want[column])
		}
		delete(want, column)
	}
	if len(want) > 0 {
		t.Errorf("%d columns are missing", len(want))
	}
}

func TestDecimateLeavesShortAndBackwardLines(t *testing.T) {
	for _, pts := range [][]point{
		{}, {{1, 2}}, {{0, 0}, {1, 5}, {2, 3}}, {{3, 0}, {1, 5}, {2, 3}, {2, 4}, {2, 5}},
	} {
		if got := decimate(pts); !slices.Equal(got, pts) {
			t.Errorf("got %v, want %v", got, pts)
		}
	}
}
