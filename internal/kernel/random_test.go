package kernel

import (
	"math"
	"slices"
	"testing"
)

// The known answers of Random123 (Salmon et al. 2011) for threefry2x64 with 13 rounds, file
// kat_vectors: counter, key, result.
func TestThreefryKnownAnswers(t *testing.T) {
	const ones = math.MaxUint64
	for _, c := range [][6]uint64{
		{0, 0, 0, 0, 0xf167b032c3b480bd, 0xe91f9fee4b7a6fb5},
		{ones, ones, ones, ones, 0xccdec5c917a874b1, 0x4df53abca26ceb01},
		{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0xc3aac71561042993, 0x3fe7ae8801aff316},
	} {
		if a, b := Threefry(c[2], c[3], c[0], c[1]); a != c[4] || b != c[5] {
			t.Errorf("counter %x under %x is %x %x, want %x", c[:2], c[2:4], a, b, c[4:])
		}
	}
}

// A sequence can be entered at any block, also where the counter wraps, and every tier gives the
// bits of the blocks.
func TestBitsAreAFunctionOfTheCounter(t *testing.T) {
	for _, key := range [][2]uint64{{1, 2}, {math.MaxUint64, math.MaxUint64}, {0xa4093822299f31d0, 0x082efa98ec4e6c89}} {
		start := uint64(1<<64 - 20)
		whole := make([]uint64, 101)
		for i := range whole {
			a, b := Threefry(key[0], key[1], start+uint64(i/2), 0)
			whole[i] = [2]uint64{a, b}[i%2]
		}
		for _, tr := range tiers() {
			for k := range 50 {
				part := make([]uint64, len(whole)-2*k)
				tr.Bits(part, key[0], key[1], start+uint64(k))
				if !slices.Equal(part, whole[2*k:]) {
					t.Fatalf("%v: Bits from block %d differ", tr, k)
				}
			}
		}
	}
}

func TestUniformOf(t *testing.T) {
	for _, c := range []struct {
		bits uint64
		want float64
	}{
		{0, 0x1p-53},
		{1<<12 - 1, 0x1p-53},
		{1 << 12, 0x3p-53},
		{1 << 63, 0.5 + 0x1p-53},
		{1<<64 - 1, 1 - 0x1p-53},
	} {
		if got := UniformOf(c.bits); got != c.want {
			t.Errorf("UniformOf(%#x) = %v, want %v", c.bits, got, c.want)
		}
	}
}

// In every tier the numbers are those of the bits, to the last.
func TestNumbersOfBits(t *testing.T) {
	const n = 9999
	bits, u, z := make([]uint64, n+1), make([]float64, n), make([]float64, n)
	for _, tr := range tiers() {
		tr.Bits(bits, 5, 6, 7)
		tr.Uniform(u, 5, 6, 7)
		tr.Normal(z, 5, 6, 7)
		for i := range n {
			x, y := NormalsOf(bits[i&^1], bits[i|1])
			if want := [2]float64{x, y}[i%2]; u[i] != UniformOf(bits[i]) || z[i] != want {
				t.Fatalf("%v: element %d of %#x: uniform %v, normal %v, want %v, %v", tr, i, bits[i], u[i], z[i], UniformOf(bits[i]), want)
			}
		}
	}
}

// The extreme bits give finite numbers.
func TestNormalsOfExtremeBits(t *testing.T) {
	for _, a := range []uint64{0, math.MaxUint64} {
		for _, b := range []uint64{0, 1 << 62, 1 << 63, math.MaxUint64} {
			x, y := NormalsOf(a, b)
			if r := math.Hypot(x, y); !(0 < r && r <= math.Sqrt(106*math.Ln2)*(1+0x1p-50)) {
				t.Errorf("radius %v for bits %x %x", r, a, b)
			}
		}
	}
}

// Against package math, whose logarithm, sine and cosine have an error of an ulp each.
func TestNormalIsBoxMuller(t *testing.T) {
	const n = 100_000
	u, z := make([]float64, n), make([]float64, n)
	for _, tr := range tiers() {
		tr.Uniform(u, 1, 2, 3)
		tr.Normal(z, 1, 2, 3)
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
		}
	}
}

// Kolmogorov and Smirnov: of n draws the empirical distribution is within 2.63/sqrt(n) of the true
// one but in one of a million cases (2 e^(-2 2.63²) = 2e-6).
func TestNormalDistribution(t *testing.T) {
	const n = 200_000
	z := make([]float64, n)
	Normal(z, 42, 0, 0)
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
	Normal(z, 7, 8, 9)
	for lag := 1; lag <= 20; lag++ {
		if c := Dot(z[lag:], z[:n-lag]) / n; math.Abs(c) > 5.5/math.Sqrt(n) {
			t.Errorf("correlation %v at lag %d", c, lag)
		}
	}
}
