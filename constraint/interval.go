package constraint

import (
	"math"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Sets of numbers. Infinite numbers are in none but ExtendedReal and LogWeight.
var (
	// Real is ℝ.
	Real Constraint = between("real", nil, nil)
	// ExtendedReal is ℝ with -∞ and ∞: log odds of events that may be certain.
	ExtendedReal Constraint = extended{between("[-∞, ∞]", tensor.Of(math.Inf(-1)), tensor.Of(math.Inf(1)))}
	// LogWeight is ℝ with -∞: logarithms of weights, of which some may be 0.
	LogWeight Constraint = extended{between("[-∞, ∞)", tensor.Of(math.Inf(-1)), nil)}
	// Positive is x > 0.
	Positive Constraint = beyond(tensor.Of(0.0), nil)
	// Nonnegative is x ≥ 0. Its bijection is onto x > 0.
	Nonnegative Constraint = between("", tensor.Of(0.0), nil)
	// UnitInterval is 0 ≤ x ≤ 1. Its bijection is onto 0 < x < 1.
	UnitInterval Constraint = between("", tensor.Of(0.0), tensor.Of(1.0))
	// Circle is the angles -π ≤ x ≤ π. Its bijection is onto -π < x < π.
	Circle Constraint = between("[-π, π]", tensor.Of(-math.Pi), tensor.Of(math.Pi))
	// Boolean is 0 and 1.
	Boolean Constraint = IntegerInterval(0, 1)
	// Integer is ℤ.
	Integer Constraint = integers("integer", nil, nil)
	// NonnegativeInteger is 0, 1, 2, …
	NonnegativeInteger Constraint = integers("{0, 1, …}", tensor.Of(0), nil)
	// PositiveInteger is 1, 2, 3, …
	PositiveInteger Constraint = integers("{1, 2, …}", tensor.Of(1), nil)
)

// Interval is lo ≤ x ≤ hi; its bijection is onto lo < x < hi. Bounds may be
// tensors, which broadcast with x. The bounds are not compared here: of
// lo > hi no number is in the set.
func Interval[L, H tensor.Operand](lo L, hi H) Constraint {
	return between("", tensor.Of(lo), tensor.Of(hi))
}

// GreaterThan is x > lo.
func GreaterThan[L tensor.Operand](lo L) Constraint {
	return beyond(tensor.Of(lo), nil)
}

// GreaterEqual is x ≥ lo. Its bijection is onto x > lo.
func GreaterEqual[L tensor.Operand](lo L) Constraint { return between("", tensor.Of(lo), nil) }

// LessThan is x < hi.
func LessThan[H tensor.Operand](hi H) Constraint {
	return beyond(nil, tensor.Of(hi))
}

// LessEqual is x ≤ hi. Its bijection is onto x < hi.
func LessEqual[H tensor.Operand](hi H) Constraint { return between("", nil, tensor.Of(hi)) }

// IntegerInterval is lo, lo+1, …, hi. Bounds may be tensors, which broadcast
// with x.
func IntegerInterval[L, H tensor.Operand](lo L, hi H) Constraint {
	return integers("", tensor.Of(lo), tensor.Of(hi))
}

// interval is the numbers, or integers, between two bounds.
type interval struct {
	name    string         // printed in place of the bounds, if given
	lo, hi  *tensor.Tensor // nil: all finite numbers on that side
	open    bool           // the bounds are not in the set
	integer bool

	fixed    bool    // the bounds are single numbers that cannot vary and are the same as
	min, max float64 // float32, so that the numbers in the set are from min to max
}

// between is the numbers from lo to hi.
func between(name string, lo, hi *tensor.Tensor) *interval {
	return (&interval{name: name, lo: lo, hi: hi}).fix()
}

// beyond is those greater than lo and less than hi.
func beyond(lo, hi *tensor.Tensor) *interval {
	return (&interval{lo: lo, hi: hi, open: true}).fix()
}

// integers is the integers from lo to hi.
func integers(name string, lo, hi *tensor.Tensor) *interval {
	return (&interval{name: name, lo: lo, hi: hi, integer: true}).fix()
}

// fix notes bounds that are the same at each check.
func (c *interval) fix() *interval {
	same := func(b *tensor.Tensor) bool {
		if b == nil {
			return true
		}
		if b.Tape() != nil || b.Rank() != 0 {
			return false
		}
		v := b.Item()
		return float64(float32(v)) == v
	}
	if c.fixed = same(c.lo) && same(c.hi); c.fixed {
		c.min, c.max = c.limits(tensor.Float64)
	}
	return c
}

func (*interval) EventRank() int { return 0 }

func (c *interval) Discrete() bool { return c.integer }

func (c *interval) Check(x *tensor.Tensor) (at int, ok bool) {
	lo, hi := c.min, c.max
	if !c.fixed {
		if c.lo != nil && c.lo.Size() != 1 || c.hi != nil && c.hi.Size() != 1 {
			return c.checkEach(x)
		}
		lo, hi = c.limits(x.DType())
	}
	at = x.FindOutside(lo, hi)
	if c.integer {
		if i := x.FindFraction(); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	return max(at, 0), at < 0
}

// limits are the least and the greatest number in the set, of single bounds, for
// numbers of type d.
func (c *interval) limits(d tensor.DType) (lo, hi float64) {
	lo, hi = -math.MaxFloat64, math.MaxFloat64
	if c.lo != nil {
		lo = c.bound(c.lo, d, math.Inf(1))
	}
	if c.hi != nil {
		hi = c.bound(c.hi, d, math.Inf(-1))
	}
	return lo, hi
}

// bound returns the outermost number in the set at bound b: b itself, as the
// number type of x has it, or for an open interval its neighbour inward.
func (c *interval) bound(b *tensor.Tensor, d tensor.DType, inward float64) float64 {
	v := b.Item()
	if d == tensor.Float32 {
		v = float64(float32(v))
	}
	if c.open {
		v = math.Nextafter(v, inward)
	}
	return v
}

func (c *interval) bounds() (list []*tensor.Tensor) {
	for _, b := range [2]*tensor.Tensor{c.lo, c.hi} {
		if b.Tape() != nil {
			list = append(list, b)
		}
	}
	return list
}

func (c *interval) within(bounds []*tensor.Tensor) Constraint {
	w := *c
	for _, b := range [2]**tensor.Tensor{&w.lo, &w.hi} {
		if (*b).Tape() != nil {
			*b, bounds = bounds[0], bounds[1:]
		}
	}
	return &w
}

// checkEach is Check where bounds vary. It works on copies, since operations on
// tensors of a tape would be recorded there.
func (c *interval) checkEach(x *tensor.Tensor) (at int, ok bool) {
	v := x.Clone().To(tensor.Float64)
	copied := func(b *tensor.Tensor) *tensor.Tensor { return b.Clone().To(x.DType()).To(tensor.Float64) }
	in := v.Abs().LessEqual(tensor.Of(math.MaxFloat64))
	less := (*tensor.Tensor).LessEqual
	if c.open {
		less = (*tensor.Tensor).Less
	}
	if c.lo != nil {
		in = in.Mul(less(copied(c.lo), v))
	}
	if c.hi != nil {
		in = in.Mul(less(v, copied(c.hi)))
	}
	if c.integer {
		in = in.Mul(v.Floor().Equal(v))
	}
	// Where bounds vary along dims that x lacks, x must be within all of them.
	at = in.Not().SumTo(x.Shape()...).Find(func(v float64) bool { return v != 0 })
	return max(at, 0), at < 0
}

func (c *interval) Bijection() transform.Transform {
	switch {
	case c.integer:
		return nil
	case c.lo == nil && c.hi == nil:
		return transform.Identity
	case c == Positive || c == Nonnegative:
		return transform.Exp
	case c == UnitInterval:
		return transform.Sigmoid
	case c.hi == nil:
		return transform.Compose(transform.Exp, transform.Affine(c.lo, 1))
	case c.lo == nil:
		return transform.Compose(transform.Exp, transform.Affine(c.hi, -1))
	}
	return transform.Interval(c.lo, c.hi)
}

func (c *interval) Transform() transform.Transform { return c.Bijection() }

func (c *interval) String() string {
	switch {
	case c.name != "":
		return c.name
	case c.integer:
		return c.list()
	case c.hi == nil && c.open:
		return "(" + c.lo.String() + ", ∞)"
	case c.hi == nil:
		return "[" + c.lo.String() + ", ∞)"
	case c.lo == nil && c.open:
		return "(-∞, " + c.hi.String() + ")"
	case c.lo == nil:
		return "(-∞, " + c.hi.String() + "]"
	}
	return "[" + c.lo.String() + ", " + c.hi.String() + "]"
}

// list is of up to three numbers, and of more the first and the last.
func (c *interval) list() string {
	lo, hi := c.lo.String(), c.hi.String()
	if c.lo.Size() == 1 && c.hi.Size() == 1 {
		switch c.hi.Item() - c.lo.Item() {
		case 0:
			return "{" + lo + "}"
		case 1:
			return "{" + lo + ", " + hi + "}"
		case 2:
			return "{" + lo + ", " + c.lo.Clone().AddScalar(1).String() + ", " + hi + "}"
		}
	}
	return "{" + lo + ", …, " + hi + "}"
}

// extended is a set with infinite numbers, of which the finite ones are ℝ.
type extended struct{ *interval }

func (extended) Bijection() transform.Transform { return transform.Identity }
func (extended) Transform() transform.Transform { return transform.Identity }
