package bench

import (
	"context"
	"runtime"

	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
)

// ReplayAllocs returns the number of allocations of a step that repeats the
// recorded computation, the mean over steps 20 to 50 of a run, among which no
// step is compared with the model. Other goroutines must be idle.
func ReplayAllocs(ctx context.Context, svi *infer.SVI) (float64, error) {
	var before, after runtime.MemStats
	for step, err := range svi.Steps(ctx, rng.New(0), 60) {
		if err != nil {
			return 0, err
		}
		switch step.N {
		case 20:
			runtime.ReadMemStats(&before)
		case 50:
			runtime.ReadMemStats(&after)
		}
	}
	return float64(after.Mallocs-before.Mallocs) / 30, nil
}
