package mcmc

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Result is what a run has drawn. All chains of it have the same length; of a
// run that was cancelled, chains with less than half the draws of the longest
// are left out, and the others cut to the shortest.
type Result struct {
	Chains, Draws int
	Stats         SampleStats
	Warmup        []WarmupReport // by chain
	Compute       []Stats        // by chain: how gradients were computed
	Total         time.Duration  // of the run
	Provenance    Provenance
	Summed        []string // discrete sites that were summed out

	layout *layout
	chains []*record
}

// Provenance tells where draws come from.
type Provenance struct {
	Sampler string // "NUTS" or "HMC"
	Key     string // in hexadecimal
	Draws   int    // asked for, of each chain
	Warmup  int
	Chains  int
	Target  float64
}

// SampleStats are the statistics of the sampler, [chain][draw].
type SampleStats struct {
	LP                  [][]float64 // log density on the unconstrained scale
	AcceptanceRate      [][]float64
	StepSize            [][]float64
	Energy              [][]float64
	TreeDepth           [][]int32
	NSteps              [][]int32
	Diverging           [][]bool
	ReachedMaxTreeDepth [][]bool
}

// All yields the statistics as numbers, [chain][draw], under ArviZ's names.
func (s *SampleStats) All() iter.Seq2[string, [][]float64] {
	return func(yield func(string, [][]float64) bool) {
		_ = yield("lp", s.LP) && yield("acceptance_rate", s.AcceptanceRate) && yield("step_size", s.StepSize) &&
			yield("energy", s.Energy) && yield("tree_depth", numbers(s.TreeDepth, toFloat)) &&
			yield("n_steps", numbers(s.NSteps, toFloat)) && yield("diverging", numbers(s.Diverging, fromBool)) &&
			yield("reached_max_treedepth", numbers(s.ReachedMaxTreeDepth, fromBool))
	}
}

func toFloat(v int32) float64 { return float64(v) }

