package bench

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/tensor"
)

// Iris is workload c: a mixture of two normals with its assignments summed out,
// fitted by single values from a fixed start.
func Iris() *infer.SVI {
	model := IrisModel()
	start := pyro.Data{"p": tensor.Of([]float64{0.5, 0.5}), "mu": tensor.Of([]float64{4.0, 2}), "sigma": tensor.Ones(2)}
	guide := &autoguide.Delta{Model: handler.Expose(model, "p", "mu", "sigma"), Init: autoguide.Values(start, nil)}
	return &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.001}, Loss: infer.TraceEnumELBO{}}
}

// IrisModel is the model of workload c, whose assignments are the site z.
func IrisModel() pyro.Model {
	petals := tensor.Of(data.Iris().PetalLength)
	return func(p *pyro.P) {
		probs := p.Sample("p", dist.Dirichlet(tensor.Ones(2)))
		cluster := p.Plate("cluster", 2)
		mu := cluster.Sample("mu", dist.Normal(0, 10))
		sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))
		obs := p.Plate("data", petals.Len())
		z := obs.Sample("z", dist.Categorical(probs))
		obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), petals)
	}
}

// EightSchoolsModel is workload e, not centred.
func EightSchoolsModel() pyro.Model {
	schools := data.EightSchools()
	y, s := tensor.Of(schools.Effect), tensor.Of(schools.StdErr)
	return func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 5))
		tau := p.Sample("tau", dist.HalfCauchy(5))
		school := p.Plate("schools", 8)
		eta := school.Sample("eta", dist.Normal(0, 1))
		school.Observe("y", dist.Normal(mu.Add(tau.Mul(eta)), s), y)
	}
}

// LogisticModel is workload f for n rows of d covariates.
func LogisticModel(x, y []float64, d int) pyro.Model {
	cx, cy := tensor.Using(x, len(y), d), tensor.Using(y, len(y))
	return func(p *pyro.P) {
		beta := p.Sample("beta", dist.Independent(dist.Normal(tensor.Zeros(d), 1), 1))
		p.Plate("data", len(y)).Observe("y", dist.BernoulliLogits(cx.MatMul(beta)), cy)
	}
}

// Subsampled is workload h: logistic regression on n rows, m of them at each
// step.
func Subsampled(n, m int) *infer.SVI {
	model := SubsampledModel(n, m)
	guide := &autoguide.Normal{Model: model, Init: autoguide.Feasible()}
	return &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
}

// SubsampledModel is the model of workload h.
func SubsampledModel(n, m int) pyro.Model {
	const d = 20
	x, y := LogisticData(n, d, 1)
	cx, cy := tensor.Using(x, n, d), tensor.Using(y, n)
	return func(p *pyro.P) {
		beta := p.Sample("beta", dist.Independent(dist.Normal(tensor.Zeros(d), 1), 1))
		rows := p.Plate("data", n, pyro.Subsample(m))
		rows.Observe("y", dist.BernoulliLogits(rows.Subsample(cx, 1).MatMul(beta)), rows.Subsample(cy, 0))
	}
}

// Hierarchical is workload j: varying intercepts of 85 groups, centred.
func Hierarchical() *infer.SVI {
	model := HierarchicalModel()
	guide := &autoguide.Normal{Model: model, Init: autoguide.Feasible()}
	return &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
}

// HierarchicalModel is the model of workload j.
func HierarchicalModel() pyro.Model {
	r := RadonLike()
	group, floor, y := tensor.Of(r.Group), tensor.Of(r.Floor), tensor.Of(r.Y)
	return func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 10))
		beta := p.Sample("beta", dist.Normal(0, 10))
		sa := p.Sample("sigma_alpha", dist.HalfNormal(1))
		sy := p.Sample("sigma_y", dist.HalfNormal(1))
		alpha := p.Plate("groups", 85).Sample("alpha", dist.Normal(mu, sa))
		p.Plate("data", len(r.Y)).Observe("y", dist.Normal(alpha.Index(group).Add(beta.Mul(floor)), sy), y)
	}
}
