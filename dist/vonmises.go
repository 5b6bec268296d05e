package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// VonMises returns the von Mises distribution of angles in [-π, π], in
// radians, with mean direction loc and concentration κ > 0; density
// exp(κ·cos(x - loc))/(2π·I₀(κ)). loc may be any angle; angles outside [-π, π]
// must be wrapped before they are observed. Batch shape: both broadcast. Draws
// are those of Best and Fisher, "Efficient simulation of the von Mises
// distribution" (1979), and carry no gradient.
func VonMises[L, C tensor.Operand](loc L, concentration C) Distribution {
	l, k := parameter(loc), parameter(concentration)
	d := &vonmises{loc: l, k: k}
	d.init(vonMisesKind, l, k)
	return d
}

var vonMisesKind = &kind{name: "VonMises", draws: draws{support: constraint.Circle}, params: []param{
	{"loc", constraint.Real}, {"concentration", constraint.Positive},
}}

type vonmises struct {
	family
	loc, k *tensor.Tensor
}

var (
	pi      = tensor.Of(math.Pi)
	minusPi = tensor.Of(-math.Pi)
)

const log2Pi = 2 * halfLog2Pi

func (d *vonmises) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *vonmises) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, vonMisesOf, d.loc, d.k)
}

// vonMisesOf draws for p = (loc, κ), from a wrapped Cauchy envelope.
func vonMisesOf(s *rng.Stream, p []float64) float64 {
	loc, k := p[0], p[1]
	var angle float64
	switch {
	case !(k > 0) || math.IsInf(loc, 0) || math.IsNaN(loc):
		return math.NaN()
	case k > 1e6: // normal to a relative 1/κ, where the envelope's cosine loses digits
		angle = s.Normal() / math.Sqrt(k)
	default:
		angle = bestFisher(s, k)
	}
	return min(max(math.Remainder(loc+angle, 2*math.Pi), -math.Pi), math.Pi)
}

func bestFisher(s *rng.Stream, k float64) float64 {
	r := 1/k + k // to order κ³
	if k > 1e-5 {
		tau := 1 + math.Sqrt(1+4*k*k)
		rho := (tau - math.Sqrt(2*tau)) / (2 * k)
		r = (1 + rho*rho) / (2 * rho)
	}
	for {
		z := math.Cos(math.Pi * s.Uniform())
		f := (1 + r*z) / (r + z)
		c := k * (r - f)
		u := s.Uniform()
		if c*(2-c) > u || math.Log(c/u)+1-c >= 0 {
			return math.Copysign(math.Acos(min(max(f, -1), 1)), s.Uniform()-0.5)
		}
	}
}

// LogProb writes cos as 1 - 2 sin², so that nothing cancels for a large κ.
func (d *vonmises) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, minusPi, pi, zero)
	away := in.Sub(d.loc).MulScalar(0.5).Sin().Square().Mul(d.k).MulScalar(-2)
	return d.spread(out.Where(negInf, away.Sub(d.k.LogBesselI0e()).AddScalar(-log2Pi)))
}

func (d *vonmises) Entropy() *tensor.Tensor {
	short := one.Sub(d.k.BesselRatio()).Mul(d.k) // κ·E(1 - cos)
	return d.spread(d.k.LogBesselI0e().Add(short).AddScalar(log2Pi))
}

func (d *vonmises) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*vonmises)
	if !ok {
		return nil, false
	}
	a := d.k.BesselRatio()
	there := one.Sub(a.Mul(d.loc.Sub(o.loc).Cos())).Mul(o.k) // κ'·E(1 - cos(x - loc'))
	here := one.Sub(a).Mul(d.k)
	return o.k.LogBesselI0e().Sub(d.k.LogBesselI0e()).Add(there).Sub(here), true
}
