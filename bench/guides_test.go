package bench

import "testing"

// BenchmarkGuides times steps of a run with each guide and loss.
func BenchmarkGuides(b *testing.B) {
	for _, w := range AllGuided(10_000) {
		b.Run(w.Workload+"/"+w.Guide+"/"+w.Loss, func(b *testing.B) { benchmarkRun(b, w.Make()) })
	}
}

// TestGuidesAllocate: once warm, steps allocate nothing, whatever the guide and
// the loss.
func TestGuidesAllocate(t *testing.T) {
	for _, w := range AllGuided(10_000) {
		svi := w.Make()
		name := w.Workload + "/" + w.Guide + "/" + w.Loss
		if n := replayAllocs(t, svi); n != 0 && !raceEnabled {
			t.Errorf("%s: a step allocates %v times", name, n)
		}
		if svi.Stats.Why != "" || svi.Stats.Replayed == 0 {
			t.Errorf("%s is not replayed: %s", name, svi.Stats.Why)
		}
	}
}
