package diag

import (
	"fmt"
	"math"
	"slices"
)

// order is draws from the smallest to the largest, those that are not numbers
// before all.
type order struct {
	values []float64
	at     []int // where each is in the chains laid end to end; ascending among equals
}

// sorted returns the order of x.
func sorted(x []float64) *order {
	o, s := &order{}, sorter{}
	s.sort(o, [][]float64{x})
	return o
}

// degenerate reports draws of which nothing can be said: one of them is not
// finite, or all are the same to the last digit.
func (o *order) degenerate() bool {
	lo, hi := o.values[0], o.values[len(o.values)-1]
	return math.IsInf(lo, 0) || math.IsInf(hi, 0) || !(hi-lo >= resolution)
}

// resolution is the least range of draws that differ.
const resolution = 0x1p-52

// quantile is as [Quantile].
func (o *order) quantile(p float64) float64 {
	if !(p >= 0 && p <= 1) {
		panic(&ShapeError{fmt.Sprintf("quantile at %g, want it in [0, 1]", p)})
	}
	x := o.values
	at := float64(len(x)-1) * p
	lo := int(math.Floor(at))
	h := at - float64(lo)
	if h == 0 || x[lo+1] == x[lo] {
		return x[lo]
	}
	return (1-h)*x[lo] + h*x[lo+1]
}

// hdi is as [HDI].
func (o *order) hdi(prob float64) (lo, hi float64) {
	if !(prob > 0 && prob <= 1) {
		panic(&ShapeError{fmt.Sprintf("interval of probability %g, want it in (0, 1]", prob)})
	}
	x := o.values
	if math.IsNaN(x[0]) {
		return math.NaN(), math.NaN()
	}
	n := len(x)
	inside := min(int(math.Floor(prob*float64(n))), n-1)
	best, width := 0, x[inside]-x[0]
	for i, end := range x[inside:] {
		if w := end - x[i]; w < width {
			best, width = i, w
		}
	}
	return x[best], x[best+inside]
}

// atMost is the number of draws up to q.
func (o *order) atMost(q float64) int {
	n, _ := slices.BinarySearchFunc(o.values, q, func(x, q float64) int {
		if x <= q {
			return -1
		}
		return 1
	})
	return n
}

// keep makes o those of a whose place passes.
func (o *order) keep(a *order, pass func(at int) bool) {
	o.resize(len(a.at))
	n := 0
	for i, at := range a.at {
		if pass(at) {
			o.values[n], o.at[n] = a.values[i], at
			n++
		}
	}
	o.resize(n)
}

// fold makes o the distances of a from a centre. On either side of it they are in
// order already.
func (o *order) fold(a *order, centre float64) {
	n := len(a.values)
	o.resize(n)
	right := a.atMost(centre)
	left := right - 1
	for i := range n {
		from := right
		if right == n || left >= 0 && centre-a.values[left] <= a.values[right]-centre {
			from, left = left, left-1
		} else {
			right++
		}
		o.values[i], o.at[i] = math.Abs(a.values[from]-centre), a.at[from]
	}
}

func (o *order) resize(n int) { o.values, o.at = resize(o.values, n), resize(o.at, n) }

// sorter sorts draws by the bytes of their keys, from the last to the first (radix
// sort), which takes a time in proportion to their number and has no branch to
// guess. It is memory that serves the next sort.
type sorter struct{ keys, spare []keyed }

type keyed struct {
	key uint64
	at  int
}

func (s *sorter) sort(o *order, chains [][]float64) {
	var counts [8][256]int
	keys := s.keys[:0]
	for _, chain := range chains {
		for _, x := range chain {
			k := keyOf(x)
			for i := range counts {
				counts[i][byte(k>>(8*i))]++
			}
			keys = append(keys, keyed{k, len(keys)})
		}
	}
	spare := resize(s.spare, len(keys))
	for i := range counts {
		next := &counts[i]
		if len(keys) == 0 || next[byte(keys[0].key>>(8*i))] == len(keys) {
			continue // the byte is the same in all
		}
		sum := 0
		for b, n := range next {
			next[b], sum = sum, sum+n
		}
		for _, k := range keys {
			b := byte(k.key >> (8 * i))
			spare[next[b]] = k
			next[b]++
		}
		keys, spare = spare, keys
	}
	o.resize(len(keys))
	for i, k := range keys {
		o.values[i], o.at[i] = valueOf(k.key), k.at
	}
	s.keys, s.spare = keys, spare
}

const signBit = 1 << 63

// keyOf returns an integer that is ordered as draws are: zeros of either sign are
// equal, and whatever is not a number is 0.
func keyOf(x float64) uint64 {
	if x != x {
		return 0
	}
	b := math.Float64bits(x + 0) // -0 + 0 is 0
	return b ^ (uint64(int64(b)>>63) | signBit)
}

// valueOf is the draw of a key.
func valueOf(k uint64) float64 {
	return math.Float64frombits(k ^ (uint64(int64(^k)>>63) | signBit))
}

// resize returns n elements, in the memory of x if there is enough.
func resize[T any](x []T, n int) []T { return slices.Grow(x[:0], n)[:n] }
