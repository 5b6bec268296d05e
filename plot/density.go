package plot

import "fmt"

// density is a curve estimated from data.
type density struct {
	look
	kde  kde
	peak float64
}

// densityPoints is how many points a density curve has at most: about one
// for each pixel of a single figure.
const densityPoints = 800

// Density draws a Gaussian kernel density estimate of xs with Silverman's
// bandwidth, or that of [Bandwidth], over the data and three bandwidths beyond.
// Silverman's suits one mode; far apart modes come out too wide. Values that
// are all equal have no bandwidth: an [ArgumentError].
// Options: Color, Alpha, Width, Dashed, Solid, Filled, Bandwidth.
func (f *Figure) Density(xs []float64, label string, opts ...Option) *Figure {
	l, err := styled("Density", look{label: label, width: 1.5}, hasColor|hasAlpha|hasWidth|hasDash|hasFill|hasBandwidth, opts)
	if err == nil {
		err = finite("Density", label, xs)
	}
	if err != nil {
		return f.add(nil, err)
	}
	k, ok := newKDE(xs, l.kernel)
	if !ok {
		return f.add(nil, &ArgumentError{"Density", label, fmt.Sprintf("all %d values are equal or too far apart", len(xs))})
	}
	m := &density{look: l, kde: k}
	for _, x := range m.grid(k.support()) {
		m.peak = max(m.peak, k.at(x))
	}
	f.next(&m.look)
	return f.add(m, nil)
}

// grid returns the abscissas of the curve within [lo, hi].
func (m *density) grid(lo, hi float64) []float64 {
	xs := make([]float64, densityPoints)
	for i := range xs {
		xs[i] = lo + (hi-lo)*float64(i)/(densityPoints-1)
	}
	return xs
}

func (m *density) extend(r *ranges) {
	lo, hi := m.kde.support()
	r.x.add(lo, hi)
	r.y.add(0, m.peak)
	r.floor = true
}

func (m *density) draw(p *panel) {
	lo, hi := m.kde.support()
	var curve []point
	for _, x := range m.grid(max(lo, p.r.x.lo), min(hi, p.r.x.hi)) {
		curve = append(curve, p.pt(x, m.kde.at(x)))
	}
	p.begin("density")
	if m.fill {
		n := len(curve) - 1
		area := append(curve[:n+1:n+1], point{curve[n].x, p.y(0)}, point{curve[0].x, p.y(0)})
		p.polygon(area, faded(m.paint(), 0.18))
	}
	p.line(curve, m.pen())
	p.end()
}

func (m *density) key() (string, swatch) { return m.label, lineSwatch(m.pen()) }
