package mcmc

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
)

// BenchmarkGradient is a gradient of eight schools by the recorded computation,
// and by the model.
func BenchmarkGradient(b *testing.B) {
	for name, eager := range map[string]bool{"recorded": false, "model": true} {
		b.Run(name, func(b *testing.B) {
			l, err := discover(handler.NonCentered(hierarchy, "theta"), rng.New(1), false)
			if err != nil {
				b.Fatal(err)
			}
			p := newPotential(l)
			if eager {
				p.Forbid("asked for")
			}
			x, grad := make([]float64, l.dim), make([]float64, l.dim)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.density(x, grad); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFirstDraw is the time to the first draw after warm-up.
func BenchmarkFirstDraw(b *testing.B) {
	for b.Loop() {
		for _, err := range (NUTS{}).All(context.Background(), rng.New(1), handler.NonCentered(hierarchy, "theta")) {
			if err != nil {
				b.Fatal(err)
			}
			break
		}
	}
}

// BenchmarkChains is eight schools by chains that move together, and one at a time:
// effective draws for each second, and the time of a gradient with all else.
func BenchmarkChains(b *testing.B) {
	for _, chains := range []int{2, 4, 8, 16, 32} {
		for _, lanes := range []int{0, 1, 2, 4, 8, 16, 32} {
			if lanes > chains {
				continue
			}
			b.Run(fmt.Sprintf("chains=%d/lanes=%d", chains, lanes), func(b *testing.B) {
				m := handler.NonCentered(hierarchy, "theta")
				n := NUTS{Chains: chains, Workers: 1, Lanes: lanes}
				ess, gradients := 0.0, 0
				for seed := uint64(0); b.Loop(); seed++ {
					r, err := n.Run(context.Background(), rng.New(seed%4), m)
					if err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					least := math.Inf(1)
					for _, row := range r.Summary("mu", "tau", "theta_decentered").Rows {
						least = min(least, row.ESSBulk)
					}
					ess, gradients = ess+least, gradients+r.Gradients()
					b.StartTimer()
				}
				b.ReportMetric(ess/b.Elapsed().Seconds(), "ESS/s")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(gradients), "ns/gradient")
			})
		}
	}
}
