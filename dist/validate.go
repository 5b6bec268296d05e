package dist

import (
	"fmt"
	"iter"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// ParamError says that a parameter of a distribution is outside its set.
type ParamError struct {
	Dist       string // name of the distribution
	Param      string
	Constraint constraint.Constraint
	Index      []int          // position of the first bad value in the parameter's batch; nil for a single one
	Value      *tensor.Tensor // the bad value
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("dist: %s: parameter %s must be %v, got %v%s", e.Dist, e.Param, e.Constraint, e.Value, place(e.Index))
}

// SupportError says that a value is outside the support of a distribution.
type SupportError struct {
	Dist    string // the distribution, printed
	Support constraint.Constraint
	Index   []int          // position of the first bad value; nil for a single one
	Value   *tensor.Tensor // the bad value
}

func (e *SupportError) Error() string {
	return fmt.Sprintf("dist: value %v%s is outside the support of %s, which is %v", e.Value, place(e.Index), e.Dist, e.Support)
}

func place(index []int) string {
	if len(index) == 0 {
		return ""
	}
	return fmt.Sprintf(" at index %v", index)
}

// Validator is a distribution that checks its own parameters; wrappers pass the
// question on.
type Validator interface {
	// Validate returns a *ParamError for the first parameter outside its set.
	Validate() error
}

// Validate returns an error if a parameter of d is outside its set.
func Validate(d Distribution) error {
	if v, ok := d.(Validator); ok {
		return v.Validate()
	}
	if w, ok := d.(Wrapper); ok {
		return Validate(w.Unwrap())
	}
	return nil
}

// Validate checks each parameter against its set.
func (f *family) Validate() error {
	for i, v := range f.parameters() {
		p := &f.params[i]
		if at, ok := p.set.Check(v); !ok {
			v, index := event(v, p.set.EventRank(), at)
			return &ParamError{Dist: f.name, Param: p.name, Constraint: p.set, Index: index, Value: v}
		}
	}
	return nil
}

// Conditions yields the parameters that Validate checks with their sets, so that
// they can be checked again where a computation is repeated with other values.
func Conditions(d Distribution) iter.Seq2[*tensor.Tensor, constraint.Constraint] {
	return func(yield func(*tensor.Tensor, constraint.Constraint) bool) { conditions(d, yield) }
}

func conditions(d Distribution, yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	switch d := d.(type) {
	case interface {
		conditions(func(*tensor.Tensor, constraint.Constraint) bool) bool
	}:
		return d.conditions(yield)
	case Wrapper:
		return conditions(d.Unwrap(), yield)
	}
	return true
}

func (f *family) conditions(yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	for i, v := range f.parameters() {
		if !yield(v, f.params[i].set) {
			return false
		}
	}
	return true
}

// Implied reports whether the log density is not finite where a parameter is
// outside of its set: one that is all numbers, or depends on other parameters.
func Implied(set constraint.Constraint) bool {
	if _, any := set.(notNaN); any {
		return true
	}
	return len(constraint.Bounds(set)) > 0 || set.Bijection() == transform.Identity
}

// ValidateValue returns a *SupportError if an event of x is outside the support
// of d.
func ValidateValue(d Distribution, x *tensor.Tensor) error {
	s := d.Support()
	at, ok := s.Check(x)
	if ok {
		return nil
	}
	v, index := event(x, s.EventRank(), at)
	return &SupportError{Dist: d.String(), Support: s, Index: index, Value: v}
}

// event returns event number at of x's batch, and its position there.
func event(x *tensor.Tensor, rank, at int) (v *tensor.Tensor, index []int) {
	shape := x.Shape()
	batch := shape[:len(shape)-rank]
	index = make([]int, len(batch))
	for d := len(batch) - 1; d >= 0; d-- {
		index[d] = at % batch[d]
		at /= batch[d]
	}
	v = x.Detach()
	for _, i := range index {
		v = v.Select(0, i)
	}
	return v.Clone(), index
}
