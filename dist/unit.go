package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Unit returns the trivial distribution over the only vector of length 0, whose
// log density is logw. It carries a factor of a model. Batch shape: that of
// logw; event shape [0].
func Unit[W tensor.Operand](logw W) Distribution {
	w := tensor.Of(logw)
	d := &unit{logw: w}
	d.init(unitKind, w)
	return d
}

var unitKind = &kind{
	name: "Unit", draws: draws{constraint.RealVector, []int{0}},
	params: []param{{"log_factor", notNaN{}}},
}

type unit struct {
	family
	logw *tensor.Tensor
}

// notNaN is the set of log factors: the reals and both infinities.
type notNaN struct{ constraint.Constraint }

func (notNaN) EventRank() int { return 0 }
func (notNaN) String() string { return "a number" }

func (notNaN) Check(x *tensor.Tensor) (int, bool) {
	at := x.Find(func(v float64) bool { return v != v })
	return at, at < 0
}

func (d *unit) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *unit) Sample(_ rng.Key, sample ...int) *tensor.Tensor {
	return tensor.Zeros(d.shape(sample)...)
}

func (d *unit) RSample(key rng.Key, sample ...int) *tensor.Tensor { return d.Sample(key, sample...) }

func (d *unit) LogProb(*tensor.Tensor) *tensor.Tensor { return d.spread(d.logw) }
