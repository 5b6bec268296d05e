package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// ProjectedNormal returns the distribution of x/|x| for vectors x of n ≥ 2 normal
// numbers with the given means, the concentration, and variance 1 (Mardia and Jupp
// 2000, section 9.3.3, "offset normal"): a distribution of directions, all of which
// are equally likely at concentration 0. The log density is with respect to the
// surface of the sphere. Batch shape: that of concentration without its last dim;
// event shape [n]. Draws carry gradients.
func ProjectedNormal[C tensor.Operand](concentration C) Distribution {
	c := parameter(concentration)
	d := &projectedNormal{mean: c}
	d.initShaped(projectedNormalKind, draws{constraint.Sphere, vectorShape(c)}, c)
	return d
}

// directionMean is ℝⁿ for n ≥ 2.
type directionMean struct{ constraint.Constraint }

func (directionMean) String() string { return "real vector of 2 or more" }

func (c directionMean) Check(x *tensor.Tensor) (int, bool) {
	if x.Dim(-1) < 2 {
		return 0, false
	}
	return c.Constraint.Check(x)
}

var projectedNormalKind = &kind{name: "ProjectedNormal", params: []param{
	{"concentration", directionMean{constraint.RealVector}},
}}

type projectedNormal struct {
	family
	mean *tensor.Tensor
}

func (d *projectedNormal) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// base is the distribution of which a draw is the direction.
func (d *projectedNormal) base() Distribution {
	return Independent(Normal(d.mean, one.To(d.mean.DType())).Expand(d.shape(nil)...), 1)
}

func (d *projectedNormal) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return transform.Direction.Forward(d.base().(Reparam).RSample(key, sample...))
}

func (d *projectedNormal) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// LogProb integrates the normal density over r = |x|: with t = x·mean it is
// (2π)^(-n/2)·exp(-|mean|²/2)·∫ r^(n-1)·exp(r·t - r²/2) dr.
func (d *projectedNormal) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out := x.Square().Sum(-1)
	out = offOne(out.Detach())
	in := out.Unsqueeze(-1).Where(zero, x)
	n := float64(d.event[0])
	t := in.Mul(d.mean).Sum(-1)
	logp := logMoment(t, d.event[0]-1).Sub(d.mean.Square().Sum(-1).MulScalar(0.5)).AddScalar(-n * halfLog2Pi)
	return d.spread(out.Where(negInf, logp))
}

// logMoment is log Jₖ for Jₖ = ∫ rᵏ·exp(r·t - r²/2) dr over r > 0, of which
// Jₖ₊₁ = t·Jₖ + k·Jₖ₋₁ and J₁ = 1 + t·J₀. Forward the recurrence adds positive
// numbers for t > 0; for t < 0 they cancel, and the ratios k/(ratioₖ₊₁ - t) are
// computed backward, where all is positive (Gautschi 1961, "Recursive computation
// of the repeated integrals of the error function").
func logMoment(t *tensor.Tensor, k int) *tensor.Tensor {
	negative := t.Less(turn)
	up, down := t.Maximum(turn), t.Minimum(turn)
	return negative.Where(momentBackward(down, k), momentForward(up, k))
}

// turn is where the two ways to compute moments meet. Above it forward steps lose
// a digit or two, below it backwardSteps suffice: the error of a start so far on is
// about exp(-2·|t|·√(2·steps)) = e⁻⁴⁴ (Gautschi 1961, section 4).
var turn = tensor.Of(-2.0)

const backwardSteps = 60

// momentForward factors exp(t²/2) out: log Jₖ = t²/2 + log Iₖ for
// I₀ = √(2π)·Φ(t), I₁ = exp(-t²/2) + t·I₀.
func momentForward(t *tensor.Tensor, k int) *tensor.Tensor {
	square := t.Square().MulScalar(0.5)
	before := t.LogNormCDF().AddScalar(halfLog2Pi).Exp()
	now := t.Mul(before).Add(square.Neg().Exp())
	for i := 1; i < k; i++ {
		before, now = now, t.Mul(now).Add(before.MulScalar(float64(i)))
	}
	return square.Add(now.Log())
}

// momentBackward is Σ log ratioᵢ - log(ratio₁ - t), since J₀ = 1/(ratio₁ - t).
func momentBackward(t *tensor.Tensor, k int) *tensor.Tensor {
	ratio := t.Square().AddScalar(4 * (backwardSteps + float64(k))).Sqrt().Add(t).MulScalar(0.5) // its fixed point
	var sum *tensor.Tensor
	for i := backwardSteps + k; i >= 1; i-- {
		ratio = ratio.Sub(t).Recip().MulScalar(float64(i))
		switch {
		case i == k:
			sum = ratio.Log()
		case i < k:
			sum = sum.Add(ratio.Log())
		}
	}
	return sum.Sub(ratio.Sub(t).Log())
}