func fromBool(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

func numbers[T any](x [][]T, f func(T) float64) [][]float64 {
	out := make([][]float64, len(x))
	for c := range x {
		out[c] = make([]float64, len(x[c]))
		for i, v := range x[c] {
			out[c][i] = f(v)
		}
	}
	return out
}

// WarmupReport tells what warm-up found.
type WarmupReport struct {
	StepSize    float64
	Target      float64   // mean acceptance that it is tuned to: TargetAccept, or more where steps diverged late in warm-up
	MinTime     float64   // that a trajectory takes at least, of NUTS with a Dense metric where one direction is much longer than the others; 0: it ends where it turns
	Steady      int       // transitions with a step size that moved slowly, as it does late in windows where Target was raised
	Metric      Metric    // its form
	Rank        int       // directions of a LowRank metric
	Variances   []float64 // the diagonal of the inverse mass matrix, by unconstrained coordinate
	Covariance  []float64 // all of a Dense one, row by row; otherwise nil
	Windows     [][2]int  // stretches of transitions, both ends included, at whose ends the metric was renewed
	Gradients   int       // searches for a step size included
	Divergences int
	Time        time.Duration // of warm-up, the search for a start included, and chains that moved together with it
	Sampling    time.Duration // of the draws, the same
}

func newResult(s *sampler, key rng.Key, l *layout) *Result {
	r := &Result{layout: l, Summed: l.summed, Provenance: Provenance{
		Sampler: s.name, Key: key.String(),
		Draws: s.Draws, Warmup: s.Warmup, Chains: s.Chains, Target: s.TargetAccept,
	}}
	for range s.Chains {
		r.chains = append(r.chains, newRecord(l.size, s.Draws, s.Streaming))
	}
	return r
}

// finish makes the chains equally long and fills the exported fields.
func (r *Result) finish(key rng.Key) error {
	longest := 0
	for _, c := range r.chains {
		longest = max(longest, c.N)
	}
	kept := r.chains[:0]
	r.Draws = longest
	var ids []int
	for id, c := range r.chains {
		if 2*c.N < longest || c.N == 0 {
			continue
		}
		ids = append(ids, id)
		kept = append(kept, c)
		r.Draws = min(r.Draws, c.N)
	}
	r.chains, r.Chains = kept, len(kept)
	for _, c := range kept {
		r.Compute = append(r.Compute, c.compute)
		r.Warmup = append(r.Warmup, c.warmupReport())
		if c.moments == nil {
			c.cut(r.Draws)
			r.Stats.add(c)
		}
	}
	return r.recover(key, ids)
}

func (s *SampleStats) add(c *record) {
	s.LP = append(s.LP, c.LogProb)
	s.AcceptanceRate = append(s.AcceptanceRate, c.Accept)
	s.StepSize = append(s.StepSize, c.Step)
	s.Energy = append(s.Energy, c.Energy)
	s.TreeDepth = append(s.TreeDepth, c.Depth)
	s.NSteps = append(s.NSteps, c.Steps)
	s.Diverging = append(s.Diverging, c.Bad)
	s.ReachedMaxTreeDepth = append(s.ReachedMaxTreeDepth, c.Cut)
}

// cut keeps the first n draws.
func (c *record) cut(n int) {
	for i := range c.Values {
		c.Values[i] = c.Values[i][:n]
	}
	c.LogProb, c.Accept, c.Step, c.Energy = c.LogProb[:n], c.Accept[:n], c.Step[:n], c.Energy[:n]
	c.Depth, c.Steps, c.Bad, c.Cut = c.Depth[:n], c.Steps[:n], c.Bad[:n], c.Cut[:n]
}

func (c *record) warmupReport() WarmupReport {
	w := WarmupReport{
		StepSize: c.report.StepSize, Target: c.report.Target, Steady: c.report.Steady, MinTime: c.report.MinTime, Metric: Metric(c.report.Metric), Variances: c.metric.Variances(),
		Covariance: c.metric.Cov, Rank: len(c.metric.Eigen), Gradients: c.report.Leapfrogs, Divergences: c.report.Divergences,
		Time: c.warmup, Sampling: c.total - c.warmup,
	}
	for _, i := range c.report.Windows {
		w.Windows = append(w.Windows, [2]int{i.First, i.Last})
	}
	return w
}

// Names returns the names of the latent and deterministic sites, in the order of
// the model.
func (r *Result) Names() []string {
	var names []string
	for _, v := range r.layout.vars {
		names = append(names, v.name)
	}
	return names
}

// Latents returns the names of the continuous latent sites, in the order of the
// model.
func (r *Result) Latents() []string {
	var names []string
	for _, s := range r.layout.sites {
		names = append(names, s.name)
	}
	return names
}

// variable finds a variable by name, and panics with a *pyro.SiteError if there
// is none.
func (r *Result) variable(name string) *variable {
	for i := range r.layout.vars {
		if v := &r.layout.vars[i]; v.name == name {
			return v
		}
	}
	reason := "the result has no such site" + pyro.Near(name, r.Names())
	if slices.Contains(r.Summed, name) {
		reason = "the discrete site was summed out; set Discrete to draw it"
	}
	panic(&pyro.SiteError{Site: name, Reason: reason})
}

// Dims names the dims of Var(name): "chain", "draw", then those of the site: the
// names of its plates, and NAME_dim_0 and so on for others.
func (r *Result) Dims(name string) []string {
	return append([]string{"chain", "draw"}, r.variable(name).dims...)
}

// Var returns the draws of a site, of shape [chains, draws, …]. It panics with a
// *pyro.SiteError if there is none of the name, or draws were not kept.
func (r *Result) Var(name string) *tensor.Tensor {
	v := r.variable(name)
	r.kept(name)
	out := make([]float64, r.Chains*r.Draws*v.n)
	for c, chain := range r.chains {
		for j := range v.n {
			for i, x := range chain.Values[v.at+j] {
				out[(c*r.Draws+i)*v.n+j] = x
			}
		}
	}
	return tensor.New(out, append([]int{r.Chains, r.Draws}, v.shape...)...)
}

func (r *Result) kept(name string) {
	if len(r.chains) > 0 && r.chains[0].moments != nil {
		panic(&pyro.SiteError{Site: name, Reason: "Streaming keeps no draws"})
	}
}

// All yields names and draws of the sites, as Var returns them.
func (r *Result) All() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, v := range r.layout.vars {
			if !yield(v.name, r.Var(v.name)) {
				return
			}
		}
	}
}

