package dist

import (
	"slices"
	"strings"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// kind is what all distributions of one name have in common.
type kind struct {
	name   string
	params []param // at most maxParams
	plain  bool    // the log density follows from the name, the batch shape and the parameters alone
	draws  draws   // where they do not depend on parameters
}

// draws is what draws are: events of a shape, in a set.
type draws struct {
	support constraint.Constraint
	event   []int
}

// param is a parameter: its constraint tells how many of its dims belong to one
// event.
type param struct {
	name string
	set  constraint.Constraint
}

const maxParams = 4

// either is the two kinds of a distribution whose last parameter is probabilities or
// logits.
type either struct{ probs, logits *kind }

// probsOrLogits makes both kinds, with the sets of probabilities and of logits and the
// parameters before.
func probsOrLogits(name string, probs, logits constraint.Constraint, before ...param) either {
	return either{
		&kind{name: name, params: append(slices.Clip(before), param{"probs", probs})},
		&kind{name: name + "Logits", params: append(slices.Clip(before), param{"logits", logits})},
	}
}

// on sets what draws of both kinds are: numbers in a set.
func (c either) on(support constraint.Constraint) either {
	c.probs.draws.support, c.logits.draws.support = support, support
	return c
}

// plainly marks both kinds as plain.
func (c either) plainly() either {
	c.probs.plain, c.logits.plain = true, true
	return c
}

// family is what all distributions with parameters share: names, shapes,
// printing and validation.
type family struct {
	*kind
	*draws
	values [maxParams]*tensor.Tensor // of the parameters
	batch  []int
}

// initShaped is init for draws that depend on parameters.
func (f *family) initShaped(k *kind, d draws, values ...*tensor.Tensor) {
	f.init(k, values...)
	f.draws = &d
}

// init makes f one of a kind and works out the batch shape, to which the parameters
// broadcast. It panics with a *tensor.Error if they do not. A family is made where it
// stays: while the collector marks, copying it takes longer than making it.
func (f *family) init(k *kind, values ...*tensor.Tensor) {
	f.kind, f.draws = k, &k.draws
	same := true // but for those without dims
	for i, v := range values {
		f.values[i] = v
		switch s := k.batchOf(i, v); {
		case len(f.batch) == 0:
			f.batch = s
		case len(s) > 0:
			same = same && slices.Equal(s, f.batch)
		}
	}
	if !same {
		f.batch = k.broadcast(values)
	}
}

// batchOf is the shape of parameter i without the dims of one event.
func (k *kind) batchOf(i int, v *tensor.Tensor) []int {
	s := v.Shape()
	p := &k.params[i]
	rank := p.set.EventRank()
	if len(s) < rank {
		panic(&tensor.Error{
			Op: k.name, Shapes: [][]int{slices.Clone(s)},
			Reason: p.name + " must be " + p.set.String() + ", which has more dims",
		})
	}
	return s[:len(s)-rank]
}

// parameters are the values of the parameters.
func (f *family) parameters() []*tensor.Tensor { return f.values[:len(f.params)] }

// self is f, for those who have a distribution.
func (f *family) self() *family { return f }

// broadcast returns the shape that the parameters broadcast to; where that is the shape
// of one of them, as usual, it is not copied.
func (k *kind) broadcast(values []*tensor.Tensor) []int {
	var buf [maxParams][]int
	shapes := buf[:len(values)]
	for i, v := range values {
		shapes[i] = k.batchOf(i, v)
	}
	largest := shapes[0]
	for _, s := range shapes[1:] {
		if !tensor.BroadcastsTo(s, largest) {
			largest = s
		}
	}
	for _, s := range shapes {
		if tensor.BroadcastsTo(s, largest) {
			continue
		}
		b, ok := tensor.Broadcast(shapes...)
		if !ok {
			e := &tensor.Error{Op: k.name, Reason: "parameters do not broadcast"}
			for _, s := range shapes {
				e.Shapes = append(e.Shapes, slices.Clone(s))
			}
			panic(e)
		}
		return b
	}
	return largest
}

func (f *family) BatchShape() []int              { return f.batch }
func (f *family) EventShape() []int              { return f.event }
func (f *family) Support() constraint.Constraint { return f.support }

// String returns Name(param: value, …).
func (f *family) String() string {
	var b strings.Builder
	b.WriteString(f.name)
	b.WriteByte('(')
	for i, v := range f.parameters() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.params[i].name)
		b.WriteString(": ")
		b.WriteString(v.String())
	}
	b.WriteByte(')')
	return b.String()
}

// shape returns sample + batch + event.
func (f *family) shape(sample []int) []int { return slices.Concat(sample, f.batch, f.event) }

// expand gives f a larger batch shape.
func (f *family) expand(batch []int) {
	if !tensor.BroadcastsTo(f.batch, batch) {
		panic(&tensor.Error{
			Op: f.name + ".Expand", Shapes: [][]int{slices.Clone(f.batch), slices.Clone(batch)},
			Reason: "the batch shape does not broadcast to the new one",
		})
	}
	f.batch = slices.Clone(batch)
}

// spread broadcasts a log density to the batch shape, for a value and
// parameters that have fewer dims.
func (f *family) spread(logp *tensor.Tensor) *tensor.Tensor {
	s := logp.Shape()
	if tensor.BroadcastsTo(f.batch, s) {
		return logp
	}
	if tensor.BroadcastsTo(s, f.batch) {
		return logp.Expand(f.batch...)
	}
	b, ok := tensor.Broadcast(s, f.batch)
	if !ok {
		panic(&tensor.Error{
			Op: f.name + ".LogProb", Shapes: [][]int{slices.Clone(s), slices.Clone(f.batch)},
			Reason: "the value does not broadcast with the batch shape",
		})
	}
	return logp.Expand(b...)
}
