package infer

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Weighted is a posterior as weighted samples. It keeps the values of the sites
// that were asked for, not whole runs.
type Weighted struct {
	// LogWeights are the unnormalised log weights, log p(latent, data) -
	// log q(latent), one a sample.
	LogWeights []float64

	names   []string
	columns map[string]*column
}

// column holds the values of one site.
type column struct {
	shape []int
	data  []float64
	rows  []int // the samples that have the site; nil for all
}

func newWeighted(n int) *Weighted {
	return &Weighted{LogWeights: make([]float64, 0, n), columns: map[string]*column{}}
}

// add keeps the values of one run.
func (w *Weighted) add(logw float64, tr *pyro.Trace, sites []string) error {
	row := len(w.LogWeights)
	w.LogWeights = append(w.LogWeights, logw)
	for s := range tr.Sites() {
		if !keep(s, sites) {
			continue
		}
		c := w.columns[s.Name]
		if c == nil {
			c = &column{shape: slices.Clone(s.Value.Shape())}
			if n := s.Value.Size(); row == 0 && n > 0 {
				c.data = make([]float64, 0, n*cap(w.LogWeights))
			}
			w.names = append(w.names, s.Name)
			w.columns[s.Name] = c
		}
		if !slices.Equal(c.shape, s.Value.Shape()) {
			return s.Errorf("the value has shape %v in sample %d, but %v before; leave it out with Importance.Sites",
				s.Value.Shape(), row, c.shape)
		}
		c.put(row, s.Value)
	}
	return nil
}

func keep(s *pyro.Site, sites []string) bool {
	if s.Value == nil || s.Kind != pyro.SampleSite && s.Kind != pyro.DeterministicSite {
		return false
	}
	if len(sites) > 0 {
		return slices.Contains(sites, s.Name)
	}
	return !s.Observed
}

// put appends the value of the site in a sample. Once a sample lacks the site,
// the samples that have it are listed.
func (c *column) put(row int, v *tensor.Tensor) {
	n := v.Size()
	k := c.len()
	if c.rows == nil && k != row {
		c.rows = make([]int, k)
		for i := range c.rows {
			c.rows[i] = i
		}
	}
	if c.rows != nil {
		c.rows = append(c.rows, row)
	}
	c.data = slices.Grow(c.data, n)[:len(c.data)+n]
	v.CopyTo(c.data[len(c.data)-n:])
}

// len is the number of samples that have the site.
func (c *column) len() int {
	n := 1
	for _, d := range c.shape {
		n *= d
	}
	if n == 0 {
		return 0
	}
	return len(c.data) / n
}

// append adds the samples of v after those of w.
func (w *Weighted) append(v *Weighted) {
	base := len(w.LogWeights)
	for _, name := range v.names {
		from := v.columns[name]
		c := w.columns[name]
		if c == nil {
			c = &column{shape: from.shape}
			if base == 0 {
				c.data = make([]float64, 0, len(from.data)*max(1, cap(w.LogWeights)/max(1, v.Len())))
			}
			w.names = append(w.names, name)
			w.columns[name] = c
		}
		k := c.len()
		if c.rows == nil && (k != base || from.rows != nil) {
			for i := range k {
				c.rows = append(c.rows, i)
			}
			if c.rows == nil {
				c.rows = []int{}
			}
		}
		if c.rows != nil {
			for i := range from.len() {
				row := i
				if from.rows != nil {
					row = from.rows[i]
				}
				c.rows = append(c.rows, base+row)
			}
		}
		c.data = append(c.data, from.data...)
	}
	w.LogWeights = append(w.LogWeights, v.LogWeights...)
}

// check reports weights that are all zero and sites that were asked for in vain.
func (w *Weighted) check(sites []string) error {
	for _, name := range sites {
		if w.columns[name] == nil {
			return &pyro.SiteError{Site: name, Reason: "Importance.Sites: no run has such a site" + pyro.Near(name, w.names)}
		}
	}
	if len(w.LogWeights) > 0 && math.IsInf(slices.Max(w.LogWeights), -1) {
		return ErrNoWeight
	}
	return nil
}

// Len is the number of samples.
func (w *Weighted) Len() int { return len(w.LogWeights) }

// Sites returns the names of the sites kept, in the order of the model.
func (w *Weighted) Sites() []string { return slices.Clone(w.names) }

