package bench

import (
	"context"
	"math"
	"runtime"

	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
)

// ReplayAllocs returns the number of allocations of a step that repeats the
// recorded computation: the least mean over five stretches of eight steps, among
// which none is compared with the model. What each step allocates is in every
// stretch; what the runtime allocates now and then on its own account is not.
func ReplayAllocs(ctx context.Context, svi *infer.SVI) (float64, error) {
	const from, to, stretch = 16, 56, 8
	least := uint64(math.MaxUint64)
	var before, now runtime.MemStats
	for step, err := range svi.Steps(ctx, rng.New(0), 60) {
		if err != nil {
			return 0, err
		}
		if step.N < from || step.N > to || step.N%stretch != 0 {
			continue
		}
		runtime.ReadMemStats(&now)
		if step.N > from {
			least = min(least, now.Mallocs-before.Mallocs)
		}
		before = now
	}
	return float64(least) / stretch, nil
}
