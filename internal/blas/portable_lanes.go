package blas

import "math"

// The portable kernels for batches, one matrix a lane: element (i, j) of matrix l is
// at lane l of vector (i, j).

const portableLanes = 4

// choleskyLanesGo factors portableLanes matrices of order n at once: element (i, j)
// of matrix l is a[(i*n+j)*portableLanes+l]. A bad pivot leaves NaN or zero on the
// diagonal of its matrix.
func choleskyLanesGo[F Float](n int, a []F) {
	at := func(i, j int) *[portableLanes]F { return (*[portableLanes]F)(a[(i*n+j)*portableLanes:]) }
	for j := range n {
		var inverse [portableLanes]F
		for i := j; i < n; i++ {
			s := *at(i, j)
			for k := range j {
				x, y := at(i, k), at(j, k)
				for l := range s {
					s[l] -= x[l] * y[l]
				}
			}
			for l := range s {
				if i == j {
					s[l] = F(math.Sqrt(float64(s[l])))
					inverse[l] = 1 / s[l]
				} else {
					s[l] *= inverse[l]
				}
			}
			*at(i, j) = s
		}
	}
}

// solveLanesGo is solveGo on vectors: the steps count vectors.
func solveLanesGo[F Float](m, n int, l []F, l0, rsl, csl int, unit bool, b []F, b0, rsb, csb int) {
	const lanes = portableLanes
	for c := range n {
		for i := range m {
			s := (*[lanes]F)(b[b0+(i*rsb+c*csb)*lanes:])
			for j := range i {
				x, y := (*[lanes]F)(l[l0+(i*rsl+j*csl)*lanes:]), (*[lanes]F)(b[b0+(j*rsb+c*csb)*lanes:])
				for l := range s {
					s[l] -= x[l] * y[l]
				}
			}
			if unit {
				continue
			}
			d := (*[lanes]F)(l[l0+i*(rsl+csl)*lanes:])
			for l := range s {
				s[l] *= 1 / d[l]
			}
		}
	}
}