// Values returns the values of the sites in one draw, for handler.Substitute and
// prediction.
func (r *Result) Values(chain, draw int) pyro.Data {
	data := pyro.Data{}
	for _, v := range r.layout.vars {
		r.kept(v.name)
		x := make([]float64, v.n)
		for j := range x {
			x[j] = r.chains[chain].Values[v.at+j][draw]
		}
		data[v.name] = tensor.New(x, v.shape...)
	}
	return data
}

// Scalars returns the draws of each number of the named sites, or of all, under
// names such as theta[3], counted from 0. The slices are those of the result.
func (r *Result) Scalars(names ...string) []diag.Variable {
	if len(names) == 0 {
		names = r.Names()
	}
	if r.Chains == 0 {
		return nil
	}
	var out []diag.Variable
	for _, name := range names {
		v := r.variable(name)
		r.kept(name)
		for j := range v.n {
			x := diag.Variable{Name: v.element(j)}
			for _, c := range r.chains {
				x.Draws = append(x.Draws, c.Values[v.at+j])
			}
			out = append(out, x)
		}
	}
	return out
}

// Scalar returns the draws of one number, such as "mu" or "theta[3]".
func (r *Result) Scalar(name string) [][]float64 {
	base, _, _ := strings.Cut(name, "[")
	for _, v := range r.Scalars(base) {
		if v.Name == name {
			return v.Draws
		}
	}
	panic(&pyro.SiteError{Site: name, Reason: fmt.Sprintf("the site has shape %v", r.variable(base).shape)})
}

// element names number j of v.
func (v *variable) element(j int) string {
	if len(v.shape) == 0 {
		return v.name
	}
	index := make([]string, len(v.shape))
	for d := len(v.shape) - 1; d >= 0; d-- {
		index[d] = fmt.Sprint(j % v.shape[d])
		j /= v.shape[d]
	}
	return v.name + "[" + strings.Join(index, ",") + "]"
}

// Summary returns a table of the named sites, or of all, number by number.
func (r *Result) Summary(names ...string) diag.Table {
	if len(r.chains) > 0 && r.chains[0].moments != nil {
		return r.streamed(names)
	}
	return diag.Summarize(r.Scalars(names...))
}

// Diagnose judges the run: divergences, points that were taken for ones of density
// zero, saturated trajectories, E-BFMI, R-hat and
// effective sizes, with advice. Numbers that are the same in all draws, such as
// the zeros of a triangular matrix, are not judged.
func (r *Result) Diagnose() diag.Diagnosis {
	if r.Chains == 0 {
		return diag.Diagnosis{{
			Check: "draws", Limit: 1, Text: "no chain got as far as a draw",
			Advice: "let the run go on for longer",
		}}
	}
	f := diag.Fit{Diverging: r.Stats.Diverging, Energy: r.Stats.Energy}
	if r.Provenance.Sampler == "NUTS" {
		f.Saturated = r.Stats.ReachedMaxTreeDepth
	}
	for _, c := range r.Compute {
		f.Evaluated += c.Replayed + c.Eager
		f.Refused += c.Refused
		f.Refusal = cmp.Or(f.Refusal, c.Refusal)
	}
	for _, v := range r.Scalars() {
		if !constant(v.Draws) {
			f.Variables = append(f.Variables, v)
		}
	}
	return diag.Diagnose(f)
}

func constant(draws [][]float64) bool {
	for _, c := range draws {
		for _, x := range c {
			if x != draws[0][0] {
				return false
			}
		}
	}
	return true
}

// Gradients is the number of gradients of the whole run, warm-up included.
func (r *Result) Gradients() int {
	n := 0
	for c, w := range r.Warmup {
		n += w.Gradients
		if r.chains[c].moments == nil {
			for _, s := range r.chains[c].Steps {
				n += int(s)
			}
		}
	}
	return n
}

// Divergences is the number of draws whose transition diverged.
func (r *Result) Divergences() int {
	n := 0
	for _, c := range r.chains {
		for _, bad := range c.Bad {
			if bad {
				n++
			}
		}
	}
	return n
}
