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

// TestLanes compares lanes with replays, bit by bit.
func TestLanes(t *testing.T) {
	for name, d := range map[string]*Density{"eight schools": EightSchools(), "logistic regression": Logistic(1000)} {
		d.Record()
		for _, k := range []int{1, 8, 13} {
			l := d.Lanes(k)
			copy(l.X, normals(uint64(k), len(l.X)))
			l.Eval()
			n := len(d.X)
			for j, value := range l.Value {
				copy(d.X, l.X[j*n:(j+1)*n])
				if v := d.Replay(); math.Float64bits(v) != math.Float64bits(value) {
					t.Errorf("%s, lane %d of %d: %v, alone %v", name, j, k, value, v)
				}
				for i, g := range d.Grad {
					if h := l.Grad[j*n+i]; math.Float64bits(g) != math.Float64bits(h) {
						t.Errorf("%s, lane %d of %d: gradient %d is %v, alone %v", name, j, k, i, h, g)
					}
				}
			}
			if a := testing.AllocsPerRun(20, l.Eval); a != 0 && !raceEnabled {
				t.Errorf("%s: %d lanes allocate %v times", name, k, a)
			}
		}
	}
	schools := EightSchools()
	schools.Record()
	if n := schools.Lanes(8).Looped(); n != 0 {
		t.Errorf("%d operations of the eight schools run for one lane after the other", n)
	}
}
