package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomMatrix(r *rand.Rand, rows, cols int) matrix {
	m := newMatrix(rows, cols)
	for i := range m.data {
		m.data[i] = r.NormFloat64()
	}
	return m
}

// The factors must rebuild the matrix: a = Qᵀ diag(d) Q with QQᵀ = 1.
func TestEigenSym(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 31 {
		if n == 0 {
			continue
		}
		b := randomMatrix(r, n, n)
		a := b.timesTransposed(b)
		if n%3 == 0 { // indefinite, with a zero row
			for i := range n {
				a.data[i], a.data[i*n] = 0, 0
			}
			a.data[n*n-1] -= 50
		}
		d, q := eigenSym(a)
		norm := math.Sqrt(dot(a.data, a.data))
		tol := 50 * float64(n) * epsilon
		qq := q.timesTransposed(q)
		qt := q.transpose()
		scaled := qt.transpose()
		for k := range n {
			for j := range scaled.row(k) {
				scaled.row(k)[j] *= d[k]
			}
		}
		back := qt.timesTransposed(scaled.transpose())
		for i := range n {
			for j := range n {
				want := 0.0
				if i == j {
					want = 1
				}
				if got := qq.data[i*n+j]; math.Abs(got-want) > tol {
					t.Fatalf("n=%d: QQᵀ[%d,%d] = %g", n, i, j, got)
				}
				if got, want := back.data[i*n+j], a.data[i*n+j]; math.Abs(got-want) > tol*norm {
					t.Fatalf("n=%d: a[%d,%d] = %g, rebuilt %g", n, i, j, want, got)
				}
			}
		}
	}
}

// Eigenvalues of the path graph's Laplacian are 2 - 2cos(πk/n).
func TestEigenSymPath(t *testing.T) {
	const n = 40
	a := newMatrix(n, n)
	for i := range n - 1 {
		a.data[i*n+i]++
		a.data[(i+1)*n+i+1]++
		a.data[i*n+i+1], a.data[(i+1)*n+i] = -1, -1
	}
	d, _ := eigenSym(a)
	for k := range n {
		want, best := 2-2*math.Cos(math.Pi*float64(k)/n), math.Inf(1)
		for _, v := range d {
			best = min(best, math.Abs(v-want))
		}
		if best > 40*n*epsilon {
			t.Errorf("no eigenvalue %g: nearest is %g away", want, best)
		}
	}
}

func TestCholesky(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	b := randomMatrix(r, 9, 12)
	a := b.timesTransposed(b)
	l, ok := cholesky(a)
	if !ok {
		t.Fatal("refused a positive definite matrix")
	}
	back := l.timesTransposed(l)
	for i, want := range a.data {
		if math.Abs(back.data[i]-want) > 1e-13*math.Abs(a.data[0])*12 {
			t.Errorf("entry %d: %g, want %g", i, back.data[i], want)
		}
	}
	a.data[0] = -1
	if _, ok := cholesky(a); ok {
		t.Error("accepted an indefinite matrix")
	}
}
