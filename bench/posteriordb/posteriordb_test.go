package posteriordb

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
)

var (
	seeds = flag.Int("seeds", 1, "number of seeds that each posterior is sampled with")
	draws = flag.Int("draws", 500, "draws of each of the four chains, and transitions of warm-up")
)

func folder(t testing.TB) string {
	dir, ok := Find()
	if !ok {
		t.Skipf("no data: set %s to a folder with posteriordb's data and references", Variable)
	}
	return dir
}

// setUp reads data and reference.
func setUp(t testing.TB, p *Posterior) (Data, *Reference) {
	dir := folder(t)
	data, err := p.Data(dir)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := p.Reference(dir)
	if err != nil {
		t.Fatal(err)
	}
	return data, ref
}

// TestDensity compares differences of log densities between points with Stan's.
// The points have 15 digits.
func TestDensity(t *testing.T) {
	for _, p := range All {
		t.Run(p.Name, func(t *testing.T) {
			data, ref := setUp(t, &p)
			m := p.Model(data)
			var first float64
			for i, point := range ref.Density {
				offset := logDensity(t, m, parameters(t, point.Parameters)) - point.LogDensity
				if i == 0 {
					first = offset
				}
				if d := math.Abs(offset - first); d > 1e-10*max(math.Abs(point.LogDensity), math.Abs(ref.Density[0].LogDensity)) {
					t.Errorf("point %d differs by %v from point 0", i, d)
				}
			}
		})
	}
}

// parameters are the values of sites at a point.
func parameters(t *testing.T, raw map[string]json.RawMessage) pyro.Data {
	t.Helper()
	values := pyro.Data{}
	for name, text := range raw {
		v, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		values[name] = v
	}
	return values
}

// logDensity is that of m at the given values.
func logDensity(t *testing.T, m pyro.Model, values pyro.Data) float64 {
	t.Helper()
	tr, err := pyro.Run(handler.Substitute(m, values), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	return tr.LogProb().Item()
}

// TestCentred compares the centred models with the others: the density of J
// values x = a + b·z is that of z, divided by b for each.
func TestCentred(t *testing.T) {
	for _, c := range []struct {
		p                    Posterior
		model                func(Data) pyro.Model
		x, z, shift, scaling string
	}{
		{All[0], EightSchoolsCentered, "theta", "theta_trans", "mu", "tau"},
		{All[5], RadonCentered, "alpha", "alpha_raw", "mu_alpha", "sigma_alpha"},
	} {
		data, ref := setUp(t, &c.p)
		for i, point := range ref.Density {
			values := parameters(t, point.Parameters)
			want := logDensity(t, c.p.Model(data), values)
			z, b := values[c.z], values[c.scaling]
			want -= float64(z.Len()) * math.Log(b.Item())
			delete(values, c.z)
			values[c.x] = z.Mul(b).Add(values[c.shift])
			if got := logDensity(t, c.model(data), values); math.Abs(got-want) > 1e-12*math.Abs(want) {
				t.Errorf("%s, point %d: log density %v, want %v", c.p.Name, i, got, want)
			}
		}
	}
}

// TestPosterior compares means and standard deviations with those of the
// reference draws, within 4 standard errors, and 5 where there are many numbers.
func TestPosterior(t *testing.T) {
	for _, p := range All {
		for seed := range *seeds {
			t.Run(fmt.Sprintf("%s/%d", p.Name, seed), func(t *testing.T) {
				data, ref := setUp(t, &p)
				r, err := mcmc.NUTS{Draws: *draws, Warmup: *draws}.Run(context.Background(), rng.New(uint64(seed)), p.Model(data))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, r, ref)
				for c, s := range r.Compute {
					if s.Why != "" {
						t.Errorf("chain %d runs the model each time: %s", c, s.Why)
					}
				}
				report(t, r, ref)
			})
		}
	}
}

func compare(t *testing.T, r *mcmc.Result, ref *Reference) {
	z := 4.0
	if len(ref.Stats) > 20 {
		z = 5
	}
	for name, want := range ref.Stats {
		draws := r.Scalar(zeroBased(name))
		row := diag.Summarize([]diag.Variable{{Name: name, Draws: draws}}).Rows[0]
		if d := math.Abs(row.Mean - want.Mean); !(d <= z*math.Hypot(row.MCSEMean, want.MCSEMean)) {
			t.Errorf("mean of %s is %v, want %v: %.1f errors", name, row.Mean, want.Mean, d/math.Hypot(row.MCSEMean, want.MCSEMean))
		}
		if d := math.Abs(row.SD - want.SD); !(d <= z*math.Hypot(row.MCSESD, want.MCSESD)) {
			t.Errorf("sd of %s is %v, want %v: %.1f errors", name, row.SD, want.SD, d/math.Hypot(row.MCSESD, want.MCSESD))
		}
		if row.Rhat > 1.05 {
			t.Errorf("R-hat of %s is %v", name, row.Rhat)
		}
	}
}

// report logs the figures that samplers are compared by.
func report(t *testing.T, r *mcmc.Result, ref *Reference) {
	ess := math.Inf(1)
	for name := range ref.Stats {
		ess = min(ess, diag.ESSBulk(r.Scalar(zeroBased(name))))
	}
	gradients := float64(r.Gradients())
	seconds := 0.0
	for _, w := range r.Warmup {
		seconds += (w.Time + w.Sampling).Seconds()
	}
	t.Logf("gradients %.0f (%.1f a draw), min ESS %.0f, ESS/1000 gradients %.1f, µs/gradient %.1f, ESS/s %.0f, divergences %d",
		gradients, gradients/float64(r.Chains*(r.Draws+r.Provenance.Warmup)), ess, ess/gradients*1000, seconds/gradients*1e6, ess/seconds, r.Divergences())
}

// zeroBased turns theta[1] into theta[0].
func zeroBased(name string) string {
	base, index, ok := strings.Cut(name, "[")
	if !ok {
		return name
	}
	var i int
	if _, err := fmt.Sscanf(index, "%d]", &i); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s[%d]", base, i-1)
}
