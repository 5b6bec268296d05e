package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TruncatedNormal returns the distribution on [low, high], low < high, of a normal
// number of mean loc and standard deviation scale > 0 that is known to be there;
// density φ(z)/(scale·(Φ(β) - Φ(α))) for z = (x - loc)/scale, α and β being low and
// high on the scale of z. Batch shape: all broadcast. Draws are by inversion and
// carry gradients. The interval may be narrow, or far out in a tail, where the
// probability underflows.
func TruncatedNormal[M, S, L, H tensor.Operand](loc M, scale S, low L, high H) Distribution {
	l, h := parameter(low), parameter(high)
	return newTruncatedNormal("TruncatedNormal", parameter(loc), parameter(scale), l, h, constraint.Interval(l, h),
		param{"low", constraint.Real}, param{"high", constraint.GreaterThan(l)})
}

// LeftTruncatedNormal is TruncatedNormal on [low, ∞).
func LeftTruncatedNormal[M, S, L tensor.Operand](loc M, scale S, low L) Distribution {
	l := parameter(low)
	return newTruncatedNormal("LeftTruncatedNormal", parameter(loc), parameter(scale), l, nil, constraint.GreaterEqual(l),
		param{"low", constraint.Real})
}

// RightTruncatedNormal is TruncatedNormal on (-∞, high].
func RightTruncatedNormal[M, S, H tensor.Operand](loc M, scale S, high H) Distribution {
	h := parameter(high)
	return newTruncatedNormal("RightTruncatedNormal", parameter(loc), parameter(scale), nil, h, constraint.LessEqual(h),
		param{"high", constraint.Real})
}

type truncatedNormal struct {
	family
	loc, scale *tensor.Tensor
	low, high  *tensor.Tensor // nil is infinite
}

func newTruncatedNormal(name string, loc, scale, low, high *tensor.Tensor, set constraint.Constraint, bounds ...param) *truncatedNormal {
	k := &kind{name: name, params: append([]param{{"loc", constraint.Real}, {"scale", constraint.Positive}}, bounds...)}
	values := append(make([]*tensor.Tensor, 0, maxParams), loc, scale)
	for _, v := range []*tensor.Tensor{low, high} {
		if v != nil {
			values = append(values, v)
		}
	}
	d := &truncatedNormal{loc: loc, scale: scale, low: low, high: high}
	d.initShaped(k, draws{support: set}, values...)
	return d
}

func (d *truncatedNormal) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// standard returns x on the scale of z, nil for nil.
func (d *truncatedNormal) standard(x *tensor.Tensor) *tensor.Tensor {
	if x == nil {
		return nil
	}
	return x.Sub(d.loc).Div(d.scale)
}

// outside returns where x is off the support, and x with a bound in its place.
func (d *truncatedNormal) outside(x *tensor.Tensor) (out, in *tensor.Tensor) {
	switch {
	case d.low == nil:
		out = d.high.Less(x)
		return out, out.Where(d.high, x)
	case d.high == nil:
		out = x.Less(d.low)
		return out, out.Where(d.low, x)
	}
	return guard(x, d.low, d.high, d.low)
}

func (d *truncatedNormal) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := d.outside(x)
	logp := d.standard(in).Square().MulScalar(-0.5).AddScalar(-halfLog2Pi).
		Sub(d.scale.On(x.Tape()).Log()).Sub(d.logMass())
	return d.spread(out.Where(negInf, logp))
}

func (d *truncatedNormal) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.at(d.uniforms(key, sample))
}

func (d *truncatedNormal) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// CDF is computed from the nearer end of the interval.
func (d *truncatedNormal) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := d.outside(x)
	log := d.logMass()
	share := func(from, to *tensor.Tensor) *tensor.Tensor {
		width, density := d.mass(from, to)
		return width.Mul(density.Sub(log).Exp())
	}
	below, above := share(d.low, in), share(in, d.high)
	f := below.Detach().LessEqual(above.Detach()).Where(below, above.RSubScalar(1))
	beyond := zero
	if d.high != nil {
		beyond = d.high.Less(x)
	}
	return d.spread(out.Where(beyond, f))
}

func (d *truncatedNormal) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(d.at(probability(q)))
}

// at returns the quantile of u. From Φ(y) = (1-u)·Φ(α) + u·Φ(β),
// dy = ((1-u)·φ(α)·dα + u·φ(β)·dβ + (Φ(β) - Φ(α))·du)/φ(y).
func (d *truncatedNormal) at(u *tensor.Tensor) *tensor.Tensor {
	alpha, beta := d.standard(d.low), d.standard(d.high)
	y := truncatedQuantile(u.Detach(), detached(alpha), detached(beta))
	rest := u.Detach().RSubScalar(1)
	moved := y
	if alpha != nil {
		moved = moved.Add(follow(alpha, rest.Mul(densityRatio(alpha.Detach(), y))))
	}
	if beta != nil {
		moved = moved.Add(follow(beta, u.Detach().Mul(densityRatio(beta.Detach(), y))))
	}
	if u.Tracked() {
		moved = moved.Add(follow(u, d.logMass().Detach().Add(y.Square().MulScalar(0.5)).AddScalar(halfLog2Pi).Exp()))
	}
	x := moved.Mul(d.scale).Add(d.loc)
	if d.low != nil {
		x = x.Maximum(d.low) // rounding
	}
	if d.high != nil {
		x = x.Minimum(d.high)
	}
	return x
}

func detached(x *tensor.Tensor) *tensor.Tensor {
	if x == nil {
		return nil
	}
	return x.Detach()
}

