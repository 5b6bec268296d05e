package program

// Draws is the number of draws on the tape.
func (t *Tape) Draws() int { return t.drawn }

// Drawn reports whether r was computed from a draw on the tape.
func (t *Tape) Drawn(r Ref) bool {
	if t.drawn == 0 {
		return false
	}
	needed := make([]bool, r+1)
	needed[r] = true
	for i := r; i >= 0; i-- {
		if !needed[i] {
			continue
		}
		n := &t.nodes[i]
		if n.code == Draw {
			return true
		}
		for _, in := range operands(n, t.lists) {
			needed[in] = true
		}
	}
	return false
}
