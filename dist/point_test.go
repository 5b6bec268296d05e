package dist_test

import (
	"testing"

	"github.com/gopyro/pyro/dist"
)

func TestIsPoint(t *testing.T) {
	d := dist.Delta([]float64{1, 2})
	for _, c := range []struct {
		d    dist.Distribution
		want bool
	}{
		{d, true},
		{d.Expand(3, 2), true},
		{dist.Independent(d, 1), true},
		{dist.Masked(d, true), true},
		{dist.Normal(0, 1), false},
		{dist.Bernoulli(1), false},
		{dist.Independent(dist.Bernoulli([]float64{0, 1}), 1), false},
	} {
		if got := dist.IsPoint(c.d); got != c.want {
			t.Errorf("IsPoint(%v) = %v, want %v", c.d, got, c.want)
		}
	}
}
