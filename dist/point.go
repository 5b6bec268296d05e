package dist

// IsPoint reports whether d has one possible draw: Delta, also inside
// Independent, Expanded and Masked.
func IsPoint(d Distribution) bool {
	switch w := d.(type) {
	case *delta:
		return true
	case *independent, *expanded, *masked:
		return IsPoint(w.(Wrapper).Unwrap())
	}
	return false
}
