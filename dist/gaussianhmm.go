package dist

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// GaussianHMM returns the linear Gaussian state space model of the given number
// of steps T ≥ 1: from a state of distribution initial, each step makes the state
// x·matrix plus noise of distribution transition, and shows x·output plus noise
// of distribution observation. The three distributions are multivariate normal, or
// Independent of Normal, initial and transition of n dims, observation of m; matrix
// has shape
// […, T or 1, n, n] (or [n, n]), output […, T or 1, n, m] (or [n, m]), and the
// noises have batch shapes […, T or 1] or [].
//
// Batch shape: what stands before the dims of time broadcasts; event shape:
// [T, m]. Draws carry gradients. The log density takes time linear in T: by
// Kalman's filter (1960) step after step or, for states of few dims, by a scan
// over halves of the time, in log T operations (Särkkä and García-Fernández 2021).
// Both have the rounding error of a sum over the steps, times the condition
// numbers of the noise's covariances.
//
// Where observation is Masked, masked steps show nothing: their values do not
// count and may be missing. So sequences of different lengths make a batch. It is
// a StateSpace.
func GaussianHMM[F, H tensor.Operand](initial Distribution, matrix F, transition Distribution, output H, observation Distribution, steps int) Distribution {
	for _, d := range []*Distribution{&initial, &transition, &observation} {
		v, ok := asMVN(*d)
		if !ok {
			panic(&tensor.Error{Op: "GaussianHMM", Reason: fmt.Sprintf("%v is not multivariate normal; LinearHMM takes other noise", *d)})
		}
		*d = v
	}
	return &gaussianHMM{newLinearHMM("GaussianHMM", initial, parameter(matrix), transition, parameter(output), observation, steps)}
}

// asMVN returns the multivariate normal distribution that d is, masked or not.
func asMVN(d Distribution) (Distribution, bool) {
	switch d := d.(type) {
	case *mvn:
		return d, true
	case *independent:
		if n, ok := d.base.(*normal); ok && d.n == 1 {
			shape := n.batch
			return MultivariateNormalCholesky(n.loc.Expand(shape...), n.scale.Expand(shape...).DiagEmbed()), true
		}
	case *masked:
		if base, ok := asMVN(d.base); ok {
			return Masked(base, d.mask), true
		}
	}
	return nil, false
}

// LinearHMM is GaussianHMM with noise of any kind: vectors with distributions
// whose draws carry gradients. It draws, but has no log density in closed form, and
// its states no posterior: LogProb panics with a *MethodError. A model that makes
// the states sites of their own has both.
func LinearHMM[F, H tensor.Operand](initial Distribution, matrix F, transition Distribution, output H, observation Distribution, steps int) Distribution {
	return newLinearHMM("LinearHMM", initial, parameter(matrix), transition, parameter(output), observation, steps)
}

type linearHMM struct {
	family
	initial, transition, observation Distribution
	matrix, output                   *tensor.Tensor // […, T or 1, n, n] and […, T or 1, n, m]
	steps                            int
}

type gaussianHMM struct{ *linearHMM }

func newLinearHMM(name string, initial Distribution, matrix *tensor.Tensor, transition Distribution, output *tensor.Tensor,
	observation Distribution, steps int,
) *linearHMM {
	timed := func(x *tensor.Tensor) *tensor.Tensor {
		if x.Rank() == 2 {
			return x.Unsqueeze(0)
		}
		return x
	}
	noise := func(d Distribution) Distribution {
		if len(d.BatchShape()) == 0 {
			return d.Expand(1)
		}
		return d
	}
	d := &linearHMM{
		initial: initial, transition: noise(transition), observation: noise(observation),
		matrix: timed(matrix), output: timed(output), steps: steps,
	}
	fail := func(reason string) {
		panic(&tensor.Error{Op: name, Reason: reason, Shapes: [][]int{slices.Clone(matrix.Shape()), slices.Clone(output.Shape())}})
	}
	if steps < 1 {
		fail(fmt.Sprintf("%d steps; there must be one", steps))
	}
	for _, part := range []Distribution{initial, transition, observation} {
		if len(part.EventShape()) != 1 {
			fail(fmt.Sprintf("%v does not draw vectors", part))
		}
	}
	n, m := initial.EventShape()[0], observation.EventShape()[0]
	if d.matrix.Rank() < 3 || d.output.Rank() < 3 || transition.EventShape()[0] != n ||
		d.matrix.Dim(-1) != n || d.matrix.Dim(-2) != n || d.output.Dim(-2) != n || d.output.Dim(-1) != m {
		fail(fmt.Sprintf("the matrices do not fit states of %d dims and observations of %d", n, m))
	}
	tb, ob := d.transition.BatchShape(), d.observation.BatchShape()
	for _, k := range []int{d.matrix.Dim(-3), d.output.Dim(-3), tb[len(tb)-1], ob[len(ob)-1]} {
		if k != 1 && k != steps {
			fail(fmt.Sprintf("the dim of time has size %d for %d steps", k, steps))
		}
	}
	k := &kind{name: name, params: []param{{"matrix", realMatrices}, {"output", realMatrices}}}
	d.initShaped(k, draws{constraint.Independent(observation.Support(), 1), []int{steps, m}}, d.matrix, d.output)
	batch, ok := tensor.Broadcast(d.batch, initial.BatchShape(), tb[:len(tb)-1], ob[:len(ob)-1])
	if !ok {
		fail("the batch shapes do not broadcast")
	}
	d.batch = batch
	return d
}

// realMatrices is one matrix for each time.
var realMatrices = constraint.Independent(constraint.Real, 3)

// Validate checks the matrices and the noises.
func (d *linearHMM) Validate() error {
	if err := d.family.Validate(); err != nil {
		return err
	}
	for _, part := range []Distribution{d.initial, d.transition, d.observation} {
		if err := Validate(part); err != nil {
			return err
		}
	}
	return nil
}

func (d *linearHMM) conditions(yield func(*tensor.Tensor, constraint.Constraint) bool) bool {
	return d.family.conditions(yield) && conditions(d.initial, yield) && conditions(d.transition, yield) && conditions(d.observation, yield)
}

func (d *linearHMM) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *gaussianHMM) Expand(batch ...int) Distribution {
	return &gaussianHMM{d.linearHMM.Expand(batch...).(*linearHMM)}
}

func (d *linearHMM) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	lead := slices.Concat(sample, d.batch)
	timed := append(slices.Clone(lead), d.steps)
	draw := func(p Distribution, name string, batch []int) *tensor.Tensor {
		return can[Reparam](p, "RSample").Expand(batch...).(Reparam).RSample(key.FoldName(name))
	}
	x := draw(d.initial, "initial", lead).Unsqueeze(-2)
	push := draw(d.transition, "transition", timed)
	shown := make([]*tensor.Tensor, d.steps)
	for t := range shown {
		x = x.MatMul(at(d.matrix, -3, t)).Add(push.Select(-2, t).Unsqueeze(-2))
		shown[t] = x.MatMul(at(d.output, -3, t)).Squeeze(-2)
	}
	return tensor.Stack(-2, shown...).Add(draw(d.observation, "observation", timed))
}

func (d *linearHMM) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// LogProb panics with a *MethodError: the states have no closed form to sum over.
func (d *linearHMM) LogProb(*tensor.Tensor) *tensor.Tensor {
	panic(&MethodError{Dist: d.String(), Method: "LogProb", Reason: "the states cannot be integrated out for noise that is not normal; use GaussianHMM, or draw the states as sites"})
}
