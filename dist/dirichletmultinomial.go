package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// DirichletMultinomial returns the distribution of how often each of K
// categories occurs in totalCount = 0, 1, … draws, whose common probabilities
// have a Dirichlet(concentration) distribution. Batch shape: totalCount
// broadcasts with that of Dirichlet; event shape [K].
func DirichletMultinomial[C, N tensor.Operand](concentration C, totalCount N) Distribution {
	c, n := parameter(concentration), parameter(totalCount)
	d := &dirichletMultinomial{concentration: c, total: n}
	d.initShaped(dirichletMultinomialKind, draws{constraint.Multinomial(n), vectorShape(c)}, c, n)
	return d
}

var dirichletMultinomialKind = &kind{name: "DirichletMultinomial", params: []param{
	{"concentration", positiveVector}, {"total_count", constraint.NonnegativeInteger},
}}

type dirichletMultinomial struct {
	family
	concentration, total *tensor.Tensor
}

func (d *dirichletMultinomial) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *dirichletMultinomial) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawRows(key, sample, d.concentration, d.total, d.event[0], func(s *rng.Stream, row, a []float64, n float64) {
		drawDirichlet(s, a)
		drawMultinomial(s, row, a, n)
	})
}

// LogProb writes each factor Γ(a+x)/(Γ(a)·x!) by the beta function.
func (d *dirichletMultinomial) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardCounts(x, d.total)
	logp := logRising(d.concentration, in).Sum(-1).Sub(logRising(d.concentration.Sum(-1), d.total))
	return d.spread(out.Where(negInf, logp))
}

// EnumerateSupport returns all counts that add up to total_count. It panics with
// a *MethodError where the total counts differ.
func (d *dirichletMultinomial) EnumerateSupport() *tensor.Tensor {
	return d.enumerateCounts(d.commonTotal(d.total))
}

// share returns the mean of the probabilities and the sum of the concentration.
func (d *dirichletMultinomial) share() (p, sum *tensor.Tensor) {
	sum = d.concentration.SumKeep(-1)
	return d.concentration.Div(sum), sum
}

func (d *dirichletMultinomial) Mean() *tensor.Tensor {
	p, _ := d.share()
	return d.total.Unsqueeze(-1).Mul(p).Expand(d.shape(nil)...)
}

func (d *dirichletMultinomial) Variance() *tensor.Tensor {
	p, sum := d.share()
	n := d.total.Unsqueeze(-1)
	v := n.Mul(p).Mul(one.Sub(p)).Mul(n.Add(sum)).Div(sum.AddScalar(1))
	return v.Expand(d.shape(nil)...)
}
