package infer

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// RateSearch looks for a learning rate: a copy of a fit makes steps at rates that
// grow geometrically, and its loss is watched (Smith 2017, section 3.3). The loss
// first stands still, then falls, then grows.
type RateSearch struct {
	// New returns a fresh optimiser whose rate is the schedule's value; default
	// Adam.
	New       func(rate optim.Schedule) optim.Optimizer
	Low, High float64 // the rates; default 1e-5 and 10
	Steps     int     // default 200
}

// Rates is the result of a RateSearch. It ends early where the loss has grown
// far beyond its start or is not finite.
type Rates struct {
	Rate []float64 // tried, ascending
	Loss []float64 // after the step at each rate: the mean over the same 16 draws for all
	Best float64   // a tenth of the rate at which the loss is least
}

// Run tries the rates on a copy of a fit, whose parameters, optimiser and
// statistics stay as they are. Where the loss never falls, Best is 0, with an
// error.
func (r RateSearch) Run(ctx context.Context, key rng.Key, fit *SVI) (*Rates, error) {
	if err := r.defaults(); err != nil {
		return nil, err
	}
	if err := fit.prepare(); err != nil {
		return nil, err
	}
	at := func(step int) float64 {
		return r.Low * math.Pow(r.High/r.Low, float64(step)/float64(r.Steps-1))
	}
	trial := &SVI{Model: fit.Model, Guide: fit.Guide, Loss: fit.Loss, Params: fit.Params.Clone(), Optim: r.New(at)}
	watch := key.FoldName("watch")
	start, err := trial.meanLoss(watch)
	if err != nil {
		return nil, err
	}
	out := &Rates{}
	for i := range r.Steps {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		var bad *NonFiniteError
		_, err := trial.Step(key.Fold(i))
		if errors.As(err, &bad) && i > 0 {
			break
		}
		if err != nil {
			return out, err
		}
		loss, err := trial.meanLoss(watch)
		if err != nil || !finite(loss) {
			break
		}
		out.Rate, out.Loss = append(out.Rate, at(i)), append(out.Loss, loss)
		if out.grown(start) {
			break
		}
	}
	if out.choose(start); out.Best == 0 {
		return out, fmt.Errorf("infer: RateSearch: the loss, %v at the start, falls at no rate up to %v", start, at(max(0, len(out.Rate)-1)))
	}
	return out, nil
}

// meanLoss is the mean loss over 16 draws.
func (s *SVI) meanLoss(key rng.Key) (float64, error) {
	const draws = 16
	sum := 0.0
	for i := range draws {
		l, err := s.Evaluate(key.Fold(i))
		if err != nil {
			return 0, err
		}
		sum += l / draws
	}
	return sum, nil
}

func (r *RateSearch) defaults() error {
	if r.New == nil {
		r.New = func(rate optim.Schedule) optim.Optimizer { return &optim.Adam{LR: 1, Schedule: rate} }
	}
	if r.Low == 0 {
		r.Low = 1e-5
	}
	if r.High == 0 {
		r.High = 10
	}
	if r.Steps == 0 {
		r.Steps = 200
	}
	if !(r.Low > 0 && r.High > r.Low) || r.Steps < 20 {
		return fmt.Errorf("infer: RateSearch tries rates from %v to %v in %d steps; it needs 0 < Low < High and 20 steps or more", r.Low, r.High, r.Steps)
	}
	return nil
}

// grown reports whether the last loss is above the start by more than ten times
// what the loss has fallen, and no less than its size.
func (r *Rates) grown(start float64) bool {
	least, last := start, r.Loss[len(r.Loss)-1]
	for _, l := range r.Loss {
		least = min(least, l)
	}
	return last-start > max(10*(start-least), math.Abs(start))
}

// choose takes a tenth of the rate at which the loss is least: there it no longer
// falls, as steps are too long.
func (r *Rates) choose(start float64) {
	for i, l := range r.Loss {
		if l < start {
			start, r.Best = l, r.Rate[i]/10
		}
	}
}
