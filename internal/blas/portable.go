package blas

import "math"

// The portable kernels: what runs without vector instructions, and what the
// vector kernels are tested against.

const portableRows, portableCols = 2, 4

// stripGo sets C = alpha·A·B + beta·C for C of shape [m, n], n at most the tile's
// width, B of shape [k, n] with leading dimension ldb, and A of shape [m, k]
// with any steps: every tile's height of rows begins stepA after the last.
func stripGo[F Float](m, n, k int, alpha F, a []F, rsa, csa, stepA int, b []F, ldb int, beta F, c []F, ldc int) {
	for i := 0; i < m; i += portableRows {
		h := min(portableRows, m-i)
		if h == portableRows && n == portableCols {
			tileGo(k, alpha, a, rsa, csa, b, ldb, beta, c[i*ldc:], ldc)
		} else {
			edgeGo(h, n, k, alpha, a, rsa, csa, b, ldb, beta, c[i*ldc:], ldc)
		}
		a = a[min(len(a), stepA):]
	}
}

func tileGo[F Float](k int, alpha F, a []F, rsa, csa int, b []F, ldb int, beta F, c []F, ldc int) {
	var s00, s01, s02, s03, s10, s11, s12, s13 F
	for p := range k {
		b := b[p*ldb:][:4:4]
		x, y := a[p*csa], a[p*csa+rsa]
		s00 += x * b[0]
		s01 += x * b[1]
		s02 += x * b[2]
		s03 += x * b[3]
		s10 += y * b[0]
		s11 += y * b[1]
		s12 += y * b[2]
		s13 += y * b[3]
	}
	for i, s := range [2][4]F{{s00, s01, s02, s03}, {s10, s11, s12, s13}} {
		update(alpha, s[:], beta, c[i*ldc:][:4])
	}
}

func edgeGo[F Float](m, n, k int, alpha F, a []F, rsa, csa int, b []F, ldb int, beta F, c []F, ldc int) {
	for i := range m {
		var s [portableCols]F
		for p := range k {
			x := a[i*rsa+p*csa]
			for j, y := range b[p*ldb:][:n] {
				s[j] += x * y
			}
		}
		update(alpha, s[:n], beta, c[i*ldc:][:n])
	}
}

// update sets c = alpha·s + beta·c, without reading c where beta is zero.
func update[F Float](alpha F, s []F, beta F, c []F) {
	for j, s := range s {
		if beta == 0 {
			c[j] = alpha * s
		} else {
			c[j] = alpha*s + beta*c[j]
		}
	}
}

// transposeTilesGo sets dst[j*ldd+i] = src[i*lds+j] for src of shape [m, n].
func transposeTilesGo[F Float](m, n int, src []F, lds int, dst []F, ldd int) {
	for i := range m {
		for j, x := range src[i*lds:][:n] {
			dst[j*ldd+i] = x
		}
	}
}

// dotsGo adds alpha times the product of A, of shape [m, n], and x to y.
func dotsGo[F Float](m, n int, alpha F, a []F, lda int, x, y []F) {
	for i := range m {
		y[i] += alpha * dotGo(a[i*lda:][:n], x[:n])
	}
}

func dotGo[F Float](x, y []F) F {
	var s0, s1, s2, s3 F
	for len(x) >= 4 && len(y) >= 4 {
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i := range x {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// axpysGo adds alpha times the product of Aᵀ, A of shape [m, n], and x to y.
func axpysGo[F Float](m, n int, alpha F, a []F, lda int, x, y []F) {
	for i := range m {
		s := alpha * x[i]
		row := a[i*lda:][:n]
		for j, y0 := range y[:n] {
			y[j] = y0 + s*row[j]
		}
	}
}

// solveGo overwrites B, of shape [m, n], with the X of L·X = B, row by row from
// the first. L is the lower triangle with L(i, j) = l[l0+i*rsl+j*csl]; row i of
// B begins at b[b0+i*ldb]. Steps may be negative.
func solveGo[F Float](m, n int, l []F, l0, rsl, csl int, unit bool, b []F, b0, ldb int) {
	for i := range m {
		row := b[b0+i*ldb:][:n]
		for j := range i {
			s := l[l0+i*rsl+j*csl]
			for c, x := range b[b0+j*ldb:][:n] {
				row[c] -= s * x
			}
		}
		if unit {
			continue
		}
		inverse := 1 / l[l0+i*(rsl+csl)]
		for c := range row {
			row[c] *= inverse
		}
	}
}

// choleskyRowsGo factors A = Uᵀ·U, of which the upper triangle is given and
// overwritten by U, row by row. It returns the index of the first pivot that
// is not positive, or n.
func choleskyRowsGo[F Float](n int, a []F, lda int) int {
	for i := range n {
		row := a[i*lda:][:n]
		for j := range i {
			above := a[j*lda:][:n]
			s := above[i]
			for c := i; c < n; c++ {
				row[c] -= s * above[c]
			}
		}
		if !(row[i] > 0) {
			return i
		}
		d := F(math.Sqrt(float64(row[i])))
		inverse := 1 / d
		for c := i + 1; c < n; c++ {
			row[c] *= inverse
		}
		row[i] = d
	}
	return n
}
