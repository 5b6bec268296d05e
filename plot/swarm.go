package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Group is one row of a swarm, one variable of a forest, or bars of one kind.
type Group struct {
	Label string    // name of the row, or of the bars, may be empty
	Xs    []float64 // values
	Color string    // as for [Color]; default the next of the palette
}

// look checks the group for the mark called name.
func (g Group) look(name string) (look, error) {
	l := look{label: g.Label}
	if err := finite(name, g.Label, g.Xs); err != nil {
		return l, err
	}
	var opts []Option
	if g.Color != "" {
		opts = append(opts, Color(g.Color))
	}
	return styled(name, l, hasColor, opts)
}

// swarm is rows of points that do not overlap.
type swarm struct {
	groups []Group
	colors []look
}

// Swarm draws the values of each group as points along a row, the first group
// at the top. Points are moved up and down just so far that none overlaps
// another, and made smaller where a row has too little room. A figure has one
// swarm. Meant for up to a few thousand values.
func (f *Figure) Swarm(groups ...Group) *Figure {
	if len(groups) == 0 {
		return f.add(nil, &EmptyError{Mark: "Swarm"})
	}
	m := &swarm{}
	for _, g := range groups {
		l, err := g.look("Swarm")
		if err != nil {
			return f.add(nil, err)
		}
		f.next(&l)
		g.Xs = clone(g.Xs)
		m.groups, m.colors = append(m.groups, g), append(m.colors, l)
	}
	return f.add(m, f.oneSetOfRows("Swarm"))
}

// oneSetOfRows returns an error if the figure has rows already.
func (f *Figure) oneSetOfRows(name string) error {
	var r ranges
	for _, m := range f.marks {
		m.extend(&r)
	}
	if r.rows != nil {
		return &ArgumentError{name, "", fmt.Sprintf("the figure has %d rows already", len(r.rows))}
	}
	return nil
}

func (m *swarm) extend(r *ranges) {
	for i, g := range m.groups {
		r.x.add(g.Xs...)
		r.y.add(-float64(i))
		r.rows = append(r.rows, g.Label)
	}
}

func (m *swarm) draw(p *panel) {
	half := 0.46 * p.area.h() / float64(len(m.groups))
	rows := make([][]float64, len(m.groups))
	for i, g := range m.groups {
		for _, v := range g.Xs {
			if x := p.x(v); p.area.x0 <= x && x <= p.area.x1 {
				rows[i] = append(rows[i], x)
			}
		}
	}
	r, ys := swarmLayout(rows, half)
	p.begin("swarm")
	for i, xs := range rows {
		at := make([]point, len(xs))
		for j, x := range xs {
			at[j] = point{x, p.y(-float64(i)) + ys[i][j]}
		}
		p.dots(Circle, at, r, m.colors[i].paint())
	}
	p.end()
}

func (m *swarm) key() (string, swatch) { return "", nil }

// swarmLayout returns a radius of at most 2.6 points at which all rows fit
// into half above and below their middles, and the displacements of the points.
func swarmLayout(rows [][]float64, half float64) (r float64, ys [][]float64) {
	for r = 2.6; ; {
		tallest := 0.0
		ys = ys[:0]
		for _, xs := range rows {
			row := beeswarm(xs, 2*r*1.08) // the points are 8 % of a diameter apart
			for _, y := range row {
				tallest = max(tallest, math.Abs(y)+r)
			}
			ys = append(ys, row)
		}
		if tallest <= half {
			return r, ys
		}
		// The height goes with r² where the points are spread, with r where
		// they are equal; the root shrinks neither too far.
		r *= 0.99 * math.Sqrt(half/tallest)
	}
}

// beeswarm returns displacements ys such that the points (xs[i], ys[i]) are
// at least d apart, up to rounding. Points are placed from left to right, each
// as near to the middle as those placed before allow.
func beeswarm(xs []float64, d float64) []float64 {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(xs[i], xs[j]) })
	var (
		ys    = make([]float64, len(xs))
		first = 0 // of order that can still touch
		taken []interval
	)
	for k, i := range order {
		for xs[i]-xs[order[first]] >= d {
			first++
		}
		taken = taken[:0]
		for _, j := range order[first:k] {
			dx := xs[i] - xs[j]
			dy := math.Sqrt(d*d - dx*dx)
			taken = append(taken, interval{lo: ys[j] - dy, hi: ys[j] + dy})
		}
		ys[i] = nearestFree(taken, k%2 == 0)
	}
	return ys
}

// nearestFree returns the number nearest to 0 that is inside none of the open
// intervals: 0, or an end of the connected stretch of intervals around 0. Of
// two equally near ones it takes the negative one if below.
func nearestFree(taken []interval, below bool) float64 {
	slices.SortFunc(taken, func(a, b interval) int { return cmp.Compare(a.lo, b.lo) })
	for i := 0; i < len(taken); {
		stretch := taken[i]
		for i++; i < len(taken) && taken[i].lo < stretch.hi; i++ {
			stretch.hi = max(stretch.hi, taken[i].hi)
		}
		switch {
		case stretch.hi <= 0:
			continue
		case stretch.lo >= 0:
			return 0
		case -stretch.lo < stretch.hi, -stretch.lo == stretch.hi && below:
			return stretch.lo
		default:
			return stretch.hi
		}
	}
	return 0
}
