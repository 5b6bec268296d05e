package program

// Draws is the number of draws on the tape.
func (t *Tape) Draws() int { return t.drawn }
