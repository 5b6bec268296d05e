package tensor

import "github.com/gopyro/pyro/rng"

// Normals returns standard normal numbers. Element i depends on the key and i
// alone.
func Normals(key rng.Key, shape ...int) *Tensor {
	if len(shape) == 0 {
		return strong(key.Normal())
	}
	data := make([]float64, size("Normals", shape))
	key.Normals(data)
	return wrap(data, shape...)
}

// Uniforms returns numbers uniform on the open interval (0, 1). Element i
// depends on the key and i alone.
func Uniforms(key rng.Key, shape ...int) *Tensor {
	if len(shape) == 0 {
		return strong(key.Uniform())
	}
	data := make([]float64, size("Uniforms", shape))
	key.Uniforms(data)
	return wrap(data, shape...)
}

// Draws returns a tensor whose elements f draws, each from a stream of its own,
// so that element i depends on the key and i alone.
func Draws(key rng.Key, f func(i int, s *rng.Stream) float64, shape ...int) *Tensor {
	if len(shape) == 0 {
		s := key.Stream(0)
		return strong(f(0, &s))
	}
	data := make([]float64, size("Draws", shape))
	for i := range data {
		s := key.Stream(i)
		data[i] = f(i, &s)
	}
	return wrap(data, shape...)
}

// strong is a single float64 that is not a plain number.
func strong(v float64) *Tensor {
	x := scalar(v)
	x.arr.Weak = false
	return x
}
