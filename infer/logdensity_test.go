package infer_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func schools() pyro.Model {
	s := data.EightSchools()
	y, se := tensor.Of(s.Effect), tensor.Of(s.StdErr)
	return func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 5))
		tau := p.Sample("tau", dist.HalfCauchy(5))
		school := p.Plate("schools", y.Len())
		eta := school.Sample("eta", dist.Normal(0, 1))
		school.Observe("y", dist.Normal(mu.Add(tau.Mul(eta)), se), y)
	}
}

// densityModels are of different make: scalars and short arrays, rows picked,
// long arrays, a discrete site summed out, matrices, constrained vectors.
func densityModels() map[string]pyro.Model {
	group := tensor.Of([]float64{0, 2, 1, 1, 0, 2, 2, 2, 1, 0, 1, 1, 2, 0, 0, 1, 2, 0, 1, 2})
	y := tensor.Of([]float64{1, 2, 0.5, -0.3, 1.2, 2.2, 1.9, 2.5, 0.1, 0.8, 0.2, 0.4, 2.1, 1.4, 0.9, -0.1, 2.4, 1.0, 0.3, 1.8})
	flags := tensor.Of([]bool{true, false, true, true})
	x := tensor.Of([]float64{1, 0.5, 1, -0.3, 1, 0.2, 1, 2}).Reshape(4, 2)
	long := tensor.Zeros(700)
	return map[string]pyro.Model{
		"schools": schools(),
		"groups": func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 3))
			s := p.Sample("s", dist.HalfNormal(1))
			a := p.Plate("groups", 3).Sample("a", dist.Normal(mu, s))
			p.Plate("data", 20).Observe("y", dist.StudentT(4, a.Index(group), p.Sample("sy", dist.Gamma(2, 2))), y)
		},
		"logistic": func(p *pyro.P) {
			b := p.Sample("b", dist.Independent(dist.Normal(tensor.Zeros(2), 2), 1))
			p.Plate("data", 4).Observe("y", dist.BernoulliLogits(x.MatMul(b)), flags)
		},
		"long": func(p *pyro.P) {
			m := p.Sample("m", dist.Normal(0, 1))
			p.Plate("data", 700).Observe("y", dist.Normal(m, p.Sample("s", dist.LogNormal(0, 1))), long)
		},
		"mixture": func(p *pyro.P) {
			w := p.Sample("w", dist.Dirichlet(tensor.Ones(3)))
			m := p.Plate("parts", 3).Sample("m", dist.Normal(0, 2))
			obs := p.Plate("data", 20)
			z := obs.Sample("z", dist.Categorical(w))
			obs.Observe("y", dist.Normal(m.Index(z), 0.5), y)
		},
		"matrix": func(p *pyro.P) {
			l := p.Sample("l", dist.LKJCholesky(3, 2))
			p.Plate("data", 2).Observe("y", dist.MultivariateNormalCholesky(tensor.Zeros(3), l), tensor.Of([]float64{1, 2, 3, 0, -1, 1}).Reshape(2, 3))
		},
		"bounded": func(p *pyro.P) {
			u := p.Sample("u", dist.Uniform(-1, 2))
			p.Sample("o", dist.Beta(2, u.Exp()))
			p.Observe("y", dist.Poisson(u.Exp()), tensor.Of(3.0))
		},
	}
}

func points(n, dim int) []float64 {
	x := make([]float64, n*dim)
	for i := range x {
		x[i] = math.Sin(float64(i)*1.7+float64(i*i%13)) * 1.5
	}
	return x
}

