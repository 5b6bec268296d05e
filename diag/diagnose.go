package diag

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gopyro/pyro/internal/kernel"
)

// Limits of the verdicts.
const (
	MaxRhat  = 1.01 // Vehtari et al. (2021)
	MinESS   = 400  // bulk and tail, over all chains (ibid.)
	MinEBFMI = 0.3  // Betancourt (2016), Stan

	// MaxRefused is the share of refused points beyond which the cause should be
	// looked for: above what the first steps of a warm-up try.
	MaxRefused = 0.01
)

// Fit is what [Diagnose] judges. The statistics of the sampler are [chain][draw];
// a nil one is not judged.
type Fit struct {
	Variables []Variable
	Diverging [][]bool    // transitions that diverged
	Saturated [][]bool    // trajectories stopped by the greatest tree depth
	Energy    [][]float64 // Hamiltonian

	// Of Evaluated points, over all chains and the warm-up, Refused were taken for
	// points of density zero; Refusal tells why the first was.
	Evaluated, Refused int
	Refusal            string
}

// Verdict is the outcome of one check.
type Verdict struct {
	Check  string   // "divergences", "refused points", "tree depth", "E-BFMI", "R-hat", "bulk ESS", "tail ESS"
	OK     bool     // passed
	Value  float64  // the worst value, or the count; NaN where it cannot be computed
	Limit  float64  // what it is held against
	Names  []string // variables concerned, worst first
	Text   string   // what was found
	Advice string   // what to do, empty when passed
}

// Diagnosis is the list of verdicts; String lays them out.
type Diagnosis []Verdict

// OK reports whether every check passed.
func (d Diagnosis) OK() bool {
	for _, v := range d {
		if !v.OK {
			return false
		}
	}
	return true
}

// String returns one paragraph a verdict, failures with their advice.
func (d Diagnosis) String() string {
	var b strings.Builder
	for _, v := range d {
		mark := "ok  "
		if !v.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", mark, v.Check, v.Text)
		if v.Advice != "" {
			fmt.Fprintf(&b, "     %s\n", v.Advice)
		}
	}
	return b.String()
}

// Diagnose judges a fit: divergences, refused points if there are any, saturated trajectories, E-BFMI, R-hat, bulk
// and tail effective sample sizes, in the order in which they should be cured. A
// variable that is constant by construction fails R-hat as NaN; leave it out.
func Diagnose(f Fit) Diagnosis {
	var d Diagnosis
	if f.Diverging != nil {
		d = append(d, divergences(f))
	}
	if f.Refused > 0 {
		d = append(d, refusals(f))
	}
	if f.Saturated != nil {
		d = append(d, saturation(f))
	}
	if f.Energy != nil {
		d = append(d, energy(f))
	}
	if n := len(f.Variables); n > 0 {
		rhat, bulk, tail := make([]float64, n), make([]float64, n), make([]float64, n)
		each(f.Variables, func(i int, s *sample) {
			rhat[i], bulk[i] = s.ranked()
			tail[i] = s.essTailBelowTop()
		})
		d = append(d,
			worst(f, "R-hat", rhat, MaxRhat, false,
				"the chains disagree: run more warm-up, start them elsewhere, look for several modes or for parameters that the data do not tell apart"),
			worst(f, "bulk ESS", bulk, MinESS, true,
				"means and medians are imprecise: take more draws, or reparameterize what is strongly correlated"),
			worst(f, "tail ESS", tail, MinESS, true,
				"interval ends are imprecise: take more draws, or look for heavy tails and narrow regions"))
	}
	return d
}

// essTailBelowTop is ESSTail without the ends that are the greatest value drawn, as they
// may be where values are discrete: such an end has no error that draws could show.
// Where both are, it is +Inf.
func (s *sample) essTailBelowTop() float64 {
	if s.order.degenerate() {
		return math.NaN()
	}
	least, top := math.Inf(1), s.order.values[len(s.order.values)-1]
	for _, p := range []float64{0.05, 0.95} {
		if s.order.quantile(p) < top {
			least = min(least, s.essQuantile(p))
		}
	}
	return least
}

