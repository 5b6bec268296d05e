package optim_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/optim"
)

// rosenbrock is Σ 100·(x₂ᵢ - x₂ᵢ₋₁²)² + (1 - x₂ᵢ₋₁)², least, 0, at 1.
func rosenbrock(x, g []float64) (float64, error) {
	f := 0.0
	for i := 0; i < len(x); i += 2 {
		a, b := 1-x[i], x[i+1]-x[i]*x[i]
		f += a*a + 100*b*b
		g[i], g[i+1] = -2*a-400*b*x[i], 200*b
	}
	return f, nil
}

func TestLBFGS(t *testing.T) {
	quadratic := func(x, g []float64) (float64, error) { // condition 10⁶
		f := 0.0
		for i := range x {
			c := math.Pow(10, 6*float64(i)/float64(len(x)-1))
			f += 0.5 * c * (x[i] - float64(i)) * (x[i] - float64(i))
			g[i] = c * (x[i] - float64(i))
		}
		return f, nil
	}
	wall := func(x, g []float64) (float64, error) { // x - log x, least at 1
		g[0] = 1 - 1/x[0]
		return x[0] - math.Log(x[0]), nil
	}
	for _, c := range []struct {
		name  string
		f     optim.Objective
		start []float64
		want  []float64
	}{
		{"Rosenbrock", rosenbrock, []float64{-1.2, 1, -1.2, 1}, []float64{1, 1, 1, 1}},
		{"quadratic", quadratic, make([]float64, 10), []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"wall", wall, []float64{50}, []float64{1}},
	} {
		m, err := optim.LBFGS{}.Minimize(context.Background(), c.f, c.start)
		if err != nil || !m.Converged {
			t.Errorf("%s: %+v (%v)", c.name, m, err)
			continue
		}
		for i, v := range m.X {
			// A gradient of 1e-8 leaves an error of that over the least curvature,
			// 0.4; a relative fall of 1e-14 one of 1e-7 times the root of the size.
			if math.Abs(v-c.want[i]) > 1e-6 {
				t.Errorf("%s: %v after %d iterations (%s)", c.name, m.X, m.Iterations, m.Why)
				break
			}
		}
		t.Logf("%s: %d iterations, %d evaluations: %s", c.name, m.Iterations, m.Evaluations, m.Why)
	}
}

func TestLBFGSEnds(t *testing.T) {
	nan := func(x, g []float64) (float64, error) { return math.NaN(), nil }
	if _, err := (optim.LBFGS{}).Minimize(context.Background(), nan, []float64{1}); !errors.Is(err, optim.ErrStart) {
		t.Errorf("error %v, want ErrStart", err)
	}
	failed := errors.New("failed")
	bad := func(x, g []float64) (float64, error) { return 0, failed }
	if _, err := (optim.LBFGS{}).Minimize(context.Background(), bad, []float64{1}); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if m, err := (optim.LBFGS{Most: 3}).Minimize(context.Background(), rosenbrock, []float64{-1.2, 1}); err != nil || m.Converged || m.Iterations != 3 {
		t.Errorf("%+v (%v)", m, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if m, err := (optim.LBFGS{}).Minimize(ctx, rosenbrock, []float64{-1.2, 1}); !errors.Is(err, context.Canceled) || m.X[0] != -1.2 {
		t.Errorf("%+v (%v)", m, err)
	}
}

func ExampleLBFGS() {
	square := func(x, grad []float64) (float64, error) {
		grad[0] = 2 * (x[0] - 3)
		return (x[0] - 3) * (x[0] - 3), nil
	}
	m, err := optim.LBFGS{}.Minimize(context.Background(), square, []float64{0})
	fmt.Printf("%.6f %v %v\n", m.X[0], m.Converged, err)
	// Output: 3.000000 true <nil>
}
