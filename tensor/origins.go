package tensor

import (
	"iter"

	"github.com/gopyro/pyro/internal/program"
)

// Origins says which of some tensors each tensor of a tape was computed from.
type Origins struct {
	tape    *Tape
	origins *program.Origins
}

// Origins follows xs, which must be on the tape, through all operations so far,
// with or without a gradient. It knows of operations only: of a number that was
// read out of a tensor and put back, see [Tape.Dynamic].
func (t *Tape) Origins(xs []*Tensor) *Origins {
	refs := make([]program.Ref, len(xs))
	for i, x := range xs {
		if x.on() != t {
			x.fail("Origins", "the tensor is not on the tape")
		}
		refs[i] = t.at(x)
	}
	return &Origins{t, t.program.Origins(refs)}
}

// Of returns the positions in xs of those that y was computed from, in
// increasing order. The caller must not change it.
func (o *Origins) Of(y *Tensor) []int32 {
	if y.on() != o.tape {
		return nil
	}
	return o.origins.Of(o.tape.at(y))
}

// Sets yields the sets of which some tensor on the tape was computed, and the
// number of elements of the largest such tensor.
func (o *Origins) Sets() iter.Seq2[[]int32, int] {
	return func(yield func([]int32, int) bool) {
		for i, s := range o.origins.Sets[1:] {
			if !yield(s, o.origins.Size[i+1]) {
				return
			}
		}
	}
}

// Unexpanded returns the tensor of a tape that x was made from by [Tensor.Expand],
// and x itself if it was not: along what x lacks in comparison it does not vary.
func (x *Tensor) Unexpanded() *Tensor {
	t := x.on()
	if t == nil {
		return x
	}
	from := t.at(x)
	if r := t.program.Unexpanded(from); r != from {
		return t.handle(r)
	}
	return x
}

// Firsts returns a function that gives the first tensor on the tape that was
// computed in the same way as x, from the same variables and equal constants.
// It has the elements of x; used in its place, gradients pass through it once.
func (t *Tape) Firsts() func(x *Tensor) *Tensor {
	firsts := t.program.Firsts()
	return func(x *Tensor) *Tensor {
		if x.on() != t {
			return x
		}
		r := t.at(x)
		if int(r) >= len(firsts) || firsts[r] == r {
			return x
		}
		return t.handle(firsts[r])
	}
}
