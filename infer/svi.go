package infer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// SVI is stochastic variational inference: it moves the parameters of guide and
// model down the gradient of a loss.
//
// An SVI is used from one goroutine; any number of them run side by side.
type SVI struct {
	Model, Guide pyro.Model
	Optim        optim.Optimizer // of this fit alone: it remembers gradients
	Loss         Loss            // default TraceELBO{}
	Params       *pyro.Params    // default: a new store
	NaN          NaNPolicy       // default StopOnNaN
	Logger       *slog.Logger    // nil is silent; a line every 100 steps of Steps and Run

	// Checkpoint names a file to which Steps, Run and RunUntil write the state of
	// the fit every few seconds and when they end: parameters, losses, and the
	// memory of optimiser and loss. A fit that finds it goes on from there, to the
	// same bits as one that was never stopped; Steps then yields the further steps
	// only. Model, guide, settings and key must be the same. The optimiser must be
	// an optim.Stateful; a loss with a memory of its own must be an
	// encoding.BinaryMarshaler and BinaryUnmarshaler.
	Checkpoint      string
	CheckpointEvery time.Duration // default 2 s

	Skipped int   // steps that SkipNaN left out
	Stats   Stats // how the last Steps, Run or Follow were computed

	tape   *tensor.Tape
	params []optim.Param
	model  pyro.Model // Model bound to Params
	guide  pyro.Model
	bound  *pyro.Params
	owner  *pyro.Params // the first, in whose name the optimiser is claimed
	norm   float64      // of the last gradient
}

// NaNPolicy says what a step does when its loss or gradient is not finite.
type NaNPolicy int

const (
	StopOnNaN NaNPolicy = iota // return a *NonFiniteError; parameters stay as they were
	SkipNaN                    // leave the step out and count it in Skipped
)

// Step is one step of SVI.
type Step struct {
	N        int     // 1, 2, …
	Loss     float64 // before the step's update
	GradNorm float64 // Euclidean norm of the gradient in all leaves; 0 for a step that was left out
}

// ready is prepare for steps, which need an optimiser.
func (s *SVI) ready() error {
	if err := s.prepare(); err != nil {
		return err
	}
	if s.Optim == nil {
		return errors.New("infer: SVI.Optim is nil")
	}
	if s.owner == nil {
		s.owner = s.Params
	}
	if !optim.Claim(s.Optim, s.owner) {
		return ErrSharedOptimizer
	}
	return nil
}

func (s *SVI) prepare() error {
	switch {
	case s.Model == nil:
		return errors.New("infer: SVI.Model is nil")
	case s.Guide == nil:
		return errors.New("infer: SVI.Guide is nil")
	}
	if s.Loss == nil {
		s.Loss = TraceELBO{}
	}
	if s.Params == nil {
		s.Params = pyro.NewParams()
	}
	if s.tape == nil {
		s.tape = tensor.NewTape()
	}
	if s.bound != s.Params {
		// Through the fields, which may be changed between steps.
		s.bound = s.Params
		s.model = s.Params.Bind(func(p *pyro.P) { s.Model(p) })
		s.guide = s.Params.Bind(func(p *pyro.P) { s.Guide(p) })
	}
	return nil
}

// Step makes one step with the draws of key and returns the loss before it. On
// an error the parameters are unchanged. A fit without parameters is
// ErrNoParams; Evaluate computes its loss.
func (s *SVI) Step(key rng.Key) (loss float64, err error) { return s.step(key, -1) }

func (s *SVI) step(key rng.Key, n int) (value float64, err error) {
	if err := s.ready(); err != nil {
		return math.NaN(), err
	}
	defer s.tape.Reset()
	loss, err := s.run(s.tape, key)
	if err != nil {
		return math.NaN(), err
	}
	if !trainable(loss) {
		if value = item(s.tape, loss); !finite(value) {
			return value, s.badLoss(value, n, key)
		}
		return value, s.untrainable()
	}
	// The gradient comes first: the tape may compute the loss along with it.
	e := pyro.Guard(func() {
		s.Params.Descend(loss, func(leaves []pyro.Leaf) {
			if value = item(s.tape, loss); !finite(value) {
				err = s.badLoss(value, n, key)
			} else {
				err = s.update(leaves, value, n, key)
			}
		})
	})
	if e != nil {
		return math.NaN(), e
	}
	return value, err
}

// badLoss applies the policy to a loss that is not finite.
func (s *SVI) badLoss(value float64, n int, key rng.Key) error {
	return s.nonFinite(&NonFiniteError{What: "loss", Value: value, Step: n + 1}, key)
}

