package mcmc

import (
	"time"

	"github.com/gopyro/pyro/infer/internal/hmc"
)

// record is what a chain leaves behind. The fields that are exported are part of
// checkpoints.
type record struct {
	N       int         // draws
	Values  [][]float64 // by number in a draw, then draw; nil if only moments are kept
	LogProb []float64
	Accept  []float64
	Step    []float64
	Energy  []float64
	Depth   []int32
	Steps   []int32
	Bad     []bool // divergences
	Cut     []bool // reached the greatest depth

	moments []moments
	compute Stats
	report  hmc.Report
	metric  hmc.Metric
	warmup  time.Duration
	total   time.Duration
}

func newRecord(size, draws int, streaming bool) *record {
	r := &record{}
	if streaming {
		r.moments = make([]moments, size)
		for i := range r.moments {
			r.moments[i].half = draws / 2
		}
		return r
	}
	r.Values = make([][]float64, size)
	all := make([]float64, size*draws)
	for i := range r.Values {
		r.Values[i] = all[i*draws : i*draws : (i+1)*draws]
	}
	for _, v := range []*[]float64{&r.LogProb, &r.Accept, &r.Step, &r.Energy} {
		*v = make([]float64, 0, draws)
	}
	r.Depth, r.Steps = make([]int32, 0, draws), make([]int32, 0, draws)
	r.Bad, r.Cut = make([]bool, 0, draws), make([]bool, 0, draws)
	return r
}

// add appends a draw.
func (r *record) add(d Draw) {
	r.N++
	if r.moments != nil {
		for i := range r.moments {
			r.moments[i].add(d.values[i])
		}
		if d.Diverging {
			r.Bad = append(r.Bad, true)
		}
		return
	}
	for i, v := range d.values {
		r.Values[i] = append(r.Values[i], v)
	}
	r.LogProb = append(r.LogProb, d.LogProb)
	r.Accept = append(r.Accept, d.AcceptanceRate)
	r.Step = append(r.Step, d.StepSize)
	r.Energy = append(r.Energy, d.Energy)
	r.Depth = append(r.Depth, int32(d.TreeDepth))
	r.Steps = append(r.Steps, int32(d.Steps))
	r.Bad = append(r.Bad, d.Diverging)
	r.Cut = append(r.Cut, d.ReachedMax)
}

// warm notes the time that warm-up has taken so far.
func (r *record) warm(begin time.Time) { r.warmup = time.Since(begin) }

func (r *record) time(begin time.Time) { r.total = time.Since(begin) }
