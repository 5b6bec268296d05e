package tensor

import "github.com/gopyro/pyro/internal/program"

// Repeated returns the result of a part of the last run that starts at the same place
// and has the same name, dims and inputs in, if the tape repeats its runs and Part
// noted it. Its operations are then on the tape, and must not be made again.
func (t *Tape) Repeated(name string, dims []int, in ...*Tensor) (y *Tensor, ok bool) {
	if t.guard.on {
		return nil, false
	}
	p := t.program.NextPart(name, dims, len(in))
	if p == nil {
		return nil, false
	}
	for i, x := range in {
		given := false
		switch x.on() {
		case nil:
			given = p.Given(i, x.own())
		case t:
			given = t.program.GivenAt(p, i, t.at(x))
		}
		if !given {
			return nil, false
		}
	}
	return t.handle(t.program.TakePart(p)), true
}

// Part notes that what was made on the tape since its length was from is a part of the
// run: its operations, and the result y, follow from name, dims and the values of in
// alone. Repeated then takes it whole in the next run.
func (t *Tape) Part(name string, dims []int, from int, y *Tensor, in ...*Tensor) {
	if !t.guard.on && y.on() == t && t.inputs(in) {
		t.program.Part(name, dims, t.parts, from, t.at(y))
	}
}

// inputs sets t.parts to the inputs of a part; false if one is on another tape.
func (t *Tape) inputs(in []*Tensor) bool {
	t.parts = t.parts[:0]
	for _, x := range in {
		switch x.on() {
		case nil:
			t.parts = append(t.parts, program.Input{Array: x.own()})
		case t:
			t.parts = append(t.parts, program.Input{Ref: t.at(x)})
		default:
			return false
		}
	}
	return true
}
