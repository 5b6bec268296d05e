// Package replay evaluates a log density and its gradient again and again: by
// running the model at first, and once two runs have computed alike by the
// recorded computation, which is compared with the model at growing distances.
//
//	f := replay.New(func(tape *tensor.Tape, key rng.Key) (*tensor.Tensor, []*tensor.Tensor, error) {
//		… // runs the model on the tape
//		return logp, variables, nil
//	})
//	value, err := f.Eval(key, grads)
package replay

import (
	"errors"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Model computes a number on a tape, and returns it with the variables that its
// gradient is taken in. The variables' storage is that of the first call.
type Model func(tape *tensor.Tape, key rng.Key) (y *tensor.Tensor, xs []*tensor.Tensor, err error)

// Function is a model with its recording. It is used from one goroutine at a time.
type Function struct {
	Tape  *tensor.Tape // of runs of the model; reset after each
	Stats Stats
	Label func(variable, element int) string // names a number that the gradient is taken in

	run     Model
	program *tensor.Program
	agreed  bool // a second run computed alike
	next    int  // evaluation that is compared
	own     [][]float64
}

// Stats tells how evaluations were made.
type Stats struct {
	Replayed     int    // by the recorded computation
	Eager        int    // by running the model
	Refused      int    // points taken for ones of density zero: it is 0 or NaN, a parameter or value is off its support, or a matrix not positive definite
	Refusal      string // what the first of them was
	Why          string // why the computation is not repeated; "" if it is
	Instructions int    // operations in the recorded computation
	Bytes        int    // size of its buffers
}

// Of the evaluations by the recorded computation the 64th, the 128th, the 256th
// and so on are compared with the model, and from the 4096th on every 4096th:
// a model may be a hundred times slower than its recording.
const (
	firstCheck = 64
	lastCheck  = 4096
)

// New returns a function that is evaluated by run.
func New(run Model) *Function {
	return &Function{
		Tape: tensor.NewTape(), run: run, next: firstCheck,
		Label: func(i, j int) string { return fmt.Sprintf("element %d of variable %d", j, i) },
	}
}

// Changed says what differs between a model and its recording.
type Changed struct {
	Evaluation int // at which it was found, counted from 1
	What       string
}

func (e *Changed) Error() string {
	return fmt.Sprintf("the model changed, found at evaluation %d: %s", e.Evaluation, e.What)
}

// Refuses reports whether an error of a run says that the density is zero, or
// has no value, at one point: numbers off a support, and matrices that are not
// positive definite by rounding.
func Refuses(err error) bool {
	var param *dist.ParamError
	var support *dist.SupportError
	var op *tensor.Error
	return errors.As(err, &param) || errors.As(err, &support) || errors.As(err, &op) && op.Op == "Cholesky"
}

// Eval returns the value at what the variables hold now, with the draws of key,
// and writes its gradients. Errors: those of
// the model, of operations, and *Changed.
func (f *Function) Eval(key rng.Key, grads [][]float64) (value float64, err error) {
	switch {
	case !f.agreed:
		value, err = f.eager(key, grads)
	case f.due(1):
		f.next += min(max(f.next, firstCheck), lastCheck)
		value, err = f.check(key, grads)
	default:
		var holds bool
		if value, holds, err = f.replay(key, grads); err == nil && !holds {
			value, err = f.eager(key, grads) // finds out why
		}
	}
	f.Stats.refuse(Refusal(value, err))
	return value, err
}

// Refusal tells why a sampler takes the density for zero where an evaluation returns
// value and err; "" if it does not.
func Refusal(value float64, err error) string {
	switch {
	case err != nil && Refuses(err):
		return err.Error()
	case err == nil && (math.IsNaN(value) || math.IsInf(value, -1)):
		return fmt.Sprintf("the log density is %v", value)
	}
	return ""
}

// refuse counts a refusal.
func (s *Stats) refuse(why string) {
	if why == "" {
		return
	}
	if s.Refused == 0 {
		s.Refusal = why
	}
	s.Refused++
}

// due reports whether one of the next k evaluations is to be compared.
func (f *Function) due(k int) bool { return f.Stats.Replayed+k > f.next }

// Program is the recorded computation, output 0 being the value and output i+1 the
// gradient in variable i; nil while the model is run instead.
func (f *Function) Program() *tensor.Program {
	if !f.agreed {
		return nil
	}
	return f.program
}

// Forbid keeps the model from being recorded.
func (f *Function) Forbid(why string) { f.Stats.Why, f.program, f.agreed = why, nil, false }

// replay runs the program; holds is false where what the model checks does not.
func (f *Function) replay(key rng.Key, grads [][]float64) (value float64, holds bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(*tensor.Error)
			if !ok {
				panic(v)
			}
			err = e
		}
	}()
	f.Stats.Replayed++
	f.program.Run(key)
	for i, g := range grads {
		f.program.CopyOutput(i+1, g)
	}
	return f.program.Value(), f.program.Holds(), nil
}

