package tensor

// Dependents returns a function that reports whether a tensor of the tape was
// computed from x, with or without a gradient. It knows of operations only: of
// a number that was read out of x and put back, see [Tape.Dynamic].
func (t *Tape) Dependents(x *Tensor) func(y *Tensor) bool {
	if x.on() != t {
		x.fail("Dependents", "the tensor is not on the tape")
	}
	marks := t.program.Dependents(t.at(x))
	return func(y *Tensor) bool {
		if y.on() != t {
			return false
		}
		r := int(t.at(y))
		return r < len(marks) && marks[r]
	}
}
