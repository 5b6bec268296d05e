package kernel

// Less sets dst to 1 where a < b, else to 0.
func Less(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Less(dst, a, b)
}

// Less32 is Less for float32.
func Less32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Less32(dst, a, b)
}

// LessEqual sets dst to 1 where a <= b, else to 0.
func LessEqual(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.LessEqual(dst, a, b)
}

// LessEqual32 is LessEqual for float32.
func LessEqual32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.LessEqual32(dst, a, b)
}

// Equal sets dst to 1 where a == b, else to 0: NaN equals nothing, -0 equals +0.
func Equal(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Equal(dst, a, b)
}

// Equal32 is Equal for float32.
func Equal32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Equal32(dst, a, b)
}

// Select sets dst to a where cond is not zero (NaN is not zero), else to b.
func Select(dst, cond, a, b []float64) {
	check(len(dst), len(cond))
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Select(dst, cond, a, b)
}

// Select32 is Select for float32.
func Select32(dst, cond, a, b []float32) {
	check(len(dst), len(cond))
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Select32(dst, cond, a, b)
}