// TestLanesHaveTheBitsOfSingleEvaluations, through recording and checks.
func TestLanesHaveTheBitsOfSingleEvaluations(t *testing.T) {
	for name, m := range densityModels() {
		for _, k := range []int{1, 3, 8, 70} {
			single, err := infer.NewDensity(m, rng.New(1))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d, err := infer.NewDensity(m, rng.New(1))
			if err != nil {
				t.Fatal(err)
			}
			n, lanes := d.Dim(), d.Lanes(k)
			values, grad, want := make([]float64, k), make([]float64, k*n), make([]float64, n)
			all := points(k*30, n)
			for len(all) >= k*n {
				x := all[:k*n]
				all = all[k*n/2+1:]
				if errs := lanes.ValueAndGrad(x, values, grad); errs != nil {
					t.Fatalf("%s: %v", name, errs)
				}
				for j := range k {
					v, err := single.ValueAndGrad(x[j*n:(j+1)*n], want)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if math.Float64bits(v) != math.Float64bits(values[j]) {
						t.Fatalf("%s: lane %d of %d: %v, alone %v", name, j, k, values[j], v)
					}
					for i, g := range want {
						if h := grad[j*n+i]; math.Float64bits(g) != math.Float64bits(h) {
							t.Fatalf("%s: lane %d of %d: gradient %d is %v, alone %v", name, j, k, i, h, g)
						}
					}
				}
			}
			s := lanes.Stats()
			if d.Stats().Why != "" || s.Lanes != k || s.Instructions == 0 || d.Stats().Replayed == 0 {
				t.Errorf("%s: %+v, %+v", name, s, d.Stats())
			}
			if whole := s.Looped == s.Instructions; whole != (name == "long") || whole != (s.Why != "") {
				t.Errorf("%s: %+v", name, s)
			}
			if name == "schools" && s.Looped != 0 {
				t.Errorf("%d of %d operations of the eight schools are looped", s.Looped, s.Instructions)
			}
		}
	}
}

// TestLanesOfAModelThatReadsAValue: it is run for each lane, never replayed.
func TestLanesOfAModelThatReadsAValue(t *testing.T) {
	m := func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, 1))
		scale := 1.0
		if x.Item() > 0 {
			scale = 3
		}
		p.Observe("y", dist.Normal(x, scale), tensor.Of(0.5))
	}
	d, err := infer.NewDensity(m, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	lanes := d.Lanes(4)
	values, grad := make([]float64, 4), make([]float64, 4)
	x := []float64{-1, -0.1, 0.1, 1}
	for range 5 {
		if errs := lanes.ValueAndGrad(x, values, grad); errs != nil {
			t.Fatal(errs)
		}
		for j, u := range x {
			s := 1.0
			if u > 0 {
				s = 3
			}
			want := -u*u/2 - (0.5-u)*(0.5-u)/(2*s*s) - math.Log(s) - math.Log(2*math.Pi)
			if math.Abs(values[j]-want) > 1e-14*10 { // some rounded operations on numbers below 10
				t.Errorf("lane %d: %v, want %v", j, values[j], want)
			}
		}
	}
	if s := lanes.Stats(); !strings.Contains(s.Why, `reads a value with Item near site "x"`) || s.Instructions != 0 || d.Stats().Replayed != 0 {
		t.Errorf("%+v, %+v", s, d.Stats())
	}
}

// TestLanesFindThatAModelChanged at the next check.
func TestLanesFindThatAModelChanged(t *testing.T) {
	shift := 0.0
	m := func(p *pyro.P) { p.Observe("y", dist.Normal(p.Sample("x", dist.Normal(0, 1)), 1), tensor.Of(shift)) }
	d, err := infer.NewDensity(m, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	lanes := d.Lanes(8)
	x, values, grad := points(8, 1), make([]float64, 8), make([]float64, 8)
	for i := range 20 {
		if i == 5 {
			shift = 1
		}
		errs := lanes.ValueAndGrad(x, values, grad)
		if errs == nil {
			continue
		}
		var changed *infer.ChangedError
		if i < 5 || len(errs) != 8 || !errors.As(errs[7], &changed) {
			t.Fatalf("call %d: %v", i, errs)
		}
		return
	}
	t.Error("nothing was found")
}

// TestLanesTellWhichFailed: a covariance that is not positive definite.
func TestLanesTellWhichFailed(t *testing.T) {
	m := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		l := tensor.Stack(-1, tensor.Of(1.0), a, a, tensor.Of(1.0)).Reshape(2, 2).Cholesky()
		p.Observe("y", dist.MultivariateNormalCholesky(tensor.Zeros(2), l), tensor.Of([]float64{1, 2}))
	}
	var d *infer.Density
	for seed := uint64(0); d == nil; seed++ { // whose first draw is on the support
		d, _ = infer.NewDensity(m, rng.New(seed))
	}
	lanes, alone := d.Lanes(3), make([]float64, 1)
	values, grad := make([]float64, 3), make([]float64, 3)
	for range 6 {
		if errs := lanes.ValueAndGrad([]float64{0.1, 0.2, 0.3}, values, grad); errs != nil {
			t.Fatal(errs)
		}
	}
	errs := lanes.ValueAndGrad([]float64{0.1, 2, -0.5}, values, grad)
	if len(errs) != 3 || errs[0] != nil || errs[2] != nil || !strings.Contains(errs[1].Error(), "Cholesky") {
		t.Fatalf("%v", errs)
	}
	for j, x := range []float64{0.1, 2, -0.5} {
		if j == 1 {
			continue
		}
		if v, err := d.ValueAndGrad([]float64{x}, alone); err != nil || v != values[j] || alone[0] != grad[j] {
			t.Errorf("lane %d: %v and %v, alone %v and %v, %v", j, values[j], grad[j], v, alone[0], err)
		}
	}
}

