package pathfinder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// TestApproxIsTheBFGSInverse compares with the matrix that the updates of Broyden,
// Fletcher, Goldfarb and Shanno make of A one by one (Nocedal and Wright 2006,
// equation 6.17).
func TestApproxIsTheBFGSInverse(t *testing.T) {
	for seed := range uint64(20) {
		r := rng.New(seed).Rand()
		n, m := 1+r.IntN(6), r.IntN(5)
		normals := func() []float64 {
			x := make([]float64, n)
			for i := range x {
				x[i] = r.NormFloat64()
			}
			return x
		}
		diagonal := make([]float64, n)
		for i := range diagonal {
			diagonal[i] = 0.1 + r.Float64()
		}
		h := matrix(n)
		for i := range h {
			h[i][i] = diagonal[i]
		}
		var pairs []pair
		for len(pairs) < m {
			p := pair{normals(), normals()}
			if dot(p.s, p.y) > 0.1 {
				pairs = append(pairs, p)
				h = update(h, p)
			}
		}
		x, grad := normals(), normals()
		a, ok := newApprox(x, grad, diagonal, pairs)
		if !ok {
			t.Errorf("seed %d: no approximation", seed)
			continue
		}
		l, _ := cholesky(h)
		logDet := 0.0
		for i := range l {
			logDet += 2 * math.Log(l[i][i])
		}
		size := 0.0
		for i := range h {
			for j := range h {
				size = max(size, math.Abs(h[i][j]))
			}
		}
		tol := 1e-9 * (1 + size)
		if math.Abs(a.logDet-logDet) > 1e-9*(1+math.Abs(logDet)) {
			t.Errorf("seed %d: log determinant %v, want %v", seed, a.logDet, logDet)
		}
		for i := range n {
			if want := x[i] + dot(h[i], grad); math.Abs(a.mean[i]-want) > tol*10 {
				t.Errorf("seed %d: mean %v, want %v", seed, a.mean[i], want)
			}
		}
		// The map from noise has Σ as its product with its transpose.
		f := matrix(n)
		for j := range n {
			e := make([]float64, n)
			e[j] = 1
			a.draw(e)
			for i := range n {
				f[i][j] = e[i] - a.mean[i]
			}
		}
		for i := range n {
			for j := range n {
				if got := dot(f[i], f[j]); math.Abs(got-h[i][j]) > tol {
					t.Errorf("seed %d: covariance %v, want %v", seed, got, h[i][j])
				}
			}
		}
	}
}

// update is (1 - ρ·s·yᵀ)H(1 - ρ·y·sᵀ) + ρ·s·sᵀ.
func update(h [][]float64, p pair) [][]float64 {
	n, rho := len(h), 1/dot(p.s, p.y)
	out := matrix(n)
	left := matrix(n)
	for i := range n {
		for j := range n {
			left[i][j] = -rho * p.s[i] * p.y[j]
			if i == j {
				left[i][j]++
			}
		}
	}
	for i := range n {
		for j := range n {
			out[i][j] = rho * p.s[i] * p.s[j]
			for k := range n {
				for l := range n {
					out[i][j] += left[i][k] * h[k][l] * left[j][l]
				}
			}
		}
	}
	return out
}

// normal has independent elements of mean i and precision 4ⁱ.
func normal(x, grad []float64) (float64, error) {
	lp := 0.0
	for i, v := range x {
		precision := math.Pow(4, float64(i))
		d := v - float64(i)
		lp -= 0.5*precision*d*d - 0.5*math.Log(precision/(2*math.Pi))
		grad[i] = -precision * d
	}
	return lp, nil
}

// The evidence bound of a normal density is -KL, which comes near to 0 once the
// history holds as many steps as there are dims.
func TestPathFindsANormal(t *testing.T) {
	p, err := Settings{Draws: 4000}.Run(context.Background(), rng.New(1), normal, []float64{3, -2, 5, 1})
	if err != nil {
		t.Fatal(err)
	}
	if elbo := p.ELBO[p.Best]; elbo < -0.05 || elbo > 0.5 {
		t.Errorf("ELBO %v of %v", elbo, p.ELBO)
	}
	for i := range 4 {
		var sum, square float64
		for k := range 4000 {
			d := p.X[4*k+i] - float64(i)
			sum, square = sum+d/4000, square+d*d/4000
		}
		// A divergence of 0.05 is a shift of √0.1 deviations, or a factor e^±√0.1.
		sd := math.Pow(2, -float64(i))
		if math.Abs(sum) > 0.35*sd || math.Abs(math.Log(square/sd/sd)) > 2*0.35 {
			t.Errorf("element %d: error of the mean %v, variance %v, want %v", i, sum, square, sd*sd)
		}
	}
	for k := range 10 {
		lp, _ := normal(p.X[4*k:4*k+4], make([]float64, 4))
		if lp != p.LogP[k] {
			t.Errorf("log density %v, want %v", p.LogP[k], lp)
		}
	}
}

func TestPathsFail(t *testing.T) {
	failed := errors.New("failed")
	if _, err := (Settings{}).Run(context.Background(), rng.New(1), func(_, _ []float64) (float64, error) { return 0, failed }, []float64{0}); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	nowhere := func(x, grad []float64) (float64, error) {
		grad[0] = 0
		if x[0] == 0 {
			return 0, nil
		}
		return math.Inf(-1), nil
	}
	if _, err := (Settings{}).Run(context.Background(), rng.New(1), nowhere, []float64{0}); !errors.Is(err, ErrNoApproximation) {
		t.Errorf("error %v", err)
	}
	if _, err := (Settings{}).Run(context.Background(), rng.New(1), nowhere, []float64{1}); !errors.Is(err, optim.ErrStart) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Settings{}).Run(ctx, rng.New(1), normal, []float64{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func Example() {
	logp := func(x, grad []float64) (float64, error) { // N(2, 1/2)
		grad[0] = -4 * (x[0] - 2)
		return -2 * (x[0] - 2) * (x[0] - 2), nil
	}
	path, err := Settings{}.Run(context.Background(), rng.New(0), logp, []float64{-1})
	if err != nil {
		fmt.Println(err)
		return
	}
	mean := 0.0
	for _, x := range path.X {
		mean += x / float64(len(path.X))
	}
	fmt.Printf("%.1f\n", mean)
	// Output: 2.0
}
