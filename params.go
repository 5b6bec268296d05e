package pyro

import (
	"iter"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// Params holds trainable parameters by name. Whoever trains owns one; two fits
// never meet. Each parameter is stored as its unconstrained leaf, a point of
// ℝⁿ that an optimiser moves freely, and its constraint. A Params is not for
// concurrent use while parameters are added or updated.
type Params struct {
	names  []string
	params map[string]*parameter

	leaves []Leaf // buffers of Descend
	vars   []*tensor.Tensor
	grads  [][]float64
}

type parameter struct {
	leaf       *tensor.Tensor // unconstrained; it uses data
	data       []float64
	grad       []float64
	constraint constraint.Constraint
}

// newParameter returns a parameter with a leaf of its own.
func newParameter(leaf *tensor.Tensor, c constraint.Constraint) *parameter {
	data := leaf.Float64s()
	return &parameter{leaf: tensor.Using(data, leaf.Shape()...), data: data,
		grad: make([]float64, len(data)), constraint: c}
}

// NewParams returns an empty store.
func NewParams() *Params { return &Params{params: map[string]*parameter{}} }

// Bind returns m with its Param statements reading from ps. A parameter that ps
// lacks is added with its start value.
func (ps *Params) Bind(m Model) Model {
	return With(m, func() Handler { return bind{params: ps} })
}

type bind struct {
	NopHandler
	params *Params
}

func (b bind) Process(outer *P, s *Site) {
	if s.Kind != ParamSite || s.Value != nil {
		return
	}
	q := b.params.params[s.Name]
	if q == nil {
		q = b.params.add(s.Name, s.start(), s.Constraint)
	}
	if q.constraint == nil {
		q.constraint = s.Constraint // it was loaded from a file
	}
	if got, want := s.Constraint.String(), q.constraint.String(); got != want {
		panic(s.errorf("the parameter is constrained to %s here, but to %s where it was made", got, want))
	}
	if t := outer.run.tape; t != nil {
		s.Value = q.constraint.Transform().Forward(t.Var(q.leaf))
		return
	}
	s.Value = q.value()
}

func (ps *Params) add(name string, value *tensor.Tensor, c constraint.Constraint) *parameter {
	q := newParameter(c.Transform().Inverse(value.Detach()), c)
	ps.params[name] = q
	ps.names = append(ps.names, name)
	return q
}

// Set stores a value under a name. It panics with a *SiteError if the value is
// not in the set.
func (ps *Params) Set(name string, value *tensor.Tensor, c constraint.Constraint) {
	if at, ok := c.Check(value); !ok {
		panic(&SiteError{Site: name, Reason: sprintf("value %v is not %v (element %d)", value, c, at)})
	}
	if ps.params[name] == nil {
		ps.add(name, value, c)
		return
	}
	ps.params[name] = newParameter(c.Transform().Inverse(value.Detach()), c)
}

// Get returns the value of a parameter, which satisfies its constraint. It
// panics with a *SiteError that lists the names there are if name is not one.
func (ps *Params) Get(name string) *tensor.Tensor {
	return ps.get(name).value()
}

// value is the constrained value, a copy: optimisers change leaves in place.
func (q *parameter) value() *tensor.Tensor {
	return q.constraint.Transform().Forward(q.leaf).Clone()
}

// Unconstrained returns the leaf of a parameter, a copy.
func (ps *Params) Unconstrained(name string) *tensor.Tensor { return ps.get(name).leaf.Clone() }

func (ps *Params) get(name string) *parameter {
	q := ps.params[name]
	if q == nil {
		panic(&SiteError{Site: name, Reason: "there is no such parameter" + near(name, ps.names)})
	}
	return q
}

// Has reports whether there is a parameter of that name.
func (ps *Params) Has(name string) bool { return ps.params[name] != nil }

// Names returns the names in the order in which the parameters were made.
func (ps *Params) Names() []string { return slices.Clone(ps.names) }

// All yields names and values.
func (ps *Params) All() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range ps.names {
			if !yield(name, ps.Get(name)) {
				return
			}
		}
	}
}

// Clone returns an independent copy.
func (ps *Params) Clone() *Params {
	c := NewParams()
	c.names = slices.Clone(ps.names)
	for name, q := range ps.params {
		c.params[name] = newParameter(q.leaf, q.constraint)
	}
	return c
}

