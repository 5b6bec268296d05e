package dist

import (
	"math"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// klCross is the divergence of distributions of different families of numbers,
// -H(p) - E_p[log q], where the expectation of q's log density comes down to
// moments that p knows.
func klCross(p, q Distribution) (*tensor.Tensor, bool) {
	h, ok := p.(Entropic)
	if !ok {
		return nil, false
	}
	logq, ok := meanLogDensity(p, q)
	if !ok {
		return nil, false
	}
	return h.Entropy().Add(logq).Neg(), true
}

// meanLogDensity is E_p[log q].
func meanLogDensity(p, q Distribution) (*tensor.Tensor, bool) {
	switch o := q.(type) {
	case *normal:
		return meanLogNormal(p, o.loc, o.scale)
	case *laplace:
		return meanLogLaplace(p, o)
	case *gumbel:
		return meanLogGumbel(p, o)
	case *uniform:
		return meanLogUniform(p, o)
	case *beta:
		return meanLogBeta(p, o)
	}
	m, ok := momentsOf(p)
	if !ok {
		return nil, false
	}
	logq, ok := m.meanLogDensity(q)
	if !ok {
		return nil, false
	}
	if m.negative != nil { // p has draws below 0
		logq = m.negative.Where(negInf, logq)
	}
	return logq, true
}

// meanLogNormal is that of a normal distribution at draws of p.
func meanLogNormal(p Distribution, loc, scale *tensor.Tensor) (*tensor.Tensor, bool) {
	var mean, variance *tensor.Tensor
	switch d := p.(type) {
	case *cauchy:
		return nil, false // the divergence is infinite, but has no mean to say so
	case *studentt: // from 1 degree of freedom down, there is no mean
		mean, variance = d.Mean(), d.Variance()
		has := one.Less(d.df)
		mean, variance = has.Where(mean, zero), has.Where(variance, posInf)
	case Moments:
		mean, variance = d.Mean(), d.Variance()
	default:
		return nil, false
	}
	square := variance.Add(mean.Sub(loc).Square()).Div(scale.Square())
	return square.MulScalar(-0.5).Sub(scale.Log()).AddScalar(-halfLog2Pi), true
}

// meanLogLaplace needs E |x - m|, which normal distributions know: with
// z = (loc - m)/scale it is scale·(2φ(z) + z·(1 - 2Φ(-z))).
func meanLogLaplace(p Distribution, q *laplace) (*tensor.Tensor, bool) {
	d, ok := p.(*normal)
	if !ok {
		return nil, false
	}
	z := d.loc.Sub(q.loc).Div(d.scale)
	density := z.Square().MulScalar(-0.5).AddScalar(-halfLog2Pi).Exp()
	away := density.MulScalar(2).Add(z.Mul(one.Sub(z.Neg().NormCDF().MulScalar(2)))).Mul(d.scale)
	return away.Div(q.scale).Neg().Sub(q.scale.MulScalar(2).Log()), true
}

// meanLogGumbel needs E x and E exp(-x/s).
func meanLogGumbel(p Distribution, q *gumbel) (*tensor.Tensor, bool) {
	var mean, laplaceTransform *tensor.Tensor // at 1/s
	r := q.scale.Recip()
	switch d := p.(type) {
	case *normal:
		mean, laplaceTransform = d.loc, d.scale.Mul(r).Square().MulScalar(0.5).Sub(d.loc.Mul(r)).Exp()
	case *gamma:
		mean, laplaceTransform = d.Mean(), r.Div(d.rate).Log1p().Mul(d.concentration).Neg().Exp()
	case *exponential:
		mean, laplaceTransform = d.Mean(), d.rate.Div(d.rate.Add(r))
	case *laplace: // infinite where tails are as heavy as exp(x/s)
		finite := d.scale.Less(q.scale)
		ratio := finite.Where(d.scale.Mul(r), zero)
		mean = d.loc
		laplaceTransform = finite.Where(d.loc.Mul(r).Neg().Exp().Div(one.Sub(ratio.Square())), posInf)
	default:
		return nil, false
	}
	log := mean.Sub(q.loc).Mul(r).Neg().Sub(q.scale.Log())
	return log.Sub(q.loc.Mul(r).Exp().Mul(laplaceTransform)), true
}

// meanLogUniform is a constant if p has no draws outside.
func meanLogUniform(p Distribution, q *uniform) (*tensor.Tensor, bool) {
	var out *tensor.Tensor
	switch p.(type) {
	case *beta:
		out = zero.Less(q.low).Or(q.high.Less(one))
	case *normal, *laplace, *gumbel, *logistic, *cauchy, *studentt, *gamma, *inversegamma, *exponential, *lognormal, *weibull, *pareto, *halfnormal, *halfcauchy:
		out = one
	default:
		return nil, false
	}
	return out.Where(negInf, q.width().Log().Neg()), true
}

// meanLogBeta needs E log x and E log(1-x), which uniform distributions know.
func meanLogBeta(p Distribution, q *beta) (*tensor.Tensor, bool) {
	d, ok := p.(*uniform)
	if !ok {
		return nil, false
	}
	meanLog := func(a, b *tensor.Tensor) *tensor.Tensor {
		return b.XLogY(b).Sub(a.XLogY(a)).Div(b.Sub(a)).AddScalar(-1)
	}
	out := d.low.Less(zero).Or(one.Less(d.high))
	low, high := out.Where(zero, d.low), out.Where(one, d.high)
	up, down := meanLog(low, high), meanLog(one.Sub(high), one.Sub(low))
	logq := q.a.AddScalar(-1).Mul(up).Add(q.b.AddScalar(-1).Mul(down)).Sub(q.a.Lbeta(q.b))
	return out.Where(negInf, logq), true
}

// powerMoments are what a distribution of positive numbers knows of powers.
type powerMoments struct {
	meanLog, varLog func() *tensor.Tensor                 // of log x
	power           func(k *tensor.Tensor) *tensor.Tensor // E xᵏ
	negative        *tensor.Tensor                        // where draws may be negative; nil for nowhere
}

// meanLogDensity is E log q.
func (m *powerMoments) meanLogDensity(q Distribution) (*tensor.Tensor, bool) {
	switch o := q.(type) {
	case *exponential:
		return o.rate.Log().Sub(o.rate.Mul(m.power(one))), true
	case *gamma:
		norm := o.concentration.Mul(o.rate.Log()).Sub(o.concentration.Lgamma())
		return o.concentration.AddScalar(-1).Mul(m.meanLog()).Sub(o.rate.Mul(m.power(one))).Add(norm), true
	case *inversegamma:
		norm := o.concentration.Mul(o.rate.Log()).Sub(o.concentration.Lgamma())
		return norm.Sub(o.concentration.AddScalar(1).Mul(m.meanLog())).Sub(o.rate.Mul(m.power(one.Neg()))), true
	case *lognormal:
		l := m.meanLog()
		square := m.varLog().Add(l.Sub(o.loc).Square()).Div(o.scale.Square())
		return square.MulScalar(-0.5).Sub(l).Sub(o.scale.Log()).AddScalar(-halfLog2Pi), true
	case *weibull:
		l := m.meanLog().Sub(o.scale.Log())
		power := m.power(o.k).Div(o.scale.Pow(o.k))
		return o.k.AddScalar(-1).Mul(l).Add(o.k.Div(o.scale).Log()).Sub(power), true
	case *halfnormal:
		square := m.power(tensor.Of(2.0)).Div(o.scale.Square())
		return square.MulScalar(-0.5).Sub(o.scale.Log()).AddScalar(math.Ln2 - halfLog2Pi), true
	}
	return nil, false
}

// finiteWhere is x where a moment exists, and +∞ elsewhere.
func finiteWhere(exists, x *tensor.Tensor) *tensor.Tensor { return exists.Where(x, posInf) }

// momentsOf returns what p knows of powers.
func momentsOf(p Distribution) (m *powerMoments, ok bool) {
	type t = *tensor.Tensor
	switch d := p.(type) {
	case *gamma:
		return gammaMoments(d.concentration, d.rate), true
	case *exponential:
		return gammaMoments(one, d.rate), true
	case *inversegamma:
		g := gammaMoments(d.concentration, d.rate)
		return &powerMoments{
			meanLog: func() t { return g.meanLog().Neg() }, varLog: g.varLog,
			power: func(k t) t { return g.power(k.Neg()) },
		}, true
	case *lognormal:
		return &powerMoments{
			meanLog: func() t { return d.loc }, varLog: func() t { return d.scale.Square() },
			power: func(k t) t { return k.Mul(d.loc).Add(k.Mul(d.scale).Square().MulScalar(0.5)).Exp() },
		}, true
	case *weibull: // (x/scale)ᵏ is exponential
		e := gammaMoments(one, one)
		return &powerMoments{
			meanLog: func() t { return d.scale.Log().Add(e.meanLog().Div(d.k)) },
			varLog:  func() t { return e.varLog().Div(d.k.Square()) },
			power:   func(k t) t { return e.power(k.Div(d.k)).Mul(d.scale.Pow(k)) },
		}, true
	case *pareto: // log(x/scale) is exponential
		return &powerMoments{
			meanLog: func() t { return d.scale.Log().Add(d.alpha.Recip()) },
			varLog:  func() t { return d.alpha.Square().Recip() },
			power: func(k t) t {
				has := k.Less(d.alpha)
				return finiteWhere(has, d.alpha.Mul(d.scale.Pow(k)).Div(has.Where(d.alpha.Sub(k), one)))
			},
		}, true
	case *halfnormal: // x²/(2·scale²) is gamma with concentration ½
		g := gammaMoments(half, one)
		root := d.scale.MulScalar(math.Sqrt2)
		return &powerMoments{
			meanLog: func() t { return root.Log().Add(g.meanLog().MulScalar(0.5)) },
			varLog:  func() t { return g.varLog().MulScalar(0.25) },
			power:   func(k t) t { return g.power(k.MulScalar(0.5)).Mul(root.Pow(k)) },
		}, true
	case *beta:
		return betaMoments(d), true
	case *uniform:
		return uniformMoments(d), true
	}
	return nil, false
}

// gammaMoments are those of a gamma distribution: E xᵏ = Γ(a+k)/(Γ(a)·bᵏ) for
// k > -a.
func gammaMoments(a, b *tensor.Tensor) *powerMoments {
	return &powerMoments{
		meanLog: func() *tensor.Tensor { return a.Digamma().Sub(b.Log()) },
		varLog:  func() *tensor.Tensor { return a.Polygamma(1) },
		power: func(k *tensor.Tensor) *tensor.Tensor {
			has := zero.Less(a.Add(k))
			at := has.Where(a.Add(k), one)
			return finiteWhere(has, at.Lgamma().Sub(a.Lgamma()).Sub(k.Mul(b.Log())).Exp())
		},
	}
}

// betaMoments: E xᵏ = B(a+k, b)/B(a, b) for k > -a.
func betaMoments(d *beta) *powerMoments {
	sum := d.a.Add(d.b)
	return &powerMoments{
		meanLog: func() *tensor.Tensor { return d.a.Digamma().Sub(sum.Digamma()) },
		varLog:  func() *tensor.Tensor { return d.a.Polygamma(1).Sub(sum.Polygamma(1)) },
		power: func(k *tensor.Tensor) *tensor.Tensor {
			has := zero.Less(d.a.Add(k))
			at := has.Where(d.a.Add(k), one)
			return finiteWhere(has, at.Lbeta(d.b).Sub(d.a.Lbeta(d.b)).Exp())
		},
	}
}

// uniformMoments are those of x in [low, high], 0 ≤ low: the means of log x,
// (log x)² and xᵏ are differences of their integrals.
func uniformMoments(d *uniform) *powerMoments {
	negative := d.low.Less(zero)
	low := negative.Where(zero, d.low)
	mean := func(integral func(x *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
		return integral(d.high).Sub(integral(low)).Div(d.high.Sub(low))
	}
	meanLog := func() *tensor.Tensor {
		return mean(func(x *tensor.Tensor) *tensor.Tensor { return x.XLogY(x).Sub(x) })
	}
	return &powerMoments{
		negative: negative,
		meanLog:  meanLog,
		varLog: func() *tensor.Tensor { // ∫ (log x)² = x·((log x - 1)² + 1)
			square := mean(func(x *tensor.Tensor) *tensor.Tensor {
				l := x.LessEqual(zero).Where(one, x).Log()
				return x.Mul(l.AddScalar(-1).Square().AddScalar(1))
			})
			return square.Sub(meanLog().Square())
		},
		power: func(k *tensor.Tensor) *tensor.Tensor {
			up := k.AddScalar(1)
			pole := up.Equal(zero)
			safe := pole.Where(one, up)
			p := mean(func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(safe).Div(safe) })
			log := mean(func(x *tensor.Tensor) *tensor.Tensor { return x.Log() })
			// Below -1 the integral from 0 diverges.
			return low.LessEqual(zero).And(up.LessEqual(zero)).Where(posInf, pole.Where(log, p))
		},
	}
}

// klTo is that of the whole lines, whose halves are alike.
func (d *halfcauchy) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*halfcauchy)
	if !ok {
		return nil, false
	}
	return KL(Cauchy(zero.To(d.scale.DType()), d.scale), Cauchy(zero.To(o.scale.DType()), o.scale))
}