// evaluate computes the loss with the draws of key, which may be traced. The
// loss is nil where a step is to be left out.
func (s *SVI) evaluate(traced, key rng.Key, n int) (loss *tensor.Tensor, value float64, err error) {
	if loss, value, err = s.loss(s.tape, traced); err != nil {
		return nil, math.NaN(), err
	}
	if !finite(value) {
		return nil, value, s.badLoss(value, n, key)
	}
	return loss, value, nil
}

// loss runs the loss on a tape and reads it.
func (s *SVI) loss(tape *tensor.Tape, key rng.Key) (loss *tensor.Tensor, value float64, err error) {
	if loss, err = s.run(tape, key); err != nil {
		return loss, 0, err
	}
	if e := pyro.Guard(func() { value = item(tape, loss) }); e != nil {
		return loss, 0, e
	}
	return loss, value, nil
}

// item reads a number without that steering the run.
func item(tape *tensor.Tape, x *tensor.Tensor) float64 {
	tape.Quiet()
	defer tape.Loud()
	return x.Item()
}

// run runs the loss on a tape.
func (s *SVI) run(tape *tensor.Tape, key rng.Key) (loss *tensor.Tensor, err error) {
	e := pyro.Guard(func() {
		if loss, err = s.Loss.Loss(tape, key, s.model, s.guide); err != nil {
			return
		}
		if loss == nil || loss.Size() != 1 {
			err = errors.New("infer: the loss must be a single number")
		}
	})
	if e != nil {
		err = e
	}
	return loss, err
}

// trainable reports whether the loss depends on parameters.
func trainable(loss *tensor.Tensor) bool {
	return loss != nil && loss.Tape() != nil && loss.Tracked()
}

// untrainable is the error where the loss depends on no parameter, if there are
// none; those that there are may matter to another step.
func (s *SVI) untrainable() error {
	if len(s.Params.Leaves()) == 0 {
		return ErrNoParams
	}
	return nil
}

// update checks the gradients and hands them to the optimiser.
func (s *SVI) update(leaves []pyro.Leaf, loss float64, n int, key rng.Key) error {
	square, bad := squares(leaves)
	if bad >= 0 {
		return s.nonFinite(&NonFiniteError{What: "gradient", Value: loss, Step: n + 1, Param: leaves[bad].Name}, key)
	}
	s.descend(leaves, square)
	return nil
}

// descend hands gradients, whose squares add up to square, to the optimiser.
func (s *SVI) descend(leaves []pyro.Leaf, square float64) {
	s.params = s.params[:0]
	for _, l := range leaves {
		s.params = append(s.params, optim.Param(l))
	}
	s.norm = math.Sqrt(square)
	s.Optim.Update(s.params)
}

// squares adds up the squares of all gradients, and returns the first leaf with
// one that is not finite, or -1.
func squares(leaves []pyro.Leaf) (sum float64, bad int) {
	for i, l := range leaves {
		// Not finite where an element is not, or where a square overflows.
		square := sumOfSquares(l.Grad)
		if !finite(square) && slices.ContainsFunc(l.Grad, func(g float64) bool { return !finite(g) }) {
			return sum, i
		}
		sum += square
	}
	return sum, -1
}

// sumOfSquares has four sums, so that an addition need not wait for the last one.
func sumOfSquares(x []float64) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a, b, c, d = a+x[0]*x[0], b+x[1]*x[1], c+x[2]*x[2], d+x[3]*x[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v * v
	}
	return (a + b) + (c + d)
}

// nonFinite applies the policy.
func (s *SVI) nonFinite(e *NonFiniteError, key rng.Key) error {
	if s.NaN == SkipNaN {
		s.Skipped++
		return nil
	}
	return s.explain(e, key)
}

// explain finds the operation and the site by making the step once more, since
// most steps need no such record.
func (s *SVI) explain(e *NonFiniteError, key rng.Key) *NonFiniteError {
	tape := tensor.NewTape()
	if loss, _, err := s.loss(tape, key); err == nil {
		_ = pyro.Guard(func() {
			if trainable(loss) {
				s.Params.Grad(loss) // on the tape, as that of Descend is not
			}
			e.Op, _ = tape.FirstNonFinite()
		})
	}
	for key := range particleKeys(s.Loss, key) {
		tape.Reset()
		if p, q, err := runPair(tape, key, s.model, s.guide, anything); err == nil {
			_ = pyro.Guard(func() { e.blame(p, q) })
		}
		if e.Site != "" {
			break
		}
	}
	return e
}

