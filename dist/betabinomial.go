package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// BetaBinomial returns the distribution of the number of successes in
// totalCount = 0, 1, … trials, whose common probability has a
// Beta(concentration1, concentration0) distribution, both > 0. Batch shape: all
// broadcast.
func BetaBinomial[A, B, N tensor.Operand](concentration1 A, concentration0 B, totalCount N) Distribution {
	a, b, n := parameter(concentration1), parameter(concentration0), parameter(totalCount)
	d := &betaBinomial{a: a, b: b, total: n}
	d.initShaped(betaBinomialKind, draws{support: constraint.IntegerInterval(0, n)}, a, b, n)
	return d
}

var betaBinomialKind = &kind{name: "BetaBinomial", params: []param{
	{"concentration1", constraint.Positive}, {"concentration0", constraint.Positive}, {"total_count", constraint.NonnegativeInteger},
}}

type betaBinomial struct {
	family
	a, b, total *tensor.Tensor
}

func (d *betaBinomial) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *betaBinomial) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, func(s *rng.Stream, p []float64) float64 {
		x := betaOf(s, p)
		return drawBinomial(s, p[2], x, 1-x)
	}, d.a, d.b, d.total)
}

func (d *betaBinomial) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, d.total)
	misses := d.total.Sub(in)
	logp := logChoose(in, misses).Add(d.a.Add(in).Lbeta(d.b.Add(misses))).Sub(d.a.Lbeta(d.b))
	return d.spread(out.Where(negInf, logp))
}

// EnumerateSupport returns 0, …, total_count. It panics with a *MethodError
// where the total counts differ.
func (d *betaBinomial) EnumerateSupport() *tensor.Tensor {
	return d.enumerate(d.commonTotal(d.total) + 1)
}

func (d *betaBinomial) Mean() *tensor.Tensor {
	return d.spread(d.total.Mul(d.a.Div(d.a.Add(d.b))))
}

func (d *betaBinomial) Variance() *tensor.Tensor {
	c := d.a.Add(d.b)
	v := d.total.Mul(d.a.Div(c)).Mul(d.b.Div(c))
	return d.spread(v.Mul(c.Add(d.total).Div(c.AddScalar(1))))
}
