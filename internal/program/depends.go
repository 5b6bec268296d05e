package program

// Dependents marks x and the values that were computed from it.
func (t *Tape) Dependents(x Ref) []bool {
	marks := make([]bool, len(t.nodes))
	marks[x] = true
	for i := int(x) + 1; i < len(t.nodes); i++ {
		for _, r := range operands(&t.nodes[i], t.lists) {
			if marks[r] {
				marks[i] = true
				break
			}
		}
	}
	return marks
}
