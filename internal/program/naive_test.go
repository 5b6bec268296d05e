package program

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
)

// nd is an array as simple as can be: the reference of these tests.
type nd struct {
	dims []int
	data []float64 // row-major
}

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// build returns the array whose element at each position is f of it.
func build(dims []int, f func(at []int) float64) nd {
	a := nd{dims: slices.Clone(dims), data: make([]float64, sizeOf(dims))}
	at := make([]int, len(dims))
	for i := range a.data {
		a.data[i] = f(at)
		for d := len(dims) - 1; d >= 0; d-- {
			if at[d]++; at[d] < dims[d] {
				break
			}
			at[d] = 0
		}
	}
	return a
}

// offset of a position, which may have more dims than a and be beyond its
// sizes of 1: it is read as NumPy broadcasts.
func (a nd) offset(at []int) int {
	o := 0
	at = at[len(at)-len(a.dims):]
	for d, n := range a.dims {
		if n == 1 {
			continue
		}
		o = o*n + at[d]
	}
	return o
}

func (a nd) at(at ...int) float64 { return a.data[a.offset(at)] }

func (a nd) clone() nd { return nd{dims: a.dims, data: slices.Clone(a.data)} }

func (a nd) abs() nd {
	return build(a.dims, func(at []int) float64 { return math.Abs(a.at(at...)) })
}

func broadcastDims(xs ...nd) []int {
	var out []int
	for _, x := range xs {
		if len(x.dims) > len(out) {
			out = append(slices.Repeat([]int{1}, len(x.dims)-len(out)), out...)
		}
		for i, d := range x.dims {
			if o := &out[len(out)-len(x.dims)+i]; d != 1 {
				*o = d
			}
		}
	}
	if out == nil {
		out = []int{}
	}
	return out
}

// zip applies f to the elements of arrays that broadcast.
func zip(f func(v []float64) float64, xs ...nd) nd {
	v := make([]float64, len(xs))
	return build(broadcastDims(xs...), func(at []int) float64 {
		for i, x := range xs {
			v[i] = x.at(at...)
		}
		return f(v)
	})
}

// A view is a way an operand lies in memory.
type view int

const (
	plain view = iota
	permuted
	sliced   // every second element of the last dim, from the second on
	expanded // the first dim has stride 0
)

// operand describes an operand of a row: numbers between lo and hi, or index
// numbers 0 … below-1.
type operand struct {
	dims   []int
	lo, hi float64
	below  int
	view   view
	fixed  bool // gets no gradient
	once   bool // its second derivative is not defined
}

// samples gives each operand numbers of its own: no two are equal or closer
// than 1/64 of the range, so that small steps meet no tie.
func samples(name string, ops []operand) []nd {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	total := 0
	for _, o := range ops {
		total += sizeOf(o.dims)
	}
	order := r.Perm(max(total, 1))
	var out []nd
	for _, o := range ops {
		from := o.dims
		if o.view == expanded && from[0] > 0 {
			from = append([]int{1}, from[1:]...)
		}
		x := build(from, func([]int) float64 {
			if o.below > 0 {
				return float64(r.IntN(o.below))
			}
			k := order[0]
			order = order[1:]
			v := o.lo + (o.hi-o.lo)*(float64(k)+0.5)/float64(total)
			return math.Round(v*0x1p20) * 0x1p-20
		})
		out = append(out, build(o.dims, func(at []int) float64 { return x.at(at...) }))
	}
	return out
}

// array lays x out in memory.
func (x nd) array(v view) *Array {
	n := len(x.dims)
	var m *memory
	switch {
	case v == permuted && n > 1:
		back := slices.Clone(x.dims)
		slices.Reverse(back)
		pos := make([]int, n)
		y := build(back, func(at []int) float64 {
			for i := range at {
				pos[n-1-i] = at[i]
			}
			return x.at(pos...)
		})
		l := m.layout(back)
		strides := slices.Clone(l.Strides)
		slices.Reverse(strides)
		return &Array{Layout: m.view(x.dims, strides), F64: y.data}
	case v == sliced && n > 0:
		wide := slices.Clone(x.dims)
		wide[n-1] = 2*wide[n-1] + 1
		y := build(wide, func(at []int) float64 {
			if at[n-1]%2 == 0 {
				return math.NaN() // must never be read
			}
			p := slices.Clone(at)
			p[n-1] /= 2
			return x.at(p...)
		})
		strides := slices.Clone(m.layout(wide).Strides)
		strides[n-1] *= 2
		return &Array{Layout: m.view(x.dims, strides), F64: y.data[min(1, len(y.data)):]}
	case v == expanded && n > 0:
		strides := slices.Clone(m.layout(x.dims).Strides)
		strides[0] = 0
		k := 0
		if x.dims[0] > 0 {
			k = len(x.data) / x.dims[0]
		}
		return &Array{Layout: m.view(x.dims, strides), F64: x.data[:k]}
	}
	return NewArray(slices.Clone(x.data), x.dims...)
}

func naive(a *Array) nd {
	x := nd{dims: append([]int{}, a.Layout.Dims...), data: make([]float64, a.Layout.Size)}
	a.CopyTo(x.data)
	return x
}

func float32s(x nd) nd {
	return build(x.dims, func(at []int) float64 { return float64(float32(x.at(at...))) })
}
