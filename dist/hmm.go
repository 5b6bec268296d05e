package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// DiscreteHMM returns the hidden Markov model of the given number of steps ≥ 1
// with K states, which are summed out. The state before the first step has the
// logits initial, of shape […, K]; from state i, the next one has the logits in
// row i of transition, of shape […, T or 1, K, K] (or [K, K]); at each step,
// state k is observed through element k of the last batch dim of observation,
// whose batch shape is […, T or 1, K] (or [K]). T is steps. Logits are
// logarithms of probabilities up to a common constant.
//
// Batch shape: what stands before these dims broadcasts; event shape: [T]
// followed by that of observation. Draws carry no gradient. The log density takes
// time linear in T: step after step or, for a small batch of few states, by a
// scan of matrix products over halves of the time (Särkkä and García-Fernández
// 2021).
func DiscreteHMM[I, M tensor.Operand](initial I, transition M, observation Distribution, steps int) Distribution {
	first, next := tensor.Of(initial), tensor.Of(transition)
	if next.Rank() == 2 {
		next = next.Unsqueeze(0)
	}
	ob := observation.BatchShape()
	if len(ob) == 1 {
		observation = observation.Expand(1, ob[0])
		ob = observation.BatchShape()
	}
	fail := func(reason string) {
		panic(&tensor.Error{
			Op: "DiscreteHMM", Reason: reason,
			Shapes: [][]int{slices.Clone(first.Shape()), slices.Clone(next.Shape()), slices.Clone(ob)},
		})
	}
	switch {
	case steps < 1:
		fail(fmt.Sprintf("%d steps; there must be one", steps))
	case first.Rank() < 1 || next.Rank() < 3 || len(ob) < 2:
		fail("initial needs a dim of states, transition two after that of time, the batch of observation one after that of time")
	}
	k := first.Dim(-1)
	if next.Dim(-1) != k || next.Dim(-2) != k || ob[len(ob)-1] != k {
		fail("the numbers of states differ")
	}
	for _, n := range []int{next.Dim(-3), ob[len(ob)-2]} {
		if n != 1 && n != steps {
			fail(fmt.Sprintf("the dim of time has size %d for %d steps", n, steps))
		}
	}
	d := &discreteHMM{
		family: newFamily("DiscreteHMM", constraint.Independent(observation.Support(), 1), append([]int{steps}, observation.EventShape()...),
			param{"initial", first, logWeights}, param{"transition", next, logMatrices}),
		first: first, next: next, observation: observation, steps: steps, states: k,
	}
	batch, ok := tensor.Broadcast(d.batch, ob[:len(ob)-2])
	if !ok {
		fail("the batch shapes do not broadcast")
	}
	d.batch = batch
	return d
}

// logMatrices is matrices of logits, one for each time.
var logMatrices = constraint.Independent(constraint.LogWeight, 3)

type discreteHMM struct {
	family
	first, next   *tensor.Tensor
	observation   Distribution
	steps, states int
}

// Validate checks the logits and the observations.
func (d *discreteHMM) Validate() error {
	if err := d.family.Validate(); err != nil {
		return err
	}
	return Validate(d.observation)
}

func (d *discreteHMM) conditions(yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	return d.family.conditions(yield) && conditions(d.observation, yield)
}

func (d *discreteHMM) Expand(batch ...int) Distribution {
	e := *d
	e.family = d.expanded(batch)
	return &e
}

// at returns what x holds along dim for time t.
func at(x *tensor.Tensor, dim, t int) *tensor.Tensor {
	if x.Dim(dim) == 1 {
		t = 0
	}
	return x.Select(dim, t)
}

func (d *discreteHMM) LogProb(x *tensor.Tensor) *tensor.Tensor {
	event := len(d.observation.EventShape())
	seen := d.observation.LogProb(x.Unsqueeze(-1 - event)) // […, T, K]
	next := d.next.LogSoftmax(-1)
	batch := seen.Size() / (d.steps * d.states)
	// Products of K×K matrices take K times the work of those with rows, but
	// logarithmically few operations, each of which costs as much as some 10³
	// terms.
	const overhead = 1000
	if batch*d.states*d.states*(d.states-1) < overhead {
		return d.spread(d.scan(seen, next))
	}
	alpha := d.first.LogSoftmax(-1).Unsqueeze(-2)
	for t := range d.steps {
		alpha = alpha.LogMatMul(at(next, -3, t)).Add(seen.Select(-2, t).Unsqueeze(-2))
	}
	return d.spread(alpha.LogSumExp(-1, -2))
}

// scan multiplies the matrices of neighbouring times, again and again.
func (d *discreteHMM) scan(seen, next *tensor.Tensor) *tensor.Tensor {
	m := next.Add(seen.Unsqueeze(-2)) // […, T, K, K]
	for n := d.steps; n > 1; n = (n + 1) / 2 {
		even := m.SliceStep(-3, 0, n/2*2, 2)
		product := even.LogMatMul(m.SliceStep(-3, 1, n/2*2, 2))
		if n%2 == 1 {
			product = tensor.Cat(-3, product, m.Slice(-3, n-1, n))
		}
		m = product
	}
	return d.first.LogSoftmax(-1).Unsqueeze(-2).LogMatMul(m.Squeeze(-3)).LogSumExp(-1, -2)
}

func (d *discreteHMM) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	lead := slices.Concat(sample, d.batch)
	z := CategoricalLogits(d.first.Detach()).Expand(lead...).Sample(key.FoldName("initial"))
	states := make([]*tensor.Tensor, d.steps)
	keys := key.FoldName("state")
	for t := range states {
		rows := at(d.next.Detach(), -3, t).Gather(-2, z.Unsqueeze(-1).Unsqueeze(-1)).Squeeze(-2)
		z = CategoricalLogits(rows).Expand(lead...).Sample(keys.Fold(t))
		states[t] = z
	}
	// One draw for every state, of which that of the present one is seen.
	event := len(d.observation.EventShape())
	all := d.observation.Expand(slices.Concat(lead, []int{d.steps, d.states})...).Sample(key.FoldName("observation"))
	index := tensor.Stack(-1, states...).Unsqueeze(-1)
	for range event {
		index = index.Unsqueeze(-1)
	}
	return all.Gather(-1-event, index).Squeeze(-1 - event)
}
