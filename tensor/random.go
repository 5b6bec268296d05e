package tensor

import "github.com/gopyro/pyro/rng"

// Normals returns standard normal numbers. Element i depends on the key and i
// alone.
func Normals(key rng.Key, shape ...int) *Tensor {
	data := make([]float64, size("Normals", shape))
	key.Normals(data)
	return wrap(data, shape...)
}

// Uniforms returns numbers uniform on the open interval (0, 1). Element i
// depends on the key and i alone.
func Uniforms(key rng.Key, shape ...int) *Tensor {
	data := make([]float64, size("Uniforms", shape))
	key.Uniforms(data)
	return wrap(data, shape...)
}

// Draws returns a tensor whose elements f draws, each from a stream of its own,
// so that element i depends on the key and i alone.
func Draws(key rng.Key, f func(i int, s *rng.Stream) float64, shape ...int) *Tensor {
	data := make([]float64, size("Draws", shape))
	for i := range data {
		s := key.Stream(i)
		data[i] = f(i, &s)
	}
	return wrap(data, shape...)
}
