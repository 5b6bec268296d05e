package dist

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Empirical returns the distribution that draws one of n values, which stand
// along the first dim of values, with probabilities proportional to
// exp(logWeights), of shape [n]; -∞ is a weight of 0. Batch shape []; event
// shape: that of one value. Values may occur several times: their probabilities
// add up, and EnumerateSupport lists them once.
func Empirical[V, W tensor.Operand](values V, logWeights W) Distribution {
	return newEmpirical(tensor.Of(values), weights{logits: tensor.Of(logWeights)})
}

type empirical struct {
	family
	values  *tensor.Tensor
	weights weights
}

func newEmpirical(v *tensor.Tensor, w weights) *empirical {
	if v.Rank() == 0 || w.logits.Rank() != 1 || v.Dim(0) != w.count() || v.Dim(0) == 0 {
		panic(&tensor.Error{
			Op: "Empirical", Shapes: [][]int{slices.Clone(v.Shape()), slices.Clone(w.logits.Shape())},
			Reason: "needs values along the first dim and as many log weights",
		})
	}
	event := v.Shape()[1:]
	k := &kind{name: "Empirical", params: []param{
		{"values", constraint.Independent(constraint.Real, v.Rank())}, {"log_weights", logWeights},
	}}
	d := &empirical{values: v, weights: w}
	d.initShaped(k, draws{listed{v}, event}, v, w.logits)
	return d
}

func (d *empirical) Expand(batch ...int) Distribution { return Expanded(d, batch...) }

func (d *empirical) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.values.Detach().Index(newCategorical(d.weights).Sample(key, sample...))
}

// match returns where an event of x is a value, with the values along a new last
// dim.
func (d *empirical) match(x *tensor.Tensor) *tensor.Tensor {
	rank := len(d.event)
	return allOf(x.Detach().Unsqueeze(-1-rank).Equal(d.values.Detach()), rank)
}

// LogProb is -Inf for what is no value.
func (d *empirical) LogProb(x *tensor.Tensor) *tensor.Tensor {
	return d.match(x).Where(d.weights.logits.LogSoftmax(-1), negInf).LogSumExp(-1)
}

// EnumerateSupport returns the values that differ, in the order in which they
// first occur.
func (d *empirical) EnumerateSupport() *tensor.Tensor {
	size := max(d.values.Size()/d.values.Dim(0), 1)
	data := d.values.Float64s()
	seen := make(map[string]bool)
	var keep []float64
	for i := 0; i < len(data); i += size {
		row := data[i : i+size]
		if k := fmt.Sprint(row); !seen[k] {
			seen[k] = true
			keep = append(keep, row...)
		}
	}
	return d.cast(tensor.Using(keep, append([]int{len(keep) / size}, d.event...)...))
}

// mean returns the weighted mean of values of d's shape.
func (d *empirical) mean(v *tensor.Tensor) *tensor.Tensor {
	p := d.weights.p()
	for range d.event {
		p = p.Unsqueeze(-1)
	}
	return v.Mul(p).Sum(0)
}

func (d *empirical) Mean() *tensor.Tensor { return d.mean(d.values) }

// Variance is that of each element of a value.
func (d *empirical) Variance() *tensor.Tensor { return d.mean(d.values.Sub(d.Mean()).Square()) }

func (d *empirical) Entropy() *tensor.Tensor {
	logp := d.LogProb(d.EnumerateSupport())
	return times0(logp.Exp(), logp).Sum().Neg()
}

// numbers panics where values are not numbers, which alone have an order.
func (d *empirical) numbers(method string) {
	if len(d.event) > 0 {
		panic(&MethodError{Dist: d.String(), Method: method, Reason: "values are not numbers"})
	}
}

// CDF panics with a *MethodError unless values are numbers.
func (d *empirical) CDF(x *tensor.Tensor) *tensor.Tensor {
	d.numbers("CDF")
	return d.values.LessEqual(x.Unsqueeze(-1)).Mul(d.weights.p()).Sum(-1)
}

// Quantile returns the least value with CDF ≥ q. It panics with a *MethodError
// unless values are numbers.
func (d *empirical) Quantile(q *tensor.Tensor) *tensor.Tensor {
	d.numbers("Quantile")
	values, p := d.values.Float64s(), d.weights.p().Float64s()
	order := make([]int, 0, len(values))
	for i := range values {
		if p[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := q.Float64s()
	for j, want := range out {
		if !(want >= 0 && want <= 1) {
			out[j] = math.NaN()
			continue
		}
		below := 0.0
		for _, i := range order {
			below += p[i]
			out[j] = values[i]
			if below >= want {
				break
			}
		}
	}
	return d.cast(tensor.Using(out, q.Shape()...))
}

// listed is the set of the values along the first dim of a tensor.
type listed struct{ values *tensor.Tensor }

func (c listed) EventRank() int                 { return c.values.Rank() - 1 }
func (c listed) Discrete() bool                 { return true }
func (c listed) Bijection() transform.Transform { return nil }
func (c listed) Transform() transform.Transform { return nil }
func (c listed) String() string                 { return "one of " + c.values.String() }

func (c listed) Check(x *tensor.Tensor) (int, bool) {
	rank := c.EventRank()
	hit := allOf(x.Clone().Unsqueeze(-1-rank).Equal(c.values.Clone()), rank).Sum(-1)
	at := hit.Find(func(v float64) bool { return v == 0 })
	return max(at, 0), at < 0
}
