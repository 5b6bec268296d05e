package dist

import (
	"math"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// normals returns standard normal numbers of the shape of a draw, in the number
// type of the parameters.
func (f *family) normals(key rng.Key, sample []int) *tensor.Tensor {
	return f.cast(tensor.Normals(key, f.shape(sample)...))
}

// uniforms is normals for the open interval (0, 1). Its last numbers would round
// to 1 in float32, and become the largest one below.
func (f *family) uniforms(key rng.Key, sample []int) *tensor.Tensor {
	u := f.cast(tensor.Uniforms(key, f.shape(sample)...))
	if u.DType() == tensor.Float32 {
		u = u.Minimum(largestShare)
	}
	return u
}

// largestShare is the largest float32 below 1.
var largestShare = tensor.Of(1 - 0x1p-24)

// exponentials is normals for the exponential distribution of rate 1, by
// inversion.
func (f *family) exponentials(key rng.Key, sample []int) *tensor.Tensor {
	return f.cast(tensor.Uniforms(key, f.shape(sample)...).Log().Neg())
}

// drawEach returns draws of numbers made one by one from the values of
// parameters, which broadcast with the batch shape. Each has a stream of its
// own, so that rejections do not shift its neighbours. p is only valid within
// a call of one, which must depend on nothing else.
func (f *family) drawEach(key rng.Key, sample []int, one func(s *rng.Stream, p []float64) float64, params ...*tensor.Tensor) *tensor.Tensor {
	var buf [maxParams]*tensor.Tensor
	wide := buf[:0]
	for _, p := range params {
		wide = append(wide, p.Expand(f.batch...))
	}
	return f.cast(tensor.Draws(key, one, f.shape(sample), wide...))
}

// cast converts draws to float32 if a parameter is.
func (f *family) cast(x *tensor.Tensor) *tensor.Tensor {
	for _, v := range f.parameters() {
		if v.DType() == tensor.Float32 {
			return x.To(tensor.Float32)
		}
	}
	return x
}

// smallestNormal is the least positive float64 of full precision. Draws of
// positive families whose exact value is below it are returned as it, as
// PyTorch does, so that they never leave the support.
const smallestNormal = 0x1p-1022

// logGamma returns the logarithm of a draw of the gamma distribution of
// concentration a and rate 1, which does not underflow for small a: Marsaglia
// and Tsang, "A simple method for generating gamma variables" (2000), and for
// a < 1 their boost by a power of a uniform number, on the logarithm. NaN
// unless a > 0.
func logGamma(s *rng.Stream, a float64) float64 {
	switch {
	case !(a > 0):
		return math.NaN()
	case a < 1:
		return logGamma(s, a+1) + math.Log(s.Uniform())/a
	case math.IsInf(a, 1):
		return a
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.Normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(s.Uniform()) < 0.5*x*x+d*(1-v+math.Log(v)) {
			return math.Log(d * v)
		}
	}
}
