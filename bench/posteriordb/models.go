package posteriordb

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// All lists the posteriors.
var All = []Posterior{
	{Name: "eight_schools-eight_schools_noncentered", Dim: 10, Model: EightSchools},
	{Name: "kidiq-kidscore_interaction", Dim: 5, Model: KidScore},
	{Name: "arK-arK", Dim: 7, Model: AutoRegression},
	{Name: "low_dim_gauss_mix-low_dim_gauss_mix", Dim: 5, Model: GaussMixture},
	{Name: "gp_pois_regr-gp_pois_regr", Dim: 13, Model: PoissonProcess},
	{Name: "radon_mn-radon_hierarchical_intercept_noncentered", Dim: 90, Model: Radon},
}

// Centered lists the same posteriors on other coordinates, which are harder.
var Centered = []Posterior{
	{
		Name: "eight_schools-eight_schools_centered", Dim: 10, Model: EightSchoolsCentered,
		Like: "eight_schools-eight_schools_noncentered",
	},
	{
		Name: "radon_mn-radon_hierarchical_intercept_centered", Dim: 90, Model: RadonCentered,
		Like: "radon_mn-radon_hierarchical_intercept_noncentered",
	},
}

// flat is the improper prior on ℝⁿ.
func flat(n int) dist.Distribution {
	return dist.ImproperUniform(constraint.Independent(constraint.Real, 1), n)
}

// iid makes a vector of n draws of d one draw.
func iid(d dist.Distribution, n int) dist.Distribution {
	return dist.Independent(d.Expand(n), 1)
}

// EightSchools is Rubin's meta-analysis with standardized effects.
func EightSchools(d Data) pyro.Model {
	return func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 5))
		tau := p.Sample("tau", dist.HalfCauchy(5))
		school := p.Plate("school", d["y"].Len())
		z := school.Sample("theta_trans", dist.Normal(0, 1))
		theta := school.Deterministic("theta", mu.Add(tau.Mul(z)))
		school.Observe("y", dist.Normal(theta, d["sigma"]), d["y"])
	}
}

// EightSchoolsCentered has the same posterior on effects drawn directly.
func EightSchoolsCentered(d Data) pyro.Model {
	return func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 5))
		tau := p.Sample("tau", dist.HalfCauchy(5))
		school := p.Plate("school", d["y"].Len())
		theta := school.Sample("theta", dist.Normal(mu, tau))
		school.Observe("y", dist.Normal(theta, d["sigma"]), d["y"])
	}
}

// KidScore regresses test scores of children on schooling and score of their
// mothers, with an interaction, on the raw scale.
func KidScore(d Data) pyro.Model {
	x := tensor.Stack(-1, tensor.Ones(d["mom_iq"].Len()), d["mom_hs"], d["mom_iq"], d["mom_hs"].Mul(d["mom_iq"]))
	return func(p *pyro.P) {
		beta := p.Sample("beta", flat(4))
		sigma := p.Sample("sigma", dist.HalfCauchy(2.5))
		kids := p.Plate("kids", x.Len())
		kids.Observe("kid_score", dist.Normal(linear(x, beta), sigma), d["kid_score"])
	}
}

// linear is the product of a matrix and a vector.
func linear(x, beta *tensor.Tensor) *tensor.Tensor {
	return x.MatMul(beta.Unsqueeze(-1)).Squeeze(-1)
}

// AutoRegression is an autoregression of order K.
func AutoRegression(d Data) pyro.Model {
	k, n, y := int(d["K"].Item()), d["y"].Len(), d["y"]
	lags := make([]*tensor.Tensor, k)
	for i := range lags {
		lags[i] = y.Slice(0, k-1-i, n-1-i)
	}
	x, later := tensor.Stack(-1, lags...), y.Slice(0, k, n).Clone()
	return func(p *pyro.P) {
		alpha := p.Sample("alpha", dist.Normal(0, 10))
		beta := p.Sample("beta", iid(dist.Normal(0, 10), k))
		sigma := p.Sample("sigma", dist.HalfCauchy(2.5))
		times := p.Plate("times", n-k)
		times.Observe("y", dist.Normal(linear(x, beta).Add(alpha), sigma), later)
	}
}

// GaussMixture is a mixture of two normals with ordered locations.
func GaussMixture(d Data) pyro.Model {
	prior := dist.Normal(0, 2)
	ordered := dist.Custom(dist.Density{
		Name: "OrderedNormal", Support: constraint.Ordered, Event: []int{2},
		LogProb: func(x *tensor.Tensor) *tensor.Tensor { return prior.LogProb(x).Sum(-1) },
	})
	return func(p *pyro.P) {
		mu := p.Sample("mu", ordered)
		sigma := p.Sample("sigma", iid(dist.HalfNormal(2), 2))
		theta := p.Sample("theta", dist.Beta(5, 5))
		points := p.Plate("points", d["y"].Len())
		points.Observe("y", dist.MixtureSameFamily(
			dist.Categorical(tensor.Stack(0, theta, theta.RSubScalar(1))), dist.Normal(mu, sigma)), d["y"])
	}
}

// PoissonProcess is a Poisson regression on a Gaussian process.
func PoissonProcess(d Data) pyro.Model {
	x, n := d["x"], d["x"].Len()
	squares := x.Unsqueeze(-1).Sub(x).Square().MulScalar(-0.5)
	jitter := tensor.Eye(n).MulScalar(1e-10)
	return func(p *pyro.P) {
		rho := p.Sample("rho", dist.Gamma(25, 4))
		alpha := p.Sample("alpha", dist.HalfNormal(2))
		z := p.Sample("f_tilde", iid(dist.Normal(0, 1), n))
		cov := squares.Div(rho.Square()).Exp().Mul(alpha.Square()).Add(jitter)
		f := p.Deterministic("f", linear(cov.Cholesky(), z))
		p.Plate("points", n).Observe("k", dist.Poisson(f.Exp()), d["k"])
	}
}

// Radon is a regression of radon in houses with an intercept for each county,
// standardized.
func Radon(d Data) pyro.Model {
	return radon(d, func(counties *pyro.P, mu, sigma *tensor.Tensor) *tensor.Tensor {
		raw := counties.Sample("alpha_raw", dist.Normal(0, 1))
		return counties.Deterministic("alpha", mu.Add(sigma.Mul(raw)))
	})
}

// RadonCentered has the same posterior on intercepts drawn directly.
func RadonCentered(d Data) pyro.Model {
	return radon(d, func(counties *pyro.P, mu, sigma *tensor.Tensor) *tensor.Tensor {
		return counties.Sample("alpha", dist.Normal(mu, sigma))
	})
}

func radon(d Data, intercepts func(counties *pyro.P, mu, sigma *tensor.Tensor) *tensor.Tensor) pyro.Model {
	county := d["county_idx"].AddScalar(-1)
	return func(p *pyro.P) {
		sigmaAlpha := p.Sample("sigma_alpha", dist.HalfNormal(1))
		sigmaY := p.Sample("sigma_y", dist.HalfNormal(1))
		muAlpha := p.Sample("mu_alpha", dist.Normal(0, 10))
		beta := p.Sample("beta", iid(dist.Normal(0, 10), 2))
		alpha := intercepts(p.Plate("counties", int(d["J"].Item())), muAlpha, sigmaAlpha)
		mean := alpha.Index(county).
			Add(d["log_uppm"].Mul(beta.Select(0, 0))).
			Add(d["floor_measure"].Mul(beta.Select(0, 1)))
		houses := p.Plate("houses", county.Len())
		houses.Observe("log_radon", dist.Normal(mean, sigmaY), d["log_radon"])
	}
}
