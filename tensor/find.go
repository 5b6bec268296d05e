package tensor

import (
	"math"
	"sync"

	"github.com/gopyro/pyro/internal/program"
)

// Find returns the position in row-major order of the first element for which
// bad holds, or -1. It allocates nothing for a tensor of up to 8 dims.
func (x *Tensor) Find(bad func(v float64) bool) int {
	a := x.read("Find")
	if run, ok := flat(a); ok {
		for i, v := range run {
			if bad(v) {
				return i
			}
		}
		return -1
	}
	var buf [8]int
	at := append(buf[:0], a.Layout.Dims...) // the present indices
	clear(at)
	o := 0
	for i := range a.Layout.Size {
		v := 0.0
		if a.DType == Float32 {
			v = float64(a.F32[o])
		} else {
			v = a.F64[o]
		}
		if bad(v) {
			return i
		}
		for d := len(at) - 1; d >= 0; d-- {
			o += a.Layout.Strides[d]
			if at[d]++; at[d] < a.Layout.Dims[d] {
				break
			}
			o -= at[d] * a.Layout.Strides[d]
			at[d] = 0
		}
	}
	return -1
}

// FindOutside returns the position in row-major order of the first element that is
// not in [lo, hi], as a NaN is not, or -1.
func (x *Tensor) FindOutside(lo, hi float64) int {
	in := false
	switch t, r, v, single := x.look("FindOutside"); {
	case single:
		in = v >= lo && v <= hi
	case t != nil:
		in = t.program.Within(r, lo, hi)
	default:
		run, ok := flat(x.own())
		in = ok && program.Within(run, lo, hi)
	}
	if in {
		return -1
	}
	return x.Find(func(v float64) bool { return !(v >= lo && v <= hi) })
}

// FindFraction returns the position in row-major order of the first element that is
// no integer, as an infinity and a NaN are not, or -1.
func (x *Tensor) FindFraction() int {
	whole := false
	switch t, r, v, single := x.look("FindFraction"); {
	case single:
		whole = integer(v)
	case t != nil:
		whole = t.program.Integers(r)
	default:
		run, ok := flat(x.own())
		whole = ok && program.Integers(run)
	}
	if whole {
		return -1
	}
	return x.Find(func(v float64) bool { return !integer(v) })
}

func integer(v float64) bool { return v == math.Floor(v) && v-v == 0 }

// look returns where x, which method reads, is on its tape; t is nil if it is on none. If it
// is a single float64, v is its value.
func (x *Tensor) look(method string) (t *Tape, r program.Ref, v float64, single bool) {
	if t = x.on(); t == nil {
		v, single = x.own().Number()
		return nil, 0, v, single
	}
	if t.guard.on {
		x.note(method)
	}
	r = t.at(x)
	v, single = t.program.Number(r)
	return t, r, v, single
}

// FindEvent is Find for sets that are told by n elements together: it returns the number
// of the first event, of n elements in row-major order, for which bad holds, or -1. It
// panics unless n > 0 divides the number of elements. bad must neither change the event nor
// keep it.
func (x *Tensor) FindEvent(n int, bad func(event []float64) bool) int {
	if n <= 0 || x.Size()%n != 0 {
		x.fail("FindEvent", "%d elements are not events of %d", x.Size(), n)
	}
	if all, ok := flat(x.read("FindEvent")); ok {
		for i := 0; i < len(all); i += n {
			if bad(all[i : i+n]) {
				return i / n
			}
		}
		return -1
	}
	room := events.Get().(*[]float64)
	event := (*room)[:0]
	at := x.Find(func(v float64) bool {
		if event = append(event, v); len(event) < n {
			return false
		}
		found := bad(event)
		event = event[:0]
		return found
	})
	*room = event
	events.Put(room)
	if at < 0 {
		return -1
	}
	return at / n
}

// events are those of tensors that are not flat.
var events = sync.Pool{New: func() any { return new([]float64) }}

// read is the value of x, which method reads.
func (x *Tensor) read(method string) *program.Array {
	x.note(method)
	return x.array()
}

// flat returns the elements of a, to be read only, if they are float64 in a row.
func flat(a *program.Array) (run []float64, ok bool) {
	if !a.Layout.Contig || a.DType != Float64 {
		return nil, false
	}
	return a.F64[:a.Layout.Size], true
}

// Position returns the indices, one a dim, of element i in row-major order.
func (x *Tensor) Position(i int) []int {
	s := x.Shape()
	at := make([]int, len(s))
	for d := len(s) - 1; d >= 0; d-- {
		at[d] = i % s[d]
		i /= s[d]
	}
	return at
}

// BroadcastsTo reports whether shape broadcasts to the shape to.
func BroadcastsTo(shape, to []int) bool {
	pad := len(to) - len(shape)
	if pad < 0 {
		return false
	}
	for i, n := range shape {
		if n != to[pad+i] && n != 1 {
			return false
		}
	}
	return true
}

// Broadcast returns the shape that shapes broadcast to, or false.
func Broadcast(shapes ...[]int) ([]int, bool) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, n := range s {
			o := &out[rank-len(s)+i]
			switch {
			case *o == n || n == 1:
			case *o == 1:
				*o = n
			default:
				return nil, false
			}
		}
	}
	return out, true
}
