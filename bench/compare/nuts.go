package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/bench/clock"
	"github.com/gopyro/pyro/bench/posteriordb"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
)

// posteriors are those that samplers are compared on, with the parameters whose
// effective sample sizes count: those of Stan's parameters block.
var posteriors = []workload{
	posterior("eight_schools_noncentered", "eight_schools-eight_schools_noncentered", posteriordb.EightSchools),
	posterior("eight_schools_centered", "eight_schools-eight_schools_noncentered", posteriordb.EightSchoolsCentered),
	posterior("radon_hierarchical_intercept_noncentered", "radon_mn-radon_hierarchical_intercept_noncentered", posteriordb.Radon),
	posterior("radon_hierarchical_intercept_centered", "radon_mn-radon_hierarchical_intercept_noncentered", posteriordb.RadonCentered),
	posterior("kidscore_interaction", "kidiq-kidscore_interaction", posteriordb.KidScore),
	posterior("arK", "arK-arK", posteriordb.AutoRegression),
	posterior("low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix", posteriordb.GaussMixture),
	posterior("gp_pois_regr", "gp_pois_regr-gp_pois_regr", posteriordb.PoissonProcess),
}

// Settings of all samplers.
const (
	chains = 4
	warmup = 1000
	draws  = 1000
)

func posterior(name, data string, model func(posteriordb.Data) pyro.Model) workload {
	return workload{name: name, data: data, run: func(ctx context.Context, o *options, r *report) error {
		p := posteriordb.Posterior{Name: o.posterior, Model: model}
		d, err := p.Data(o.data)
		if err != nil {
			return err
		}
		return sample(ctx, o, p.Model(d), r)
	}}
}

func (o *options) dataFolder() (string, error) {
	if o.data != "" {
		return o.data, nil
	}
	dir, ok := posteriordb.Find()
	if !ok {
		return "", fmt.Errorf("no data: give -data or set %s to a folder with posteriordb's data", posteriordb.Variable)
	}
	return dir, nil
}

// sample runs NUTS with its defaults and writes the draws to a file.
func sample(ctx context.Context, o *options, m pyro.Model, r *report) error {
	nuts := mcmc.NUTS{Chains: chains, Warmup: warmup, Draws: draws, Workers: 1}
	if o.first {
		nuts.Chains, nuts.Draws = 1, 1
	}
	start := clock.Processor()
	result, err := nuts.Run(ctx, rng.New(uint64(o.seed)), m)
	if err != nil {
		return err
	}
	r.Seconds = (clock.Processor() - start).Seconds()
	r.Leapfrogs, r.Divergences, r.Chains, r.Draws = result.Gradients(), result.Divergences(), result.Chains, result.Draws
	for _, s := range result.Compute {
		r.Note = s.Why
	}
	if o.first {
		return nil
	}
	file, err := os.Create(o.out)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	for _, v := range result.Scalars(result.Latents()...) {
		r.Names = append(r.Names, v.Name)
		for _, chain := range v.Draws {
			if err := binary.Write(w, binary.LittleEndian, chain); err != nil {
				return errors.Join(err, file.Close())
			}
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

// scalar is what is known of one scalar from its draws.
type scalar struct {
	mean, sd         value
	bulk, tail, rhat float64
}

// readDraws summarizes the scalars of a file of draws [scalar][chain][draw] in
// doubles, lowest byte first.
func readDraws(path string, r *report) (map[string]scalar, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	out := map[string]scalar{}
	for _, name := range r.Names {
		x := make([][]float64, r.Chains)
		for c := range x {
			x[c] = make([]float64, r.Draws)
			if err := binary.Read(in, binary.LittleEndian, x[c]); err != nil {
				return nil, fmt.Errorf("draws of %s by %s: %w", name, r.Side, err)
			}
		}
		row := diag.Summarize([]diag.Variable{{Name: name, Draws: x}}).Rows[0]
		out[name] = scalar{
			mean: value{row.Mean, row.MCSEMean}, sd: value{row.SD, row.MCSESD},
			bulk: diag.ESSBulk(x), tail: diag.ESSTail(x), rhat: row.Rhat,
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return nil, fmt.Errorf("%s wrote more draws than it reports", r.Side)
	}
	return out, nil
}

// momentsApart is errorsApart of means and standard deviations.
func momentsApart(a, b map[string]scalar, names []string) float64 {
	worst := 0.0
	for _, n := range names {
		x, y := a[n], b[n]
		worst = max(worst, errorsApart(map[string]value{"mean": x.mean, "sd": x.sd}, map[string]value{"mean": y.mean, "sd": y.sd}))
	}
	return worst
}
