package plot

import (
	"fmt"
	"math"
)

// ranges are the intervals that the data of a figure need.
type ranges struct {
	x, y   interval
	floor  bool     // the y axis starts at 0 exactly: counts, densities
	tightX bool     // the x axis ends where the data end
	floorX bool     // the x axis starts at 0 exactly: bars
	rows   []string // names of rows at y = 0, -1, -2, …; nil for a numeric y axis
}

// interval is a range of numbers; empty at first.
type interval struct {
	lo, hi float64
	some   bool
}

func (r *interval) add(vs ...float64) {
	for _, v := range vs {
		if !r.some {
			*r = interval{v, v, true}
		}
		r.lo, r.hi = min(r.lo, v), max(r.hi, v)
	}
}

// ranges returns the limits of the axes of f: those chosen, or those of the
// data with a margin.
func (f *Figure) ranges() (ranges, error) {
	var r ranges
	for _, m := range f.marks {
		m.extend(&r)
	}
	if !finiteSpan(r.x.lo, r.x.hi) || !finiteSpan(r.y.lo, r.y.hi) {
		return r, &ArgumentError{"Figure", f.Title, fmt.Sprintf("x from %g to %g and y from %g to %g is too wide to draw",
			r.x.lo, r.x.hi, r.y.lo, r.y.hi)}
	}
	switch {
	case f.XLim != [2]float64{}:
		r.x.lo, r.x.hi = f.XLim[0], f.XLim[1]
	case r.tightX:
		r.x.widen(0, 0)
	case r.floorX && r.x.lo >= 0:
		r.x.widen(0, 0.06)
	default:
		r.x.widen(0.03, 0.03)
	}
	switch {
	case f.YLim != [2]float64{}:
		r.y.lo, r.y.hi = f.YLim[0], f.YLim[1]
	case r.rows != nil:
		r.y.lo, r.y.hi = 0.5-float64(len(r.rows)), 0.5
	case r.floor && r.y.lo >= 0:
		r.y.add(0)
		r.y.widen(0, 0.06)
	default:
		r.y.widen(0.05, 0.05)
	}
	return r, nil
}

// tiny is the width below which an interval is treated as empty: steps within
// it could lose their precision.
const tiny = 1e-300

// widen adds margins, as shares of the width, below and above. An interval
// too narrow to have distinct ticks is widened first.
func (r *interval) widen(below, above float64) {
	size := max(math.Abs(r.lo), math.Abs(r.hi))
	switch {
	case !r.some || size < tiny:
		r.lo, r.hi = r.lo-0.5, r.hi+0.5
	case r.hi-r.lo < 1e-10*size:
		r.lo, r.hi = r.lo-size/10, r.hi+size/10
	}
	w := r.hi - r.lo
	r.lo, r.hi = r.lo-below*w, r.hi+above*w
}

// finiteSpan tells whether differences within [lo, hi], margins included, can
// be computed.
func finiteSpan(lo, hi float64) bool {
	const most = math.MaxFloat64 / 16
	return lo > -most && hi < most
}
