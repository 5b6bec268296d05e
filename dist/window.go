package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// between returns what d is from one step to another, along its last batch dim but
// one, or d if it is the same at all of them.
func between(d Distribution, from, to int) Distribution {
	b := d.BatchShape()
	if n := b[len(b)-2]; n == 1 || from == 0 && to == n {
		return d
	}
	return &window{base: d, from: from, to: to}
}

// window is part of a distribution. A distribution cannot be taken apart in
// general, so that values outside of the window stand in for the others.
type window struct {
	base     Distribution
	from, to int
}

func (d *window) BatchShape() []int {
	b := slices.Clone(d.base.BatchShape())
	b[len(b)-2] = d.to - d.from
	return b
}

func (d *window) EventShape() []int              { return d.base.EventShape() }
func (d *window) Support() constraint.Constraint { return d.base.Support() }
func (d *window) Validate() error                { return Validate(d.base) }
func (d *window) String() string                 { return fmt.Sprintf("%v from step %d to %d", d.base, d.from, d.to) }

func (d *window) Expand(batch ...int) Distribution {
	b := slices.Clone(batch)
	whole := d.base.BatchShape()
	b[len(b)-2] = whole[len(whole)-2]
	return &window{base: d.base.Expand(b...), from: d.from, to: d.to}
}

func (d *window) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.base.Sample(key, sample...).Slice(-2-len(d.EventShape()), d.from, d.to)
}

func (d *window) LogProb(x *tensor.Tensor) *tensor.Tensor {
	dim := -2 - len(d.EventShape())
	whole := d.base.BatchShape()
	n, k := whole[len(whole)-2], x.Dim(dim)
	parts := []*tensor.Tensor{x}
	fill := func(i, times int) *tensor.Tensor {
		s := x.Slice(dim, i, i+1)
		shape := slices.Clone(s.Shape())
		shape[len(shape)+dim] = times
		return s.Expand(shape...)
	}
	if d.from > 0 {
		parts = append([]*tensor.Tensor{fill(0, d.from)}, parts...)
	}
	if d.to < n {
		parts = append(parts, fill(k-1, n-d.to))
	}
	return d.base.LogProb(tensor.Cat(dim, parts...)).Slice(-2, d.from, d.to)
}
