package bench

import (
	"math"
	"testing"
)

// TestDensities compares the densities with those written by hand, eager and
// replayed, at several points.
func TestDensities(t *testing.T) {
	schools, logistic := NewHandEightSchools(), NewHandLogistic(1000)
	for _, c := range []struct {
		name string
		d    *Density
		hand func() float64
		x, g []float64
	}{
		{"eight schools", EightSchools(), schools.Eval, schools.X[:], schools.Grad[:]},
		{"logistic regression", Logistic(1000), logistic.Eval, logistic.X, logistic.Grad},
	} {
		c.d.Record()
		for point := range uint64(5) {
			copy(c.d.X, normals(point, len(c.d.X)))
			copy(c.x, c.d.X)
			want := c.hand()
			for mode, f := range map[string]func() float64{"eager": c.d.Eager, "replayed": c.d.Replay} {
				// Sums of a thousand terms, each with errors of some 1e-15.
				if got := f(); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
					t.Errorf("%s, %s: log density %v, by hand %v", c.name, mode, got, want)
				}
				for i, g := range c.g {
					if !(math.Abs(c.d.Grad[i]-g) <= 1e-11*max(1, math.Abs(g))) {
						t.Errorf("%s, %s: gradient %d is %v, by hand %v", c.name, mode, i, c.d.Grad[i], g)
					}
				}
			}
		}
		if n := testing.AllocsPerRun(100, func() { c.d.Replay() }); n != 0 && !raceEnabled { // the race detector empties pools
			t.Errorf("%s: a replay allocates %v times", c.name, n)
		}
	}
}