func TestDensityMistakes(t *testing.T) {
	d, err := infer.NewDensity(schools(), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ValueAndGrad(make([]float64, 9), make([]float64, 10)); err == nil ||
		err.Error() != "infer: Density: vectors of 9 numbers, 1 values and gradients of 10 numbers at 1 points of 10 numbers" {
		t.Error(err)
	}
	if errs := d.Lanes(2).ValueAndGrad(make([]float64, 20), make([]float64, 2), make([]float64, 10)); len(errs) != 2 || errs[1] == nil {
		t.Error(errs)
	}
	sub := func(p *pyro.P) {
		m := p.Sample("m", dist.Normal(0, 1))
		rows := p.Plate("rows", 10, pyro.Subsample(2))
		rows.Sample("x", dist.Normal(m, 1))
	}
	if _, err := infer.NewDensity(sub, rng.New(0)); err == nil || !strings.Contains(err.Error(), "Density needs all the data at once") {
		t.Error(err)
	}
}

// TestDensityRequires: a point where a parameter is off its set, but the log
// density finite, is refused by the recorded computation as by the model, alone
// and in a lane.
func TestDensityRequires(t *testing.T) {
	d, err := infer.NewDensity(func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(2, 1))
		p.Observe("x", dist.Beta(a, 2), tensor.Of(0.3))
	}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float64, 3)
	for range 5 {
		if _, err := d.ValueAndGrad([]float64{1.5}, grad[:1]); err != nil {
			t.Fatal(err)
		}
	}
	var param *dist.ParamError
	if _, err := d.ValueAndGrad([]float64{-0.5}, grad[:1]); !errors.As(err, &param) || d.Stats().Replayed == 0 {
		t.Errorf("the error is %v", err)
	}
	errs := d.Lanes(3).ValueAndGrad([]float64{1.5, -0.5, 2}, make([]float64, 3), grad)
	if len(errs) != 3 || errs[0] != nil || !errors.As(errs[1], &param) || errs[2] != nil {
		t.Errorf("the errors of lanes are %v", errs)
	}
}

// TestDensityMovingSupport has a support that depends on another site.
func TestDensityMovingSupport(t *testing.T) {
	d, err := infer.NewDensity(func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		p.Sample("x", dist.Uniform(a, 10))
	}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range [][]float64{{0.3, -1}, {-1.4, 2}, {2, 0.1}} {
		// x is uniform below 10 whatever a is, so logit((x-a)/(10-a)) is logistic.
		s := 1 / (1 + math.Exp(-u[1]))
		want := -u[0]*u[0]/2 - math.Log(2*math.Pi)/2 + math.Log(s*(1-s))
		got, err := d.ValueAndGrad(u, make([]float64, 2))
		if err != nil || math.Abs(got-want) > 1e-12 {
			t.Errorf("at %v the density is %v, want %v; %v", u, got, want, err)
		}
		if x := d.Values(u)["x"].Item(); math.Abs(x-u[0]-(10-u[0])*s) > 1e-12 {
			t.Errorf("at %v x is %v", u, x)
		}
	}
}

func ExampleDensity() {
	model := func(p *pyro.P) {
		scale := p.Sample("scale", dist.LogNormal(0, 1))
		p.Observe("x", dist.Normal(0, scale), tensor.Of(2.0))
	}
	d, err := infer.NewDensity(model, rng.New(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, grad := make([]float64, d.Dim()), make([]float64, d.Dim()) // log scale = 0
	logp, err := d.ValueAndGrad(x, grad)
	fmt.Printf("%.4f %.4f %v\n", logp, grad, err)

	lanes := d.Lanes(3)
	values, grads := make([]float64, 3), make([]float64, 3)
	errs := lanes.ValueAndGrad([]float64{0, 0.5, 1}, values, grads)
	fmt.Printf("%.4f %.4f %v\n", values, grads, errs)
	// Output:
	// -3.8379 [3.0000] <nil>
	// [-3.8379 -3.1986 -3.6085] [3.0000 -0.0285 -1.4587] []
}
