package plot

import (
	"fmt"
	"math"
)

// stems are the autocorrelations of a series at lags 0, 1, 2, ….
type stems struct {
	look
	rho []float64
	n   int
}

// Autocorrelation draws the autocorrelation of the series xs at lags 0 to
// lags, with a band of ±1.96/√n within which 95 % of those of independent
// values lie. It needs 0 < lags < n, and values that are not all equal.
// Options: Color, Alpha, Width.
func (f *Figure) Autocorrelation(xs []float64, lags int, opts ...Option) *Figure {
	l, err := styled("Autocorrelation", look{width: 1.4}, hasColor|hasAlpha|hasWidth, opts)
	if err == nil {
		err = finite("Autocorrelation", "", xs)
	}
	switch {
	case err != nil:
		return f.add(nil, err)
	case lags < 1 || lags >= len(xs):
		return f.add(nil, &ArgumentError{"Autocorrelation", "", fmt.Sprintf("%d lags of %d values", lags, len(xs))})
	}
	rho := autocorrelation(xs, lags)
	if rho[0] != 1 {
		return f.add(nil, &ArgumentError{"Autocorrelation", "", fmt.Sprintf("all %d values are equal or too far apart", len(xs))})
	}
	f.next(&l)
	return f.add(&stems{l, rho, len(xs)}, nil)
}

// autocorrelation is the usual biased estimate, the sum of products at each
// lag over the sum of squares (Box and Jenkins 1976, eq. 2.1.11).
func autocorrelation(xs []float64, lags int) []float64 {
	mean := 0.0
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	rho := make([]float64, lags+1)
	for k := range rho {
		for t := k; t < len(xs); t++ {
			rho[k] += (xs[t] - mean) * (xs[t-k] - mean)
		}
	}
	c0 := rho[0]
	for k := range rho {
		rho[k] /= c0
	}
	return rho
}

// band is the half width of the band of independent values.
func (m *stems) band() float64 { return 1.96 / math.Sqrt(float64(m.n)) }

func (m *stems) extend(r *ranges) {
	r.x.add(0, float64(len(m.rho)-1))
	r.y.add(-m.band(), m.band())
	r.y.add(m.rho...)
}

func (m *stems) draw(p *panel) {
	p.begin("autocorrelation")
	p.polygon(rect{p.area.x0, p.y(m.band()), p.area.x1, p.y(-m.band())}.corners(), faded(ruleInk(), 0.12))
	zero := snap(p.y(0))
	p.line([]point{{p.area.x0, zero}, {p.area.x1, zero}}, pen{color: axisInk(), width: hairline})
	tips := make([]point, len(m.rho))
	for k, v := range m.rho {
		tips[k] = p.pt(float64(k), v)
		p.line([]point{{tips[k].x, zero}, tips[k]}, m.pen())
	}
	if gap := p.area.w() / float64(len(tips)); gap > 4 { // room for dots
		p.dots(Circle, tips, 1.7, m.paint())
	}
	p.end()
}

func (m *stems) key() (string, swatch) { return "", nil }
