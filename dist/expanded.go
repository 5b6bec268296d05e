package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Expanded returns d with a larger batch shape, to which the present one must
// broadcast. It is for distributions that cannot expand by themselves: their
// Expand can return it. Draws along new dims are independent.
func Expanded(d Distribution, batch ...int) Distribution {
	from := d.BatchShape()
	if b, ok := tensor.Broadcast(from, batch); !ok || !slices.Equal(b, batch) {
		panic(&tensor.Error{
			Op: "Expanded", Shapes: [][]int{slices.Clone(from), slices.Clone(batch)},
			Reason: "the batch shape does not broadcast to the new one",
		})
	}
	if slices.Equal(from, batch) {
		return d
	}
	return &expanded{base: d, batch: slices.Clone(batch)}
}

type expanded struct {
	base  Distribution
	batch []int
}

func (d *expanded) Unwrap() Distribution           { return d.base }
func (d *expanded) BatchShape() []int              { return d.batch }
func (d *expanded) EventShape() []int              { return d.base.EventShape() }
func (d *expanded) Support() constraint.Constraint { return d.base.Support() }
func (d *expanded) String() string                 { return fmt.Sprintf("Expanded(%v, %v)", d.base, d.batch) }

func (d *expanded) Expand(batch ...int) Distribution {
	Expanded(d, batch...) // checks the shapes
	return Expanded(d.base, batch...)
}

func (d *expanded) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.spread(sample, func(s []int) *tensor.Tensor { return d.base.Sample(key, s...) })
}

func (d *expanded) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	r := can[Reparam](d.base, "RSample")
	return d.spread(sample, func(s []int) *tensor.Tensor { return r.RSample(key, s...) })
}

// spread draws with the new dims as sample dims, and those that grew from size 1
// as well, and then moves the latter to their place.
func (d *expanded) spread(sample []int, draw func(sample []int) *tensor.Tensor) *tensor.Tensor {
	from := d.base.BatchShape()
	lead := len(d.batch) - len(from)
	shape := slices.Concat(sample, d.batch[:lead])
	var grown []int // batch dims of base
	for i, n := range from {
		if n != d.batch[lead+i] {
			grown = append(grown, i)
			shape = append(shape, d.batch[lead+i])
		}
	}
	x := draw(shape)
	front := len(sample) + lead
	for k, i := range grown {
		// Dim front of x belongs at position i of the batch, behind what is left
		// of the grown dims; there it replaces one of size 1.
		x = moveInto(x, front, front+len(grown)-1-k+i)
	}
	return x
}

// moveInto moves dim from to stand in for dim to+1, which has size 1 and is
// dropped.
func moveInto(x *tensor.Tensor, from, to int) *tensor.Tensor {
	x = x.Squeeze(to + 1)
	order := make([]int, 0, x.Rank())
	for i := range x.Rank() {
		if i != from {
			order = append(order, i)
		}
	}
	return x.Permute(slices.Insert(order, to, from)...)
}

// wide broadcasts a result of base, with event dims behind its batch.
func (d *expanded) wide(x *tensor.Tensor, event []int) *tensor.Tensor {
	want := slices.Concat(d.batch, event)
	shape, ok := tensor.Broadcast(x.Shape(), want)
	if !ok {
		panic(&tensor.Error{
			Op: "Expanded", Shapes: [][]int{slices.Clone(x.Shape()), want},
			Reason: "the value does not broadcast with the batch shape",
		})
	}
	return x.Expand(shape...)
}

func (d *expanded) LogProb(x *tensor.Tensor) *tensor.Tensor {
	return d.wide(d.base.LogProb(x), nil)
}

func (d *expanded) EnumerateSupport() *tensor.Tensor {
	x := can[Enumerable](d.base, "EnumerateSupport").EnumerateSupport()
	s := x.Shape()
	ones := slices.Repeat([]int{1}, len(d.batch)-len(d.base.BatchShape()))
	return x.Reshape(slices.Concat(s[:1], ones, s[1:])...)
}

func (d *expanded) Mean() *tensor.Tensor {
	return d.wide(can[Moments](d.base, "Mean").Mean(), d.EventShape())
}

func (d *expanded) Variance() *tensor.Tensor {
	return d.wide(can[Moments](d.base, "Variance").Variance(), d.EventShape())
}

func (d *expanded) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.wide(can[Cumulative](d.base, "CDF").CDF(x), nil)
}

func (d *expanded) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.wide(can[Cumulative](d.base, "Quantile").Quantile(q), nil)
}

func (d *expanded) Entropy() *tensor.Tensor {
	return d.wide(can[Entropic](d.base, "Entropy").Entropy(), nil)
}

func (d *expanded) klTo(q Distribution) (*tensor.Tensor, bool) {
	if o, ok := q.(*expanded); ok {
		q = o.base
	}
	return KL(d.base, q)
}