// Grad returns the gradient of loss, a single number computed from models bound
// to ps, in the leaf of each parameter; 0 where the loss does not depend on it.
func (ps *Params) Grad(loss *tensor.Tensor) map[string]*tensor.Tensor {
	out := make(map[string]*tensor.Tensor, len(ps.names))
	t := loss.Tape()
	if t == nil {
		for _, name := range ps.names {
			out[name] = tensor.Zeros(ps.params[name].leaf.Shape()...)
		}
		return out
	}
	vars := make([]*tensor.Tensor, len(ps.names))
	for i, name := range ps.names {
		vars[i] = t.Var(ps.params[name].leaf)
	}
	for i, g := range tensor.Grad(loss, vars...) {
		out[ps.names[i]] = g.Clone()
	}
	return out
}

// Update replaces each leaf x by f(name, x), which must have its shape.
func (ps *Params) Update(f func(name string, x *tensor.Tensor) *tensor.Tensor) {
	for _, name := range ps.names {
		q := ps.params[name]
		x := f(name, q.leaf).Detach()
		if !slices.Equal(x.Shape(), q.leaf.Shape()) {
			panic(&SiteError{Site: name, Reason: sprintf("Update: the new leaf has shape %v, not %v", x.Shape(), q.leaf.Shape())})
		}
		x.CopyTo(q.data)
	}
}

// Leaf is a parameter as an optimiser sees it.
type Leaf struct {
	Name        string
	Value, Grad []float64 // the unconstrained value itself, to be changed in place, and its gradient
}

// Descend computes the gradient of loss, a single number on a tape, in each
// leaf, and passes all leaves to update, which may change the values. It
// allocates nothing once it has run with these parameters.
func (ps *Params) Descend(loss *tensor.Tensor, update func([]Leaf)) {
	t := loss.Tape()
	if t == nil {
		panic(&SiteError{Reason: "Descend: the loss is not on a tape; run the models with RunOn"})
	}
	leaves := ps.bindTo(t)
	t.GradInto(ps.grads, loss, ps.vars)
	update(leaves)
}

// bindTo fills the buffers for gradients on t.
func (ps *Params) bindTo(t *tensor.Tape) []Leaf {
	ps.vars, ps.grads = ps.vars[:0], ps.grads[:0]
	for _, name := range ps.names {
		q := ps.params[name]
		ps.vars = append(ps.vars, t.Var(q.leaf))
		ps.grads = append(ps.grads, q.grad)
	}
	return ps.Leaves()
}

// Compare is Descend for a loss that was recorded in program: it also describes
// where the two differ, or returns "".
func (ps *Params) Compare(program *tensor.Program, loss *tensor.Tensor) (leaves []Leaf, difference string) {
	leaves = ps.bindTo(loss.Tape())
	return leaves, program.Compare(ps.grads, loss, ps.vars)
}

// Record ends a recording on the tape of loss, a single number, and returns the
// program that computes it and its gradient in each leaf, in the order of
// Leaves. The program sees later changes of the leaves.
func (ps *Params) Record(loss *tensor.Tensor) *tensor.Program {
	ps.bindTo(loss.Tape())
	return loss.Tape().Record(loss, ps.vars)
}

// Leaves returns the leaves themselves, to be changed in place, with room for
// their gradients. The slice is used again by the next call and by Descend.
func (ps *Params) Leaves() []Leaf {
	ps.leaves = ps.leaves[:0]
	for _, name := range ps.names {
		q := ps.params[name]
		ps.leaves = append(ps.leaves, Leaf{Name: name, Value: q.data, Grad: q.grad})
	}
	return ps.leaves
}

// near returns ", did you mean …?" with the names closest to name.
func near(name string, names []string) string {
	if len(names) == 0 {
		return "; there are none"
	}
	best, least := "", len(name)/2+1
	for _, n := range names {
		if d := distance(name, n); d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return sprintf("; did you mean %q?", best)
	}
	return sprintf("; there are %q", names)
}

// distance is the number of letters to insert, delete or change (Levenshtein
// 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Near completes a message about an unknown name by the names closest to it.
func Near(name string, names []string) string { return near(name, names) }
