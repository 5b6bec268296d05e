// Package mixture asks how many kinds of iris there are: it clusters the flowers
// by all four measurements with 1 to 6 normal distributions, each the best of
// several starts, and compares them by the Bayesian information criterion.
package mixture

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// mixture draws flowers x, of shape [n, d], each from one of k normal
// distributions; factor is the Cholesky factor of their covariances.
func mixture(p *pyro.P, x, probs, loc, factor *tensor.Tensor) {
	flower := p.Plate("flower", x.Dim(0))
	z := flower.Sample("z", dist.Categorical(probs))
	flower.Observe("x", dist.MultivariateNormalCholesky(loc.Index(z), factor.Index(z)), x)
}

// rounding is the unit of the measurements, in cm.
const rounding = 0.1

// model has flat priors, but that covariances Σ have the density
// exp(-tr(Σ⁻¹)·rounding²/2), as if each cluster had one more flower's error of
// rounding; without it a cluster could shrink to a point.
func model(p *pyro.P, x *tensor.Tensor, k int) {
	d := x.Dim(1)
	probs := p.Sample("probs", dist.Dirichlet(tensor.Ones(k)))
	cluster := p.Plate("cluster", k)
	loc := cluster.Sample("loc", dist.ImproperUniform(constraint.Independent(constraint.Real, 1), d))
	factor := cluster.Sample("factor", dist.ImproperUniform(constraint.LowerCholesky, d, d))
	trace := factor.TriSolve(tensor.Eye(d)).Square().Sum(-2, -1)
	cluster.Factor("rounding", trace.MulScalar(-rounding*rounding/2))
	mixture(p, x, probs, loc, factor)
}

// measurements returns a row for each flower.
func measurements(d data.IrisTable) *tensor.Tensor {
	return tensor.Stack(1, tensor.Of(d.SepalLength), tensor.Of(d.SepalWidth), tensor.Of(d.PetalLength), tensor.Of(d.PetalWidth))
}

// spread returns the Cholesky factor of the covariance of flowers.
func spread(x *tensor.Tensor) *tensor.Tensor {
	e := x.Sub(x.Mean(0))
	return e.T().MatMul(e).DivScalar(float64(x.Dim(0))).Cholesky()
}

// Example is this program.
var Example = examples.Example{
	Name: "mixture", Run: run,
	About: "how many kinds of iris? mixtures of 1 to 6 normal distributions",
}

const most, starts, few = 6, 24, 2

func run(ctx context.Context, r *examples.Run) error {
	iris := data.Iris()
	x := measurements(iris)
	n, d := float64(x.Dim(0)), float64(x.Dim(1))

	joint, likelihood, bic := make([]float64, most), make([]float64, most), make([]float64, most)
	assignments := make([][]int, most)
	best := 0
	r.Printf("%8s %14s %10s\n", "clusters", "log likelihood", "BIC")
	for i := range most {
		k := float64(i + 1)
		part := fmt.Sprintf("%.0f clusters", k)
		o, err := fit(ctx, r.Key(part), x, i+1, func(done int) { r.Step(part, done, starts) })
		if err != nil {
			return err
		}
		v := o.Values
		joint[i] = o.LogDensity
		likelihood[i], err = examples.LogEvidence(func(p *pyro.P) { mixture(p, x, v["probs"], v["loc"], v["factor"]) })
		if err != nil {
			return err
		}
		free := k - 1 + k*d + k*d*(d+1)/2
		bic[i] = -2*likelihood[i] + free*math.Log(n)
		if bic[i] < bic[best] {
			best = i
		}
		if assignments[i], err = assign(r.Key(part), x, i+1, v); err != nil {
			return err
		}
		r.Printf("%8.0f %14.3f %10.3f\n", k, likelihood[i], bic[i])
	}
	r.Figure("log_joint", joint)
	r.Figure("log_likelihood", likelihood)
	r.Figure("bic", bic)
	r.Figure("clusters", best+1)
	r.Figure("assignments_2", assignments[1])
	r.Figure("assignments_3", assignments[2])
	r.Printf("%d clusters have the least BIC\n", best+1)
	return plots(r, iris, bic, assignments[1], assignments[2])
}

// fit returns the best of several posterior modes. Of many short searches, from
// clusters around different flowers, the best few go on to the end.
func fit(ctx context.Context, key rng.Key, x *tensor.Tensor, k int, progress func(done int)) (best *infer.Optimum, err error) {
	search := func(start pyro.Data, iterations int) (*infer.Optimum, error) {
		m := infer.MAP{Model: func(p *pyro.P) { model(p, x, k) }, Start: start, Search: optim.LBFGS{Most: iterations}}
		return m.Run(ctx, key)
	}
	ends := make([]*infer.Optimum, starts)
	for i := range ends {
		flowers := tensor.Uniforms(key.Fold(i), k).MulScalar(float64(x.Dim(0))).Floor()
		if ends[i], err = search(pyro.Data{
			"probs":  tensor.Full(1/float64(k), k),
			"loc":    x.Index(flowers),
			"factor": spread(x).DivScalar(4).Expand(k, x.Dim(1), x.Dim(1)),
		}, 100); err != nil {
			return nil, err
		}
		progress(i + 1)
	}
	slices.SortStableFunc(ends, func(a, b *infer.Optimum) int { return cmp.Compare(b.LogDensity, a.LogDensity) })
	for _, end := range ends[:few] {
		o, err := search(end.Values, 1000)
		if err != nil {
			return nil, err
		}
		if best == nil || o.LogDensity > best.LogDensity {
			best = o
		}
	}
	return best, nil
}

// assign returns the most probable cluster of each flower.
func assign(key rng.Key, x *tensor.Tensor, k int, at pyro.Data) ([]int, error) {
	m := handler.Substitute(func(p *pyro.P) { model(p, x, k) }, at)
	tr, err := pyro.Run(infer.Discrete(m), key)
	if err != nil {
		return nil, err
	}
	z := make([]int, x.Dim(0))
	for i, v := range tr.Value("z").Float64s() {
		z[i] = int(v)
	}
	return z, nil
}
