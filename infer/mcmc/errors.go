package mcmc

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/hmc"
)

// SettingsError reports settings that make no sense.
type SettingsError struct{ Reason string }

func (e *SettingsError) Error() string { return "mcmc: " + e.Reason }

// ChangedError says that a model changed while its recorded computation was
// repeated.
type ChangedError struct {
	Evaluation int    // at which it was found, counted within the chains of a worker
	What       string // what differs
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("mcmc: the model changed during the run, found at gradient %d: %s\n"+
		"\tto repair it: a model must be a fixed function of its latent sites; do not change what it captures while chains run",
		e.Evaluation, e.What)
}

// StartError is returned when no tried point can start a chain: the density is
// zero or NaN at all of them, or the model refuses them.
type StartError struct {
	Chain int
	Tried []Try
}

// Try is a point that could not start a chain.
type Try struct {
	Sites   []SiteLogProb // in the order of the model; nil where a run ended before its end
	LogProb float64       // log density on the unconstrained scale
	Err     error         // why the run ended; nil if it did not
}

// SiteLogProb is the log density of a site on the constrained scale, summed
// over its elements.
type SiteLogProb struct {
	Site     string
	Observed bool
	LogProb  float64
}

// add appends a try.
func (e *StartError) add(sites []SiteLogProb, err error) {
	t := Try{Sites: sites, Err: err, LogProb: math.NaN()}
	e.Tried = append(e.Tried, t)
}

// shownTries is how many points a message lists.
const shownTries = 5

// Error lists the log density of each site at the first points.
func (e *StartError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mcmc: chain %d has no valid start among %d points", e.Chain, len(e.Tried))
	shown := e.Tried[:min(len(e.Tried), shownTries)]
	for i, t := range shown {
		switch {
		case t.Err != nil && i > 0 && shown[i-1].Err != nil && reason(t.Err) == reason(shown[i-1].Err):
			continue
		case t.Err != nil:
			fmt.Fprintf(&b, "\n\tpoint %d: %s", i, reason(t.Err))
			continue
		}
		fmt.Fprintf(&b, "\n\tpoint %d: log density %.6g", i, t.LogProb)
		for _, s := range t.Sites {
			fmt.Fprintf(&b, ", %s %.6g", s.Site, s.LogProb)
		}
	}
	if bad := e.guilty(); bad != "" {
		fmt.Fprintf(&b, "\n\tto repair it: see site %q, whose log density is never finite, or give start values with mcmc.Values", bad)
	} else {
		b.WriteString("\n\tto repair it: give start values with mcmc.Values")
	}
	return b.String()
}

// guilty names the first site whose log density is not finite at any point.
func (e *StartError) guilty() string {
	for i := range e.Tried[0].Sites {
		always := true
		for _, t := range e.Tried {
			always = always && (i >= len(t.Sites) || !finite(t.Sites[i].LogProb))
		}
		if always {
			return e.Tried[0].Sites[i].Site
		}
	}
	return ""
}

// Unwrap returns what ended the run at the first point.
func (e *StartError) Unwrap() error { return e.Tried[0].Err }

// reason is the message of err in one line.
func reason(err error) string {
	var s *pyro.SiteError
	if !errors.As(err, &s) {
		return err.Error()
	}
	text, _, _ := strings.Cut(s.Reason, "\n")
	if s.Site != "" {
		text = fmt.Sprintf("site %q: %s", s.Site, text)
	}
	if s.Line != "" {
		text += ", at " + s.Line
	}
	return text
}

// GradientError says that the density is finite at all points where a chain
// could start, but its gradient is not.
type GradientError struct {
	Chain   int
	Site    string  // first latent site whose gradient is not finite
	Value   float64 // that gradient
	Op      string  // first operation with a result that is not finite from finite operands; "" if unknown
	LogProb float64
}

func (e *GradientError) Error() string {
	s := fmt.Sprintf("mcmc: chain %d cannot start: the gradient in site %q is %v where the log density is %.6g", e.Chain, e.Site, e.Value, e.LogProb)
	if e.Op != "" {
		s += fmt.Sprintf("; the first operation with such a result is %s", e.Op)
	}
	return s + "\n\tto repair it: keep operations away from points where they have no derivative, also in branches of Where that are not taken"
}

// StepSizeError says that no step size suits the density where a chain is.
type StepSizeError struct {
	Chain    int
	StepSize float64 // where the search gave up
}

func (e *StepSizeError) Error() string {
	if e.StepSize > 1 {
		return fmt.Sprintf("mcmc: chain %d: the density hardly changes over any distance, so it is improper\n"+
			"\tto repair it: give each latent site a proper prior, or data that tell about it", e.Chain)
	}
	return fmt.Sprintf("mcmc: chain %d: the density changes too much over the shortest step, so it is discontinuous or its gradient is wrong\n"+
		"\tto repair it: look for rounding, comparisons and Detach between latent sites and the density", e.Chain)
}

// chainError returns what an error of the sampler says about a chain.
func chainError(err error, chain int) error {
	var density *hmc.DensityError
	var step *hmc.StepSizeError
	switch {
	case errors.As(err, &density):
		return density.Err
	case errors.As(err, &step):
		return &StepSizeError{Chain: chain, StepSize: step.StepSize}
	}
	return err
}

func finite(v float64) bool { return v-v == 0 }
