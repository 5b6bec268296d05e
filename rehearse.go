package pyro

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Rehearse runs m as it would run on p, under the handlers of p and with wrap
// applied outside all of them, and returns its trace. The run of p does not
// contain it: nothing is recorded there, and handlers of p see no PostProcess.
// Handlers that must know what a model would do before it runs use it.
func (p *P) Rehearse(m Model, wrap func(Model) Model) (*Trace, error) {
	return p.RehearseOn(p.run.tape, m, wrap)
}

// RehearseOn is Rehearse on a tape, which must be that of p if p has one.
func (p *P) RehearseOn(tape *tensor.Tape, m Model, wrap func(Model) Model) (*Trace, error) {
	p.alive()
	return RunOn(tape, wrap(func(root *P) {
		root.run.rehearsal = true
		root.run.plates = slices.Clone(p.run.plates)
		m(p.moved(root))
	}), p.run.key)
}

// moved returns p with root in place of its own root.
func (p *P) moved(root *P) *P {
	q := *p
	q.run = root.run
	if p.outer == nil {
		q.handler, q.outer = root.handler, root.outer
	} else {
		q.outer = p.outer.moved(root)
	}
	return &q
}