// follow is 0 with slope times the gradient of x.
func follow(x, slope *tensor.Tensor) *tensor.Tensor {
	if !x.Tracked() {
		return zero.To(x.DType())
	}
	return x.Sub(x.Detach()).Mul(slope)
}

// densityRatio returns φ(a)/φ(y).
func densityRatio(a, y *tensor.Tensor) *tensor.Tensor {
	return y.Sub(a).Mul(y.Add(a)).MulScalar(0.5).Exp()
}

// logMass returns the log probability of the interval.
func (d *truncatedNormal) logMass() *tensor.Tensor {
	width, density := d.mass(d.low, d.high)
	if d.low == nil || d.high == nil {
		return density
	}
	return width.Log().Add(density)
}

// mass returns the probability that a normal number is between two bounds, nil
// being infinite, as a width times the exponential of a mean log density. In a tail
// both are reflected to the left, where log Φ is accurate. A narrow interval, of
// (1 + |m|)·h ≤ 1 for its middle m and half its width h in units of scale, is
// integrated by Gauss's rule of ten nodes, since the logarithms would cancel: the
// error of the rule, 2²¹(10!)⁴/(21·(20!)³)·h²⁰·max|He₂₀·φ|, is below 10⁻¹⁷ of the
// integral.
func (d *truncatedNormal) mass(from, to *tensor.Tensor) (width, density *tensor.Tensor) {
	a, b := d.standard(from), d.standard(to)
	switch {
	case a == nil:
		return one, b.LogNormCDF()
	case b == nil:
		return one, a.Neg().LogNormCDF()
	}
	h, m := to.Sub(from).Div(d.scale).MulScalar(0.5), b.Add(a).MulScalar(0.5)
	narrow := m.Detach().Abs().AddScalar(1).Mul(h.Detach()).LessEqual(one)
	// Each formula gets harmless operands where the other one holds.
	left := m.Detach().LessEqual(zero)
	low := narrow.Where(one.Neg(), left.Where(a, b.Neg())).LogNormCDF()
	high := narrow.Where(one, left.Where(b, a.Neg())).LogNormCDF()
	wide := high.Add(low.Sub(high).Log1mExp())
	h, m = narrow.Where(h, one), narrow.Where(m, zero)
	z := m.Unsqueeze(-1).Add(h.Unsqueeze(-1).Mul(gaussNodes.To(h.DType())))
	sum := z.Square().MulScalar(-0.5).Add(gaussLogWeights.To(h.DType())).LogSumExp(-1)
	return h, narrow.Where(sum.AddScalar(-halfLog2Pi), wide)
}

// truncatedQuantile returns the y with Φ(y) = (1-u)·Φ(a) + u·Φ(b), computed from
// the nearer end of the normal distribution.
func truncatedQuantile(u, a, b *tensor.Tensor) *tensor.Tensor {
	left, right := u.RSubScalar(1).Log(), u.Log()
	share := func(x, w *tensor.Tensor) *tensor.Tensor { // log(w·Φ(x))
		if x == nil { // -∞, which has nothing below
			return nil
		}
		return w.Add(x.LogNormCDF())
	}
	neg := func(x *tensor.Tensor) *tensor.Tensor {
		if x == nil {
			return nil
		}
		return x.Neg()
	}
	either := func(x, y *tensor.Tensor) *tensor.Tensor {
		if x == nil {
			return y
		}
		return x.LogAddExp(y)
	}
	whole := func(x, w *tensor.Tensor) *tensor.Tensor {
		if x == nil {
			return w // Φ(∞) = 1
		}
		return share(x, w)
	}
	below := either(share(a, left), whole(b, right))
	above := either(share(neg(b), right), whole(neg(a), left))
	return below.LessEqual(above).Where(normalQuantileLog(below), normalQuantileLog(above).Neg())
}

// normalQuantileLog returns the y with log Φ(y) = l. Where exp(l) underflows, two
// steps of Newton's method follow -y² ≈ 2l + log(-4πl), whose error of 10⁻⁴ they
// square each time.
func normalQuantileLog(l *tensor.Tensor) *tensor.Tensor {
	const deep = -600
	far := l.LessScalar(deep).And(l.GreaterScalar(math.Inf(-1)))
	near := far.Where(half, l.Exp()).NormQuantile()
	if !far.Varying() && far.Sum().Item() == 0 {
		return near
	}
	l = far.Where(l, tensor.Of(float64(deep)))
	y := l.MulScalar(-2).Sub(l.MulScalar(-4 * math.Pi).Log()).Sqrt().Neg()
	for range 2 {
		f := y.LogNormCDF()
		hazard := y.Square().MulScalar(-0.5).AddScalar(-halfLog2Pi).Sub(f).Exp()
		y = y.Sub(f.Sub(l).Div(hazard))
	}
	return far.Where(y, near)
}

// The nodes of Gauss and Legendre on [-1, 1], and the logarithms of their weights.
var (
	gaussNodes = tensor.Of([]float64{
		-0.97390652851717172008, -0.86506336668898451073, -0.67940956829902440623, -0.4333953941292471908, -0.14887433898163121088,
		0.14887433898163121088, 0.4333953941292471908, 0.67940956829902440623, 0.86506336668898451073, 0.97390652851717172008,
	})
	gaussLogWeights = tensor.Of([]float64{
		-2.7079800389333105403, -1.9007843628551280031, -1.5182892775128743916, -1.3120528690146534553, -1.2190044667659284687,
		-1.2190044667659284687, -1.3120528690146534553, -1.5182892775128743916, -1.9007843628551280031, -2.7079800389333105403,
	})
)
