package hmm

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples/examplestest"
)

// TestFigures compares with the maxima of the likelihood that Zucchini and
// MacDonald (2009) print in sections 3.4 and 6.1, and with the forward and Viterbi
// algorithms.
func TestFigures(t *testing.T) {
	counts := data.Earthquakes().Count
	// With three states the book has no way from the last to the first: a logarithm
	// that goes to -∞. A likelihood ratio of 1 % may be left.
	const printed, left = 0.5e-4, 0.01
	examplestest.Run(t, Example, examplestest.Want{
		Figures: map[string]examplestest.Check{
			"nll_1":      examplestest.Near(391.9189, 2*printed),
			"nll_2":      examplestest.Near(342.3183, 2*printed),
			"nll_3":      examplestest.Between(329.4603-printed, 329.4603+left),
			"rates_1":    rates([]float64{19.364}, []float64{1}, 2*printed),
			"rates_2":    rates([]float64{15.472, 26.125}, []float64{0.6608, 0.3392}, 2*printed),
			"rates_3":    rates([]float64{13.146, 19.721, 29.714}, []float64{0.4436, 0.4045, 0.1519}, left),
			"transition": nil, "states": nil, // below
		},
		Plots: map[string][]string{"states": {"earthquakes of magnitude 7 and more", "year", "count", "counts", "mean of the most probable states"}},
		Also: func(t *testing.T, f map[string]any) {
			h := newChain(f["rates_3"].([]float64), f["transition"].([]float64))
			if got, want := f["nll_3"].(float64), -h.forward(counts); math.Abs(got-want) > 1e-9*want {
				t.Errorf("the likelihood is %v; the forward algorithm gives %v", got, want)
			}
			states := f["states"].([]int)
			if got, best := h.joint(counts, states), h.viterbi(counts); math.Abs(got-best) > 1e-9*math.Abs(best) {
				t.Errorf("the states have log probability %v; Viterbi's have %v", got, best)
			}
		},
	})
}

// rates checks the means of the states. Near the maximum a log likelihood falls
// by half the square of a parameter's distance over its standard error, which is at
// least that of a Poisson mean whose states are known, √(mean/(years·share)). So
// where it is below the maximum by at most gap, means are within √(2·gap) of these;
// those of the book are rounded.
func rates(want, share []float64, gap float64) examplestest.Check {
	tolerance := make([]float64, len(want))
	for i := range want {
		// Errors of states not known are larger, but by less than 3 times: each
		// is known in most years.
		tolerance[i] = 3*math.Sqrt(2*gap*want[i]/(107*share[i])) + 0.5e-3
	}
	return examplestest.Each(want, tolerance)
}

// chain is a stationary hidden Markov model, in plain numbers.
type chain struct {
	start, rates []float64
	transition   [][]float64
}

func newChain(rates, transition []float64) chain {
	k := len(rates)
	h := chain{start: make([]float64, k), rates: rates}
	for i := range k {
		h.start[i] = 1 / float64(k)
		h.transition = append(h.transition, transition[i*k:(i+1)*k])
	}
	for range 10_000 { // years, until the start is forgotten
		next := make([]float64, k)
		for i, p := range h.start {
			for j, q := range h.transition[i] {
				next[j] += p * q
			}
		}
		h.start = next
	}
	return h
}

func (h chain) logPoisson(i int, x float64) float64 {
	lg, _ := math.Lgamma(x + 1)
	return x*math.Log(h.rates[i]) - h.rates[i] - lg
}

// forward is the log likelihood.
func (h chain) forward(xs []float64) (ll float64) {
	p := h.start
	for _, x := range xs {
		sum := 0.0
		alpha := make([]float64, len(p))
		for i := range p {
			alpha[i] = p[i] * math.Exp(h.logPoisson(i, x))
			sum += alpha[i]
		}
		ll += math.Log(sum)
		p = make([]float64, len(p))
		for i, a := range alpha {
			for j, q := range h.transition[i] {
				p[j] += a / sum * q
			}
		}
	}
	return ll
}

// viterbi is the log probability of the data with its most probable states.
func (h chain) viterbi(xs []float64) float64 {
	best := make([]float64, len(h.start))
	for i, p := range h.start {
		best[i] = math.Log(p) + h.logPoisson(i, xs[0])
	}
	for _, x := range xs[1:] {
		next := make([]float64, len(best))
		for j := range next {
			next[j] = math.Inf(-1)
			for i, b := range best {
				next[j] = max(next[j], b+math.Log(h.transition[i][j])+h.logPoisson(j, x))
			}
		}
		best = next
	}
	most := best[0]
	for _, b := range best {
		most = max(most, b)
	}
	return most
}

// joint is the log probability of the data with some states.
func (h chain) joint(xs []float64, states []int) float64 {
	lp := math.Log(h.start[states[0]])
	for t, x := range xs {
		if t > 0 {
			lp += math.Log(h.transition[states[t-1]][states[t]])
		}
		lp += h.logPoisson(states[t], x)
	}
	return lp
}
