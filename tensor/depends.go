package tensor

// Dependents returns a function that reports whether a tensor of the tape was
// computed from x, with or without a gradient. It knows of operations only: of
// a number that was read out of x and put back, see [Tape.Dynamic].
func (t *Tape) Dependents(x *Tensor) func(y *Tensor) bool {
	if x.on() != t {
		x.fail("Dependents", "the tensor is not on the tape")
	}
	x.check()
	marks := t.program.Dependents(x.ref)
	return func(y *Tensor) bool {
		if y.on() != t {
			return false
		}
		y.check()
		return int(y.ref) < len(marks) && marks[y.ref]
	}
}
