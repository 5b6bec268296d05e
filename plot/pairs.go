package plot

// pairPoints is how many draws each panel of [Pairs] shows at most, so that
// an SVG stays small. Divergent draws are always shown.
const pairPoints = 1000

// Pairs draws every pair of variables against each other, and on the diagonal
// the density of each. draws[j][t] is draw t of the variable names[j]. The
// draws with divergent[t] are marked; divergent may be nil. Of more than 1000
// draws, evenly spaced ones are shown; the densities are of all.
func Pairs(names []string, draws [][]float64, divergent []bool) *Picture {
	p := &Picture{columns: len(names), name: "pairs"}
	if p.err = checkPairs(names, draws, divergent); p.err != nil {
		return p
	}
	limits := make([][2]float64, len(draws))
	for j, xs := range draws {
		var r interval
		r.add(xs...)
		r.widen(0.05, 0.05)
		limits[j] = [2]float64{r.lo, r.hi}
	}
	for row, ys := range draws {
		for col, xs := range draws {
			if col > row {
				p.panels = append(p.panels, nil)
				continue
			}
			f := &Figure{XLim: limits[col], axesW: 110, axesH: 100, innerX: row < len(names)-1, innerY: col > 0}
			if !f.innerX {
				f.XLabel = names[col]
			}
			if !f.innerY {
				f.YLabel = names[row]
			}
			if row == col {
				f.HideY = true
				f.Density(xs, "", Filled())
			} else {
				f.YLim = limits[row]
				f.pair(xs, ys, divergent)
			}
			p.panels = append(p.panels, f)
		}
	}
	return p
}

func checkPairs(names []string, draws [][]float64, divergent []bool) error {
	switch {
	case len(names) == 0:
		return &EmptyError{Mark: "Pairs"}
	case len(names) != len(draws):
		return &LengthError{"Pairs", "", len(names), len(draws)}
	case divergent != nil && len(divergent) != len(draws[0]):
		return &LengthError{"Pairs", "", len(draws[0]), len(divergent)}
	}
	for j, xs := range draws {
		if err := finitePairs("Pairs", names[j], draws[0], xs); err != nil {
			return err
		}
	}
	return nil
}

// pair draws one variable against another.
func (f *Figure) pair(xs, ys []float64, divergent []bool) {
	var x, y, dx, dy []float64
	stride := (len(xs) + pairPoints - 1) / pairPoints
	for t := range xs {
		switch {
		case divergent != nil && divergent[t]:
			dx, dy = append(dx, xs[t]), append(dy, ys[t])
		case t%stride == 0:
			x, y = append(x, xs[t]), append(y, ys[t])
		}
	}
	if len(x) > 0 {
		f.Points(x, y, "", Color("C0"), Size(1.2), Alpha(0.35))
	}
	if len(dx) > 0 {
		f.Points(dx, dy, "", Color("C1"), Size(1.8), Alpha(0.9))
	}
}