func anything(*pyro.Site) bool { return true }

// Steps makes n steps and yields each; step i, from 0, has the draws of
// key.Fold(i). Breaking off the loop stops it. An error is yielded once, last;
// that of ctx among them.
//
// While it runs, model and guide must be fixed functions of the parameters:
// once two steps have computed alike, further ones repeat the recorded
// computation without running them. A model that looks at the values it draws
// is run every time. A model that changed is found at the next check, one step
// in 64, the last, and where ctx ends, and is a *ChangedError. After a loop that
// was broken off, Stats.Changed has it. Stats tells how steps were computed.
// Step runs the model anew each time.
func (s *SVI) Steps(ctx context.Context, key rng.Key, n int) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		s.steps(ctx, key, n, func([]float64) bool { return true }, yield)
	}
}

// steps is Steps, where begin is told the losses of a checkpoint first; if it
// returns false no step is made.
func (s *SVI) steps(ctx context.Context, key rng.Key, n int, begin func([]float64) bool, yield func(Step, error) bool) {
	s.Stats = Stats{}
	r := replayer{svi: s}
	fail := func(i int, err error) { yield(Step{N: i, Loss: math.NaN()}, err) }
	if n < 0 {
		fail(0, fmt.Errorf("infer: %d steps; the number must not be negative", n))
		return
	}
	k, err := s.openCheckpoint(key, n)
	if err != nil {
		fail(0, err)
		return
	}
	if !begin(k.before()) {
		return
	}
	for i := k.done(); i < n; i++ {
		if err := ctx.Err(); err != nil {
			fail(i, errors.Join(err, r.verify(key.Fold(i), i), k.close(s)))
			return
		}
		s.norm = 0
		loss, err := r.step(key.Fold(i), i, i == n-1)
		step := Step{N: i + 1, Loss: loss, GradNorm: s.norm}
		if err == nil {
			err = k.keep(s, loss)
		}
		if err == nil && i == n-1 {
			err = k.close(s)
		}
		if err != nil {
			yield(step, err)
			return
		}
		if s.Logger != nil && step.N%100 == 0 {
			s.Logger.Info("svi", "step", step.N, "loss", loss, "gradient", step.GradNorm)
		}
		if !yield(step, nil) {
			errors.As(r.verify(key.Fold(i+1), i+1), &s.Stats.Changed)
			s.Stats.Unsaved = k.close(s)
			return
		}
	}
}

// Run makes n steps and returns their losses, those before a checkpoint among
// them. On an error, or when ctx ends, it returns the losses so far with it.
func (s *SVI) Run(ctx context.Context, key rng.Key, n int) (losses []float64, err error) {
	s.steps(ctx, key, n, func(before []float64) bool {
		losses = append(make([]float64, 0, min(n, 1<<16)), before...)
		return true
	}, func(step Step, failed error) bool {
		if err = failed; err == nil {
			losses = append(losses, step.Loss)
		}
		return true
	})
	return losses, err
}

// Path holds the values of parameters after each step of Follow.
type Path struct {
	Losses []float64
	Values map[string][][]float64 // by parameter, then step
}

// Follow is Run that also keeps the value of every parameter after each step.
func (s *SVI) Follow(ctx context.Context, key rng.Key, n int) (*Path, error) {
	path := &Path{Values: map[string][][]float64{}}
	if s.Checkpoint != "" {
		return path, errors.New("infer: Follow keeps the path of the parameters, which a checkpoint does not hold; use Run")
	}
	for step, err := range s.Steps(ctx, key, n) {
		if err != nil {
			return path, err
		}
		path.Losses = append(path.Losses, step.Loss)
		for name, v := range s.Params.All() {
			path.Values[name] = append(path.Values[name], v.Float64s())
		}
	}
	return path, nil
}

// Scalar returns the path of a parameter of one element.
func (p *Path) Scalar(name string) []float64 {
	rows := p.Values[name]
	if rows == nil {
		panic(&pyro.SiteError{Site: name, Reason: "the path has no such parameter"})
	}
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = r[0]
	}
	return out
}

// Evaluate returns the loss at the present parameters without a step. It may be
// infinite or NaN.
func (s *SVI) Evaluate(key rng.Key) (float64, error) {
	if err := s.prepare(); err != nil {
		return math.NaN(), err
	}
	defer s.tape.Reset()
	_, value, err := s.loss(s.tape, key)
	if err != nil {
		return math.NaN(), err
	}
	return value, nil
}
