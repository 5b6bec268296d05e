package mcmc

import (
	"math"

	"github.com/gopyro/pyro/diag"
)

// moments are running statistics of one number of a chain: mean and sum of
// squared deviations of each half (Welford 1962), and of batches, whose size
// doubles whenever there are 2·batches of them.
type moments struct {
	half  int // draws in the first half
	n     [2]int
	mean  [2]float64
	dev   [2]float64
	size  int // of a batch
	in    int // draws in the batch under way
	sum   float64
	means []float64
}

// batches is the number of batches of which the variance of a mean is estimated,
// at least.
const batches = 32

func (m *moments) add(x float64) {
	h := 0
	if m.n[0] >= m.half {
		h = 1
	}
	m.n[h]++
	d := x - m.mean[h]
	m.mean[h] += d / float64(m.n[h])
	m.dev[h] += d * (x - m.mean[h])
	m.size = max(m.size, 1)
	m.sum += x
	m.in++
	if m.in < m.size {
		return
	}
	m.means = append(m.means, m.sum/float64(m.size))
	m.in, m.sum = 0, 0
	if len(m.means) == 2*batches {
		for i := range batches {
			m.means[i] = (m.means[2*i] + m.means[2*i+1]) / 2
		}
		m.means = m.means[:batches]
		m.size *= 2
	}
}

// streamed summarises moments: R-hat is that of split chains (Gelman et al.
// 2013, eq. 11.4), the effective size from the variance of batch means (Geyer
// 1992); what needs draws is NaN.
func (r *Result) streamed(names []string) diag.Table {
	if len(names) == 0 {
		names = r.Names()
	}
	nan := math.NaN()
	t := diag.Table{Prob: nan}
	for _, name := range names {
		v := r.variable(name)
		for j := range v.n {
			row := diag.Row{Name: v.element(j), Median: nan, Low: nan, High: nan, MCSESD: nan, ESSTail: nan}
			var parts []*moments
			for _, c := range r.chains {
				parts = append(parts, &c.moments[v.at+j])
			}
			summarise(&row, parts)
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func summarise(row *diag.Row, chains []*moments) {
	var n, mean, dev, within, halves float64
	var means []float64
	ess := 0.0
	for _, m := range chains {
		for h := range 2 {
			if m.n[h] < 2 {
				continue
			}
			k := float64(m.n[h])
			d := m.mean[h] - mean
			dev += m.dev[h] + d*d*n*k/(n+k)
			mean += d * k / (n + k)
			n += k
			within += m.dev[h] / (k - 1)
			halves++
			means = append(means, m.mean[h])
		}
		ess += m.effective()
	}
	within /= halves
	_, between := meanVariance(means)
	half := n / halves
	row.Mean, row.SD = mean, math.Sqrt(dev/(n-1))
	row.Rhat = math.Sqrt(((half-1)/half*within + between) / within)
	row.ESSBulk = ess
	row.MCSEMean = row.SD / math.Sqrt(ess)
}

// effective is n times the variance of draws over that of batch means, scaled by
// the batch size.
func (m *moments) effective() float64 {
	n := float64(m.n[0] + m.n[1])
	_, v := meanVariance(m.means)
	d := m.mean[1] - m.mean[0]
	variance := (m.dev[0] + m.dev[1] + d*d*float64(m.n[0])*float64(m.n[1])/n) / (n - 1)
	return n * variance / (v * float64(m.size))
}

func meanVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}
