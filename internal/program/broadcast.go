package program

// uniform reports whether all elements of a are one number.
func uniform(l *Layout) bool {
	for i, d := range l.Dims {
		if d != 1 && l.Strides[i] != 0 {
			return false
		}
	}
	return l.Size > 0
}

// span is the longest end of dims along which an operand with the given strides
// is either one run of memory (step 1) or one number (step 0). It covers n
// elements and the dims from first on.
func span(dims, strides []int) (n, first, step int) {
	n, first, step = 1, len(dims), -1
	for i := len(dims) - 1; i >= 0; i-- {
		switch d := dims[i]; {
		case d == 1:
		case strides[i] == 0 && step != 1:
			step = 0
		case strides[i] == n && step != 0:
			step = 1
		default:
			return n, first, max(step, 0)
		}
		n *= dims[i]
		first = i
	}
	return n, first, max(step, 0)
}

// shortRun is the length of runs below which copying an operand into the shape
// of the result costs less than a call for each run.
const shortRun = 16

// runs computes an operation of arithmetic on operands that broadcast along
// leading dims, run by run, without copying them; ok is false where runs are
// short or of another kind.
func runs[T float](c *call, dst []T, a, b *Array) (ok bool) {
	dims := c.out.Layout.Dims
	sa, sb := expandStrides(c.m, a.Layout, dims), expandStrides(c.m, b.Layout, dims)
	na, fa, stepA := span(dims, sa)
	nb, fb, stepB := span(dims, sb)
	n, first := na, fa
	if fb > fa {
		n, first = nb, fb
	}
	if n < shortRun || stepA == 0 && stepB == 0 {
		return false
	}
	x, y := values[T](a), values[T](b)
	at := c.m.intSlice(first)
	clear(at)
	oa, ob := 0, 0
	for o := 0; o < len(dst); o += n {
		d := dst[o : o+n]
		switch {
		case stepA == 0:
			arithLeft(c.code, d, x[oa], y[ob:ob+n])
		case stepB == 0:
			arithRight(c.code, d, x[oa:oa+n], y[ob])
		default:
			binary(c.code, d, x[oa:oa+n], y[ob:ob+n])
		}
		for i := first - 1; i >= 0; i-- {
			at[i]++
			oa, ob = oa+sa[i], ob+sb[i]
			if at[i] < dims[i] {
				break
			}
			oa, ob, at[i] = oa-sa[i]*dims[i], ob-sb[i]*dims[i], 0
		}
	}
	return true
}
