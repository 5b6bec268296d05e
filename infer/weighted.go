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
	// Stats tells how samples of a model were computed.
	Stats Stats

	names   []string
	columns map[string]*column
}

// column holds the values of one site.
type column struct {
	shape []int
	size  int // elements of one value
	n     int // samples that have the site
	data  []float64
	rows  []int // these samples; nil for all
}

func newWeighted(n int) *Weighted {
	return &Weighted{LogWeights: make([]float64, 0, n), columns: map[string]*column{}}
}

// add keeps the values of one run. There are first samples in other parts, before
// those of w.
func (w *Weighted) add(first int, logw float64, tr *pyro.Trace, keep func(*pyro.Site) bool) error {
	row := len(w.LogWeights)
	w.LogWeights = append(w.LogWeights, logw)
	for s := range tr.Sites() {
		if !keep(s) {
			continue
		}
		shape := s.Value.Shape()
		c := w.columnOf(s.Name, shape, s.Value.Size(), row)
		if !slices.Equal(c.shape, shape) {
			return s.Errorf("the value has shape %v in sample %d, but %v before\n\tto repair it: leave it out, by naming the sites to keep in Sites",
				shape, first+row+1, c.shape)
		}
		s.Value.CopyTo(c.grow(row, 1, 1))
	}
	return nil
}

// columnOf returns the column of a site, which is new if the sample in row is the
// first that has it.
func (w *Weighted) columnOf(name string, shape []int, size, row int) *column {
	c := w.columns[name]
	if c == nil {
		c = &column{shape: slices.Clone(shape), size: size}
		if row == 0 {
			c.data = make([]float64, 0, cap(w.LogWeights)*size)
		}
		w.names = append(w.names, name)
		w.columns[name] = c
	}
	return c
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

// grow adds n samples from row on and returns the place of their values, with room
// for those of more. Once a sample lacks the site, the samples that have it are
// listed.
func (c *column) grow(row, n, room int) []float64 {
	if c.rows == nil && c.n != row {
		c.list()
	}
	if c.rows != nil {
		for i := range n {
			c.rows = append(c.rows, row+i)
		}
	}
	c.n += n
	at := len(c.data)
	c.data = slices.Grow(c.data, room*c.size)[:at+n*c.size]
	return c.data[at : at+room*c.size]
}

// list makes the list of samples, which are the first ones so far.
func (c *column) list() {
	c.rows = make([]int, c.n)
	for i := range c.rows {
		c.rows[i] = i
	}
}

// append adds the samples of v after those of w.
func (w *Weighted) append(v *Weighted) error {
	base := len(w.LogWeights)
	for _, name := range v.names {
		from := v.columns[name]
		c := w.columns[name]
		if c == nil {
			c = &column{shape: from.shape, size: from.size}
			if base == 0 {
				c.data = make([]float64, 0, cap(w.LogWeights)*c.size)
			}
			w.names = append(w.names, name)
			w.columns[name] = c
		}
		if !slices.Equal(c.shape, from.shape) {
			return &pyro.SiteError{Site: name, Reason: fmt.Sprintf(
				"the value has shape %v in sample %d, but %v before\n\tto repair it: leave it out, by naming the sites to keep in Sites",
				from.shape, base+from.row(0)+1, c.shape)}
		}
		if c.rows == nil && (c.n != base || from.rows != nil) {
			c.list()
		}
		if c.rows != nil {
			for i := range from.n {
				c.rows = append(c.rows, base+from.row(i))
			}
		}
		c.n += from.n
		c.data = append(c.data, from.data...)
	}
	w.LogWeights = append(w.LogWeights, v.LogWeights...)
	return nil
}

// row is the sample of the i-th value.
func (c *column) row(i int) int {
	if c.rows == nil {
		return i
	}
	return c.rows[i]
}

// check reports weights that are all zero and sites that were asked for in vain.
func (w *Weighted) check(sites []string, who string, model pyro.Model, key rng.Key) error {
	for _, name := range sites {
		if w.columns[name] != nil {
			continue
		}
		names := w.names
		if tr, err := pyro.Run(model, key); err == nil {
			names = tr.Names()
		}
		return &pyro.SiteError{Site: name, Reason: who + ".Sites: no run has such a site" + pyro.Near(name, names)}
	}
	if math.IsInf(w.top(), -1) {
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
	return tensor.New(c.data, append([]int{c.n}, c.shape...)...)
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
// that only some samples have, it is the distribution given that it exists. A
// site that no sample has panics with a *pyro.SiteError.
func (w *Weighted) Marginal(site string) dist.Distribution {
	c := w.column(site)
	return dist.Empirical(w.Values(site), tensor.New(w.logWeights(c), c.n))
}

// Mean returns the weighted mean of a site's values.
func (w *Weighted) Mean(site string) *tensor.Tensor {
	return w.Marginal(site).(dist.Moments).Mean()
}

// SD returns the weighted standard deviation of a site's values.
func (w *Weighted) SD(site string) *tensor.Tensor {
	return w.Marginal(site).(dist.Moments).Variance().Sqrt()
}

// ESS is the effective number of samples, (Σw)²/Σw² (Kong 1992); 0 if all
// weights are.
func (w *Weighted) ESS() float64 {
	top := w.top()
	if math.IsInf(top, -1) {
		return 0
	}
	var s, s2 float64
	for _, l := range w.LogWeights {
		v := math.Exp(l - top)
		s += v
		s2 += v * v
	}
	return s * s / s2
}

// top is the largest log weight.
func (w *Weighted) top() float64 {
	top := math.Inf(-1)
	for _, l := range w.LogWeights {
		top = max(top, l)
	}
	return top
}

// LogEvidence is the logarithm of the mean weight, which estimates log p(data).
func (w *Weighted) LogEvidence() float64 {
	top := w.top()
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
// systematic resampling (Kitagawa 1996), and returns them with equal weights. It
// panics with a *tensor.Error if n is not positive or all weights are zero.
func (w *Weighted) Resample(key rng.Key, n int) *Weighted {
	if n <= 0 {
		panic(&tensor.Error{Op: "Resample", Reason: fmt.Sprintf("%d samples; it must be positive", n)})
	}
	if math.IsInf(w.top(), -1) {
		panic(&tensor.Error{Op: "Resample", Reason: "all weights are zero"})
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
	out := &column{shape: c.shape, size: c.size}
	for i, s := range samples {
		at := s
		if c.rows != nil {
			var ok bool
			if at, ok = slices.BinarySearch(c.rows, s); !ok {
				continue
			}
			out.rows = append(out.rows, i)
		}
		out.n++
		out.data = append(out.data, c.data[at*c.size:(at+1)*c.size]...)
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
