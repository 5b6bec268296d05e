package hmc

import (
	"slices"
	"testing"
)

func TestWindows(t *testing.T) {
	for n, want := range map[int][]Interval{
		0:    nil,
		18:   {{0, 17}},
		50:   {{0, 6}, {7, 44}, {45, 49}},
		100:  {{0, 14}, {15, 89}, {90, 99}},
		150:  {{0, 74}, {75, 99}, {100, 149}},
		200:  {{0, 74}, {75, 99}, {100, 149}, {150, 199}},
		280:  {{0, 74}, {75, 99}, {100, 229}, {230, 279}},
		1000: {{0, 74}, {75, 99}, {100, 149}, {150, 249}, {250, 449}, {450, 949}, {950, 999}},
	} {
		if got := Windows(n); !slices.Equal(got, want) {
			t.Errorf("Windows(%d) = %v, want %v", n, got, want)
		}
	}
}

// Whatever the length, intervals follow each other, and those of warm-up with
// gradients never shrink and leave the last part to the step size.
func TestWindowsTile(t *testing.T) {
	for n := range 2500 {
		at := 0
		for _, w := range Windows(n) {
			if w.First != at || w.Last < w.First {
				t.Fatalf("n=%d: %v does not follow %d", n, w, at)
			}
			at = w.Last + 1
		}
		if at != n {
			t.Fatalf("n=%d: schedule ends at %d", n, at)
		}
		a := Adaptation{Settings: Warmup{Iterations: n}}
		at, size := 0, 0
		for _, w := range a.windows() {
			if w.First != at || w.Last-w.First+1 < size {
				t.Fatalf("n=%d: window %v after one of %d", n, w, size)
			}
			at, size = w.Last+1, w.Last-w.First+1
		}
		if want := n - int(finalShare*float64(n)); at != want {
			t.Fatalf("n=%d: windows end at %d, want %d", n, at, want)
		}
	}
}
