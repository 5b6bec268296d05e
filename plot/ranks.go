package plot

import (
	"cmp"
	"fmt"
	"slices"
)

// rankBars is how the ranks of chains spread, one row for each chain.
type rankBars struct {
	counts [][]int // [chain][bin]
	draws  int     // of each chain
}

// Ranks draws for each of the chains, chains[i][t], all equally long, how the
// ranks of its values among the values of all chains spread over bins equal
// parts. Chains that sample the same distribution give even bars, as high as
// the dashed lines (Vehtari et al. 2021, section 4.2). Equal values get the
// mean of their ranks. A figure has one set of rows.
func (f *Figure) Ranks(chains [][]float64, bins int) *Figure {
	if len(chains) == 0 {
		return f.add(nil, &EmptyError{Mark: "Ranks"})
	}
	for _, chain := range chains {
		if err := finite("Ranks", "", chain); err != nil {
			return f.add(nil, err)
		}
		if len(chain) != len(chains[0]) {
			return f.add(nil, &LengthError{"Ranks", "", len(chains[0]), len(chain)})
		}
	}
	if n := len(chains) * len(chains[0]); bins < 1 || bins > n {
		return f.add(nil, &ArgumentError{"Ranks", "", fmt.Sprintf("%d bins, want 1 to the number of values, %d", bins, n)})
	}
	return f.add(&rankBars{countRanks(chains, bins), len(chains[0])}, f.oneSetOfRows("Ranks"))
}

// countRanks counts the pooled ranks of each chain in bins equal parts.
func countRanks(chains [][]float64, bins int) [][]int {
	type value struct {
		x     float64
		chain int
	}
	var all []value
	counts := make([][]int, len(chains))
	for c, chain := range chains {
		counts[c] = make([]int, bins)
		for _, x := range chain {
			all = append(all, value{x, c})
		}
	}
	slices.SortFunc(all, func(a, b value) int { return cmp.Compare(a.x, b.x) })
	for i := 0; i < len(all); {
		first := i
		for i < len(all) && all[i].x == all[first].x {
			i++
		}
		twice := first + i - 1 // twice the mean of the ranks first to i-1
		for _, v := range all[first:i] {
			counts[v.chain][twice*bins/(2*len(all))]++
		}
	}
	return counts
}

func (m *rankBars) extend(r *ranges) {
	r.x.add(0, float64(m.draws*len(m.counts)))
	r.tightX = true
	for c := range m.counts {
		r.rows = append(r.rows, fmt.Sprintf("chain %d", c))
	}
}

func (m *rankBars) draw(p *panel) {
	most := 0
	for _, bins := range m.counts {
		most = max(most, slices.Max(bins))
	}
	p.begin("ranks")
	for c, bins := range m.counts {
		foot := snapEdge(p.y(-float64(c) - 0.42))
		unit := (p.y(-float64(c)-0.42) - p.y(-float64(c)+0.42)) / float64(most)
		width := p.area.w() / float64(len(bins))
		for i, n := range bins {
			if n > 0 {
				x := p.area.x0 + float64(i)*width
				p.polygon(rect{snapEdge(x) + pixel, foot - float64(n)*unit, snapEdge(x + width), foot}.corners(), faded(palette(c), 0.85))
			}
		}
		even := snapEdge(foot - unit*float64(m.draws)/float64(len(bins)))
		p.line([]point{{p.area.x0, even}, {p.area.x1, even}}, pen{color: ruleInk(), width: 1, dash: dashes()})
	}
	p.end()
}

func (m *rankBars) key() (string, swatch) { return "", nil }
