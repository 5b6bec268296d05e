package mcmc

import (
	"context"
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
