// Package contract sums discrete variables out of products of factors with
// plates: tensor variable elimination (Obermeyer et al. 2019).
//
//	p := contract.Problem{
//		Vars:    []contract.Var{{Name: "z", Dim: -2}},
//		Factors: []contract.Factor{{Log: prior}, {Log: likelihood, Plates: []int{-1}}},
//		Plates:  map[int]int{-1: 100},
//	}
//	logZ, err := p.LogSum() // log Σ_z prior(z) Π_i likelihood(z, i)
//
// It sees tensors, never sites. An order of elimination is found first, from
// the shapes alone, in time that is linear in the number of factors for chains
// and the like; what it will take is known before anything is computed. The
// computation is made of tensor operations, so that gradients pass through, in
// one of several semirings: sums (LogSum), largest values (Argmax), draws
// (Sample), expectations (Expectation).
package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopyro/pyro/tensor"
)

// Var is a discrete variable. Its values lie along one dim of the factors.
// Variables that no factor has together may share a dim.
type Var struct {
	Name   string
	Dim    int   // negative, to the left of all plates
	Plates []int // dims of the plates that repeat it
	Keep   bool  // not to be summed out
}

// Factor is the logarithm of a factor. A dim of size 1 is one along which it
// does not vary; dims that belong to no variable and no plate have size 1.
type Factor struct {
	Log    *tensor.Tensor
	Vars   []int // indices of the variables it may vary with; nil stands for all
	Plates []int // dims of the plates that repeat it

	axes []int // of Log, where it was made here
}

// Renamed is a factor that an elimination left, for a problem in which variable
// v is variable name(v).
func (f Factor) Renamed(name func(v int) int) Factor {
	axes := slices.Clone(f.axes)
	for i, x := range axes {
		if x >= 0 {
			axes[i] = name(x)
		}
	}
	f.axes = axes
	return f
}

// Problem is a sum of products: over all values of the variables, of all
// factors.
type Problem struct {
	Vars    []Var
	Factors []Factor
	Plates  map[int]int // sizes by dim
}

// Cost is what an elimination builds, in numbers.
type Cost struct {
	Largest float64 // array
	Total   float64 // of all arrays
}

// IntractableError says that variables of different plates are coupled in a way
// whose sum takes time exponential in the size of a plate.
type IntractableError struct {
	Vars   []string // the coupled variables
	Plates []int    // dims of the plates in which a factor couples them
}

func (e *IntractableError) Error() string {
	return fmt.Sprintf("contract: the variables %s cannot be summed out: they repeat along different plates (dims %v), and a factor inside all of these couples them",
		strings.Join(e.Vars, ", "), e.Plates)
}

// MaxElements bounds what all steps of an elimination build together: 2 GiB.
const MaxElements = 1 << 28

// SizeError says that summing a variable out needs too large an array, or that
// all arrays together are too large.
type SizeError struct {
	Var      string   // that needs the largest array
	With     []string // the variables joined with it
	Elements float64  // of that array
	Total    float64  // of all
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("contract: summing out %s needs an array of %.3g elements over %s, and all steps together %.3g",
		e.Var, e.Elements, strings.Join(e.With, ", "), e.Total)
}

// Cost returns what LogSum will build.
func (p *Problem) Cost() (Cost, error) {
	pl, err := p.plan(true)
	if err != nil {
		return Cost{}, err
	}
	return pl.cost, nil
}

// LogSum returns the logarithm of the sum, a single number.
func (p *Problem) LogSum() (*tensor.Tensor, error) {
	if total, ok := p.single(); ok {
		return total, nil
	}
	total, _, err := p.LogFactors()
	return total, err
}

// LogFactors sums all variables out but those to be kept. It returns what does
// not vary with these, and the factors that do.
func (p *Problem) LogFactors() (total *tensor.Tensor, rest []Factor, err error) {
	pl, err := p.plan(true)
	if err != nil {
		return nil, nil, err
	}
	r := pl.run(logSum{})
	return r.total.log.number(), r.rest, nil
}