// worst judges the values that a statistic has for the variables.
func worst(f Fit, check string, values []float64, limit float64, low bool, advice string) Verdict {
	type scored struct {
		name  string
		value float64
	}
	var bad []scored
	v := Verdict{Check: check, Limit: limit}
	for i, value := range values {
		worse := value > v.Value
		fails := !(value <= limit)
		if low {
			worse, fails = value < v.Value, !(value >= limit)
		}
		if i == 0 || worse || math.IsNaN(value) {
			v.Value = value
		}
		if fails {
			bad = append(bad, scored{f.Variables[i].Name, value})
		}
	}
	slices.SortStableFunc(bad, func(a, b scored) int {
		switch {
		case math.IsNaN(a.value) && !math.IsNaN(b.value), (a.value < b.value) == low && a.value != b.value && !math.IsNaN(b.value):
			return -1
		case a.value == b.value || math.IsNaN(a.value) && math.IsNaN(b.value):
			return 0
		}
		return 1
	})
	for _, s := range bad {
		v.Names = append(v.Names, s.name)
	}
	digits, side := 3, "at most"
	if low {
		digits, side = 0, "at least"
	}
	v.OK = len(bad) == 0
	v.Text = fmt.Sprintf("worst %s, wanted %s %g", fixed(v.Value, digits), side, limit)
	if !v.OK {
		v.Text += fmt.Sprintf("; %d of %d variables fail: %s", len(bad), len(f.Variables), list(v.Names))
		v.Advice = advice
	}
	return v
}

// divergences counts them and names the variables whose draws at divergences lie
// to one side of the others.
func divergences(f Fit) Verdict {
	n, total := count(f.Diverging)
	v := Verdict{
		Check: "divergences", OK: n == 0, Value: float64(n),
		Text: fmt.Sprintf("%d of %d transitions", n, total),
	}
	if v.OK {
		return v
	}
	var where []string
	for _, s := range shifts(f, n) {
		v.Names = append(v.Names, s.name)
		where = append(where, fmt.Sprintf("%s is %s (mean %.3g there, %.3g in all)", s.name, s.side, s.there, s.all))
	}
	if len(where) > 0 {
		v.Text += ", mostly where " + strings.Join(where, ", and ")
	}
	v.Advice = "the sampler cannot enter a region of high curvature, so estimates are biased: "
	if len(v.Names) > 0 {
		v.Advice += fmt.Sprintf("reparameterize what depends on %s (non-centred where it is a scale), ", list(v.Names))
	} else {
		v.Advice += "reparameterize (non-centred hierarchies), "
	}
	v.Advice += "or raise the target acceptance towards 0.99"
	return v
}

// shift tells that the divergent draws of a variable stand apart.
type shift struct {
	name, side string
	there, all float64
}

// shifts returns the at most three variables whose mean normal score over the n
// divergent draws is furthest from zero, if by more than three standard errors
// (the scores have variance one).
func shifts(f Fit, n int) []shift {
	found, sizes := make([]shift, len(f.Variables)), make([]float64, len(f.Variables))
	each(f.Variables, func(i int, s *sample) {
		if !sameShape(s.draws, f.Diverging) || s.order.degenerate() {
			return
		}
		s.rank(&s.order)
		score, there := 0.0, 0.0
		for c, chain := range s.whole {
			for j, z := range chain {
				if f.Diverging[c][j] {
					score += z / math.Sqrt(float64(n))
					there += s.draws[c][j] / float64(n)
				}
			}
		}
		side := "high"
		if score < 0 {
			side = "low"
		}
		found[i], sizes[i] = shift{f.Variables[i].Name, side, there, s.mean()}, math.Abs(score)
	})
	var out []shift
	for _, i := range largest(sizes, 3) {
		out = append(out, found[i])
	}
	return out
}

