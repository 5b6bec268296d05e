package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Masked returns d with a log density of 0 where mask is 0, or false, whatever
// the value there, which then has no gradient either. Mask and batch shape
// broadcast. Draws are those of d.
func Masked[M tensor.Operand](d Distribution, mask M) Distribution {
	m := parameter(mask)
	batch, ok := tensor.Broadcast(d.BatchShape(), m.Shape())
	if !ok {
		panic(&tensor.Error{
			Op: "Masked", Shapes: [][]int{slices.Clone(d.BatchShape()), slices.Clone(m.Shape())},
			Reason: "the mask does not broadcast with the batch shape",
		})
	}
	if !slices.Equal(batch, d.BatchShape()) {
		d = d.Expand(batch...)
	}
	return &masked{base: d, mask: m}
}

type masked struct {
	base Distribution
	mask *tensor.Tensor
}

func (d *masked) Unwrap() Distribution           { return d.base }
func (d *masked) BatchShape() []int              { return d.base.BatchShape() }
func (d *masked) EventShape() []int              { return d.base.EventShape() }
func (d *masked) Support() constraint.Constraint { return d.base.Support() }
func (d *masked) String() string                 { return fmt.Sprintf("Masked(%v, %v)", d.base, d.mask) }

func (d *masked) Expand(batch ...int) Distribution {
	return &masked{base: d.base.Expand(batch...), mask: d.mask}
}

func (d *masked) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.base.Sample(key, sample...)
}

func (d *masked) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return can[Reparam](d.base, "RSample").RSample(key, sample...)
}

// only keeps what is not masked.
func (d *masked) only(x *tensor.Tensor) *tensor.Tensor { return d.mask.Where(x, zero) }

// LogProb puts a harmless value in the place of what is masked, which may be
// missing: a NaN there would turn gradients into NaN.
func (d *masked) LogProb(x *tensor.Tensor) *tensor.Tensor {
	mask := d.mask
	for range d.EventShape() {
		mask = mask.Unsqueeze(-1)
	}
	return d.only(d.base.LogProb(mask.Where(x, anchor(d.base, x.DType()))))
}

func (d *masked) EnumerateSupport() *tensor.Tensor {
	return can[Enumerable](d.base, "EnumerateSupport").EnumerateSupport()
}

func (d *masked) Mean() *tensor.Tensor     { return can[Moments](d.base, "Mean").Mean() }
func (d *masked) Variance() *tensor.Tensor { return can[Moments](d.base, "Variance").Variance() }

func (d *masked) Entropy() *tensor.Tensor {
	return d.only(can[Entropic](d.base, "Entropy").Entropy())
}

// klTo is that of the distributions inside where neither is masked.
func (d *masked) klTo(q Distribution) (*tensor.Tensor, bool) {
	if o, ok := q.(*masked); ok {
		kl, ok := KL(d.base, o.base)
		if !ok {
			return nil, false
		}
		return o.only(d.only(kl)), true
	}
	kl, ok := KL(d.base, q)
	if !ok {
		return nil, false
	}
	return d.only(kl), true
}
