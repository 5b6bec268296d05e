package kernel

// Some routines cover a domain only and stop before a vector with an element outside of it. The next
// few elements are then mended: the routine runs on a copy with those elements replaced by 1, which
// is in every domain, so that the others come out as they always do; slow computes the rest.

const mendLen = 8

func mend[T float](dst, x []T, loop func(dst, x []T) int, inside func(float64) bool, slow func(float64) float64) int {
	var in, out [mendLen]T
	n := min(mendLen, len(dst))
	for i, v := range x[:n] {
		in[i] = v
		if !inside(float64(v)) {
			in[i] = 1
		}
	}
	loop(out[:n], in[:n])
	for i, v := range x[:n] {
		if dst[i] = out[i]; !inside(float64(v)) {
			dst[i] = T(slow(float64(v)))
		}
	}
	return n
}

func mend2[T float](dst, x, y []T, loop func(dst, x, y []T) int, inside func(x, y float64) bool, slow func(x, y float64) float64) int {
	var inX, inY, out [mendLen]T
	n := min(mendLen, len(dst))
	for i, v := range x[:n] {
		inX[i], inY[i] = v, y[i]
		if !inside(float64(v), float64(y[i])) {
			inX[i], inY[i] = 1, 1
		}
	}
	loop(out[:n], inX[:n], inY[:n])
	for i, v := range x[:n] {
		if w := y[i]; inside(float64(v), float64(w)) {
			dst[i] = out[i]
		} else {
			dst[i] = T(slow(float64(v), float64(w)))
		}
	}
	return n
}
