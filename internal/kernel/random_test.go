package kernel

import "testing"

// The known answers of Random123 (Salmon et al. 2011), file kat_vectors.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct{ key, hi, counter, lower, upper uint64 }{
		{0, 0, 0, 0xe169c58d6627e8d5, 0x9b00dbd8bc57ac4c},
		{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 0x41c83b0e408f276d, 0x6d5451fda20bc7c6},
		{0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, 0x94fdccebd16cfe09, 0x24126ea15001e420},
	} {
		if lower, upper := philox(c.key, c.hi, c.counter); lower != c.lower || upper != c.upper {
			t.Errorf("philox(%#x, %#x, %#x) = %#x, %#x, want %#x, %#x", c.key, c.hi, c.counter, lower, upper, c.lower, c.upper)
		}
	}
}