// largest returns the at most three places of what is above a limit, the largest
// first.
func largest(sizes []float64, limit float64) []int {
	var at []int
	for i, v := range sizes {
		if v > limit {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	return at[:min(3, len(at))]
}

// refusals judges the share of points that were taken for ones of density zero.
func refusals(f Fit) Verdict {
	share := float64(f.Refused) / float64(max(f.Evaluated, f.Refused))
	v := Verdict{
		Check: "refused points", OK: share <= MaxRefused, Value: float64(f.Refused), Limit: MaxRefused * float64(f.Evaluated),
		Text: fmt.Sprintf("%d of %d evaluations were taken for points of density zero", f.Refused, f.Evaluated),
	}
	if f.Refusal != "" {
		v.Text += "; the first: " + f.Refusal
	}
	if !v.OK {
		v.Advice = "draws never come from such points: if the posterior has mass there the estimates are biased, so find where the density is lost " +
			"(underflow, 0/0, a parameter off its set), or declare the bound with a distribution of that support"
	}
	return v
}

func saturation(f Fit) Verdict {
	n, total := count(f.Saturated)
	v := Verdict{
		Check: "tree depth", OK: n == 0, Value: float64(n),
		Text: fmt.Sprintf("%d of %d trajectories stopped at the greatest depth", n, total),
	}
	if !v.OK {
		v.Advice = "the draws are right but dear: use a dense or low-rank metric, more warm-up, or parameters on like scales; raise the depth only then"
	}
	return v
}

// energy judges E-BFMI chain by chain and names the variables that follow the energy.
func energy(f Fit) Verdict {
	v := Verdict{Check: "E-BFMI", OK: true, Value: math.Inf(1), Limit: MinEBFMI}
	bad := 0
	for _, e := range f.Energy {
		b := EBFMI(e)
		if !(b >= MinEBFMI) {
			v.OK = false
			bad++
		}
		if b < v.Value || math.IsNaN(b) {
			v.Value = b
		}
	}
	v.Text = fmt.Sprintf("worst %.2f, wanted at least %g", v.Value, MinEBFMI)
	if v.OK {
		return v
	}
	v.Text += fmt.Sprintf("; %d of %d chains fail", bad, len(f.Energy))
	v.Advice = "the energy is explored slowly, the tails are heavy: reparameterize"
	if v.Names = followers(f); len(v.Names) > 0 {
		v.Text += "; the energy goes with " + list(v.Names)
		v.Advice += " what scales with " + list(v.Names)
	}
	return v
}

// followers returns the at most three variables whose normal scores correlate with
// those of the energy by more than one half, the strongest first.
func followers(f Fit) []string {
	if len(f.Variables) == 0 {
		return nil
	}
	e := newSample(f.Energy)
	if e.order.degenerate() {
		return nil
	}
	e.rank(&e.order)
	sizes := make([]float64, len(f.Variables))
	each(f.Variables, func(i int, s *sample) {
		if !sameShape(s.draws, f.Energy) || s.order.degenerate() {
			return
		}
		s.rank(&s.order)
		norms := kernel.Dot(e.series, e.series) * kernel.Dot(s.series, s.series)
		sizes[i] = math.Abs(kernel.Dot(e.series, s.series)) / math.Sqrt(norms)
	})
	var names []string
	for _, i := range largest(sizes, 0.5) {
		names = append(names, f.Variables[i].Name)
	}
	return names
}

func sameShape[T any](draws [][]float64, marks [][]T) bool {
	if len(draws) != len(marks) {
		return false
	}
	for c := range draws {
		if len(draws[c]) != len(marks[c]) {
			return false
		}
	}
	return true
}

// count returns the number of marks that are set and of all.
func count(marks [][]bool) (set, total int) {
	for _, chain := range marks {
		total += len(chain)
		for _, m := range chain {
			if m {
				set++
			}
		}
	}
	return set, total
}

// list joins at most six names.
func list(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:6], ", ") + fmt.Sprintf(" and %d more", len(names)-6)
	}
	return strings.Join(names, ", ")
}
