package mcmc_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

var (
	schoolY     = tensor.Of([]float64{28, 8, -3, 7, -1, 1, 18, 12})
	schoolSigma = tensor.Of([]float64{15, 10, 16, 11, 9, 11, 10, 18})
)

func schools(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.HalfCauchy(5))
	school := p.Plate("school", 8)
	theta := school.Sample("theta", dist.Normal(mu, tau))
	school.Observe("y", dist.Normal(theta, schoolSigma), schoolY)
}

// mustRun runs a sampler that must not fail.
func mustRun(t testing.TB, n mcmc.NUTS, seed uint64, m pyro.Model) *mcmc.Result {
	t.Helper()
	r, err := n.Run(context.Background(), rng.New(seed), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near checks the posterior mean of a number within z Monte Carlo errors.
func near(t *testing.T, r *mcmc.Result, name string, mean, sd float64) {
	t.Helper()
	const z = 4.5 // about 1 in 150,000 for a right sampler
	for _, row := range r.Summary().Rows {
		if row.Name != name {
			continue
		}
		if d := math.Abs(row.Mean - mean); !(d <= z*row.MCSEMean) {
			t.Errorf("mean of %s is %v, want %v (error %v)", name, row.Mean, mean, row.MCSEMean)
		}
		if d := math.Abs(row.SD - sd); !(d <= z*row.MCSESD) {
			t.Errorf("sd of %s is %v, want %v (error %v)", name, row.SD, sd, row.MCSESD)
		}
		return
	}
	t.Errorf("no %s in the result", name)
}

func TestSchools(t *testing.T) {
	r := mustRun(t, mcmc.NUTS{}, 1, handler.NonCentered(schools, "theta"))
	fmt.Println(r.Summary())
	fmt.Println(r.Diagnose())
	fmt.Printf("%+v\n%v %v\n", r.Compute, r.Total, r.Gradients())
	fmt.Println(r.Names(), r.Dims("theta"), r.Var("theta").Shape())
}
