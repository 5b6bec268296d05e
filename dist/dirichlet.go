package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Dirichlet returns the distribution on the simplex of K probabilities with
// density Γ(Σa)/ΠΓ(a)·Π x^(a-1), concentration a > 0 along the last dim. Batch
// shape: that of concentration without its last dim; event shape [K].
//
// Draws are gamma draws divided by their sum, both on the logarithm, so that
// small concentrations do not underflow; a share below the smallest normal
// number of its type is returned as that. Their gradients are exact, by implicit
// reparameterisation of each gamma draw (Figurnov, Mohamed, Mnih 2018, equation
// 5), to the accuracy of [tensor.Tensor.AsLogGammaSample].
func Dirichlet[C tensor.Operand](concentration C) Distribution {
	c := parameter(concentration)
	d := &dirichlet{concentration: c}
	d.initShaped(dirichletKind, draws{constraint.Simplex, vectorShape(c)}, c)
	return d
}

// leastNormal is the least positive number of full precision of the number type
// of x.
func leastNormal(x *tensor.Tensor) *tensor.Tensor {
	if x.DType() == tensor.Float32 {
		return normalLeast32
	}
	return normalLeast
}

var normalLeast32 = tensor.Of(0x1p-126)

// positiveVector is vectors of positive numbers.
var positiveVector = constraint.Independent(constraint.Positive, 1)

// vectorShape returns the shape of an event of vectors x, [0] for a number,
// which family.init refuses.
func vectorShape(x *tensor.Tensor) []int {
	if x.Rank() == 0 {
		return []int{0}
	}
	return []int{x.Dim(-1)}
}

var dirichletKind = &kind{name: "Dirichlet", plain: true, params: []param{{"concentration", positiveVector}}}

type dirichlet struct {
	family
	concentration *tensor.Tensor
}

func (d *dirichlet) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *dirichlet) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	y := d.drawRows(key, sample, d.concentration, nil, d.event[0], func(s *rng.Stream, row, a []float64, _ float64) {
		for i, v := range a {
			row[i] = logGamma(s, v)
		}
	})
	return y.AsLogGammaSample(d.concentration).Softmax(-1).Maximum(leastNormal(d.concentration))
}

func (d *dirichlet) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// drawDirichlet puts a draw in the place of its concentration p; shares that
// underflow are 0.
func drawDirichlet(s *rng.Stream, p []float64) {
	most := math.Inf(-1)
	for i, v := range p {
		p[i] = logGamma(s, v)
		most = max(most, p[i])
	}
	for i, v := range p {
		p[i] = math.Exp(v - most)
	}
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for i := range p {
		p[i] /= sum
	}
}

func (d *dirichlet) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardSimplex(x)
	a := d.concentration.On(x.Tape())
	logp := a.AddScalar(-1).XLogY(in).Sum(-1)
	return d.spread(out.Where(negInf, logp.Sub(logMultiBeta(a))))
}

// guardSimplex returns where vectors are none of probabilities that sum to one,
// and x with ones in their place.
func guardSimplex(x *tensor.Tensor) (out, in *tensor.Tensor) {
	out = x.Outside(zero, posInf).Sum(-1).Add(offOne(x.Sum(-1)))
	return out, out.Unsqueeze(-1).Where(one, x)
}

// The bounds of a sum that stands for one, by the rounding that the sets of
// package constraint allow.
var (
	sumLow, sumHigh     = tensor.Of(1 - 1e-6), tensor.Of(1 + 1e-6)
	sumLow32, sumHigh32 = tensor.Of(1 - 1e-5), tensor.Of(1 + 1e-5)
)

// offOne returns where sums are not one within rounding.
func offOne(sum *tensor.Tensor) *tensor.Tensor {
	if sum.DType() == tensor.Float32 {
		return sum.Outside(sumLow32, sumHigh32)
	}
	return sum.Outside(sumLow, sumHigh)
}

// logNorm returns log ΠΓ(a)/Γ(Σa).
func (d *dirichlet) logNorm() *tensor.Tensor { return logMultiBeta(d.concentration) }

// logMultiBeta is the logarithm of the multivariate beta function ΠΓ(a)/Γ(Σa).
func logMultiBeta(a *tensor.Tensor) *tensor.Tensor {
	return a.Lgamma().Sum(-1).Sub(a.Sum(-1).Lgamma())
}

func (d *dirichlet) Mean() *tensor.Tensor {
	return d.concentration.Div(d.concentration.SumKeep(-1)).Expand(d.shape(nil)...)
}

func (d *dirichlet) Variance() *tensor.Tensor {
	sum := d.concentration.SumKeep(-1)
	p := d.concentration.Div(sum)
	rest := sum.Sub(d.concentration).Div(sum)
	return p.Mul(rest).Div(sum.AddScalar(1)).Expand(d.shape(nil)...)
}

func (d *dirichlet) Entropy() *tensor.Tensor {
	return d.spread(d.logNorm().Sub(d.concentration.AddScalar(-1).Mul(d.meanLogs()).Sum(-1)))
}

// meanLogs returns E log x.
func (d *dirichlet) meanLogs() *tensor.Tensor {
	return d.concentration.Digamma().Sub(d.concentration.SumKeep(-1).Digamma())
}

func (d *dirichlet) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*dirichlet)
	if !ok || o.event[0] != d.event[0] {
		return nil, false
	}
	gap := d.concentration.Sub(o.concentration).Mul(d.meanLogs()).Sum(-1)
	return o.logNorm().Sub(d.logNorm()).Add(gap), true
}
