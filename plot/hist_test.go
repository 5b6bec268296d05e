package plot

import (
	"slices"
	"testing"
)

// The counts are those of numpy.histogram: parts are closed below, the last
// one also above.
func TestHistogramEdges(t *testing.T) {
	m := &histogram{lo: 0, hi: 0.3, counts: make([]int, 3)}
	// 0.1 and 0.2 are the edges 0.3/3 and 2·0.3/3 of the computation or next to them.
	inside := m.count([]float64{-0.01, 0, 0.05, m.edge(1), 0.15, m.edge(2), 0.3, 0.31})
	if want := []int{2, 2, 2}; inside != 6 || !slices.Equal(m.counts, want) {
		t.Errorf("%v of %d, want %v of 6", m.counts, inside, want)
	}
}

// Every edge belongs to the part that it opens, for any number of parts.
func TestHistogramEdgesOpenTheirPart(t *testing.T) {
	for bins := 1; bins < 200; bins++ {
		m := &histogram{lo: -1.7, hi: 0.9, counts: make([]int, bins)}
		for i := range bins {
			m.count([]float64{m.edge(i)})
			if m.counts[i] != 1 {
				t.Fatalf("%d parts: edge %d was counted elsewhere", bins, i)
			}
		}
	}
}
