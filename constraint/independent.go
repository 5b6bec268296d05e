package constraint

import (
	"fmt"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Independent is the arrays, of n ≥ 0 more event dims than c has, whose parts
// are all in c. It panics where n is negative.
func Independent(c Constraint, n int) Constraint {
	if n < 0 {
		panic(&tensor.Error{Op: "constraint.Independent", Reason: fmt.Sprintf("%d dims", n)})
	}
	switch {
	case n == 0:
		return c
	case n == 1 && c == Real:
		return realVector
	}
	if i, ok := c.(independent); ok {
		return independent{i.c, i.n + n}
	}
	return independent{c, n}
}

// realVector is made once, as so many sites have it.
var realVector Constraint = independent{Real, 1}

type independent struct {
	c Constraint
	n int
}

func (c independent) EventRank() int { return c.c.EventRank() + c.n }
func (c independent) Discrete() bool { return c.c.Discrete() }

func (c independent) Check(x *tensor.Tensor) (at int, ok bool) {
	if x.Rank() < c.EventRank() {
		split(c, x) // panics
	}
	at, ok = c.c.Check(x)
	if ok {
		return at, ok
	}
	s := x.Shape()
	end := len(s) - c.c.EventRank()
	for _, d := range s[end-c.n : end] {
		at /= max(d, 1)
	}
	return at, false
}

func (c independent) Bijection() transform.Transform {
	if c.Discrete() {
		return nil
	}
	return transform.Independent(c.c.Bijection(), c.n)
}

func (c independent) Transform() transform.Transform {
	if c.Discrete() {
		return nil
	}
	return transform.Independent(c.c.Transform(), c.n)
}

func (c independent) String() string {
	switch c.n {
	case 1:
		return "vector of " + c.c.String()
	case 2:
		return "matrix of " + c.c.String()
	}
	return fmt.Sprintf("array (%d dims) of %v", c.n, c.c)
}

func (c independent) bounds() []*tensor.Tensor { return Bounds(c.c) }

func (c independent) within(bounds []*tensor.Tensor) Constraint {
	return independent{Within(c.c, bounds), c.n}
}
