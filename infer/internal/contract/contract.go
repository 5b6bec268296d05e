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
// It sees tensors, never sites. Everything is made of tensor operations, so
// that gradients pass through.
package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Var is a discrete variable. Its values lie along one dim of the factors.
type Var struct {
	Name   string
	Dim    int   // negative, to the left of all plates
	Plates []int // dims of the plates that repeat it
}

// Factor is the logarithm of a factor. A dim of size 1 is one along which it
// does not vary; dims that belong to no variable and no plate have size 1.
type Factor struct {
	Log    *tensor.Tensor
	Plates []int // dims of the plates that repeat it
}

// Problem is a sum of products: over all values of the variables, of all
// factors.
type Problem struct {
	Vars    []Var
	Factors []Factor
	Plates  map[int]int // sizes by dim
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

// maxElements bounds the size of what an elimination step builds.
const maxElements = 1 << 28

// SizeError says that summing a variable out needs too large an array.
type SizeError struct {
	Var      string
	With     []string // the variables joined with it
	Elements float64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("contract: summing out %s needs an array of %.3g elements over %s",
		e.Var, e.Elements, strings.Join(e.With, ", "))
}

// LogSum returns the logarithm of the sum, a single number.
func (p *Problem) LogSum() (*tensor.Tensor, error) {
	e := elimination{problem: p, reduce: logSum}
	return e.run()
}

// Argmax returns the most probable values of all variables together, by name.
// Values have the dims of the plates, and 1 elsewhere.
func (p *Problem) Argmax() (map[string]*tensor.Tensor, error) {
	e := elimination{problem: p, reduce: largest, keepSteps: true}
	if _, err := e.run(); err != nil {
		return nil, err
	}
	return e.assign(func(_ Var, logits *tensor.Tensor) *tensor.Tensor { return logits }), nil
}

// Sample returns a draw of all variables together, with probabilities
// proportional to the product of the factors.
func (p *Problem) Sample(key rng.Key) (map[string]*tensor.Tensor, error) {
	e := elimination{problem: p, reduce: logSum, keepSteps: true}
	if _, err := e.run(); err != nil {
		return nil, err
	}
	// The largest of logits plus Gumbel noise is a draw (Gumbel 1954).
	return e.assign(func(v Var, logits *tensor.Tensor) *tensor.Tensor {
		noise := tensor.Uniforms(key.FoldName(v.Name), logits.Shape()...).Log().Neg().Log().Neg()
		return logits.Add(noise)
	}), nil
}

func logSum(x *tensor.Tensor, dim int) *tensor.Tensor { return x.LogSumExpKeep(dim) }

func largest(x *tensor.Tensor, dim int) *tensor.Tensor { return x.MaxKeep(dim) }

// elimination is the state of one run.
type elimination struct {
	problem   *Problem
	reduce    func(x *tensor.Tensor, dim int) *tensor.Tensor
	keepSteps bool
	steps     []step
	factors   []*factor
	total     *tensor.Tensor
}

// factor is one of the present factors.
type factor struct {
	log    *tensor.Tensor
	plates []int // sorted
	vars   []int // sorted indices of the variables along which it varies
}

// step records how one variable was summed out.
type step struct {
	v      int
	joined *tensor.Tensor
	vars   []int
}

func (e *elimination) run() (*tensor.Tensor, error) {
	e.total = tensor.Of(0.0)
	for _, f := range e.problem.Factors {
		e.push(f.Log, sorted(f.Plates))
	}
	for len(e.factors) > 0 {
		if err := e.leaf(); err != nil {
			return nil, err
		}
	}
	return e.total, nil
}

func sorted(dims []int) []int {
	s := slices.Clone(dims)
	slices.Sort(s)
	return s
}

// push adds a factor; one without plates and variables is done.
func (e *elimination) push(log *tensor.Tensor, plates []int) {
	f := &factor{log: log, plates: plates}
	for i, v := range e.problem.Vars {
		if size(log, v.Dim) > 1 {
			f.vars = append(f.vars, i)
		}
	}
	if len(f.vars) == 0 {
		e.total = e.total.Add(e.product(f, nil).Reshape())
		return
	}
	e.factors = append(e.factors, f)
}

// size is the size of x at a negative dim.
func size(x *tensor.Tensor, dim int) int {
	if -dim > x.Rank() {
		return 1
	}
	return x.Dim(dim)
}

// product multiplies f over its plates that are not kept.
func (e *elimination) product(f *factor, kept []int) *tensor.Tensor {
	log, repeats := f.log, 1
	for _, dim := range f.plates {
		if slices.Contains(kept, dim) {
			continue
		}
		if size(log, dim) > 1 {
			log = log.SumKeep(dim)
		} else {
			repeats *= e.problem.Plates[dim]
		}
	}
	if repeats > 1 {
		log = log.MulScalar(float64(repeats))
	}
	return log
}

// leaf takes the factors of a plate set that no other contains, sums out the
// variables of just these plates, and passes the rest to the plates outside.
func (e *elimination) leaf() error {
	plates := e.factors[0].plates
	for _, f := range e.factors {
		if len(f.plates) > len(plates) {
			plates = f.plates
		}
	}
	var group, rest []*factor
	for _, f := range e.factors {
		if slices.Equal(f.plates, plates) {
			group = append(group, f)
		} else {
			rest = append(rest, f)
		}
	}
	e.factors = rest
	group, err := e.sumOut(group, plates)
	if err != nil {
		return err
	}
	for _, f := range group {
		if err := e.lower(f); err != nil {
			return err
		}
	}
	return nil
}

// sumOut sums the variables whose plates are just these out of the group, each
// time the one that needs the smallest array.
func (e *elimination) sumOut(group []*factor, plates []int) ([]*factor, error) {
	for {
		best, cost := -1, 0.0
		for i := range e.problem.Vars {
			if !e.local(i, plates) {
				continue
			}
			if c, in := joinedSize(group, e.problem.Vars, i); in && (best < 0 || c < cost) {
				best, cost = i, c
			}
		}
		if best < 0 {
			return group, nil
		}
		if cost > maxElements {
			return nil, e.tooLarge(group, best, cost)
		}
		group = e.eliminate(group, best)
	}
}

// local reports whether variable i repeats along just these plates.
func (e *elimination) local(i int, plates []int) bool {
	return slices.Equal(sorted(e.problem.Vars[i].Plates), plates)
}

// joinedSize is the number of elements of the product of all factors with
// variable v, and whether there are any.
func joinedSize(group []*factor, vars []Var, v int) (elements float64, in bool) {
	sizes := map[int]int{}
	for _, f := range group {
		if !slices.Contains(f.vars, v) {
			continue
		}
		in = true
		s := f.log.Shape()
		for i, n := range s {
			if n > 1 {
				sizes[i-len(s)] = n
			}
		}
	}
	elements = 1
	for _, n := range sizes {
		elements *= float64(n)
	}
	return elements, in
}

func (e *elimination) tooLarge(group []*factor, v int, elements float64) error {
	err := &SizeError{Var: e.problem.Vars[v].Name, Elements: elements}
	for i, u := range e.problem.Vars {
		for _, f := range group {
			if i != v && slices.Contains(f.vars, v) && slices.Contains(f.vars, i) {
				err.With = append(err.With, u.Name)
				break
			}
		}
	}
	return err
}

// eliminate multiplies the factors with variable v and sums it out.
func (e *elimination) eliminate(group []*factor, v int) []*factor {
	out := group[:0:0]
	joined := &factor{}
	for _, f := range group {
		if !slices.Contains(f.vars, v) {
			out = append(out, f)
			continue
		}
		if joined.log == nil {
			*joined = factor{log: f.log, plates: f.plates, vars: slices.Clone(f.vars)}
			continue
		}
		joined.log = joined.log.Add(f.log)
		joined.vars = append(joined.vars, f.vars...)
	}
	slices.Sort(joined.vars)
	joined.vars = slices.Compact(joined.vars)
	if e.keepSteps {
		e.steps = append(e.steps, step{v: v, joined: joined.log, vars: slices.Clone(joined.vars)})
	}
	joined.log = e.reduce(joined.log, e.problem.Vars[v].Dim)
	joined.vars = slices.DeleteFunc(joined.vars, func(i int) bool { return i == v })
	return append(out, joined)
}

// lower multiplies f over the plates that none of its variables is in, and puts
// it among the factors of those that are left.
func (e *elimination) lower(f *factor) error {
	var kept []int
	for _, i := range f.vars {
		for _, dim := range e.problem.Vars[i].Plates {
			if !slices.Contains(kept, dim) {
				kept = append(kept, dim)
			}
		}
	}
	slices.Sort(kept)
	if len(f.vars) > 0 && (slices.Equal(kept, f.plates) || !subset(kept, f.plates)) {
		err := &IntractableError{Plates: f.plates}
		for _, i := range f.vars {
			err.Vars = append(err.Vars, e.problem.Vars[i].Name)
		}
		return err
	}
	e.push(e.product(f, kept), kept)
	return nil
}

func subset(a, b []int) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// assign chooses values for the variables, the last eliminated first: the
// largest of score(logits) given the values of those chosen before.
func (e *elimination) assign(score func(v Var, logits *tensor.Tensor) *tensor.Tensor) map[string]*tensor.Tensor {
	values := make([]*tensor.Tensor, len(e.problem.Vars))
	for i := len(e.steps) - 1; i >= 0; i-- {
		s := e.steps[i]
		v := e.problem.Vars[s.v]
		logits := s.joined.Detach()
		for _, u := range s.vars {
			if u != s.v {
				logits = logits.Gather(e.problem.Vars[u].Dim, values[u])
			}
		}
		logits = e.spread(logits, v)
		values[s.v] = score(v, logits).ArgMax(v.Dim).Unsqueeze(logits.Rank() + v.Dim)
	}
	out := map[string]*tensor.Tensor{}
	for i, v := range e.problem.Vars {
		if values[i] != nil {
			out[v.Name] = values[i]
		}
	}
	return out
}

// spread gives logits the full size of the plates of v.
func (e *elimination) spread(logits *tensor.Tensor, v Var) *tensor.Tensor {
	shape := slices.Clone(logits.Shape())
	for _, dim := range v.Plates {
		shape[len(shape)+dim] = e.problem.Plates[dim]
	}
	return logits.Expand(shape...)
}