// Expectation returns the logarithm of the sum of products, and the mean of the
// sum of values, which may vary with the variables and repeat along plates as
// factors do, under the distribution that is proportional to the product: the
// expectation semiring (Eisner 2002), in which every value is weighted once.
func (p *Problem) Expectation(values []Factor) (logZ, mean *tensor.Tensor, err error) {
	q := *p
	q.Factors = slices.Concat(p.Factors, values)
	pl, err := q.plan(false)
	if err != nil {
		return nil, nil, err
	}
	for i := len(p.Factors); i < len(q.Factors); i++ {
		pl.in[i].value, pl.in[i].log = pl.in[i].log, array{}
	}
	r := pl.run(expectation{})
	return r.total.log.number(), r.total.value.number(), nil
}

// LogCount returns the logarithm of the number of assignments of values to all
// variables whose product is not 0.
func (p *Problem) LogCount() (float64, error) {
	q := *p
	q.Factors = slices.Clone(p.Factors)
	for i, f := range q.Factors {
		possible := f.Log.Detach().LessEqual(impossible).Not()
		q.Factors[i].Log = possible.Log()
	}
	n, err := q.LogSum()
	if err != nil {
		return 0, err
	}
	return n.Item(), nil
}

// Tempered returns the problem with its factors to the power 1/temperature.
func (p *Problem) Tempered(temperature float64) *Problem {
	q := *p
	q.Factors = slices.Clone(p.Factors)
	for i, f := range q.Factors {
		q.Factors[i].Log = f.Log.DivScalar(temperature)
	}
	return &q
}

// Marginals returns the probabilities of the values of each variable, of the
// shape of its plates and one more dim for the values.
func (p *Problem) Marginals() (map[string]*tensor.Tensor, error) {
	// They are the gradient of the logarithm of the sum in factors of one
	// variable each.
	q := *p
	q.Factors = slices.Clone(p.Factors)
	for i, f := range q.Factors {
		q.Factors[i].Log = f.Log.Clone()
	}
	tape := tensor.NewTape()
	pl, err := q.plan(true)
	if err != nil {
		return nil, err
	}
	ones := make([]*tensor.Tensor, len(p.Vars))
	for i, v := range p.Vars {
		f := Factor{Plates: sorted(v.Plates)}
		f.axes = append(slices.Clone(f.Plates), i)
		f.Log = tape.Var(tensor.Zeros(q.shapeOf(f.Plates, pl.sizes[i])...))
		ones[i] = f.Log
		q.Factors = append(q.Factors, f)
	}
	logZ, err := q.LogSum()
	if err != nil {
		return nil, err
	}
	out := map[string]*tensor.Tensor{}
	for i, g := range tensor.Grad(logZ, ones...) {
		out[p.Vars[i].Name] = p.atDims(g.Clone(), p.Vars[i].Plates, 1)
	}
	return out, nil
}

// shapeOf is the shape of an array along plates and one more dim.
func (p *Problem) shapeOf(plates []int, n int) (shape []int) {
	for _, d := range plates {
		shape = append(shape, p.Plates[d])
	}
	return append(shape, n)
}

// atDims gives x, whose first dims are plates in increasing order, one dim for
// each plate of the problem, so that each is at its place; more dims follow.
func (p *Problem) atDims(x *tensor.Tensor, plates []int, more int) *tensor.Tensor {
	depth := 0
	for d := range p.Plates {
		depth = max(depth, -d)
	}
	shape := slices.Repeat([]int{1}, depth)
	for _, d := range plates {
		shape[depth+d] = p.Plates[d]
	}
	return x.Reshape(append(shape, x.Shape()[x.Rank()-more:]...)...)
}

func sorted(dims []int) []int {
	s := slices.Clone(dims)
	slices.Sort(s)
	return s
}
