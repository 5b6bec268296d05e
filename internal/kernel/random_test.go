package kernel

import (
	"math"
	"slices"
	"testing"
)

// The known answers of Random123 (Salmon et al. 2011), file kat_vectors.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct{ key, hi, counter, lower, upper uint64 }{
		{0, 0, 0, 0xe169c58d6627e8d5, 0x9b00dbd8bc57ac4c},
		{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 0x41c83b0e408f276d, 0x6d5451fda20bc7c6},
		{0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, 0x94fdccebd16cfe09, 0x24126ea15001e420},
	} {
		for _, tr := range tiers() {
			got := make([]uint64, 2)
			tr.Bits(got, c.key, c.hi, c.counter)
			if want := []uint64{c.lower, c.upper}; !slices.Equal(got, want) {
				t.Errorf("Bits(%#x, %#x, %#x), %v: %#x, want %#x", c.key, c.hi, c.counter, tr, got, want)
			}
		}
	}
}

// A stream can be entered at any block, also where the counter wraps, and every tier gives the bits
// of the portable one.
func TestBitsAreAFunctionOfTheCounter(t *testing.T) {
	start := uint64(1<<64 - 20)
	whole := make([]uint64, 101)
	goBits(whole, 1, 2, start)
	for _, tr := range tiers() {
		for k := range 50 {
			part := make([]uint64, len(whole)-2*k)
			tr.Bits(part, 1, 2, start+uint64(k))
			if !slices.Equal(part, whole[2*k:]) {
				t.Fatalf("%v: Bits from block %d differ", tr, k)
			}
		}
	}
}

func TestUniformOfBits(t *testing.T) {
	for _, c := range []struct {
		bits         uint64
		want, single float64
	}{
		{0, 0x1p-54, 0x1p-25},
		{1<<11 - 1, 0x1p-54, 0x1p-25},
		{1 << 11, 0x1p-53, 0x1p-25},
		{1 << 63, 0.5, 0.5},
		{1<<64 - 1, 1 - 0x1p-53, 1 - 0x1p-24},
	} {
		if got := uniform(c.bits); got != c.want {
			t.Errorf("uniform(%#x) = %v, want %v", c.bits, got, c.want)
		}
		if got := uniform32(c.bits); got != c.single {
			t.Errorf("uniform32(%#x) = %v, want %v", c.bits, got, c.single)
		}
	}
	const n = 999
	bits, u, u32 := make([]uint64, n), make([]float64, n), make([]float32, n)
	for _, tr := range tiers() {
		tr.Bits(bits, 5, 6, 7)
		tr.Uniform(u, 5, 6, 7)
		tr.Uniform32(u32, 5, 6, 7)
		for i, b := range bits {
			if u[i] != uniform(b) || float64(u32[i]) != uniform32(b) {
				t.Fatalf("%v: element %d: uniform %v, %v of %#x", tr, i, u[i], u32[i], b)
			}
		}
	}
}

// Against package math, whose logarithm, sine and cosine have an error of an ulp each.
func TestNormalIsBoxMuller(t *testing.T) {
	const n = 100_000
	u, z, z32 := make([]float64, n), make([]float64, n), make([]float32, n)
	for _, tr := range tiers() {
		tr.Uniform(u, 1, 2, 3)
		tr.Normal(z, 1, 2, 3)
		tr.Normal32(z32, 1, 2, 3)
		for i := 0; i < n; i += 2 {
			r := math.Sqrt(-2 * math.Log(u[i]))
			q := math.Round(4 * u[i+1])
			s, c := math.Sincos(math.Pi / 2 * (4*u[i+1] - q))
			for range int(q) {
				s, c = c, -s
			}
			if tol := (4 + 3) * ulp64(r); math.Abs(z[i]-r*c) > tol || math.Abs(z[i+1]-r*s) > tol {
				t.Fatalf("%v: pair %d: %v, %v, want %v, %v", tr, i, z[i], z[i+1], r*c, r*s)
			}
			if z32[i] != float32(z[i]) || z32[i+1] != float32(z[i+1]) {
				t.Fatalf("%v: pair %d in float32 differs", tr, i)
			}
		}
	}
}

// Kolmogorov and Smirnov: of n draws the empirical distribution is within 2.63/sqrt(n) of the true
// one but in one of a million cases (2 e^(-2 2.63²) = 2e-6).
func TestNormalDistribution(t *testing.T) {
	const n = 200_000
	z := make([]float64, n)
	Normal(z, [2]uint64{42, 0}, 0)
	slices.Sort(z)
	worst := 0.0
	for i, v := range z {
		cdf := math.Erfc(-v/math.Sqrt2) / 2
		worst = max(worst, math.Abs(cdf-float64(i)/n), math.Abs(cdf-float64(i+1)/n))
	}
	if limit := 2.63 / math.Sqrt(n); worst > limit {
		t.Errorf("Kolmogorov–Smirnov distance %v, limit %v", worst, limit)
	}
}

// Halves of a block, and neighbouring blocks, are not correlated: a correlation of n pairs has the
// standard deviation 1/sqrt(n).
func TestNormalIsUncorrelated(t *testing.T) {
	const n = 200_000
	z := make([]float64, n)
	Normal(z, [2]uint64{7, 8}, 9)
	for lag := 1; lag <= 20; lag++ {
		if c := Dot(z[lag:], z[:n-lag]) / n; math.Abs(c) > 5.5/math.Sqrt(n) {
			t.Errorf("correlation %v at lag %d", c, lag)
		}
	}
}
