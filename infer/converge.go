package infer

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro/rng"
)

// Converge is a test of convergence on losses: the mean of the last Window
// losses against that of the Window before them. The fit has converged if the
// improvement is no more than Noise standard errors of the difference, or no
// more than Relative times the size of the loss. A steady fall, however slow, is
// not stopped by noise that the windows average out; where the rate of learning
// is too high, losses may stand still far from the optimum.
type Converge struct {
	Window   int     // default 200
	Noise    float64 // default 1
	Relative float64 // default 1e-9
}

// Test reports whether losses, of which it looks at the last two windows, have
// converged. With fewer losses than these it is false.
func (c Converge) Test(losses []float64) bool {
	c = c.defaults()
	n := c.Window
	if len(losses) < 2*n {
		return false
	}
	losses = losses[len(losses)-2*n:]
	before, v := moments(losses[:n])
	after, w := moments(losses[n:])
	se := math.Sqrt((v + w) / float64(n))
	gain := before - after
	return gain <= c.Noise*se || gain <= c.Relative*max(math.Abs(before), math.Abs(after))
}

func (c Converge) defaults() Converge {
	if c.Window == 0 {
		c.Window = 200
	}
	if c.Noise == 0 {
		c.Noise = 1
	}
	if c.Relative == 0 {
		c.Relative = 1e-9
	}
	return c
}

// moments are the mean and the variance of the noise around a straight line: the
// mean square of second differences over 6 does not see the trend.
func moments(x []float64) (mean, noise float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := 2; i < len(x); i++ {
		d := x[i] - 2*x[i-1] + x[i-2]
		noise += d * d / (6 * float64(len(x)-2))
	}
	return mean, noise
}

// RunUntil is Run that tests the losses after each window and stops when they
// have converged, or after most steps.
func (s *SVI) RunUntil(ctx context.Context, key rng.Key, most int, c Converge) (losses []float64, converged bool, err error) {
	c = c.defaults()
	if c.Window < 3 || !(c.Noise > 0) || !(c.Relative > 0) {
		return nil, false, fmt.Errorf("infer: Converge has a window of %d, which must be 3 or more, noise %v and relative gain %v, which must be positive",
			c.Window, c.Noise, c.Relative)
	}
	done := func() bool { return len(losses) > 0 && len(losses)%c.Window == 0 && c.Test(losses) }
	s.steps(ctx, key, most, func(before []float64) bool {
		losses = append(losses, before...)
		converged = done()
		return !converged
	}, func(step Step, failed error) bool {
		if err = failed; err == nil {
			losses = append(losses, step.Loss)
			converged = done()
		}
		return !converged
	})
	return losses, converged, err
}
