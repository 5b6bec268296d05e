package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// MixtureSameFamily returns the mixture of the K components that stand along the
// last batch dim of components, chosen by mixing, a distribution on 0, …, K-1
// such as Categorical. Batch shape: that of mixing and that of components without
// its last dim broadcast; event shape: that of a component. The support is that
// of the components, which should not vary among them.
//
// Draws carry no gradient. The mixture has Moments if the components have, and is
// Cumulative if they are.
func MixtureSameFamily(mixing, components Distribution) Distribution {
	cb := components.BatchShape()
	fail := func(reason string) {
		panic(&tensor.Error{
			Op:     "MixtureSameFamily",
			Shapes: [][]int{slices.Clone(mixing.BatchShape()), slices.Clone(cb)}, Reason: reason,
		})
	}
	if len(cb) == 0 {
		fail("the components have no batch dim")
	}
	choice, ok := mixing.(Enumerable)
	if !ok || len(mixing.EventShape()) != 0 {
		fail("mixing is not a distribution of finitely many numbers")
	}
	k := cb[len(cb)-1]
	batch, ok := tensor.Broadcast(mixing.BatchShape(), cb[:len(cb)-1])
	if !ok {
		fail("the batch shapes do not broadcast, the components' without its last dim")
	}
	if n := choice.EnumerateSupport().Dim(0); n != k {
		fail(fmt.Sprintf("mixing has %d possible draws for %d components", n, k))
	}
	return newMixture(choice, components, batch)
}

type mixture struct {
	mixing     Enumerable
	components Distribution
	batch      []int
	logWeights *tensor.Tensor // log probabilities of the components, along a last dim
}

// newMixture expands both to the batch. What the result can do depends on the
// components.
func newMixture(mixing, components Distribution, batch []int) Distribution {
	k := components.BatchShape()[len(components.BatchShape())-1]
	d := &mixture{
		mixing:     mixing.Expand(batch...).(Enumerable),
		components: components.Expand(slices.Concat(batch, []int{k})...),
		batch:      batch,
	}
	// Not of the expanded one: the weights broadcast, and are computed once.
	given := mixing.(Enumerable)
	d.logWeights = componentsLast(given.LogProb(given.EnumerateSupport()))
	m, hasMoments := As[Moments](d.components)
	c, isCumulative := As[Cumulative](d.components)
	switch {
	case hasMoments && isCumulative:
		return &struct {
			*mixture
			mixedMoments
			mixedCDF
		}{d, mixedMoments{d, m}, mixedCDF{d, c}}
	case hasMoments:
		return &struct {
			*mixture
			mixedMoments
		}{d, mixedMoments{d, m}}
	case isCumulative:
		return &struct {
			*mixture
			mixedCDF
		}{d, mixedCDF{d, c}}
	}
	return d
}

// mixedMoments are the moments of a mixture.
type mixedMoments struct {
	of         *mixture
	components Moments
}

// mixedCDF is the distribution function of a mixture, and its inverse.
type mixedCDF struct {
	of         *mixture
	components Cumulative
}

func (d *mixture) BatchShape() []int              { return d.batch }
func (d *mixture) EventShape() []int              { return d.components.EventShape() }
func (d *mixture) Support() constraint.Constraint { return d.components.Support() }

func (d *mixture) String() string {
	return fmt.Sprintf("MixtureSameFamily(mixing: %v, components: %v)", d.mixing, d.components)
}

// Validate checks mixing and components.
func (d *mixture) Validate() error {
	if err := Validate(d.mixing); err != nil {
		return err
	}
	return Validate(d.components)
}

func (d *mixture) conditions(yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	return conditions(d.mixing, yield) && conditions(d.components, yield)
}

func (d *mixture) Expand(batch ...int) Distribution {
	return newMixture(d.mixing, d.components, batch)
}

// componentsLast moves the first dim to the end.
func componentsLast(l *tensor.Tensor) *tensor.Tensor {
	order := make([]int, l.Rank())
	for i := range order {
		order[i] = (i + 1) % len(order)
	}
	return l.Permute(order...)
}

// along puts x, one number for each component, in front of the dims of an event.
func (d *mixture) along(x *tensor.Tensor) *tensor.Tensor {
	for range d.EventShape() {
		x = x.Unsqueeze(-1)
	}
	return x
}

// dim is the dim of the components in their draws.
func (d *mixture) dim() int { return -1 - len(d.EventShape()) }

// Sample draws of every component and keeps the chosen one.
func (d *mixture) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	chosen := d.mixing.Sample(key.Fold(0), sample...).Unsqueeze(-1)
	x := d.components.Sample(key.Fold(1), sample...)
	return x.Gather(d.dim(), d.along(chosen)).Squeeze(d.dim())
}

func (d *mixture) LogProb(x *tensor.Tensor) *tensor.Tensor {
	if logp, ok := d.asRows(x); ok {
		return logp
	}
	return d.components.LogProb(x.Unsqueeze(d.dim())).Add(d.logWeights).LogSumExp(-1)
}

// mean returns the weighted mean of x, which has the shape of draws of the
// components.
func (d *mixture) mean(x *tensor.Tensor) *tensor.Tensor {
	return x.Mul(d.along(d.logWeights.Exp())).Sum(d.dim())
}

func (m mixedMoments) Mean() *tensor.Tensor { return m.of.mean(m.components.Mean()) }

// Variance is the mean of the variances plus the variance of the means.
func (m mixedMoments) Variance() *tensor.Tensor {
	gap := m.components.Mean().Sub(m.Mean().Unsqueeze(m.of.dim()))
	return m.of.mean(m.components.Variance().Add(gap.Square()))
}

func (m mixedCDF) CDF(x *tensor.Tensor) *tensor.Tensor {
	return m.of.mean(m.components.CDF(x.Unsqueeze(-1)))
}

// Quantile bisects between the least and the largest quantile of a component,
// until no float64 lies between; in the upper tail it is as accurate as the
// distribution function's rounding next to 1 allows. Its gradient is that of the
// equation CDF(x) = q which x solves; of second order there is none. Of counts it
// is the least with CDF ≥ q, without gradient.
func (m mixedCDF) Quantile(q *tensor.Tensor) *tensor.Tensor {
	ends := m.components.Quantile(q.Detach().Unsqueeze(-1)).Detach()
	lo, hi := ends.Min(-1), ends.Max(-1)
	least := lo
	counts := m.of.Support().Discrete()
	if counts {
		lo = lo.SubScalar(1) // not reached
	}
	for range maxBisections {
		mid := lo.MulScalar(0.5).Add(hi.MulScalar(0.5))
		if counts {
			mid = mid.Floor()
		}
		inside := lo.Less(mid).Mul(mid.Less(hi))
		if inside.Sum().Item() == 0 {
			break
		}
		low := inside.Mul(m.CDF(mid).Detach().Less(q))
		high := inside.Sub(low)
		lo, hi = low.Where(mid, lo), high.Where(mid, hi)
	}
	x := q.Equal(zero).Where(least, hi).Detach()
	if counts {
		return x
	}
	move := q.Sub(m.CDF(x))
	density := m.of.LogProb(x).Exp().Detach()
	flat := density.Outside(normalLeast, largest)
	return x.Add(flat.Where(zero, move.Sub(move.Detach()).Div(flat.Where(one, density))))
}

// maxBisections halve the widest interval, of 2¹⁰²⁴, to the smallest float64,
// 2⁻¹⁰⁷⁴.
const maxBisections = 2100
