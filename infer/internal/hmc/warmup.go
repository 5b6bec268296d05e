package hmc

import (
	"fmt"
	"math"
)

// Warmup is what the user may choose of warm-up. The zero value adapts nothing.
type Warmup struct {
	Iterations   int      // transitions spent on it
	TargetAccept float64  // mean acceptance aimed at, default 0.8
	StepSize     float64  // where adaptation of the step starts; 0: found by doubling and halving
	Metric       Kind     // default Auto
	Estimate     Estimate // default FromGradients
}

// ConfigError reports settings that make no sense together.
type ConfigError struct{ Reason string }

func (e *ConfigError) Error() string { return "hmc: " + e.Reason }

// check fills defaults in.
func (w *Warmup) check() error {
	if w.TargetAccept == 0 {
		w.TargetAccept = 0.8
	}
	switch {
	case w.Iterations < 0:
		return &ConfigError{fmt.Sprintf("%d warm-up iterations", w.Iterations)}
	case !(w.TargetAccept > 0 && w.TargetAccept < 1):
		return &ConfigError{fmt.Sprintf("target acceptance %g, want it in (0, 1)", w.TargetAccept)}
	case w.StepSize < 0 || math.IsNaN(w.StepSize):
		return &ConfigError{fmt.Sprintf("step size %g, want it positive, or 0 to find one", w.StepSize)}
	case w.Estimate == FromDraws && w.Metric == LowRankKind:
		return &ConfigError{"a low-rank metric needs gradients: short directions do not show in draws"}
	}
	return nil
}

// Adaptation is the state of warm-up: plain data, so that a chain can be stored
// in the middle of it.
type Adaptation struct {
	Settings Warmup
	Done     int // iterations taken
	Tuning   Tuning
	Target   float64       // mean acceptance aimed at now
	Raised   int           // times that it has been raised
	Step     DualAveraging // of the logarithm of the step size
	Fore     Window        // what the metric is estimated from
	Back     Window        // what takes its place at the next switch
	Report   Report
}

// Report tells what warm-up did.
type Report struct {
	Windows     []Interval // stretches of iterations at whose ends the metric was renewed
	Updates     []Update   // the renewals, and the start at iteration -1
	Leapfrogs   int        // gradient evaluations, step-size searches included
	Divergences int
	Target      float64 // mean acceptance aimed at in the end
	MinTime     float64 // of a trajectory in sampling
	Steady      int     // iterations with a step size that moved slowly
	StepSize    float64 // the one kept for sampling
	Metric      Kind    // the form kept for sampling
}

// Update is one renewal of the metric.
type Update struct {
	Iteration int // the last one that it learned from; -1 at the start
	Draws     int // draws it is estimated from
	Kind      Kind
	Rank      int     // directions of a low-rank metric
	StepSize  float64 // with which adaptation went on
}

// newAdaptation prepares warm-up at s: the first metric, and the first step size
// unless it is to be searched for.
func newAdaptation(w Warmup, s *State, t Tuning) (*Adaptation, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	dim := len(s.X)
	a := &Adaptation{Settings: w, Tuning: t, Target: w.TargetAccept, Step: stepSizeAveraging()}
	if t.Metric.Dim() == 0 {
		a.Tuning.Metric = Identity(dim)
		if w.Estimate == FromGradients && w.Iterations > 0 {
			a.Tuning.Metric = Metric{Scale: gradientScale(s.Grad)}
		}
	} else if t.Metric.Dim() != dim {
		return nil, &ConfigError{fmt.Sprintf("metric of dimension %d for a density of dimension %d", t.Metric.Dim(), dim)}
	}
	keep := a.kind(dim) != DiagonalKind
	a.Fore, a.Back = newWindow(dim, keep), newWindow(dim, keep)
	a.Report.Windows = a.windows()
	a.Report.Target = a.Target
	switch {
	case t.StepSize > 0 && w.Iterations == 0:
		a.note(-1, 0)
	case w.StepSize > 0:
		a.restart(w.StepSize)
		a.note(-1, 0)
	case t.StepSize == 0:
		a.Tuning.StepSize = 1
	}
	return a, nil
}

// ready reports whether there is a first step size.
func (a *Adaptation) ready() bool { return len(a.Report.Updates) > 0 }

// Dimensions up to which Auto takes a dense metric: D² multiplications a step are
// small beside a gradient, and a window holds enough draws; and a low-rank one:
// the draws of two windows, kept for it, take some 200 MB for 1000 iterations.
const (
	denseLimit   = 64
	lowRankLimit = 20000
)

// kind resolves Auto.
func (a *Adaptation) kind(dim int) Kind {
	switch k := a.Settings.Metric; {
	case k != Auto:
		return k
	case a.Settings.Estimate == FromDraws:
		return DiagonalKind
	case dim == 1 || dim > lowRankLimit:
		return DiagonalKind
	case dim <= denseLimit:
		return DenseKind
	}
	return LowRankKind
}

// Schedule of windows with gradients. Each estimate is made from the last two
// windows, as in nuts-rs, so that windows overlap by half; departure: windows
// grow with what is past, where nuts-rs changes from 10 to 80 draws once.
const (
	firstWindow = 10   // draws
	growth      = 0.5  // of a window, relative to the iterations before it
	finalShare  = 0.15 // of warm-up, in which only the step size adapts
)

// windows returns the stretches at whose ends the metric is renewed.
func (a *Adaptation) windows() []Interval {
	n := a.Settings.Iterations
	if a.Settings.Estimate == FromDraws {
		plan := Windows(n)
		if len(plan) < 3 {
			return nil
		}
		return plan[1 : len(plan)-1]
	}
	var plan []Interval
	end := n - int(finalShare*float64(n))
	for at := 0; at < end; {
		size := max(firstWindow, int(growth*float64(at)))
		if at+2*size > end { // the last window takes what is too short for another
			size = end - at
		}
		plan = append(plan, Interval{at, at + size - 1})
		at += size
	}
	return plan
}

