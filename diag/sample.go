package diag

import (
	"math"
	"runtime"

	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/internal/parallel"
)

// sample is the draws of one variable. What is said of it comes from one order of
// them and from series: numbers made of the draws, one of each, that stand as the
// draws do. It is memory that serves variable after variable.
type sample struct {
	draws [][]float64 // by chain
	order order       // of all
	half  *order      // of the draws in halves of chains

	series        []float64   // chain after chain
	whole, halves [][]float64 // views of it

	sorter       sorter
	kept, folded order
	scores       normalScores
	mixing       mixing
}

// newSample returns draws in order; see [sample.take].
func newSample(draws [][]float64) *sample {
	s := &sample{}
	s.take(draws)
	return s
}

// take makes s the draws of another variable, and panics unless they are a
// non-empty rectangle.
func (s *sample) take(draws [][]float64) {
	check(draws)
	n := len(draws[0])
	s.draws = draws
	s.sorter.sort(&s.order, draws)
	s.half = &s.order
	if n%2 == 1 && n > 1 { // the middle draws are in no half
		s.half = &s.kept
		s.kept.keep(&s.order, func(at int) bool { return at%n != n/2 })
	}
	s.series = resize(s.series, len(draws)*n)
	s.whole = s.whole[:0]
	for c := range draws {
		s.whole = append(s.whole, s.series[c*n:(c+1)*n])
	}
	s.halves = split(s.whole)
}

// each calls f for every variable, on all cores.
func each(vars []Variable, f func(i int, s *sample)) {
	for _, v := range vars {
		check(v.Draws) // here, where a panic passes through nobody else's work
	}
	parts := min(runtime.GOMAXPROCS(0), len(vars))
	var loop parallel.Loop[struct{}]
	loop.Run(parts, struct{}{}, func(_ *struct{}, part int) {
		s := &sample{}
		for i := part; i < len(vars); i += parts {
			s.take(vars[i].Draws)
			f(i, s)
		}
	})
}

// rank makes the series normal scores of the ranks in o; other places keep what
// they have.
func (s *sample) rank(o *order) {
	s.scores = s.scores.of(len(o.at))
	s.scores.set(s.series, o)
}

// ranked returns the rank-normalised R-hat and the effective size of the bulk.
func (s *sample) ranked() (rhat, bulk float64) {
	if s.half.degenerate() {
		return math.NaN(), math.NaN()
	}
	s.rank(s.half)
	x := s.mixing.of(s.halves)
	rhat, bulk = x.rhat(), x.ess()
	if s.order.degenerate() {
		return math.NaN(), bulk
	}
	s.folded.fold(s.half, s.order.quantile(0.5))
	if s.folded.degenerate() {
		return rhat, bulk
	}
	s.rank(&s.folded)
	return max(rhat, s.mixing.of(s.halves).rhat()), bulk
}

// essQuantile is as [ESSQuantile].
func (s *sample) essQuantile(p float64) float64 {
	if s.order.degenerate() {
		return math.NaN()
	}
	if p == 1 { // lest the indicator be constant
		p = 1 - 0.5/float64(len(s.series))
	}
	clear(s.series)
	for _, at := range s.order.at[:s.order.atMost(s.order.quantile(p))] {
		s.series[at] = 1
	}
	return s.mixing.of(s.halves).ess()
}

// essTail is as [ESSTail].
func (s *sample) essTail() float64 { return min(s.essQuantile(0.05), s.essQuantile(0.95)) }

// mean is that of all draws.
func (s *sample) mean() float64 {
	sum := 0.0
	for _, chain := range s.draws {
		sum += kernel.Sum(chain)
	}
	return sum / float64(len(s.series))
}

// centre makes the series the draws' deviations from mean.
func (s *sample) centre(mean float64) {
	for c, chain := range s.draws {
		kernel.AddScalar(s.whole[c], chain, -mean)
	}
}

// moments are the mean and the standard deviation with their Monte Carlo standard
// errors.
type moments struct{ mean, sd, mcseMean, mcseSD float64 }

func (s *sample) moments() moments {
	n, mean := float64(len(s.series)), s.mean()
	s.centre(mean)
	kernel.Square(s.series, s.series)
	sum, squares := kernel.Sum(s.series), kernel.Dot(s.series, s.series)
	second, fourth := sum/n, squares/n
	sd := math.Sqrt(sum / (n - 1))
	return moments{
		mean: mean, mcseMean: sd / math.Sqrt(s.mixing.of(split(s.draws)).ess()),
		sd: sd, mcseSD: math.Sqrt((fourth - second*second) / s.mixing.of(s.halves).ess() / second / 4),
	}
}
