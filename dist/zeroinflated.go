package dist

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// ZeroInflated returns the distribution of counts that are 0 with probability gate
// in [0, 1], and otherwise drawn from d, a distribution of counts such as Poisson,
// which may give 0 too (Lambert 1992). Batch shape: those of d and gate broadcast.
// It has Moments, is Cumulative and can be enumerated if d has, is and can.
//
// It panics with a *tensor.Error if d is not one of numbers 0, 1, ….
func ZeroInflated[G tensor.Operand](d Distribution, gate G) Distribution {
	return newZeroInflated(d, parameter(gate))
}

// ZeroInflatedPoisson is ZeroInflated(Poisson(rate), gate).
func ZeroInflatedPoisson[R, G tensor.Operand](rate R, gate G) Distribution {
	return ZeroInflated(Poisson(rate), gate)
}

func newZeroInflated(d Distribution, gate *tensor.Tensor) *zeroInflated {
	batch, ok := tensor.Broadcast(d.BatchShape(), gate.Shape())
	fail := func(reason string) {
		panic(&tensor.Error{
			Op: "ZeroInflated", Shapes: [][]int{slices.Clone(d.BatchShape()), slices.Clone(gate.Shape())}, Reason: reason,
		})
	}
	if !ok {
		fail("the batch shape and the gate do not broadcast")
	}
	if _, inside := d.Support().Check(tensor.Of(-1.0)); inside || !d.Support().Discrete() || len(d.EventShape()) > 0 {
		fail(d.String() + " is no distribution of counts")
	}
	z := &zeroInflated{base: d.Expand(batch...), gate: gate}
	z.initShaped(zeroInflatedKind, draws{support: d.Support()}, gate)
	z.batch = batch
	return z
}

var zeroInflatedKind = &kind{name: "ZeroInflated", params: []param{{"gate", constraint.UnitInterval}}}

type zeroInflated struct {
	family
	base Distribution
	gate *tensor.Tensor
}

func (d *zeroInflated) Unwrap() Distribution { return d.base }

func (d *zeroInflated) String() string {
	return fmt.Sprintf("ZeroInflated(%v, gate: %v)", d.base, d.gate)
}

// Validate checks the gate and the base.
func (d *zeroInflated) Validate() error {
	if err := d.family.Validate(); err != nil {
		return err
	}
	return Validate(d.base)
}

func (d *zeroInflated) conditions(yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	return d.family.conditions(yield) && conditions(d.base, yield)
}

func (d *zeroInflated) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	e.base = d.base.Expand(batch...)
	return &e
}

func (d *zeroInflated) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	open := d.gate.LessEqual(d.uniforms(key.Fold(0), sample))
	return d.base.Sample(key.Fold(1), sample...).Mul(open.Detach())
}

// LogProb adds probabilities at 0, which loses no digit, and where both are too
// small for that takes the greater one.
func (d *zeroInflated) LogProb(x *tensor.Tensor) *tensor.Tensor {
	logp := d.base.LogProb(x)
	empty := x.Detach().EqualScalar(0)
	never := logp.Detach().EqualScalar(math.Inf(-1)).Or(d.gate.Detach().EqualScalar(1))
	shut := empty.Not().And(never)
	other := shut.Where(zero, d.gate).Neg().Log1p().Add(logp)
	p := d.gate.Add(d.gate.RSubScalar(1).Mul(empty.Where(logp, zero).Exp()))
	tiny := p.Less(normalLeast)
	at0 := tiny.Where(other, tiny.Where(one, p).Log())
	return d.spread(shut.Where(negInf, empty.Where(at0, other)))
}

func (d *zeroInflated) EnumerateSupport() *tensor.Tensor {
	return can[Enumerable](d.base, "EnumerateSupport").EnumerateSupport()
}

func (d *zeroInflated) Mean() *tensor.Tensor {
	return d.spread(d.gate.RSubScalar(1).Mul(can[Moments](d.base, "Mean").Mean()))
}

// Variance is (1 - gate)·(variance + gate·mean²) of the base.
func (d *zeroInflated) Variance() *tensor.Tensor {
	m := can[Moments](d.base, "Variance")
	return d.spread(d.gate.RSubScalar(1).Mul(m.Variance().Add(d.gate.Mul(m.Mean().Square()))))
}

func (d *zeroInflated) CDF(x *tensor.Tensor) *tensor.Tensor {
	below := d.gate.Add(d.gate.RSubScalar(1).Mul(can[Cumulative](d.base, "CDF").CDF(x)))
	return d.spread(x.Less(zero).Where(zero, below))
}

// Quantile is that of the base at (q - gate)/(1 - gate), 0 below the gate.
func (d *zeroInflated) Quantile(q *tensor.Tensor) *tensor.Tensor {
	q = probability(q)
	shut := q.LessEqual(d.gate)
	rest := shut.Where(zero, q.Sub(d.gate).Div(shut.Where(one, d.gate.RSubScalar(1))))
	of := can[Cumulative](d.base, "Quantile").Quantile(rest)
	return d.spread(shut.Where(zero, of))
}
