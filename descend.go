package pyro

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

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
// Parameters that were loaded and that no model has read since are left out,
// here and in Leaves.
func (ps *Params) Update(f func(name string, x *tensor.Tensor) *tensor.Tensor) {
	for _, name := range ps.names {
		q := ps.params[name]
		if q.constraint == nil {
			continue
		}
		x := f(name, q.leaf)
		switch {
		case x == nil:
			panic(&SiteError{Site: name, Reason: "Update: the new leaf is nil"})
		case !slices.Equal(x.Shape(), q.leaf.Shape()):
			panic(&SiteError{Site: name, Reason: sprintf("Update: the new leaf has shape %v, not %v", x.Shape(), q.leaf.Shape())})
		}
		copy(q.data, x.Float64s()) // through a copy, as x may be a view of the leaf
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
	leaves := ps.Leaves()
	for _, l := range leaves {
		ps.vars = append(ps.vars, t.Var(ps.params[l.Name].leaf))
		ps.grads = append(ps.grads, l.Grad)
	}
	return leaves
}

// Leaves returns the leaves themselves, to be changed in place, with room for
// their gradients. The slice is that of the next call and of Descend.
func (ps *Params) Leaves() []Leaf {
	if ps.laid {
		return ps.leaves
	}
	ps.leaves, ps.laid = ps.leaves[:0], true
	for _, name := range ps.names {
		if q := ps.params[name]; q.constraint != nil {
			ps.leaves = append(ps.leaves, Leaf{Name: name, Value: q.data, Grad: q.grad})
		}
	}
	return ps.leaves
}

// Record ends a recording on the tape of loss, a single number, and returns the
// program that computes it and its gradient in each leaf, in the order of
// Leaves. The program sees later changes of the leaves.
func (ps *Params) Record(loss *tensor.Tensor) *tensor.Program {
	ps.bindTo(loss.Tape())
	return loss.Tape().Record(loss, ps.vars)
}

// Compare is Descend for a loss that was recorded in program: it also describes
// where the two differ, or returns "".
func (ps *Params) Compare(program *tensor.Program, loss *tensor.Tensor) (leaves []Leaf, difference string) {
	leaves = ps.bindTo(loss.Tape())
	return leaves, program.Compare(ps.grads, loss, ps.vars)
}
