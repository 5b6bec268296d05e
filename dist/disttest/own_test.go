package disttest_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// triangular is what a program may define: density 2x/high² on [0, high].
type triangular struct {
	high  *tensor.Tensor
	batch []int
}

func Triangular(high *tensor.Tensor) dist.Distribution { return triangular{high, high.Shape()} }

func (d triangular) BatchShape() []int { return d.batch }
func (d triangular) EventShape() []int { return nil }
func (d triangular) String() string    { return fmt.Sprintf("Triangular(high: %v)", d.high) }

func (d triangular) Support() constraint.Constraint { return constraint.Interval(0.0, d.high) }

func (d triangular) Expand(batch ...int) dist.Distribution {
	return triangular{d.high.Expand(batch...), slices.Clone(batch)}
}

func (d triangular) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return tensor.Uniforms(key, slices.Concat(sample, d.batch)...).Sqrt().Mul(d.high)
}

func (d triangular) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d triangular) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out := x.Outside(zero, d.high)
	logp := out.Where(d.high, x).MulScalar(2).Div(d.high.Square()).Log()
	return out.Where(negInf, logp)
}

var (
	zero   = tensor.Of(0.0)
	negInf = tensor.Of(math.Inf(-1))
)

func TestTriangular(t *testing.T) {
	p := []*tensor.Tensor{tensor.Of(3.0)}
	disttest.Run(t, Triangular(p[0]), disttest.Options{
		Make:          func(p []*tensor.Tensor) dist.Distribution { return Triangular(p[0]) },
		Params:        p,
		MovingSupport: true,
	})
}

// geometric counts failures before a success of probability 1 - p; one thing
// about it may be wrong.
type geometric struct {
	p     *tensor.Tensor
	batch []int
	fault string
}

// countFaults are the faults of geometric, as in faults.
var countFaults = map[string]string{
	"no fault":      "",
	"total":         "Mass",
	"between":       "Mass",
	"mean":          "Mass",
	"entropy":       "Mass",
	"CDF":           "Mass",
	"quantile":      "Mass",
	"draws":         "Draws",
	"draws between": "Support",
	"gradient":      "Gradient",
}

func (d geometric) BatchShape() []int              { return d.batch }
func (d geometric) EventShape() []int              { return nil }
func (d geometric) String() string                 { return fmt.Sprintf("Geometric(p: %v)", d.p) }
func (d geometric) Support() constraint.Constraint { return constraint.NonnegativeInteger }

func (d geometric) Expand(batch ...int) dist.Distribution {
	return geometric{d.p.Expand(batch...), slices.Clone(batch), d.fault}
}

func (d geometric) off(fault string) float64 {
	if d.fault == fault {
		return 1e-3
	}
	return 0
}

func (d geometric) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	u := tensor.Uniforms(key, slices.Concat(sample, d.batch)...)
	p := d.p.Clone().AddScalar(-100 * d.off("draws"))
	return u.Log().Div(p.Log()).Floor().AddScalar(d.off("draws between"))
}

func (d geometric) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out := x.LessScalar(0)
	if d.fault != "between" {
		out = out.Or(x.NotEqual(x.Floor()))
	}
	logp := x.Mul(d.p.Log()).Add(d.p.Neg().Log1p()).AddScalar(d.off("total"))
	if d.fault == "gradient" {
		logp = logp.Detach().Add(d.p.Sub(d.p.Detach()))
	}
	return out.Where(negInf, logp)
}

func (d geometric) Mean() *tensor.Tensor {
	return d.p.Div(d.p.RSubScalar(1)).AddScalar(d.off("mean"))
}

func (d geometric) Variance() *tensor.Tensor { return d.p.Div(d.p.RSubScalar(1).Square()) }

func (d geometric) Entropy() *tensor.Tensor {
	return d.Mean().Mul(d.p.Log()).Add(d.p.Neg().Log1p()).Neg().AddScalar(d.off("entropy"))
}

func (d geometric) CDF(x *tensor.Tensor) *tensor.Tensor {
	f := d.p.Pow(x.Floor().AddScalar(1)).Neg().AddScalar(1 + d.off("CDF"))
	return x.LessScalar(0).Where(zero, f)
}

func (d geometric) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return q.Neg().Log1p().Div(d.p.Log()).Floor().AddScalar(1000 * d.off("quantile"))
}

func runGeometric(t *testing.T, fault string) {
	build := func(p []*tensor.Tensor) dist.Distribution { return geometric{p[0], p[0].Shape(), fault} }
	p := []*tensor.Tensor{tensor.Of(0.6)}
	disttest.Run(t, build(p), disttest.Options{Make: build, Params: p})
}

func TestGeometric(t *testing.T) { runGeometric(t, "") }
