package infer

import (
	"errors"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// ErrNoWeight says that all importance weights are zero: the proposal never
// meets the posterior.
var ErrNoWeight = errors.New("infer: all importance weights are zero; the proposal never draws values that the model and the data allow")

// NonFiniteError says that a loss or a log weight is NaN or infinite.
type NonFiniteError struct {
	What  string // "loss" or "log weight"
	Value float64
	Step  int    // of the optimisation, or number of the sample; counted from 0
	Site  string // first site whose log probability is not finite; "" if all are
	In    string // "model" or "guide", where Site is
	Op    string // first operation with a non-finite result from finite operands, or ""
	Param string // first parameter whose gradient is not finite, or ""
}

func (e *NonFiniteError) Error() string {
	s := fmt.Sprintf("infer: %s is %v at step %d", e.What, e.Value, e.Step)
	if e.Param != "" {
		s = fmt.Sprintf("infer: the gradient of parameter %q is not finite at step %d (loss %v)", e.Param, e.Step, e.Value)
	}
	if e.Site != "" {
		s += fmt.Sprintf("; the log probability of %s site %q is not finite", e.In, e.Site)
	}
	if e.Op != "" {
		s += fmt.Sprintf("; the first operation with such a result is %s", e.Op)
	}
	return s
}

func finite(v float64) bool { return v-v == 0 }

// blame names the first site of the traces whose log probability is not finite.
func (e *NonFiniteError) blame(model, guide *pyro.Trace) {
	for _, t := range []struct {
		in string
		tr *pyro.Trace
	}{{"guide", guide}, {"model", model}} {
		if t.tr == nil {
			continue
		}
		for s := range t.tr.Sites() {
			if s.Kind == pyro.SampleSite && s.LogProb().Find(func(v float64) bool { return !finite(v) }) >= 0 {
				e.Site, e.In = s.Name, t.in
				return
			}
		}
	}
}

// guard runs f and returns a panic of the library's own types as an error.
func guard(f func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *pyro.SiteError:
			err = v
		case *tensor.Error:
			err = v
		default:
			panic(v)
		}
	}()
	f()
	return nil
}

// inGuide and inModel say where an error comes from.
func inGuide(err error) error { return fmt.Errorf("guide: %w", err) }
func inModel(err error) error { return fmt.Errorf("model: %w", err) }

func isNaN(v float64) bool { return math.IsNaN(v) }
