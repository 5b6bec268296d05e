package optim

import "math"

// The constants of the strong Wolfe conditions: sufficient decrease and
// curvature (Nocedal and Wright 2006, section 3.1).
const (
	decrease  = 1e-4
	curvature = 0.9
)

// wolfe returns a point along d, of the given slope at s.best, that satisfies the
// strong Wolfe conditions, or at least the first of them; nil if there is none
// within reach.
func (s *search) wolfe(d []float64, slope, first float64) (*point, error) {
	start := &point{value: s.best.value, slope: slope}
	last, t := start, first
	for range 30 {
		p, err := s.eval(s.best.x, t, d)
		if err != nil {
			return nil, err
		}
		switch {
		case p.value > start.value+decrease*t*slope || last != start && p.value >= last.value:
			return s.zoom(d, start, last, p)
		case math.Abs(p.slope) <= -curvature*slope:
			return p, nil
		case p.slope >= 0:
			return s.zoom(d, start, p, last)
		}
		last, t = p, 2*t
	}
	return last, nil // it falls without end
}

// zoom narrows an interval that holds points with the Wolfe conditions: low is
// the end with the lower value.
func (s *search) zoom(d []float64, start, low, high *point) (*point, error) {
	for range 40 {
		p, err := s.eval(s.best.x, between(low, high), d)
		if err != nil {
			return nil, err
		}
		switch {
		case p.value > start.value+decrease*p.t*start.slope || p.value >= low.value:
			high = p
		case math.Abs(p.slope) <= -curvature*start.slope:
			return p, nil
		default:
			if p.slope*(high.t-low.t) >= 0 {
				high = low
			}
			low = p
		}
		if math.Abs(high.t-low.t) <= 1e-16*math.Abs(low.t) {
			break
		}
	}
	if low == start || low.x == nil {
		return nil, nil
	}
	return low, nil
}

// between is the minimum of the cubic through two points and their slopes, kept
// off the ends, or the middle (Nocedal and Wright 2006, equation 3.59).
func between(a, b *point) float64 {
	middle := (a.t + b.t) / 2
	if math.IsInf(b.value, 0) || math.IsInf(a.value, 0) {
		return middle
	}
	d1 := a.slope + b.slope - 3*(a.value-b.value)/(a.t-b.t)
	d2 := math.Copysign(math.Sqrt(d1*d1-a.slope*b.slope), b.t-a.t)
	t := b.t - (b.t-a.t)*(b.slope+d2-d1)/(b.slope-a.slope+2*d2)
	lo, hi := min(a.t, b.t), max(a.t, b.t)
	if margin := 0.1 * (hi - lo); !(t >= lo+margin && t <= hi-margin) {
		return middle
	}
	return t
}
