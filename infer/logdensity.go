package infer

import (
	"errors"
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Density is the log density of a model on the unconstrained scale, the log
// determinants of the maps onto the supports included, and its gradient, as a
// function of a vector of Dim numbers: what a sampler or an optimiser of one's own
// needs. Discrete latent sites are summed out.
//
// The first evaluations run the model. Once two have computed alike, the recorded
// computation is repeated instead, and compared with the model at the 64th, the
// 128th, the 256th evaluation and so on, at the end every 4096th. A Density is used from one goroutine at a time; any number of them may
// share a model.
type Density struct{ d *density }

// NewDensity runs the model once with key, to learn its sites. It returns an error
// where the model has no continuous latent site, a discrete one that cannot be
// summed out, or a subsampled plate.
func NewDensity(m pyro.Model, key rng.Key) (*Density, error) {
	d, err := newDensity("Density", m, key, nil, true)
	if err != nil {
		return nil, err
	}
	if err := d.noSubsample("Density"); err != nil {
		return nil, err
	}
	return &Density{d}, nil
}

// Dim is the number of unconstrained numbers.
func (d *Density) Dim() int { return d.d.layout.Dim }

// Start returns the vector of the values that the run of NewDensity drew.
func (d *Density) Start() []float64 { return d.d.start.Float64s() }

// Values returns the values of the latent sites at x, of length Dim.
func (d *Density) Values(x []float64) pyro.Data {
	return d.d.values(tensor.New(x, d.Dim()))
}

// ValueAndGrad returns the log density at x and writes its gradient to grad, both
// of length Dim. It is a *dist.ParamError, a *dist.SupportError or a *tensor.Error
// of a decomposition where x is off the support of the model, and a *ChangedError
// where the model is no longer what was recorded.
func (d *Density) ValueAndGrad(x, grad []float64) (float64, error) {
	if err := d.lengths(1, len(x), 1, len(grad)); err != nil {
		return 0, err
	}
	return d.d.eval(rng.Key{}, x, grad)
}

// lengths checks the lengths of vectors, values and gradients at k points.
func (d *Density) lengths(k, x, values, grad int) error {
	if n := k * d.Dim(); x != n || values != k || grad != n {
		return fmt.Errorf("infer: Density: vectors of %d numbers, %d values and gradients of %d numbers at %d points of %d numbers",
			x, values, grad, k, d.Dim())
	}
	return nil
}

// Stats tells how the density was computed so far.
func (d *Density) Stats() Stats { return d.d.stats() }

// Lanes returns the density at k ≥ 1 points at once, for chains or particles that
// move together. It shares the recorded computation of d.
func (d *Density) Lanes(k int) *Lanes { return d.d.lanes(k) }

func (d *density) lanes(k int) *Lanes {
	n := d.layout.Dim
	return &Lanes{d: d, k: k, lanes: d.f.Lanes(k), points: replay.Points{Width: n, Vars: []replay.Stretch{{N: n}}}}
}

// Lanes evaluates a Density at k points at once. Each number of the recorded
// computation becomes k, side by side, so that a small model runs at the speed of
// vector instructions; the results have the bits of single evaluations. A model
// that is not recorded (see Stats.Why) is run for one point after the other.
type Lanes struct {
	d      *density
	k      int
	lanes  *replay.Lanes
	points replay.Points
	errs   []error
}

// ValueAndGrad writes the log density at the points x, row j of [k, Dim] being
// that of lane j, to values, of length k, and the gradients to grad, [k, Dim] too.
// The result is nil, or has the error of each lane, as Density.ValueAndGrad gives
// it, and is valid until the next call. Where the computation is repeated it
// allocates nothing.
func (l *Lanes) ValueAndGrad(x, values, grad []float64) []error {
	if err := (&Density{l.d}).lengths(l.k, len(x), len(values), len(grad)); err != nil {
		return l.fail(err)
	}
	return l.eval(rng.Key{}, x, values, grad)
}

// fail is an error of all lanes.
func (l *Lanes) fail(err error) []error {
	l.errs = l.errs[:0]
	for range l.k {
		l.errs = append(l.errs, err)
	}
	return l.errs
}

// eval is ValueAndGrad with the draws of key.
func (l *Lanes) eval(key rng.Key, x, values, grad []float64) []error {
	l.points.X, l.points.Values, l.points.Grads = x, values, grad
	if l.lanes.Eval(key, &l.points) {
		return nil
	}
	return l.each(key, x, values, grad)
}

// each evaluates one lane after the other.
func (l *Lanes) each(key rng.Key, x, values, grad []float64) []error {
	d, n := l.d, l.d.layout.Dim
	errs := l.errs[:0]
	failed := false
	for j := range l.k {
		var err error
		values[j], err = d.eval(key, x[j*n:(j+1)*n], grad[j*n:(j+1)*n])
		var changed *ChangedError
		if errors.As(err, &changed) {
			return l.fail(err)
		}
		errs = append(errs, err)
		failed = failed || err != nil
	}
	l.errs = errs
	if !failed {
		return nil
	}
	return errs
}

// LaneStats tells how lanes are computed.
type LaneStats struct {
	Lanes        int    // evaluated at once
	Instructions int    // operations in the recorded computation; 0 before it is recorded
	Looped       int    // of these, operations that run for one lane after the other
	Why          string // why all do; "" if they do not
}

// Stats tells how the lanes are computed.
func (l *Lanes) Stats() LaneStats {
	return LaneStats{Lanes: l.k, Instructions: l.lanes.Len(), Looped: l.lanes.Looped(), Why: l.lanes.Why()}
}
