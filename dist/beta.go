package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Beta returns the beta distribution on [0, 1] with a = concentration1 > 0
// pseudo-counts of ones and b = concentration0 > 0 of zeros, density
// x^(a-1)·(1-x)^(b-1)/B(a, b). Batch shape: both broadcast. Draws lie strictly
// between 0 and 1 (those of tiny concentrations that round to an end are moved
// to its nearest neighbour) and are differentiable by implicit
// reparameterisation (Figurnov, Mohamed, Mnih 2018, equation 5).
func Beta[A, B tensor.Operand](concentration1 A, concentration0 B) Distribution {
	a, b := parameter(concentration1), parameter(concentration0)
	d := &beta{a: a, b: b}
	d.init(betaKind, a, b)
	return d
}

var betaKind = &kind{name: "Beta", plain: true, draws: draws{support: constraint.UnitInterval}, params: []param{
	{"concentration1", constraint.Positive}, {"concentration0", constraint.Positive},
}}

type beta struct {
	family
	a, b *tensor.Tensor
}

func (d *beta) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *beta) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.Sample(key, sample...).AsBetaSample(d.a, d.b)
}

func (d *beta) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, betaOf, d.a, d.b)
}

// betaOf draws from Beta(p[0], p[1]) as the share of one gamma number in two,
// on the logarithm.
func betaOf(s *rng.Stream, p []float64) float64 {
	x, y := logGamma(s, p[0]), logGamma(s, p[1])
	return min(max(1/(1+math.Exp(y-x)), smallestNormal), 1-0x1p-53)
}

func (d *beta) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, one, half)
	a, b := d.a.On(x.Tape()), d.b.On(x.Tape())
	logp := a.AddScalar(-1).XLogY(in).Add(b.AddScalar(-1).XLog1pY(in.Neg())).Sub(a.Lbeta(b))
	return d.spread(out.Where(negInf, logp))
}

func (d *beta) Mean() *tensor.Tensor { return d.spread(d.a.Div(d.a.Add(d.b))) }

func (d *beta) Variance() *tensor.Tensor {
	n := d.a.Add(d.b)
	return d.spread(d.a.Div(n).Mul(d.b.Div(n)).Div(n.AddScalar(1)))
}

func (d *beta) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, one, half)
	return d.spread(out.Where(zero.Less(x), in.BetaInc(d.a, d.b)))
}

func (d *beta) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(q.BetaIncInv(d.a, d.b))
}

func (d *beta) Entropy() *tensor.Tensor {
	l0, l1 := d.meanLogs()
	return d.spread(d.a.Lbeta(d.b).Sub(d.a.AddScalar(-1).Mul(l1)).Sub(d.b.AddScalar(-1).Mul(l0)))
}

// meanLogs returns E log(1-x) and E log x.
func (d *beta) meanLogs() (l0, l1 *tensor.Tensor) {
	sum := d.a.Add(d.b).Digamma()
	return d.b.Digamma().Sub(sum), d.a.Digamma().Sub(sum)
}

func (d *beta) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*beta)
	if !ok {
		return nil, false
	}
	l0, l1 := d.meanLogs()
	kl := o.a.Lbeta(o.b).Sub(d.a.Lbeta(d.b))
	return kl.Add(d.a.Sub(o.a).Mul(l1)).Add(d.b.Sub(o.b).Mul(l0)), true
}
