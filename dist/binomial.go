package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Binomial returns the distribution of the number of successes in totalCount =
// 0, 1, … trials that each succeed with probability probs in [0, 1]. Batch
// shape: both broadcast. Draws are exact: by inversion for a mean below 10, by
// transformed rejection beyond (Hörmann 1993, algorithm BTRS).
func Binomial[N, P tensor.Operand](totalCount N, probs P) Distribution {
	return newBinomial(parameter(totalCount), odds{probs: parameter(probs)})
}

// BinomialLogits is Binomial with log odds, as BernoulliLogits.
func BinomialLogits[N, L tensor.Operand](totalCount N, logits L) Distribution {
	return newBinomial(parameter(totalCount), odds{logits: parameter(logits)})
}

var binomialKind = probsOrLogits("Binomial", constraint.UnitInterval, constraint.ExtendedReal,
	param{"total_count", constraint.NonnegativeInteger}).plainly()

type binomial struct {
	family
	total *tensor.Tensor
	odds  odds
}

func newBinomial(total *tensor.Tensor, o odds) *binomial {
	k, v := o.of(binomialKind)
	d := &binomial{total: total, odds: o}
	d.initShaped(k, draws{support: constraint.IntegerInterval(0, total)}, total, v)
	return d
}

func (d *binomial) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *binomial) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, func(s *rng.Stream, p []float64) float64 {
		return drawBinomial(s, p[0], p[1], p[2])
	}, d.total, d.odds.p(), d.odds.q())
}

func (d *binomial) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, d.total)
	misses := d.total.Sub(in)
	return d.spread(d.odds.logMass(out, in, misses, logChoose(in, misses)))
}

// logChoose returns the logarithm of the number of ways to choose k of k + rest.
func logChoose(k, rest *tensor.Tensor) *tensor.Tensor {
	return k.AddScalar(1).Lbeta(rest.AddScalar(1)).Add(k.Add(rest).Log1p()).Neg()
}

// EnumerateSupport returns 0, …, total_count. It panics with a *MethodError
// where the total counts differ.
func (d *binomial) EnumerateSupport() *tensor.Tensor {
	return d.enumerate(d.commonTotal(d.total) + 1)
}

func (d *binomial) Mean() *tensor.Tensor { return d.spread(d.total.Mul(d.odds.p())) }

func (d *binomial) Variance() *tensor.Tensor {
	return d.spread(d.total.Mul(d.odds.p()).Mul(d.odds.q()))
}

// CDF is the complement of the incomplete beta function I_p(k+1, n-k).
func (d *binomial) CDF(x *tensor.Tensor) *tensor.Tensor {
	k := x.Floor()
	inside := zero.LessEqual(k).Mul(k.Less(d.total))
	in := inside.Where(k, zero)
	rest := inside.Where(d.total.Sub(in), one)
	return d.spread(inside.Where(d.odds.below(in.AddScalar(1), rest), d.total.LessEqual(k)))
}

func (d *binomial) Quantile(q *tensor.Tensor) *tensor.Tensor {
	off := newBinomial(d.total.Clone(), d.odds.clone())
	return d.spread(searchQuantile(q, off.total, off.CDF))
}

// klTo needs equal total counts.
func (d *binomial) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*binomial)
	if !ok || !equalValues(d.total, o.total) {
		return nil, false
	}
	return d.total.Mul(d.odds.kl(o.odds)), true
}

// equalValues reports whether x and y are equal wherever they meet.
func equalValues(x, y *tensor.Tensor) bool {
	if x == y {
		return true
	}
	return x.Clone().NotEqual(y.Clone()).Sum().Item() == 0
}

// drawBinomial draws the number of successes in n trials of probability p =
// 1 - q. NaN unless n is an integer ≥ 0 and p in [0, 1].
func drawBinomial(s *rng.Stream, n, p, q float64) float64 {
	switch {
	case !(n >= 0) || n != math.Floor(n) || !(p >= 0 && p <= 1):
		return math.NaN()
	case p > q:
		return n - drawBinomial(s, n, q, p)
	case n*p < 10:
		return invertBinomial(s, n, p, q)
	}
	return rejectBinomial(s, n, p, q)
}

// invertBinomial adds up geometric gaps between successes (Devroye 1986, p.
// 525, "first waiting time algorithm").
func invertBinomial(s *rng.Stream, n, p, q float64) float64 {
	if p == 0 {
		return 0
	}
	l := math.Log1p(-p)
	k, at := -1.0, 0.0
	for at <= n {
		at += math.Floor(math.Log(s.Uniform())/l) + 1
		k++
	}
	return k
}

// rejectBinomial is algorithm BTRS of Hörmann, "The generation of binomial
// random variates" (1993), for n·p ≥ 10 and p ≤ ½.
func rejectBinomial(s *rng.Stream, n, p, q float64) float64 {
	spread := math.Sqrt(n * p * q)
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	c := n*p + 0.5
	vr := 0.92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spread
	m := math.Floor((n + 1) * p)
	for {
		u, v := s.Uniform()-0.5, s.Uniform()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if k < 0 || k > n {
			continue
		}
		if us >= 0.07 && v <= vr {
			return k
		}
		v = math.Log(v * alpha / (a/(us*us) + b))
		if v <= logBinomialRatio(n, p, q, m, k) {
			return k
		}
	}
}

// logBinomialRatio returns log P(k)/P(m), from Stirling's formula for all four
// factorials, whose leading terms are combined before they cancel.
func logBinomialRatio(n, p, q, m, k float64) float64 {
	nm, nk := n-m+1, n-k+1
	return (m+0.5)*math.Log((m+1)/((p/q)*nm)) +
		(n+1)*math.Log(nm/nk) +
		(k+0.5)*math.Log(nk*(p/q)/(k+1)) +
		stirlingTail(m) + stirlingTail(n-m) - stirlingTail(k) - stirlingTail(n-k)
}

// stirlingTail returns log k! - (log √(2π) + (k+½)·log(k+1) - (k+1)), k ≥ 0, with
// an absolute error below 1e-13: a series from k = 10 on, the factorial itself
// below.
func stirlingTail(k float64) float64 {
	if k < 10 {
		l, _ := math.Lgamma(k + 1)
		return l - (halfLog2Pi + (k+0.5)*math.Log(k+1) - (k + 1))
	}
	r := 1 / (k + 1)
	r2 := r * r
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-r2/1188)*r2)*r2)*r2) * r
}
