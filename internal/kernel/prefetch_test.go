package kernel

import "testing"

// TestPrefetch: rows of any length and place are read at most, and empty lists
// are nothing to read.
func TestPrefetch(t *testing.T) {
	x := make([]float32, 1000)
	for i := range x {
		x[i] = float32(i)
	}
	for n := range 100 {
		for from := range 20 {
			part := x[from:]
			for count := range 4 {
				rows := make([]int, count)
				for i := range rows {
					rows[i] = (len(part)/max(n, 1) - 1) * i / 3
				}
				Prefetch(part, rows, n)
			}
		}
	}
	Prefetch(x[:0], []int{0}, 1)
	for i, v := range x {
		if v != float32(i) {
			t.Fatalf("element %d is %v", i, v)
		}
	}
	if a := testing.AllocsPerRun(3, func() { Prefetch(x, []int{1, 2}, 3) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}
