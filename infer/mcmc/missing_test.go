package mcmc_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Missing values do not count: the posterior is that of what is there.
func TestMissing(t *testing.T) {
	nan := math.NaN()
	y := tensor.Of([]float64{1.1, nan, 0.7, 1.9, nan})
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 10))
		p.Plate("d", 5).Observe("y", dist.Normal(mu, 1), y, pyro.Missing)
	}
	const draws = 5000
	res, err := mcmc.NUTS{Draws: draws}.Run(t.Context(), rng.New(0), model)
	if err != nil {
		t.Fatal(err)
	}
	row := res.Summary("mu").Rows[0]
	precision := 3 + 1.0/100
	mean, sd := (1.1+0.7+1.9)/precision, 1/math.Sqrt(precision)
	if math.Abs(row.Mean-mean) > 4.5*sd/math.Sqrt(row.ESSBulk) || math.Abs(row.SD-sd) > 4.5*sd/math.Sqrt(row.ESSBulk) {
		t.Errorf("mean %v and sd %v at %.0f effective draws, want %v and %v", row.Mean, row.SD, row.ESSBulk, mean, sd)
	}

	// A chain whose next value depends on what was filled in has no density.
	_, err = mcmc.NUTS{Draws: 10}.Run(t.Context(), rng.New(0), func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 10))
		first := p.Observe("y0", dist.Normal(mu, 1), tensor.Of(nan), pyro.Missing)
		p.Observe("y1", dist.Normal(first, 1), tensor.Of(2.0))
	})
	if err == nil || !strings.Contains(err.Error(), "pyro.Missing") {
		t.Errorf("error %v", err)
	}
}
