package pathfinder

import "math"

// approx is a normal distribution with covariance
//
//	Σ = A½(1 + Q(L·Lᵀ - 1)Qᵀ)A½
//
// for a diagonal A, Q of few orthonormal columns and a triangular L: that of the
// inverse Hessian that L-BFGS holds.
type approx struct {
	mean   []float64
	root   []float64   // A½
	q      [][]float64 // columns; one that depends on those before it is 0
	l      [][]float64 // rows
	logDet float64     // of Σ
}

// pair is a step of a search, and how the gradient of -log p changed in it.
type pair struct{ s, y []float64 }

// newApprox returns the approximation at x, with the gradient of log p there, from
// the diagonal A and pairs, the oldest first; ok is false where it is not positive
// definite. The inverse Hessian is that of Byrd, Nocedal and Schnabel (1994,
// equation 3.1), factored as by Zhang, Carpenter, Gelman and Vehtari (2022,
// algorithm 4).
func newApprox(x, grad, diagonal []float64, pairs []pair) (a *approx, ok bool) {
	n, m := len(x), len(pairs)
	a = &approx{mean: make([]float64, n), root: make([]float64, n)}
	for i, v := range diagonal {
		a.root[i] = math.Sqrt(v)
		a.logDet += math.Log(v)
	}
	columns := make([][]float64, 2*m) // A^-½·[S, A·Y]
	for j, p := range pairs {
		columns[j], columns[m+j] = make([]float64, n), make([]float64, n)
		for i := range n {
			columns[j][i], columns[m+j][i] = p.s[i]/a.root[i], p.y[i]*a.root[i]
		}
	}
	q, r := orthonormal(columns)
	c := sandwich(r, middle(pairs, columns[m:]))
	for i := range c {
		c[i][i]++
	}
	if a.l, ok = cholesky(c); !ok {
		return nil, false
	}
	a.q = q
	for i := range a.l {
		a.logDet += 2 * math.Log(a.l[i][i])
	}
	// mean = x + Σ·grad
	w := make([]float64, n)
	for i := range w {
		w[i] = a.root[i] * grad[i]
	}
	a.transpose(w)
	a.apply(w)
	for i := range w {
		a.mean[i] = x[i] + a.root[i]*w[i]
	}
	return a, finite(a.logDet)
}

// apply is w ← w + Q(L - 1)Qᵀw.
func (a *approx) apply(w []float64) {
	v := a.coordinates(w)
	for i := range v {
		a.add(w, i, dot(a.l[i][:i+1], v[:i+1])-v[i])
	}
}

// transpose is w ← w + Q(Lᵀ - 1)Qᵀw.
func (a *approx) transpose(w []float64) {
	v := a.coordinates(w)
	for i := range v {
		sum := -v[i]
		for k := i; k < len(v); k++ {
			sum += a.l[k][i] * v[k]
		}
		a.add(w, i, sum)
	}
}

// coordinates is Qᵀw.
func (a *approx) coordinates(w []float64) []float64 {
	v := make([]float64, len(a.q))
	for i, q := range a.q {
		v[i] = dot(q, w)
	}
	return v
}

func (a *approx) add(w []float64, i int, by float64) {
	for k, q := range a.q[i] {
		w[k] += by * q
	}
}

// draw turns standard normal numbers into a draw and returns its log density.
func (a *approx) draw(z []float64) (logq float64) {
	n := float64(len(z))
	logq = -0.5 * (dot(z, z) + n*math.Log(2*math.Pi) + a.logDet)
	a.apply(z)
	for i := range z {
		z[i] = a.mean[i] + a.root[i]*z[i]
	}
	return logq
}

// middle is the matrix between [S, A·Y] and its transpose; y are the columns
// A½·Y.
func middle(pairs []pair, y [][]float64) [][]float64 {
	m := len(pairs)
	out := matrix(2 * m)
	inverse := matrix(m) // of the upper triangle R of SᵀY
	for j := range m {
		inverse[j][j] = 1 / dot(pairs[j].s, pairs[j].y)
		for i := j - 1; i >= 0; i-- {
			sum := 0.0
			for k := i + 1; k <= j; k++ {
				sum += dot(pairs[i].s, pairs[k].y) * inverse[k][j]
			}
			inverse[i][j] = -sum / dot(pairs[i].s, pairs[i].y)
		}
	}
	inner := matrix(m) // D + YᵀAY
	for i := range m {
		for j := range m {
			inner[i][j] = dot(y[i], y[j])
		}
		inner[i][i] += dot(pairs[i].s, pairs[i].y)
	}
	for i := range m {
		for j := range m {
			for k := range m {
				for l := range m {
					out[i][j] += inverse[k][i] * inner[k][l] * inverse[l][j]
				}
			}
			out[i][m+j] = -inverse[j][i]
			out[m+i][j] = -inverse[i][j]
		}
	}
	return out
}

// orthonormal returns Q and the upper triangle R with Q·R = the columns, by the
// modified Gram–Schmidt method, twice over (Giraud, Langou, Rozložník 2005).
func orthonormal(columns [][]float64) (q, r [][]float64) {
	k := len(columns)
	q, r = make([][]float64, k), matrix(k)
	for j, c := range columns {
		v := append([]float64(nil), c...)
		for range 2 {
			for i := range j {
				p := dot(q[i], v)
				r[i][j] += p
				for e := range v {
					v[e] -= p * q[i][e]
				}
			}
		}
		norm := math.Sqrt(dot(v, v))
		if !(norm > 1e-12*math.Sqrt(dot(c, c))) { // it depends on those before it
			q[j] = make([]float64, len(c))
			continue
		}
		r[j][j] = norm
		for e := range v {
			v[e] /= norm
		}
		q[j] = v
	}
	return q, r
}

// sandwich is R·M·Rᵀ.
func sandwich(r, m [][]float64) [][]float64 {
	k := len(r)
	half, out := matrix(k), matrix(k)
	for i := range k {
		for j := range k {
			half[i][j] = 0
			for e := i; e < k; e++ {
				half[i][j] += r[i][e] * m[e][j]
			}
		}
	}
	for i := range k {
		for j := range k {
			out[i][j] = dot(half[i][j:], r[j][j:])
		}
	}
	return out
}

// cholesky is the lower factor of a symmetric matrix, of which it reads the lower
// triangle.
func cholesky(c [][]float64) (l [][]float64, ok bool) {
	l = matrix(len(c))
	for i := range c {
		for j := range i + 1 {
			v := c[i][j] - dot(l[i][:j], l[j][:j])
			switch {
			case i != j:
				l[i][j] = v / l[j][j]
			case v > 0 && finite(v):
				l[i][i] = math.Sqrt(v)
			default:
				return nil, false
			}
		}
	}
	return l, true
}

func matrix(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

func finite(v float64) bool { return v-v == 0 }
