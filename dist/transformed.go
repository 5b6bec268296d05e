package dist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Transformed returns the distribution of y = f(x), where x is drawn from d, a
// density, and f applies the transforms from first to last:
// log p(y) = log p(x) - log |det ∂f/∂x|. Batch dims of d that the transforms
// need become part of the event. Draws carry gradients if those of d do.
//
// The log density is -Inf where the inverse of f gives no number or an infinite
// one. It panics with a *tensor.Error where d is discrete.
func Transformed(d Distribution, transforms ...transform.Transform) Distribution {
	if len(transforms) == 0 {
		return d
	}
	if d.Support().Discrete() {
		panic(&tensor.Error{
			Op: "Transformed", Shapes: [][]int{slices.Clone(d.BatchShape())},
			Reason: d.String() + " is discrete and has no density to transform",
		})
	}
	f := transform.Compose(transforms...)
	in, out := f.Rank()
	base := d
	if more := in - len(d.EventShape()); more > 0 {
		base = Independent(d, more)
	}
	shape := f.ForwardShape(slices.Concat(base.BatchShape(), base.EventShape()))
	spare := len(base.EventShape()) - in // event dims that f treats as a batch
	cut := len(shape) - out - spare
	return &transformed{base: base, given: d, f: f, list: transforms, batch: shape[:cut:cut], event: shape[cut:], spare: spare}
}

type transformed struct {
	base, given  Distribution // given became base by Independent
	f            transform.Transform
	list         []transform.Transform
	batch, event []int
	spare        int
}

func (d *transformed) Unwrap() Distribution { return d.base }
func (d *transformed) BatchShape() []int    { return d.batch }
func (d *transformed) EventShape() []int    { return d.event }

func (d *transformed) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Transformed(%v", d.given)
	for _, f := range d.list {
		fmt.Fprintf(&b, ", %v", f)
	}
	b.WriteByte(')')
	return b.String()
}

func (d *transformed) Support() constraint.Constraint {
	return image{of: d.base.Support(), f: d.f, rank: len(d.event)}
}

// Expand works on base: its batch shape is the one of d, unless the transforms
// broadcast.
func (d *transformed) Expand(batch ...int) Distribution {
	if !slices.Equal(d.batch, d.base.BatchShape()) {
		return Expanded(d, batch...)
	}
	return Transformed(d.base.Expand(batch...), d.list...)
}

func (d *transformed) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.f.Forward(d.base.Sample(key, sample...)).Detach()
}

func (d *transformed) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.f.Forward(can[Reparam](d.base, "RSample").RSample(key, sample...))
}

// LogProb inverts f twice: first to find out where it has no inverse, and then
// with other values there, since a NaN would turn gradients into NaN.
func (d *transformed) LogProb(y *tensor.Tensor) *tensor.Tensor {
	out := allOf(d.f.Inverse(y.Detach()).Detach().Abs().LessEqual(largest), len(d.base.EventShape())).Not()
	missing := allOf(y.Detach().Equal(y.Detach()), len(d.event)).Not()
	wide := out
	for range d.event {
		wide = wide.Unsqueeze(-1)
	}
	in := wide.Where(d.f.Forward(anchor(d.base, y.DType())).Detach(), y)
	x := d.f.Inverse(in)
	det := d.f.LogAbsDet(x, in)
	if d.spare > 0 {
		det = det.Sum(lastDims(d.spare)...)
	}
	return out.Where(missing.Where(nan, negInf), d.base.LogProb(x).Sub(det))
}

// image is the set of f(x) for x in another set.
type image struct {
	of   constraint.Constraint
	f    transform.Transform
	rank int
}

func (c image) EventRank() int { return c.rank }
func (c image) Discrete() bool { return false }
func (c image) String() string { return fmt.Sprintf("%v of %v", c.f, c.of) }

func (c image) Check(y *tensor.Tensor) (int, bool) { return c.of.Check(c.f.Inverse(y.Clone())) }

func (c image) Bijection() transform.Transform {
	return transform.Compose(c.of.Bijection(), c.f)
}

func (c image) Transform() transform.Transform {
	return transform.Compose(c.of.Transform(), c.f)
}
