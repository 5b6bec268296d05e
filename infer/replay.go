package infer

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Stats tells how the steps of a fit, or samples, were computed.
type Stats struct {
	Replayed     int    // steps that repeated the recorded computation
	Eager        int    // steps that ran model and guide
	Why          string // why steps are not replayed; "" if they are, or no two ran yet
	Instructions int    // operations in the recorded computation
	Bytes        int    // size of its buffers
	// Changed is what was found when a loop over Steps was broken off: either
	// the loop body changed the model just then, or steps since the last check
	// were those of an older model.
	Changed *ChangedError
	Unsaved error // why the checkpoint could not be written then
}

// add takes the work of another goroutine into account.
func (s *Stats) add(t Stats) {
	s.Replayed += t.Replayed
	s.Eager += t.Eager
	if s.Why == "" {
		s.Why = t.Why
	}
	s.Instructions = max(s.Instructions, t.Instructions)
	s.Bytes += t.Bytes
}

// ChangedError says that a model or guide changed while its recorded
// computation was repeated.
type ChangedError struct {
	Step int    // or sample, at which it was found, counted from 1
	What string // what differs

	sample bool
}

func (e *ChangedError) Error() string {
	if e.sample {
		return fmt.Sprintf("infer: model or guide changed during the run, found at sample %d: %s\n"+
			"\tto repair it: let the model depend on what it draws and is given alone, and run the sampler anew after a change", e.Step, e.What)
	}
	return fmt.Sprintf("infer: model or guide changed during the run, found at step %d: %s\n"+
		"\tto repair it: give what changes to each step by itself with SVI.Step, which runs the model anew", e.Step, e.What)
}

// checkEvery is the number of steps of which one runs the model and compares.
const checkEvery = 64

// attempts is the number of pairs of steps that may differ before the steps stay
// eager. The first step makes the parameters, and so may differ from the second
// in a model that is fixed.
const attempts = 2

// replayer computes the steps of one run: eagerly at first, then by a recorded
// program.
type replayer struct {
	svi      *SVI
	program  *tensor.Program
	agreed   bool         // a second run computed alike
	differed int          // pairs of steps that did not
	stale    bool         // the program ran since it was last checked
	leaves   []*float64   // first elements of the parameters that the program reads
	params   *pyro.Params // to which they belong
	buffer   []float64
}

// step makes the step with the draws of key; it is the last if so told.
func (r *replayer) step(key rng.Key, n int, last bool) (float64, error) {
	s := r.svi
	if err := s.ready(); err != nil {
		return math.NaN(), err
	}
	if r.program != nil && !r.reads(s.Params) {
		*r = replayer{svi: s}
	}
	switch {
	case r.agreed && n%checkEvery != 0 && !last:
		return r.replay(key, n)
	case s.Stats.Why != "":
		s.Stats.Eager++
		return s.step(key, n)
	}
	return r.record(key, n)
}

// reads reports whether the leaves of ps are still those that the program reads.
func (r *replayer) reads(ps *pyro.Params) bool {
	leaves := ps.Leaves()
	if r.params != ps || len(leaves) != len(r.leaves) {
		return false
	}
	for i, l := range leaves {
		if first(l) != r.leaves[i] {
			return false
		}
	}
	return true
}

func first(l pyro.Leaf) *float64 {
	if len(l.Value) == 0 {
		return nil
	}
	return &l.Value[0]
}

// replay runs the program. Where something is not finite, a parameter of a distribution
// is off its set, or an index out of range, an eager step finds out why.
func (r *replayer) replay(key rng.Key, n int) (float64, error) {
	s := r.svi
	r.stale = true
	if !r.run(key) {
		return r.record(key, n)
	}
	value := r.program.Value()
	leaves := s.Params.Leaves()
	for i, l := range leaves {
		r.program.CopyOutput(i+1, l.Grad)
	}
	square, bad := squares(leaves)
	if !finite(value) || bad >= 0 || !r.program.Holds() {
		return r.record(key, n)
	}
	s.Stats.Replayed++
	s.descend(leaves, square)
	return value, nil
}

// run reports whether the operations of the program could be computed.
func (r *replayer) run(key rng.Key) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			if _, mistake := v.(*tensor.Error); !mistake {
				panic(v)
			}
			ok = false
		}
	}()
	r.program.Run(key)
	return true
}

