package tensor

import (
	"slices"

	"github.com/gopyro/pyro/internal/program"
	"github.com/gopyro/pyro/rng"
)

// Normals returns standard normal numbers. Element i depends on the key and i
// alone.
func Normals(key rng.Key, shape ...int) *Tensor {
	if len(shape) == 0 && key.Owner() == nil {
		return strong(key.Normal())
	}
	return Random(key, fillNormals, shape)
}

func fillNormals(key rng.Key, dst []float64, _ [][]float64) { key.Normals(dst) }

// Uniforms returns numbers uniform on the open interval (0, 1). Element i
// depends on the key and i alone.
func Uniforms(key rng.Key, shape ...int) *Tensor {
	if len(shape) == 0 && key.Owner() == nil {
		return strong(key.Uniform())
	}
	return Random(key, fillUniforms, shape)
}

func fillUniforms(key rng.Key, dst []float64, _ [][]float64) { key.Uniforms(dst) }

// Draws returns a tensor of the given shape whose elements one draws from the
// values of params, whose shapes must be the end of that shape. Each element
// has a stream of its own, so that element i depends on the key, i and its own
// parameters alone. one must depend on nothing else; p is valid within a call
// only. The draws carry no gradient.
func Draws(key rng.Key, one func(s *rng.Stream, p []float64) float64, shape []int, params ...*Tensor) *Tensor {
	for _, x := range params {
		s := x.Shape()
		if k := len(shape) - len(s); x.Size() != 1 && (k < 0 || !slices.Equal(s, shape[k:])) {
			x.fail("Draws", "the parameter's shape is not the end of %v", append([]int{}, shape...))
		}
	}
	p := make([]float64, len(params)) // a recorded draw is made by one goroutine
	var s rng.Stream
	return Random(key, func(key rng.Key, dst []float64, params [][]float64) {
		for i := range dst {
			for j := range p {
				p[j] = params[j][i%len(params[j])]
			}
			s = key.Stream(i)
			dst[i] = one(&s, p)
		}
	}, shape, params...)
}

// Random returns a tensor of the given shape that fill makes from the key and
// the values of params, each as one slice in row-major order. fill must depend on nothing else: a recorded computation calls it again
// with other keys and values. The numbers carry no gradient.
func Random(key rng.Key, fill func(key rng.Key, dst []float64, params [][]float64), shape []int, params ...*Tensor) *Tensor {
	size("Random", shape)
	t := commonTape(params)
	if t == nil {
		t, _ = key.Owner().(*Tape)
	}
	if t == nil {
		in := make([]*program.Array, len(params))
		for i, x := range params {
			in[i] = x.array()
		}
		return off(program.DrawApply(key, fill, shape, in...))
	}
	var buf [4]program.Ref
	refs := buf[:0]
	for _, x := range params {
		refs = append(refs, t.ref(x))
	}
	return t.handle(t.program.Draw(key, fill, shape, refs...))
}

// strong is a single float64 that is not a plain number.
func strong(v float64) *Tensor {
	x := scalar(v)
	x.own().Weak = false
	return x
}
