package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Independent returns d with its last n ≥ 0 batch dims as the first dims of its
// event, so that log densities are summed over them. It panics with a
// *tensor.Error where d has fewer.
func Independent(d Distribution, n int) Distribution {
	batch := d.BatchShape()
	if n < 0 || n > len(batch) {
		panic(&tensor.Error{
			Op: "Independent", Shapes: [][]int{slices.Clone(batch)},
			Reason: fmt.Sprintf("the batch has no %d dims to make an event of", n),
		})
	}
	if n == 0 {
		return d
	}
	cut := len(batch) - n
	event := batch[cut:]
	if e := d.EventShape(); len(e) > 0 {
		event = slices.Concat(event, e)
	}
	return &independent{
		base: d, n: n, batch: batch[:cut:cut], event: event,
		support: constraint.Independent(d.Support(), n),
	}
}

type independent struct {
	base         Distribution
	n            int
	batch, event []int
	support      constraint.Constraint
}

func (d *independent) Unwrap() Distribution { return d.base }
func (d *independent) BatchShape() []int    { return d.batch }
func (d *independent) EventShape() []int    { return d.event }
func (d *independent) String() string       { return fmt.Sprintf("Independent(%v, %d)", d.base, d.n) }

func (d *independent) Support() constraint.Constraint { return d.support }

func (d *independent) Expand(batch ...int) Distribution {
	return Independent(d.base.Expand(slices.Concat(batch, d.event[:d.n])...), d.n)
}

func (d *independent) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.base.Sample(key, sample...)
}

func (d *independent) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return can[Reparam](d.base, "RSample").RSample(key, sample...)
}

// sum adds up over the dims that d made part of the event.
func (d *independent) sum(x *tensor.Tensor) *tensor.Tensor { return x.Sum(lastDims(d.n)...) }

func (d *independent) LogProb(x *tensor.Tensor) *tensor.Tensor { return d.sum(d.base.LogProb(x)) }

// EnumerateSupport returns all combinations. It panics with a *MethodError where
// they are too many.
func (d *independent) EnumerateSupport() *tensor.Tensor {
	values := can[Enumerable](d.base, "EnumerateSupport").EnumerateSupport()
	k, parts := values.Dim(0), 1
	for _, m := range d.event[:d.n] {
		parts *= m
	}
	total := 1.0
	for range parts {
		total *= float64(k)
	}
	if total*float64(parts) > maxEnumerated {
		panic(&MethodError{Dist: d.String(), Method: "EnumerateSupport", Reason: "too many possible draws to list"})
	}
	// Number i of the combinations has digit i/kʲ mod k in part parts-1-j.
	digits := make([]float64, int(total)*parts)
	for i := range int(total) {
		at := i
		for j := parts - 1; j >= 0; j-- {
			digits[i*parts+j] = float64(at % k)
			at /= k
		}
	}
	ones := slices.Repeat([]int{1}, len(d.batch))
	shape := slices.Concat([]int{int(total)}, ones, d.event)
	values = values.Reshape(append([]int{k}, values.Shape()[1+len(d.batch)+d.n:]...)...)
	return values.Index(tensor.Using(digits, int(total), parts)).Reshape(shape...)
}

func (d *independent) Mean() *tensor.Tensor     { return can[Moments](d.base, "Mean").Mean() }
func (d *independent) Variance() *tensor.Tensor { return can[Moments](d.base, "Variance").Variance() }

func (d *independent) Entropy() *tensor.Tensor {
	return d.sum(can[Entropic](d.base, "Entropy").Entropy())
}

// klTo needs as many dims in the same place.
func (d *independent) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*independent)
	if !ok || o.n != d.n {
		return nil, false
	}
	kl, ok := KL(d.base, o.base)
	if !ok {
		return nil, false
	}
	return d.sum(kl), true
}
