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
//
// Where observation is Masked, masked steps show nothing. It is a StateSpace, whose
// states are those of Categorical.
func DiscreteHMM[I, M tensor.Operand](initial I, transition M, observation Distribution, steps int) Distribution {
	first, next := parameter(initial), parameter(transition)
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
	d := &discreteHMM{first: first, next: next, observation: observation, steps: steps, states: k}
	d.initShaped(discreteHMMKind, draws{constraint.Independent(observation.Support(), 1), append([]int{steps}, observation.EventShape()...)}, first, next)
	batch, ok := tensor.Broadcast(d.batch, ob[:len(ob)-2])
	if !ok {
		fail("the batch shapes do not broadcast")
	}
	d.batch = batch
	return d
}

// logMatrices is matrices of logits, one for each time.
var logMatrices = constraint.Independent(constraint.LogWeight, 3)

var discreteHMMKind = &kind{name: "DiscreteHMM", params: []param{
	{"initial", logWeights}, {"transition", logMatrices},
}}

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
	e.expand(batch)
	return &e
}

// at returns what x holds along dim for time t.
func at(x *tensor.Tensor, dim, t int) *tensor.Tensor {
	if x.Dim(dim) == 1 {
		t = 0
	}
	return x.Select(dim, t)
}

// shown returns the log densities of what k steps show in all states, […, k, K], and
// the logarithms of the probabilities of the next state, […, k or 1, K, K].
func (d *discreteHMM) shown(x *tensor.Tensor, k int) (seen, next *tensor.Tensor) {
	event := len(d.observation.EventShape())
	seen = between(d.observation, 0, k).LogProb(x.Unsqueeze(-1 - event))
	return seen, along(d.next, -3, 0, k).LogSoftmax(-1)
}

func (d *discreteHMM) LogProb(x *tensor.Tensor) *tensor.Tensor {
	seen, next := d.shown(x, d.steps)
	batch := seen.Size() / (d.steps * d.states)
	// Products of K×K matrices take K times the work of those with rows, but
	// logarithmically few operations, each of which costs as much as some 10³
	// terms.
	const overhead = 1000
	if batch*d.states*d.states*(d.states-1) < overhead {
		return d.spread(d.scan(seen, next))
	}
	alphas := d.forward(seen, next, d.steps)
	return d.spread(alphas[d.steps-1].LogSumExp(-1, -2))
}

// forward returns the log density of each state at each step together with what was
// shown until then, rows of shape […, 1, K].
func (d *discreteHMM) forward(seen, next *tensor.Tensor, k int) []*tensor.Tensor {
	alphas := make([]*tensor.Tensor, k)
	alpha := d.first.LogSoftmax(-1).Unsqueeze(-2)
	for t := range alphas {
		alpha = alpha.LogMatMul(at(next, -3, t)).Add(seen.Select(-2, t).Unsqueeze(-2))
		alphas[t] = alpha
	}
	return alphas
}

// prefix is forward for the first steps x.
func (d *discreteHMM) prefix(op string, x *tensor.Tensor, most int) (alphas []*tensor.Tensor, seen, next *tensor.Tensor) {
	k := stepsOf(d.name+"."+op, x, -1-len(d.observation.EventShape()), most)
	seen, next = d.shown(x, k)
	return d.forward(seen, next, k), seen, next
}

// Filter is a Categorical distribution.
func (d *discreteHMM) Filter(x *tensor.Tensor) Distribution {
	alphas, _, _ := d.prefix("Filter", x, d.steps)
	return widened(CategoricalLogits(alphas[len(alphas)-1].Squeeze(-2)), d.batch...)
}

// Smooth goes forward and backward.
func (d *discreteHMM) Smooth(x *tensor.Tensor) Distribution {
	alphas, seen, next := d.prefix("Smooth", x, d.steps)
	rows := make([]*tensor.Tensor, len(alphas))
	var beta *tensor.Tensor // of what is shown later, given the state: a column
	for t := len(alphas) - 1; t >= 0; t-- {
		rows[t] = alphas[t].Squeeze(-2)
		if beta != nil {
			rows[t] = rows[t].Add(beta.Squeeze(-1))
		}
		if t == 0 {
			break
		}
		later := seen.Select(-2, t).Unsqueeze(-1)
		if beta != nil {
			later = later.Add(beta)
		}
		beta = at(next, -3, t).LogMatMul(later)
	}
	return widened(CategoricalLogits(stack(-2, rows)), append(slices.Clone(d.batch), len(rows))...)
}

// SampleStates draws backward, each state given the one after it.
func (d *discreteHMM) SampleStates(key rng.Key, x *tensor.Tensor, sample ...int) *tensor.Tensor {
	alphas, _, next := d.prefix("SampleStates", x.Detach(), d.steps)
	next = next.Detach()
	batch, _ := tensor.Broadcast(alphas[0].Select(-1, 0).Select(-1, 0).Shape(), d.batch)
	lead := slices.Concat(sample, batch)
	keys := key.FoldName("states")
	states := make([]*tensor.Tensor, len(alphas))
	for t := len(alphas) - 1; t >= 0; t-- {
		logits := alphas[t].Detach().Squeeze(-2)
		if t < len(alphas)-1 {
			into := at(next, -3, t+1).T() // row j holds the ways to j
			logits = logits.Add(rowOf(into, states[t+1]))
		}
		states[t] = CategoricalLogits(logits).Expand(lead...).Sample(keys.Fold(t))
	}
	return tensor.Stack(-1, states...)
}

// rowOf returns row z of matrices, for states z.
func rowOf(m, z *tensor.Tensor) *tensor.Tensor {
	return m.Gather(-2, z.Unsqueeze(-1).Unsqueeze(-1)).Squeeze(-2)
}

// Condition is the model of the other steps, which starts at the filtered state.
func (d *discreteHMM) Condition(x *tensor.Tensor) Distribution {
	alphas, _, _ := d.prefix("Condition", x, d.steps-1)
	k := len(alphas)
	logits := alphas[k-1].Squeeze(-2)
	return widened(DiscreteHMM(logits, along(d.next, -3, k, d.steps), between(d.observation, k, d.steps), d.steps-k), d.batch...)
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
		z = CategoricalLogits(rowOf(at(d.next.Detach(), -3, t), z)).Expand(lead...).Sample(keys.Fold(t))
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
