package infer

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Stats tells how the steps of a fit were computed.
type Stats struct {
	Replayed     int    // steps that repeated the recorded computation
	Eager        int    // steps that ran model and guide
	Why          string // why steps are not replayed; "" if they are
	Instructions int    // operations in the recorded computation
	Bytes        int    // size of its buffers
}

// ChangedError says that a model or guide changed while its recorded
// computation was repeated.
type ChangedError struct {
	Step int    // at which it was found
	What string // what differs
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("infer: model or guide changed during the run, found at step %d: %s\n"+
		"\tto repair it: give what changes to each step by itself with SVI.Step, which runs the model anew", e.Step, e.What)
}

// checkEvery is the number of steps of which one runs the model and compares.
const checkEvery = 64

// replayer computes the steps of one run: eagerly at first, then by a recorded
// program.
type replayer struct {
	svi     *SVI
	program *tensor.Program
	agreed  bool // a second run computed alike
}

func (r *replayer) step(key rng.Key, n int, last bool) (float64, error) {
	s := r.svi
	switch {
	case r.agreed && n%checkEvery != 0 && !last:
		return r.replay(key, n)
	case s.Stats.Why != "":
		s.Stats.Eager++
		return s.step(key, n)
	}
	s.Stats.Eager++
	return r.record(key, n)
}

// replay runs the program. Where something is not finite, an eager step finds
// out why.
func (r *replayer) replay(key rng.Key, n int) (float64, error) {
	s := r.svi
	r.program.Run(key)
	value := r.program.Value()
	leaves := s.Params.Leaves()
	ok := finite(value)
	for i, l := range leaves {
		r.program.CopyOutput(i+1, l.Grad)
		for _, g := range l.Grad {
			ok = ok && finite(g)
		}
	}
	if !ok {
		s.Stats.Eager++
		return s.step(key, n)
	}
	s.Stats.Replayed++
	return value, s.update(leaves, value, n, key)
}

// record makes a step eagerly and keeps its program.
func (r *replayer) record(key rng.Key, n int) (float64, error) {
	s := r.svi
	if err := s.prepare(); err != nil {
		return 0, err
	}
	defer s.tape.Reset()
	loss, value, err := s.evaluate(s.tape.Watch(key), key, n)
	if err != nil {
		return value, err
	}
	if !trainable(loss) {
		s.Stats.Why = "no parameter affects the loss"
		return value, nil
	}
	if method, place, ok := s.tape.Dynamic(); ok {
		s.Stats.Why = fmt.Sprintf("the model reads a value with %s near site %q", method, place)
		var failed error
		err := guard(func() {
			s.Params.Descend(loss, func(leaves []pyro.Leaf) { failed = s.update(leaves, value, n, key) })
		})
		if err == nil {
			err = failed
		}
		return value, err
	}
	var leaves []pyro.Leaf
	if e := guard(func() { leaves, err = r.compare(loss, key, value, n) }); e != nil {
		return value, e
	}
	if err != nil {
		return value, err
	}
	return value, s.update(leaves, value, n, key)
}

// compare computes the gradients of a loss that was recorded, and decides
// whether to replay, or checks that it is still right to.
func (r *replayer) compare(loss *tensor.Tensor, key rng.Key, value float64, n int) ([]pyro.Leaf, error) {
	s := r.svi
	if r.program == nil {
		r.program = s.Params.Record(loss)
		leaves := s.Params.Leaves()
		for i, l := range leaves {
			r.program.CopyOutput(i+1, l.Grad)
		}
		return leaves, nil
	}
	leaves, difference := s.Params.Compare(r.program, loss)
	switch {
	case r.agreed && difference != "":
		return nil, &ChangedError{Step: n + 1, What: difference}
	case r.agreed:
		r.program.Run(key)
		if v := r.program.Value(); v != value {
			return nil, &ChangedError{Step: n + 1, What: fmt.Sprintf("the loss is %v, but the recorded computation gives %v", value, v)}
		}
	case difference != "":
		s.Stats.Why = "two runs differ: " + difference
		r.program = nil
	default:
		r.agreed = true
		s.Stats.Instructions, s.Stats.Bytes = r.program.Len(), r.program.Bytes()
	}
	return leaves, nil
}
