package pyro

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// TestChooser: elements are distinct and in range, follow from the key alone,
// whatever was drawn before, and a further draw allocates nothing.
func TestChooser(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 8, 100, 1000} {
		for _, size := range []int{n, n + 1, 2 * n, 1_000_000, 1 << 30} {
			c, key := chooser{size: size}, rng.New(uint64(size)).Fold(n)
			a, b := make([]float64, n), make([]float64, n)
			c.fill(key.Fold(1), a, nil)
			c.fill(key, a, nil)
			(&chooser{size: size}).fill(key, b, nil)
			if !slices.Equal(a, b) {
				t.Errorf("%d of %d: an earlier draw changed a later one", n, size)
			}
			slices.Sort(b)
			if b[0] < 0 || b[n-1] >= float64(size) || len(slices.Compact(b)) != n {
				t.Errorf("%d of %d: out of range or drawn twice: %v", n, size, a)
			}
			if allocs := testing.AllocsPerRun(3, func() { c.fill(key, a, nil) }); allocs != 0 {
				t.Errorf("%d of %d: %v allocations", n, size, allocs)
			}
		}
	}
}

func BenchmarkChooser(b *testing.B) {
	for _, n := range []int{100, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, key, out := chooser{size: 1_000_000}, rng.New(1), make([]float64, n)
			for i := 0; b.Loop(); i++ {
				c.fill(key.Fold(i), out, nil)
			}
		})
	}
}
