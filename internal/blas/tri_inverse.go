package blas

// TriInverse overwrites the triangle of A, of shape [n, n], with its inverse; the
// other triangle, and the diagonal of a unit one, are neither read nor written.
// A zero on the diagonal gives infinities and NaN.
func TriInverse[F Float](upper, unit bool, n int, a []F, lda int) {
	checkMatrix("TriInverse", "a", n, n, lda, len(a))
	v := dense(n, n, a, lda)
	if upper {
		v = v.t()
	}
	triInverse(unit, v)
}

// triInverse inverts a lower triangle by halving it:
// the block below the diagonal becomes -A22⁻¹·A21·A11⁻¹.
func triInverse[F Float](unit bool, a view[F]) {
	n := a.rows
	if n <= baseOrder {
		triInverseBase(unit, a)
		return
	}
	h := half(n)
	a11, a21, a22 := a.block(0, 0, h, h), a.block(h, 0, n-h, h), a.block(h, h, n-h, n-h)
	a21.scale(-1)
	lower := Tri{Unit: unit}
	if a.cs == 1 {
		trsm(Left, lower, a22, a21)
		trsm(Right, lower, a11, a21)
	} else { // the same solves on the transposed matrices, whose rows are contiguous
		trsm(Right, Tri{Trans: true, Unit: unit}, a22, a21.t())
		trsm(Left, Tri{Trans: true, Unit: unit}, a11, a21.t())
	}
	triInverse(unit, a11)
	triInverse(unit, a22)
}

// triInverseBase inverts a small lower triangle, column by column.
func triInverseBase[F Float](unit bool, a view[F]) {
	at := func(i, j int) *F { return &a.data[i*a.rs+j*a.cs] }
	for j := a.rows - 1; j >= 0; j-- {
		// Column j of the inverse is -A22⁻¹·a(·, j)/a(j, j), and A22⁻¹ stands below.
		inverse := F(1)
		if !unit {
			inverse = 1 / *at(j, j)
			*at(j, j) = inverse
		}
		for i := a.rows - 1; i > j; i-- {
			var s F
			for p := j + 1; p < i; p++ {
				s += *at(i, p) * *at(p, j)
			}
			if unit {
				s += *at(i, j)
			} else {
				s += *at(i, i) * *at(i, j)
			}
			*at(i, j) = -s * inverse
		}
	}
}