// column returns the values of a site; an unknown name panics with a *pyro.SiteError.
func (w *Weighted) column(site string) *column {
	c := w.columns[site]
	if c == nil {
		panic(&pyro.SiteError{Site: site, Reason: "the posterior has no such site" + pyro.Near(site, w.names)})
	}
	return c
}

// Values returns the values of a site, of shape [n] + the site's shape, for the
// samples that have it. A site that no sample has panics with a *pyro.SiteError.
func (w *Weighted) Values(site string) *tensor.Tensor {
	c := w.column(site)
	return tensor.New(c.data, append([]int{c.len()}, c.shape...)...)
}

// logWeights returns the log weights of the samples that have the site.
func (w *Weighted) logWeights(c *column) []float64 {
	if c.rows == nil {
		return w.LogWeights
	}
	out := make([]float64, len(c.rows))
	for i, r := range c.rows {
		out[i] = w.LogWeights[r]
	}
	return out
}

// Marginal returns the posterior of a site as the distribution of its weighted
// values. It draws from what is stored; the model is not run again. Of a site
// that only some samples have, it is the distribution given that it exists.
func (w *Weighted) Marginal(site string) dist.Distribution {
	c := w.column(site)
	return dist.Empirical(w.Values(site), tensor.New(w.logWeights(c), c.len()))
}

// Mean returns the weighted mean of a site's values.
func (w *Weighted) Mean(site string) *tensor.Tensor {
	return w.Marginal(site).(dist.Moments).Mean()
}

// SD returns the weighted standard deviation of a site's values.
func (w *Weighted) SD(site string) *tensor.Tensor {
	return w.Marginal(site).(dist.Moments).Variance().Sqrt()
}

// ESS is the effective number of samples, (Σw)²/Σw² (Kong 1992).
func (w *Weighted) ESS() float64 {
	top := slices.Max(w.LogWeights)
	var s, s2 float64
	for _, l := range w.LogWeights {
		v := math.Exp(l - top)
		s += v
		s2 += v * v
	}
	return s * s / s2
}

// LogEvidence is the logarithm of the mean weight, which estimates log p(data).
func (w *Weighted) LogEvidence() float64 {
	top := slices.Max(w.LogWeights)
	if math.IsInf(top, -1) {
		return top
	}
	var s float64
	for _, l := range w.LogWeights {
		s += math.Exp(l - top)
	}
	return top + math.Log(s/float64(len(w.LogWeights)))
}

// Resample draws n samples with probabilities proportional to the weights, by
// systematic resampling (Kitagawa 1996), and returns them with equal weights.
func (w *Weighted) Resample(key rng.Key, n int) *Weighted {
	if n <= 0 {
		panic(&tensor.Error{Op: "Resample", Reason: fmt.Sprintf("%d samples; it must be positive", n)})
	}
	picks := systematic(key, w.LogWeights, n)
	out := newWeighted(n)
	out.LogWeights = append(out.LogWeights, make([]float64, n)...)
	out.names = slices.Clone(w.names)
	for _, name := range w.names {
		out.columns[name] = w.columns[name].pick(picks)
	}
	return out
}

// pick returns the values of the given samples.
func (c *column) pick(samples []int) *column {
	out := &column{shape: c.shape}
	n := 1
	for _, d := range c.shape {
		n *= d
	}
	for i, s := range samples {
		row := s
		if c.rows != nil {
			at, ok := slices.BinarySearch(c.rows, s)
			if !ok {
				continue
			}
			row = at
			out.rows = append(out.rows, i)
		}
		out.data = append(out.data, c.data[row*n:(row+1)*n]...)
	}
	return out
}

// systematic returns n indices with probabilities proportional to exp(logw).
func systematic(key rng.Key, logw []float64, n int) []int {
	top := slices.Max(logw)
	total := 0.0
	for _, l := range logw {
		total += math.Exp(l - top)
	}
	out := make([]int, n)
	step := total / float64(n)
	at := key.Uniform() * step
	i, sum := 0, math.Exp(logw[0]-top)
	for k := range out {
		for sum < at && i < len(logw)-1 {
			i++
			sum += math.Exp(logw[i] - top)
		}
		out[k] = i
		at += step
	}
	return out
}
