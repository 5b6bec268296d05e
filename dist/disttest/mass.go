package disttest

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// counts returns the integers that carry the mass of a discrete distribution of
// numbers, and their log masses; ok is false if there are too many. They reach
// twice as far as what carries all but 10⁻¹², so that the rest does not count
// in the variance either unless the tails are heavy.
func (b *battery) counts() (x, logp *tensor.Tensor, ok bool) {
	s := b.d.Sample(b.Key.FoldName("counts"), 1000)
	lo, hi := s.Min().Item(), s.Max().Item()
	for width := hi - lo + 16; width < 1e6; width *= 2 {
		enough := logp != nil && logp.LogSumExp().Item() > -rounding
		x = tensor.Arange(int(hi-lo+2*width) + 1).AddScalar(lo - width)
		logp = b.d.LogProb(x)
		if enough {
			return x, logp, true
		}
	}
	return x, logp, false
}

// mass checks that the mass of a discrete distribution of numbers adds up to
// one, and moments, entropy and distribution function against it.
func (b *battery) mass(t *testing.T) {
	if !b.number() || !b.discrete() {
		t.Skip("not a distribution of integers")
	}
	x, logp, ok := b.counts()
	if !ok {
		t.Fatalf("the mass from %v to %v is exp(%v)", x.Min(), x.Max(), logp.LogSumExp())
	}
	// Mass at half an integer would be beyond the sum.
	if got := b.d.LogProb(x.AddScalar(0.5)).Max().Item(); !math.IsInf(got, -1) {
		t.Errorf("the log mass of a number and a half is %v", got)
	}
	if total := logp.LogSumExp().Item(); total > rounding {
		t.Errorf("the log mass is %v", total)
	}
	b.discreteMoments(t, x, logp)
	c, ok := dist.As[dist.Cumulative](b.d)
	if !ok {
		return
	}
	below, p := logp.Exp().CumSum(0), logp.Exp()
	compare(t, "distribution function", c.CDF(x), below, 4*rounding)
	compare(t, "distribution function between counts", c.CDF(x.AddScalar(0.5)), below, 4*rounding)
	for i, f := range below.Float64s() {
		// In the middle of each step the quantile is the count of the step.
		if m := p.At(i); m > 1e-9 {
			if got, want := c.Quantile(tensor.Of(f-m/2)).Item(), x.At(i); got != want {
				t.Errorf("the %v quantile is %v, not %v", f-m/2, got, want)
			}
		}
	}
}
