package plot

// clipLine returns the pieces of an open line inside r, cutting each segment
// by the method of Liang and Barsky (1984).
func clipLine(r rect, pts []point) [][]point {
	var (
		lines [][]point
		line  []point
	)
	for i := 1; i < len(pts); i++ {
		a, b, ok := clipSegment(r, pts[i-1], pts[i])
		if !ok {
			continue
		}
		if len(line) == 0 || a != pts[i-1] {
			line = []point{a}
		}
		line = append(line, b)
		if b != pts[i] || i == len(pts)-1 {
			lines, line = append(lines, line), nil
		} else if _, _, more := clipSegment(r, pts[i], pts[i+1]); !more {
			lines, line = append(lines, line), nil
		}
	}
	return lines
}

// clipSegment returns the part of the segment from a to b inside r. Ends
// inside r come back unchanged.
func clipSegment(r rect, a, b point) (point, point, bool) {
	t0, t1 := 0.0, 1.0
	d := point{b.x - a.x, b.y - a.y}
	for _, side := range [...][2]float64{ // direction and distance to each edge
		{-d.x, a.x - r.x0}, {d.x, r.x1 - a.x}, {-d.y, a.y - r.y0}, {d.y, r.y1 - a.y},
	} {
		p, q := side[0], side[1]
		switch {
		case p == 0:
			if q < 0 {
				return a, b, false
			}
		case p < 0:
			t0 = max(t0, q/p)
		default:
			t1 = min(t1, q/p)
		}
	}
	if t0 > t1 {
		return a, b, false
	}
	from, to := a, b
	if t0 > 0 {
		from = point{a.x + t0*d.x, a.y + t0*d.y}
	}
	if t1 < 1 {
		to = point{a.x + t1*d.x, a.y + t1*d.y}
	}
	return from, to, true
}

// clipPolygon returns the part of a polygon inside r by the method of
// Sutherland and Hodgman (1974): edge after edge of r.
func clipPolygon(r rect, pts []point) []point {
	for _, edge := range [...]func(point) float64{ // ≥ 0 inside
		func(p point) float64 { return p.x - r.x0 },
		func(p point) float64 { return r.x1 - p.x },
		func(p point) float64 { return p.y - r.y0 },
		func(p point) float64 { return r.y1 - p.y },
	} {
		var out []point
		for i, b := range pts {
			a := pts[(i+len(pts)-1)%len(pts)]
			da, db := edge(a), edge(b)
			if da >= 0 != (db >= 0) {
				t := da / (da - db)
				out = append(out, point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)})
			}
			if db >= 0 {
				out = append(out, b)
			}
		}
		pts = out
	}
	return pts
}
