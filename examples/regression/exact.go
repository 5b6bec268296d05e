package regression

import (
	"math"

	"github.com/gopyro/pyro/tensor"
)

// exact returns the posterior means and standard deviations of variance,
// intercept and slope of linear: normal times inverse gamma (Gelman et al. 2013,
// sections 3.3 and 14.2), with marginals of Student.
func exact(speed, distance *tensor.Tensor) (means, sds []float64) {
	x := tensor.Stack(1, tensor.Ones(speed.Len()), speed)
	precision := x.T().MatMul(x).Add(tensor.Eye(2).DivScalar(10 * 10)) // over the variance
	factor := precision.Cholesky()
	center := factor.CholeskySolve(x.T().MatMul(distance).Unsqueeze(1)).Squeeze(1)
	a := 1 + float64(speed.Len())/2
	b := 100 + distance.Dot(distance).Sub(center.Dot(precision.MatMul(center))).Item()/2

	variance := b / (a - 1)
	means = append(means, variance)
	sds = append(sds, variance/math.Sqrt(a-2))
	spread := factor.CholeskyInverse().Diag().MulScalar(variance).Sqrt()
	return append(means, center.Float64s()...), append(sds, spread.Float64s()...)
}
