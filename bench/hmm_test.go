package bench

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// The peer's loss at the first step is 5523.38, from about ten thousand terms in
// float32 with relative errors of 6e-8 each, which add up to some 0.01.
func TestHMMStartsWhereThePeerDoes(t *testing.T) {
	symbols := 0.0
	for _, y := range HMMData() {
		symbols += y
	}
	if symbols != 28788 {
		t.Errorf("symbols sum to %v, want 28788", symbols)
	}
	loss, err := HMM().Evaluate(rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(loss-5523.38) > 0.01 {
		t.Errorf("loss at step 1 is %v, want 5523.38", loss)
	}
}