// record makes a step eagerly; it keeps its program, or checks the one there is.
func (r *replayer) record(key rng.Key, n int) (value float64, err error) {
	s := r.svi
	s.Stats.Eager++
	defer s.tape.Reset()
	loss, value, err := s.evaluate(s.tape.Watch(key), key, n)
	if err != nil || loss == nil {
		return value, err
	}
	e := pyro.Guard(func() {
		var leaves []pyro.Leaf
		if leaves, err = r.gradient(loss, key, value, n); err == nil && leaves != nil {
			err = s.update(leaves, value, n, key)
		}
	})
	if e != nil {
		err = e
	}
	return value, err
}

// gradient computes the gradients of a loss that was recorded, and decides
// whether to replay, or checks that it is still right to. There are none where
// the loss depends on no parameter.
func (r *replayer) gradient(loss *tensor.Tensor, key rng.Key, value float64, n int) (leaves []pyro.Leaf, err error) {
	s := r.svi
	method, place, dynamic := s.tape.Dynamic()
	switch {
	case r.agreed && dynamic:
		return nil, &ChangedError{Step: n + 1, What: fmt.Sprintf("it now reads a value with %s near site %q", method, place)}
	case r.agreed:
		return r.check(loss, key, value, n)
	case !trainable(loss):
		s.Stats.Why = "no parameter affects the loss"
		return nil, s.untrainable()
	case dynamic:
		s.Stats.Why = fmt.Sprintf("the model reads a value with %s near site %q", method, place)
		s.Params.Descend(loss, func(l []pyro.Leaf) { leaves = l })
		return leaves, nil
	case r.program == nil:
		return r.keep(loss), nil
	}
	leaves, difference := s.Params.Compare(r.program, loss)
	if difference == "" {
		r.agreed = true
		s.Stats.Instructions, s.Stats.Bytes = r.program.Len(), r.program.Bytes()
		return leaves, nil
	}
	// The next step is recorded anew: this recording has its gradients already.
	r.program = nil
	if r.differed++; r.differed == attempts {
		s.Stats.Why = "two runs differ: " + difference
	}
	return leaves, nil
}

// keep makes the recording the program, whose first run it was.
func (r *replayer) keep(loss *tensor.Tensor) []pyro.Leaf {
	ps := r.svi.Params
	r.program, r.params, r.leaves = ps.Record(loss), ps, r.leaves[:0]
	leaves := ps.Leaves()
	for i, l := range leaves {
		r.leaves = append(r.leaves, first(l))
		r.program.CopyOutput(i+1, l.Grad)
	}
	return leaves
}

// check compares an eager step with the program: the operations, and the loss
// and the gradients bit by bit.
func (r *replayer) check(loss *tensor.Tensor, key rng.Key, value float64, n int) ([]pyro.Leaf, error) {
	r.stale = false
	if loss.Tape() == nil {
		return nil, &ChangedError{Step: n + 1, What: "the loss no longer depends on parameters"}
	}
	leaves, difference := r.svi.Params.Compare(r.program, loss)
	if difference != "" {
		return nil, &ChangedError{Step: n + 1, What: difference}
	}
	r.program.Run(key)
	if v := r.program.Value(); v != value {
		return nil, &ChangedError{Step: n + 1, What: fmt.Sprintf("the loss is %v, but the recorded computation gives %v", value, v)}
	}
	for i, l := range leaves {
		r.buffer = slices.Grow(r.buffer[:0], len(l.Grad))[:len(l.Grad)]
		r.program.CopyOutput(i+1, r.buffer)
		for j, g := range r.buffer {
			if g != l.Grad[j] && finite(l.Grad[j]) {
				return nil, &ChangedError{Step: n + 1, What: fmt.Sprintf("the gradient of parameter %q is %v, but the recorded computation gives %v",
					l.Name, l.Grad[j], g)}
			}
		}
	}
	return leaves, nil
}

// verify checks the program, if it ran since the last check, where a run ends
// early. Nothing is updated.
func (r *replayer) verify(key rng.Key, n int) error {
	s := r.svi
	if !r.stale || s.prepare() != nil || !r.reads(s.Params) {
		return nil
	}
	defer s.tape.Reset()
	loss, value, err := s.loss(s.tape, s.tape.Watch(key))
	if err != nil {
		return err
	}
	if !finite(value) {
		return nil
	}
	if e := pyro.Guard(func() { _, err = r.check(loss, key, value, n) }); e != nil {
		return e
	}
	return err
}