// eager runs the model, and records it or compares it with the recording.
func (f *Function) eager(key rng.Key, grads [][]float64) (value float64, err error) {
	f.Stats.Eager++
	defer f.Tape.Reset()
	if f.Stats.Why == "" {
		key = f.Tape.Watch(key)
	}
	e := pyro.Guard(func() {
		var y *tensor.Tensor
		var xs []*tensor.Tensor
		if y, xs, err = f.run(f.Tape, key); err == nil {
			value, err = f.record(y, xs, grads)
		}
	})
	if e != nil {
		err = e
	}
	return value, err
}

// record computes the value and its gradients, and decides whether to repeat the
// computation.
func (f *Function) record(y *tensor.Tensor, xs []*tensor.Tensor, grads [][]float64) (value float64, err error) {
	switch method, place, dynamic := f.Tape.Dynamic(); {
	case (y.Tape() == nil || !y.Tracked()) && f.agreed:
		return 0, f.changed("no latent site affects the log density any more")
	case y.Tape() == nil || !y.Tracked():
		for _, g := range grads {
			clear(g)
		}
		f.Forbid("no latent site affects the log density")
		return f.item(y), nil
	case dynamic && !f.agreed:
		f.Forbid(fmt.Sprintf("the model reads a value with %s near site %q", method, place))
	}
	if f.Stats.Why != "" {
		f.Tape.GradInto(grads, y, xs) // before y is read: the tape may compute both together
		return f.item(y), nil
	}
	value = f.item(y)
	if f.program == nil {
		f.program = f.Tape.Record(y, xs)
		for i, g := range grads {
			f.program.CopyOutput(i+1, g)
		}
		return value, nil
	}
	what := f.program.Compare(grads, y, xs)
	switch {
	case f.agreed && what != "":
		return 0, f.changed(what)
	case what != "":
		f.Forbid("two runs differ: " + what)
	default:
		f.agreed = true
		f.Stats.Instructions, f.Stats.Bytes = f.program.Len(), f.program.Bytes()
	}
	return value, nil
}

func (f *Function) changed(what string) error {
	return &Changed{Evaluation: f.Stats.Replayed, What: what}
}

// check runs the program, and the model, and compares: the operations, and the
// numbers bit by bit.
func (f *Function) check(key rng.Key, grads [][]float64) (float64, error) {
	value, holds, err := f.replay(key, grads)
	if err != nil {
		return value, err
	}
	for len(f.own) < len(grads) {
		f.own = append(f.own, make([]float64, len(grads[len(f.own)])))
	}
	eager, err := f.eager(key, f.own)
	switch {
	case err != nil && Refuses(err) && holds:
		return value, nil // the model checks more than its density needs
	case err != nil:
		return 0, err
	case !same(eager, value):
		return 0, f.changed(fmt.Sprintf("the log density is %v, but the recorded computation gives %v", eager, value))
	}
	for i, own := range f.own {
		for j, g := range own {
			if !same(g, grads[i][j]) {
				return 0, f.changed(fmt.Sprintf("the gradient of %s is %v, but the recorded computation gives %v", f.Label(i, j), g, grads[i][j]))
			}
		}
	}
	return value, nil
}

// same compares bits, all NaN being alike.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// item reads a number without that being noted.
func (f *Function) item(x *tensor.Tensor) float64 {
	f.Tape.Quiet()
	defer f.Tape.Loud()
	return x.Item()
}
