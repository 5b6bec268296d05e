package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Delta returns the distribution whose only draw is v, with log density 0 there.
// Batch shape: that of v. Draws carry the gradient of v.
func Delta[V tensor.Operand](v V) Distribution { return DeltaDensity(v, 0, 0) }

// DeltaDensity is Delta with another log density at v, and the last eventRank
// dims of v as its event. Batch shape: that of the rest, which broadcasts with
// logDensity.
func DeltaDensity[V, L tensor.Operand](v V, logDensity L, eventRank int) Distribution {
	x := tensor.Of(v)
	l := tensor.Of(logDensity)
	if l.DType() != x.DType() {
		l = l.To(x.DType())
	}
	if eventRank < 0 || eventRank > x.Rank() {
		panic(&tensor.Error{
			Op: "Delta", Shapes: [][]int{slices.Clone(x.Shape())},
			Reason: fmt.Sprintf("the value has no %d dims for an event", eventRank),
		})
	}
	set := point{x, eventRank}
	event := x.Shape()[x.Rank()-eventRank:]
	k := deltaKind(eventRank)
	d := &delta{v: x, logDensity: l}
	d.initShaped(k, draws{set, event}, x, l)
	return d
}

// deltaKind is that of events of a rank.
func deltaKind(eventRank int) *kind {
	if eventRank < len(deltaKinds) {
		return deltaKinds[eventRank]
	}
	return newDeltaKind(eventRank)
}

var deltaKinds = [...]*kind{newDeltaKind(0), newDeltaKind(1), newDeltaKind(2)}

func newDeltaKind(eventRank int) *kind {
	return &kind{name: "Delta", params: []param{
		{"value", constraint.Independent(constraint.Real, eventRank)}, {"log_density", notNaN{}},
	}}
}

type delta struct {
	family
	v, logDensity *tensor.Tensor
}

// point is the set of one event, which broadcasts with a batch.
type point struct {
	v    *tensor.Tensor
	rank int
}

func (c point) EventRank() int { return c.rank }
func (c point) Discrete() bool { return true }

func (c point) Bijection() transform.Transform { return nil }
func (c point) Transform() transform.Transform { return nil }
func (c point) String() string                 { return "{" + c.v.String() + "}" }

func (c point) Check(x *tensor.Tensor) (int, bool) {
	x = x.Clone()
	differs := allOf(x.Equal(c.v.Clone()), c.rank).Not().SumTo(x.Shape()[:x.Rank()-c.rank]...)
	at := differs.Find(func(v float64) bool { return v != 0 })
	return max(at, 0), at < 0
}

// allOf reports where all of the last n dims of x are not 0.
func allOf(x *tensor.Tensor, n int) *tensor.Tensor {
	if n == 0 {
		return x
	}
	return x.All(lastDims(n)...)
}

// lastDims returns -1, …, -n.
func lastDims(n int) []int {
	dims := make([]int, n)
	for i := range dims {
		dims[i] = -1 - i
	}
	return dims
}

func (d *delta) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *delta) RSample(_ rng.Key, sample ...int) *tensor.Tensor {
	return d.v.Expand(d.shape(sample)...)
}

func (d *delta) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *delta) LogProb(x *tensor.Tensor) *tensor.Tensor {
	if x == d.v { // its own draw
		return d.spread(d.logDensity.On(x.Tape()))
	}
	return d.spread(allOf(x.Detach().Equal(d.v.Detach()), len(d.event)).Where(d.logDensity, negInf))
}

// EnumerateSupport returns v, of shape [1] + batch + event where it varies over
// the batch.
func (d *delta) EnumerateSupport() *tensor.Tensor {
	rank := len(d.event)
	x := d.v
	for x.Rank() < len(d.batch)+rank {
		x = x.Unsqueeze(0)
	}
	return x.Unsqueeze(0)
}

func (d *delta) Mean() *tensor.Tensor     { return d.v.Expand(d.shape(nil)...) }
func (d *delta) Variance() *tensor.Tensor { return d.v.MulScalar(0).Expand(d.shape(nil)...) }
func (d *delta) Entropy() *tensor.Tensor  { return d.spread(d.logDensity.Neg()) }

// klTo is the log density of d less that of q at v.
func (d *delta) klTo(q Distribution) (*tensor.Tensor, bool) {
	if !slices.Equal(q.EventShape(), d.event) {
		return nil, false
	}
	return d.logDensity.Sub(q.LogProb(d.v)), true
}
