package autoguide

import (
	"math"
	"slices"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// quantileDraws is the number of draws that quantiles are computed from where
// they have no closed form: that of a continuous distribution then lies between
// its quantiles q ± 0.5/√quantileDraws, two thirds of the time.
const quantileDraws = 10_000

// drawnKey is the key of those draws.
func drawnKey() rng.Key { return rng.New(0).FoldName("quantile") }

// columnQuantile is the q-quantile along the first dim, between order statistics
// (Hyndman and Fan 1996, definition 7).
func columnQuantile(v *tensor.Tensor, q float64) *tensor.Tensor {
	n, shape := v.Dim(0), v.Shape()[1:]
	size := v.Size() / n
	data, column, out := v.Float64s(), make([]float64, n), make([]float64, size)
	at := q * float64(n-1)
	low := int(math.Floor(at))
	high := min(low+1, n-1)
	for j := range out {
		for i := range column {
			column[i] = data[i*size+j]
		}
		slices.Sort(column)
		out[j] = column[low] + (at-float64(low))*(column[high]-column[low])
	}
	return tensor.New(out, shape...)
}
