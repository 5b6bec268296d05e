package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Poisson returns the distribution on 0, 1, 2, … with mass rateˣ·exp(-rate)/x!,
// rate ≥ 0 being its mean and variance. Batch shape: that of rate. Draws are
// exact: by inversion for a rate below 10, by transformed rejection beyond
// (Hörmann 1993, algorithm PTRS).
func Poisson[R tensor.Operand](rate R) Distribution { return newPoisson(parameter(rate)) }

var poissonKind = &kind{name: "Poisson", plain: true, draws: draws{support: constraint.NonnegativeInteger}, params: []param{{"rate", constraint.Nonnegative}}}

type poisson struct {
	family
	rate *tensor.Tensor
}

func newPoisson(rate *tensor.Tensor) *poisson {
	d := &poisson{rate: rate}
	d.init(poissonKind, rate)
	return d
}

func (d *poisson) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *poisson) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, func(s *rng.Stream, p []float64) float64 { return drawPoisson(s, p[0]) }, d.rate)
}

// LogProb has gradient 0 where rate = 0 rules x out.
func (d *poisson) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, largest)
	out = out.Add(in.Mul(d.rate.Not()))
	rate := out.Where(one, d.rate)
	return d.spread(out.Where(negInf, in.XLogY(rate).Sub(rate).Sub(in.AddScalar(1).Lgamma())))
}

func (d *poisson) Mean() *tensor.Tensor     { return d.rate.Expand(d.batch...) }
func (d *poisson) Variance() *tensor.Tensor { return d.rate.Expand(d.batch...) }

func (d *poisson) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x.Floor(), zero, largest, zero)
	return d.spread(out.Where(zero.Less(x), d.rate.GammaQ(in.AddScalar(1))))
}

func (d *poisson) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(searchQuantile(q, posInf, newPoisson(d.rate.Clone()).CDF))
}

func (d *poisson) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*poisson)
	if !ok {
		return nil, false
	}
	return d.rate.XLogY(d.rate).Sub(d.rate.XLogY(o.rate)).Sub(d.rate).Add(o.rate), true
}

// drawPoisson draws a number of mean rate; NaN unless 0 ≤ rate < ∞.
func drawPoisson(s *rng.Stream, rate float64) float64 {
	switch {
	case !(rate >= 0 && rate <= math.MaxFloat64):
		return math.NaN()
	case rate < 10:
		return invertPoisson(s, rate)
	}
	return rejectPoisson(s, rate)
}

// invertPoisson walks up the distribution function.
func invertPoisson(s *rng.Stream, rate float64) float64 {
	u, k := s.Uniform(), 0.0
	p := math.Exp(-rate)
	for u > p && p > 0 {
		u -= p
		k++
		p *= rate / k
	}
	return k
}

// rejectPoisson is algorithm PTRS of Hörmann, "The transformed rejection method
// for generating Poisson random variables" (1993), for rate ≥ 10.
func rejectPoisson(s *rng.Stream, rate float64) float64 {
	b := 0.931 + 2.53*math.Sqrt(rate)
	a := -0.059 + 0.02483*b
	inverseAlpha := 1.1239 + 1.1328/(b-3.4)
	vr := 0.9277 - 3.6224/(b-2)
	for {
		u, v := s.Uniform()-0.5, s.Uniform()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + rate + 0.43)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		// log P(k), with Stirling's formula for k!: its leading terms and those
		// of rate are combined before they cancel.
		logp := k*math.Log(rate/(k+1)) + (k + 1 - rate) - 0.5*math.Log(k+1) - halfLog2Pi - stirlingTail(k)
		if math.Log(v*inverseAlpha/(a/(us*us)+b)) <= logp {
			return k
		}
	}
}
