package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Density describes a distribution of the user's own for Custom. LogProb must be
// made of tensor operations only, so that it has gradients and can be recorded.
type Density struct {
	Name    string                                          // printed; default "Custom"
	Support constraint.Constraint                           // required
	LogProb func(x *tensor.Tensor) *tensor.Tensor           // log density, up to a constant if need be; required
	Draw    func(key rng.Key, sample ...int) *tensor.Tensor // nil: Sample panics with a *MethodError
	Batch   []int                                           // batch shape of LogProb and Draw
	Event   []int                                           // event shape, of Support's rank
}

// Custom returns the distribution with the given log density. It panics with a
// *tensor.Error where a required field is missing or the event shape does not
// have the dims of the support.
func Custom(c Density) Distribution {
	reason := ""
	switch {
	case c.Support == nil:
		reason = "no Support is given"
	case c.LogProb == nil:
		reason = "no LogProb is given"
	case len(c.Event) != c.Support.EventRank():
		reason = fmt.Sprintf("an event of %v has %d dims", c.Support, c.Support.EventRank())
	}
	if c.Name == "" {
		c.Name = "Custom"
	}
	if reason != "" {
		panic(&tensor.Error{Op: c.Name, Shapes: [][]int{slices.Clone(c.Event)}, Reason: reason})
	}
	return &custom{
		family:  family{kind: &kind{name: c.Name}, draws: &draws{c.Support, slices.Clone(c.Event)}, batch: slices.Clone(c.Batch)},
		logProb: c.LogProb, draw: c.Draw,
	}
}

type custom struct {
	family
	logProb func(x *tensor.Tensor) *tensor.Tensor
	draw    func(key rng.Key, sample ...int) *tensor.Tensor
}

func (d *custom) Expand(batch ...int) Distribution { return Expanded(d, batch...) }

func (d *custom) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	if d.draw == nil {
		panic(&MethodError{Dist: d.String(), Method: "Sample", Reason: "it was given a density only"})
	}
	return d.draw(key, sample...).Detach()
}

func (d *custom) LogProb(x *tensor.Tensor) *tensor.Tensor { return d.spread(d.logProb(x)) }

// ImproperUniform returns the flat "distribution" over a set that is not
// discrete, with log density 0, for priors that leave all to the likelihood. It
// has no draws: Sample panics with a *MethodError, and inference must start from
// a point that it is given or finds by itself. The log density does not look at
// the value; ValidateValue does.
func ImproperUniform(set constraint.Constraint, event ...int) Distribution {
	rank := len(event)
	if set.Discrete() {
		panic(&tensor.Error{Op: "ImproperUniform", Shapes: [][]int{slices.Clone(event)}, Reason: set.String() + " is discrete"})
	}
	return Custom(Density{
		Name:    "ImproperUniform",
		Support: set,
		Event:   event,
		LogProb: func(x *tensor.Tensor) *tensor.Tensor {
			s := x.Shape()
			return tensor.Zeros(s[:len(s)-rank]...).To(x.DType())
		},
	})
}
