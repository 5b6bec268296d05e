package infer

import (
	"errors"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
)

// ErrNoWeight says that all importance weights are zero: the proposal never
// meets the posterior.
var ErrNoWeight = errors.New("infer: all importance weights are zero; the proposal never draws values that the model and the data allow")

// ErrNoParams says that a fit has nothing to train.
var ErrNoParams = errors.New("infer: nothing to train: neither the guide nor the model has a parameter\n" +
	"\tto repair it: make them with Param in the guide, or use an autoguide; SVI.Evaluate computes the loss of a fixed guide")

// ErrSharedOptimizer says that an optimiser has the memory of another fit, such
// as running moments and the number of steps.
var ErrSharedOptimizer = errors.New("infer: the optimiser remembers the gradients of another fit\n" +
	"\tto repair it: give each fit a new one; only fits of the same pyro.Params may share it, one after the other")

// NonFiniteError says that a loss or a log weight is NaN or infinite.
type NonFiniteError struct {
	What  string // "loss", "gradient" or "log weight"
	Value float64
	Step  int    // of Steps or Run, or the sample, counted from 1; 0 for a Step by itself
	Site  string // first site whose log probability is not finite; "" if all are
	In    string // "model" or "guide", where Site is
	// Density is the first log probability of Site that is not finite.
	Density float64
	Op      string // first operation with a non-finite result from finite operands, or ""
	Param   string // first parameter whose gradient is not finite, or ""
}

func (e *NonFiniteError) Error() string {
	s := fmt.Sprintf("infer: the %s is %v", e.What, e.Value)
	if e.Param != "" {
		s = fmt.Sprintf("infer: the gradient of parameter %q is not finite (loss %v)", e.Param, e.Value)
	}
	switch {
	case e.What == "log weight":
		s += fmt.Sprintf(" in sample %d", e.Step)
	case e.Step > 0:
		s += fmt.Sprintf(" at step %d", e.Step)
	}
	if e.Site != "" {
		s += fmt.Sprintf("; the log probability of %s site %q is %v", e.In, e.Site, e.Density)
	}
	if e.Op != "" {
		s += fmt.Sprintf("; the first operation with such a result is %s", e.Op)
	}
	return s
}

func finite(v float64) bool { return v-v == 0 }

// blame names the first site of the traces whose log probability is NaN, or
// else the first where it is infinite.
func (e *NonFiniteError) blame(model, guide *pyro.Trace) {
	for _, bad := range []func(float64) bool{math.IsNaN, func(v float64) bool { return !finite(v) }} {
		if e.find("guide", guide, bad); e.Site == "" {
			e.find("model", model, bad)
		}
		if e.Site != "" {
			return
		}
	}
}

func (e *NonFiniteError) find(in string, tr *pyro.Trace, bad func(float64) bool) {
	if tr == nil {
		return
	}
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		if lp := s.LogProb(); lp.Find(bad) >= 0 {
			e.Site, e.In, e.Density = s.Name, in, lp.At(lp.Position(lp.Find(bad))...)
			return
		}
	}
}

// inGuide and inModel say where an error comes from.
func inGuide(err error) error { return fmt.Errorf("guide: %w", err) }
func inModel(err error) error { return fmt.Errorf("model: %w", err) }