// klTo needs equal total counts.
func (d *negativeBinomial) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*negativeBinomial)
	if !ok || !equalValues(d.total, o.total) {
		return nil, false
	}
	mean := d.total.Mul(d.odds.ratio())
	return d.odds.log(mean, d.total).Sub(o.odds.log(mean, d.total)), true
}

// klTo is that of the squares of the diagonal, which are independent beta numbers:
// given these the rows have the same directions.
func (d *lkjCholesky) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*lkjCholesky)
	if !ok || o.n != d.n {
		return nil, false
	}
	a, b := d.remainders()
	c, e := o.remainders()
	kl, ok := KL(Beta(a, b), Beta(c, e))
	if !ok {
		return nil, false
	}
	return kl.Sum(-1), true
}

// klTo is that of the bases, where both are images under one map.
func (d *transformed) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*transformed)
	if !ok || !sameMaps(d.list, o.list) {
		return nil, false
	}
	kl, ok := KL(d.base, o.base)
	if ok && d.spare > 0 && len(kl.Shape()) > len(d.batch) {
		kl = kl.Sum(lastDims(len(kl.Shape()) - len(d.batch))...)
	}
	return kl, ok
}

// sameMaps reports whether transforms are the same values.
func sameMaps(a, b []transform.Transform) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameMap(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameMap compares two transforms; those that cannot be compared are not the same.
func sameMap(a, b transform.Transform) (same bool) {
	defer func() { _ = recover() }() // of comparing what cannot be compared
	return a == b
}

// joined returns a normal distribution of vectors as one with a full covariance.
func joined(d Distribution) (*mvn, bool) {
	switch w := d.(type) {
	case *mvn:
		return w, true
	case *lowRank:
		cov := w.factor.MatMul(w.factor.T()).Add(w.diagonal.DiagEmbed())
		return MultivariateNormal(w.loc, cov).(*mvn), true
	case *independent:
		n, ok := plainNormal(w.base)
		if ok && w.n == 1 {
			batch := w.base.BatchShape()
			return MultivariateNormalCholesky(n.loc.Expand(batch...), n.scale.Expand(batch...).DiagEmbed()).(*mvn), true
		}
	}
	return nil, false
}

func plainNormal(d Distribution) (*normal, bool) {
	if e, ok := d.(*expanded); ok {
		d = e.base
	}
	n, ok := d.(*normal)
	return n, ok
}

// klVectors is the divergence of normal distributions of vectors that are given in
// different forms.
func klVectors(p, q Distribution) (*tensor.Tensor, bool) {
	a, ok := joined(p)
	if !ok {
		return nil, false
	}
	b, ok := joined(q)
	if !ok || a.event[0] != b.event[0] {
		return nil, false
	}
	return a.klTo(b)
}
