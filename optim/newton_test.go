package optim_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/optim"
)

func TestNewton(t *testing.T) {
	valley := func(x, h []float64) error { // of rosenbrock in two variables
		h[0], h[1] = 2-400*x[1]+1200*x[0]*x[0], -400*x[0]
		h[2], h[3] = h[1], 200
		return nil
	}
	// x⁴ - 2x² + y², whose curvature at the start is negative in x.
	wells := func(x, g []float64) (float64, error) {
		g[0], g[1] = 4*x[0]*x[0]*x[0]-4*x[0], 2*x[1]
		return math.Pow(x[0], 4) - 2*x[0]*x[0] + x[1]*x[1], nil
	}
	bent := func(x, h []float64) error {
		h[0], h[1], h[2], h[3] = 12*x[0]*x[0]-4, 0, 0, 2
		return nil
	}
	for _, c := range []struct {
		name        string
		f           optim.Objective
		h           optim.Curvature
		start, want []float64
		most        int
	}{
		{"Rosenbrock", rosenbrock, valley, []float64{-1.2, 1}, []float64{1, 1}, 30},
		{"wells", wells, bent, []float64{0.1, 3}, []float64{1, 0}, 15},
		{"one step", func(x, g []float64) (float64, error) {
			g[0], g[1] = x[0]+2*x[1]-1, 2*x[0]+8*x[1]
			return 0.5*x[0]*x[0] + 2*x[0]*x[1] + 4*x[1]*x[1] - x[0], nil
		}, func(_, h []float64) error {
			h[0], h[1], h[2], h[3] = 1, 2, 2, 8
			return nil
		}, []float64{5, 5}, []float64{2, -0.5}, 2},
	} {
		m, err := optim.Newton{}.Minimize(context.Background(), c.f, c.h, c.start)
		if err != nil || !m.Converged || m.Iterations > c.most {
			t.Errorf("%s: %+v (%v)", c.name, m, err)
			continue
		}
		for i, v := range m.X {
			// The last step is quadratic: from 1e-4 to 1e-8 and below.
			if math.Abs(v-c.want[i]) > 1e-8 {
				t.Errorf("%s: %v", c.name, m.X)
			}
		}
	}
	failed := errors.New("failed")
	bad := func(_, _ []float64) error { return failed }
	if _, err := (optim.Newton{}).Minimize(context.Background(), rosenbrock, bad, []float64{0, 0}); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	nan := func(_, h []float64) error {
		h[0] = math.NaN()
		return nil
	}
	square := func(x, g []float64) (float64, error) { g[0] = 2 * x[0]; return x[0] * x[0], nil }
	if m, err := (optim.Newton{}).Minimize(context.Background(), square, nan, []float64{1}); err != nil || m.Converged {
		t.Errorf("%+v (%v)", m, err)
	}
}

func TestLBFGSVisitsItsPath(t *testing.T) {
	var values []float64
	o := optim.LBFGS{Visit: func(x, _ []float64, v float64) {
		if f, _ := rosenbrock(x, make([]float64, 2)); f != v {
			t.Errorf("value %v at %v, want %v", v, x, f)
		}
		values = append(values, v)
	}}
	m, err := o.Minimize(context.Background(), rosenbrock, []float64{-1.2, 1})
	if err != nil || math.Abs(values[0]-24.2) > 1e-13 || values[len(values)-1] != m.Value {
		t.Errorf("values %v, minimum %v (%v)", values, m.Value, err)
	}
	for i := 1; i < len(values); i++ {
		if values[i] > values[i-1] {
			t.Errorf("the value rises: %v", values)
		}
	}
}

func ExampleNewton() {
	f := func(x, grad []float64) (float64, error) {
		grad[0] = math.Exp(x[0]) - 2
		return math.Exp(x[0]) - 2*x[0], nil
	}
	curvature := func(x, hessian []float64) error {
		hessian[0] = math.Exp(x[0])
		return nil
	}
	m, err := optim.Newton{}.Minimize(context.Background(), f, curvature, []float64{0})
	fmt.Printf("%.10f %v %v\n", m.X[0], m.Converged, err)
	// Output: 0.6931471806 true <nil>
}
