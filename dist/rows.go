package dist

import (
	"slices"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// drawRows is drawEach for vectors: one fills a row of zeros, from a stream of
// its own, given a copy of a row of w, which has K numbers along the last dim,
// and the value of n, which may be nil. size is the length of the draws' rows, or
// 0 for numbers.
func (f *family) drawRows(key rng.Key, sample []int, w, n *tensor.Tensor, size int,
	one func(s *rng.Stream, row, w []float64, n float64),
) *tensor.Tensor {
	k, width := w.Dim(-1), max(size, 1)
	params := []*tensor.Tensor{w.Expand(append(slices.Clone(f.batch), k)...)}
	if n != nil {
		params = append(params, n.Expand(f.batch...))
	}
	row := make([]float64, k) // a copy, as one may change it; a recorded draw is made by one goroutine
	var s rng.Stream
	return f.cast(tensor.Random(key, func(key rng.Key, out []float64, params [][]float64) {
		clear(out)
		for i := range len(out) / width {
			s = key.Stream(i)
			count := 0.0
			if len(params) > 1 {
				count = params[1][i%len(params[1])]
			}
			from := i * k % len(params[0])
			copy(row, params[0][from:from+k])
			one(&s, out[i*width:(i+1)*width], row, count)
		}
	}, f.shape(sample), params...))
}

// drawCategory draws a position in p, whose numbers need not sum to one.
func drawCategory(s *rng.Stream, p []float64) int {
	total := 0.0
	for _, v := range p {
		total += v
	}
	u := s.Uniform() * total
	last := 0
	for i, v := range p {
		if v > 0 {
			if u < v {
				return i
			}
			last = i
		}
		u -= v
	}
	return last // rounding
}

// drawMultinomial fills row with the counts of n draws from p, one binomial
// after the other. It changes p, of which it makes the sums of the tails.
func drawMultinomial(s *rng.Stream, row, p []float64, n float64) {
	for i := len(p) - 2; i >= 0; i-- {
		p[i] += p[i+1]
	}
	for i := range row {
		row[i] = n
		if i+1 < len(p) {
			if rest := p[i+1]; rest > 0 {
				q := rest / p[i]
				row[i] = drawBinomial(s, n, (p[i]-rest)/p[i], q)
			}
		}
		n -= row[i]
	}
}

// maxEnumerated is how many vectors an enumeration may have.
const maxEnumerated = 1 << 22

// enumerateCounts returns all vectors of counts with sum n, in reverse
// lexicographic order, with shape [m, 1, …, 1, K].
func (f *family) enumerateCounts(n int) *tensor.Tensor {
	k := f.event[0]
	m := 1.0 // C(n+k-1, k-1)
	for i := 1; i < k; i++ {
		m *= float64(n+i) / float64(i)
	}
	if m > maxEnumerated {
		panic(&MethodError{Dist: f.String(), Method: "EnumerateSupport", Reason: "too many possible draws to list"})
	}
	var out []float64
	row := make([]float64, k)
	var fill func(i, left int)
	fill = func(i, left int) {
		if i == k-1 {
			row[i] = float64(left)
			out = append(out, row...)
			return
		}
		for c := left; c >= 0; c-- {
			row[i] = float64(c)
			fill(i+1, left-c)
		}
	}
	fill(0, n)
	shape := slices.Concat([]int{len(out) / k}, slices.Repeat([]int{1}, len(f.batch)), []int{k})
	return f.cast(tensor.Using(out, shape...))
}