// update takes the outcome of a warm-up transition that ended at s. It returns the
// number of draws behind a new metric, for which a step size is to be found before
// finish is called; 0 where the metric stays.
func (a *Adaptation) update(s *State, info *Info) int {
	i := a.Done
	a.Done++
	a.Report.Leapfrogs += info.Leapfrogs
	if info.Divergence != nil {
		a.Report.Divergences++
		a.caution(i)
	}
	a.Step.Add(a.Target - info.Accept)
	a.steady()
	a.Tuning.StepSize = math.Exp(a.Step.X)
	if w := a.Report.Windows; len(w) > 0 && i >= w[0].First && i <= w[len(w)-1].Last {
		return a.learn(s, i)
	}
	return 0
}

// finish ends a transition of warm-up, and warm-up itself after the last one.
func (a *Adaptation) finish() {
	if a.Done == a.Settings.Iterations {
		a.Tuning.StepSize = a.tuned()
		a.Report.StepSize = a.Tuning.StepSize
		a.Report.Metric = a.Tuning.Metric.Kind()
		a.Report.MinTime = a.Tuning.MinTime
		a.Fore, a.Back = Window{}, Window{}
	}
}

// begun is the number of iterations from which on dual averaging is to be trusted. Its first
// iterates, which start from far aside, are much too long.
const begun = 5

// tuned is the step size that warm-up ends with. Where dual averaging has hardly begun it is
// the one that was given, or a quarter of the one that was found, which suits one momentum and
// may be twice too long even then.
func (a *Adaptation) tuned() float64 {
	switch {
	case a.Step.Count >= begun || a.Step.Gamma == steadyGamma:
		return math.Exp(a.Step.Average)
	case a.Settings.StepSize > 0:
		return a.Settings.StepSize
	}
	return math.Exp(a.Step.Centre) / aside / 4
}

// watched is the number of last windows in which what happens counts: in the others the
// chain may still be on its way.
const watched = 3

// late reports whether iteration i is in one of the last windows.
func (a *Adaptation) late(i int) bool {
	w := a.Report.Windows
	return len(w) > 0 && i >= w[max(0, len(w)-watched)].First
}

// Divergences late in warm-up raise the acceptance aimed at, which mends what
// users are told to mend by hand.
const (
	settled    = 30 // iterations after dual averaging starts anew in which they do not: steps are long there to try
	mostRaises = 3  // of the target acceptance
)

// caution answers a divergence at iteration i of warm-up with gradients: it
// halves the distance of the target acceptance from one, up to three times. Steps that
// suit most of the space are then shorter than its mean asks for, where a part of
// it is narrow.
func (a *Adaptation) caution(i int) {
	if a.Settings.Estimate == FromGradients && a.late(i) && a.Step.Count >= settled && a.Raised < mostRaises {
		a.Raised++
		a.Target = 1 - (1-a.Target)/2
		a.Report.Target = a.Target
	}
}

// learn adds the draw at s and renews the metric where a window ends; it returns the
// number of draws behind that.
func (a *Adaptation) learn(s *State, i int) int {
	a.Fore.Add(s.X, s.Grad)
	overlap := a.Settings.Estimate == FromGradients
	if overlap {
		a.Back.Add(s.X, s.Grad)
	}
	ends := false
	for _, w := range a.Report.Windows {
		ends = ends || w.Last == i
	}
	if !ends {
		return 0
	}
	draws := a.Fore.Count
	renewed := a.renew(a.late(i))
	if overlap {
		a.Fore, a.Back = a.Back, a.Fore
		a.Back.Reset()
	} else {
		a.Fore.Reset()
	}
	if !renewed {
		return 0
	}
	return draws
}

// renew estimates the metric from the window, and late in warm-up the time that a
// trajectory needs under a dense one; false where it cannot.
func (a *Adaptation) renew(late bool) bool {
	w, dim := &a.Fore, len(a.Fore.Mean)
	if w.Count < 3 {
		return false
	}
	kind, ok := a.kind(dim), true
	var m Metric
	minTime := 0.0
	if a.Settings.Estimate == FromDraws {
		if kind == DenseKind {
			m, ok = DenseMetric(dim, w.covariance())
		} else {
			m = Diagonal(w.variance())
		}
	} else {
		scale := w.fisherScale(a.Tuning.Metric.deviations())
		m = Metric{Scale: scale}
		if kind == DenseKind {
			m, ok = w.fisherDense(scale, a.Settings.Metric == Auto)
			if ok && late {
				minTime = w.minTime(&m)
			}
		}
		if kind == LowRankKind || !ok {
			m, ok = w.fisherLowRank(scale), true
		}
	}
	if ok {
		a.Tuning.Metric, a.Tuning.MinTime = m, minTime
	}
	return ok
}

// aside is how far from the step size that was found dual averaging starts, as Hoffman
// and Gelman (2014) advise.
const aside = 10

// restart lets dual averaging start anew from ten times the step size eps.
func (a *Adaptation) restart(eps float64) {
	a.Tuning.StepSize = eps
	a.Step = stepSizeAveraging()
	a.Step.Restart(math.Log(aside * eps))
}

// note enters a metric, with the step size that suits it, in the report.
func (a *Adaptation) note(iteration, draws int) {
	m := &a.Tuning.Metric
	a.Report.Updates = append(a.Report.Updates, Update{iteration, draws, m.Kind(), len(m.Eigen), a.Tuning.StepSize})
	a.Report.StepSize, a.Report.Metric = a.Tuning.StepSize, m.Kind()
}
