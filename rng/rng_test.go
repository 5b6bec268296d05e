package rng_test

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"testing"

	"github.com/gopyro/pyro/internal/special"
	"github.com/gopyro/pyro/rng"
)

func Example() {
	key := rng.New(101)
	weight := key.FoldName("weight")
	fmt.Println(weight.Normal() == weight.Normal()) // a key is not used up
	fmt.Println(key.Fold(0) == key.Fold(1))
	x, y := make([]float64, 2), make([]float64, 5)
	weight.Uniforms(x)
	weight.Uniforms(y)
	fmt.Println(x[0] == y[0], x[1] == y[1])
	fmt.Println(key)
	// Output:
	// true
	// false
	// true true
	// 3c9d7b308541abafc245b1b2a8a596f9
}

func ExampleKey_Rand() {
	r := rng.New(1).FoldName("shuffle").Rand()
	p := r.Perm(5)
	slices.Sort(p)
	fmt.Println(p)
	// Output: [0 1 2 3 4]
}

// All tests reject a right generator with probability 1e-6, and have fixed keys.
const level = 1e-6

// chi2 fails where a χ² statistic is beyond its quantiles at level, on either
// side.
func chi2(t *testing.T, what string, x float64, dof int) {
	t.Helper()
	lo, hi := 2*special.GammaPInv(float64(dof)/2, level/2), 2*special.GammaQInv(float64(dof)/2, level/2)
	if !(lo < x && x < hi) {
		t.Errorf("%s: χ² = %.1f with %d degrees of freedom, want between %.1f and %.1f", what, x, dof, lo, hi)
	}
}

// kolmogorov fails where the distance between the distribution of x and cdf is
// beyond its quantile at level, by the bound of Dvoretzky, Kiefer and Wolfowitz
// with Massart's constant.
func kolmogorov(t *testing.T, what string, x []float64, cdf func(float64) float64) {
	t.Helper()
	slices.Sort(x)
	n, d := float64(len(x)), 0.0
	for i, v := range x {
		f := cdf(v)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	if limit := math.Sqrt(math.Log(2/level) / 2 / n); d > limit {
		t.Errorf("%s: distance %.5f, at most %.5f", what, d, limit)
	}
}

// uncorrelated fails where the correlation of x and y, which has variance 1/n
// for independent numbers, is too large.
func uncorrelated(t *testing.T, what string, x, y []float64) {
	t.Helper()
	n := float64(len(x))
	var sx, sy, sxx, syy, sxy float64
	for i := range x {
		sx, sy = sx+x[i], sy+y[i]
		sxx, syy, sxy = sxx+x[i]*x[i], syy+y[i]*y[i], sxy+x[i]*y[i]
	}
	r := (sxy/n - sx/n*sy/n) / math.Sqrt((sxx/n-sx/n*sx/n)*(syy/n-sy/n*sy/n))
	if limit := -special.NormQuantile(level/2) / math.Sqrt(n); math.Abs(r) > limit {
		t.Errorf("%s: correlation %.5f, at most %.5f", what, r, limit)
	}
}

func uniform(x float64) float64 { return x }

const draws = 50_000

func uniforms(k rng.Key) []float64 {
	x := make([]float64, draws)
	k.Uniforms(x)
	return x
}

func normals(k rng.Key) []float64 {
	x := make([]float64, draws)
	k.Normals(x)
	return x
}

// bitCounts is χ² of how often each of 64 bits is set in n words.
func bitCounts(n int, word func(i int) uint64) float64 {
	var count [64]int
	for i := range n {
		w := word(i)
		for b := range count {
			count[b] += int(w >> b & 1)
		}
	}
	x := 0.0
	for _, c := range count {
		d := float64(c) - float64(n)/2
		x += d * d / (float64(n) / 4)
	}
	return x
}

func TestBits(t *testing.T) {
	key := rng.New(1)
	s := key.Stream(3)
	words := make([]uint64, draws)
	key.Bits(words)
	chi2(t, "Bits", bitCounts(draws, func(i int) uint64 { return words[i] }), 64)
	chi2(t, "bits of a stream", bitCounts(draws, func(int) uint64 { return s.Uint64() }), 64)
	chi2(t, "first words of streams", bitCounts(draws, func(i int) uint64 {
		s := key.Stream(i)
		return s.Uint64()
	}), 64)
	chi2(t, "first words of folded keys", bitCounts(draws, func(i int) uint64 {
		s := key.Fold(i).Stream(0)
		return s.Uint64()
	}), 64)
	chi2(t, "first words of seeds", bitCounts(draws, func(i int) uint64 {
		s := rng.New(uint64(i)).Stream(0)
		return s.Uint64()
	}), 64)
	chi2(t, "first words of names", bitCounts(draws, func(i int) uint64 {
		s := key.FoldName(fmt.Sprint("x", i)).Stream(0)
		return s.Uint64()
	}), 64)
	// How many of 64 bits differ between neighbours: binomial, variance 16.
	var total float64
	for i := range draws {
		a, b := key.Fold(i).Stream(0), key.Fold(i+1).Stream(0)
		d := float64(bits.OnesCount64(a.Uint64()^b.Uint64()) - 32)
		total += d * d / 16
	}
	// The square of a binomial's deviate has variance 2 - 2/64, not quite 2.
	if z := (total - draws) / math.Sqrt(draws*(2-2./64)); math.Abs(z) > -special.NormQuantile(level/2) {
		t.Errorf("differing bits of neighbouring keys: %.2f standard deviations", z)
	}
}

func TestDistributions(t *testing.T) {
	key := rng.New(2)
	kolmogorov(t, "Uniforms", uniforms(key), uniform)
	kolmogorov(t, "Normals", normals(key), special.NormCDF)
	each := func(f func(i int) float64) []float64 {
		x := make([]float64, draws)
		for i := range x {
			x[i] = f(i)
		}
		return x
	}
	kolmogorov(t, "Fold(i).Uniform", each(func(i int) float64 { return key.Fold(i).Uniform() }), uniform)
	kolmogorov(t, "Fold(i).Normal", each(func(i int) float64 { return key.Fold(i).Normal() }), special.NormCDF)
	s := key.Stream(7)
	kolmogorov(t, "Stream.Uniform", each(func(int) float64 { return s.Uniform() }), uniform)
	kolmogorov(t, "Stream.Normal", each(func(int) float64 { return s.Normal() }), special.NormCDF)
	kolmogorov(t, "Stream.Exponential", each(func(int) float64 { return s.Exponential() }), func(x float64) float64 { return -math.Expm1(-x) })
	r := key.Rand()
	kolmogorov(t, "Rand.Float64", each(func(int) float64 { return r.Float64() }), uniform)
	for i, u := range uniforms(key) {
		if !(u > 0 && u < 1) {
			t.Fatalf("uniform %d is %v", i, u)
		}
	}
	// Pairs on a 16 × 16 grid.
	u := uniforms(key)
	var cells [256]float64
	for i := 0; i < draws; i += 2 {
		cells[int(u[i]*16)*16+int(u[i+1]*16)]++
	}
	x, want := 0.0, draws/2./256
	for _, c := range cells {
		x += (c - want) * (c - want) / want
	}
	chi2(t, "pairs", x, 255)
}

func TestIndependence(t *testing.T) {
	key := rng.New(3)
	base := normals(key)
	uncorrelated(t, "neighbours", base[1:], base[:draws-1])
	uncorrelated(t, "pairs", base[2:], base[:draws-2])
	for i := range 4 {
		uncorrelated(t, fmt.Sprintf("Fold(%d) and Fold(%d)", i, i+1), normals(key.Fold(i)), normals(key.Fold(i+1)))
		uncorrelated(t, fmt.Sprintf("key and Fold(%d)", i), base, normals(key.Fold(i)))
		uncorrelated(t, fmt.Sprintf("Fold(%d) and FoldName(%d)", i, i), normals(key.Fold(i)), normals(key.FoldName(fmt.Sprint(i))))
		uncorrelated(t, fmt.Sprintf("seeds %d and %d", i, i+1), normals(rng.New(uint64(i))), normals(rng.New(uint64(i+1))))
	}
	uncorrelated(t, "names a and b", normals(key.FoldName("a")), normals(key.FoldName("b")))
	uncorrelated(t, "Fold(1).Fold(2) and Fold(2).Fold(1)", normals(key.Fold(1).Fold(2)), normals(key.Fold(2).Fold(1)))
	stream := make([]float64, draws)
	s := key.Stream(0)
	for i := range stream {
		stream[i] = s.Normal()
	}
	uncorrelated(t, "draw and stream of a key", base, stream)
}

// TestLength: element i does not depend on how many there are.
func TestLength(t *testing.T) {
	key := rng.New(4)
	const most = 70
	b, u, z := make([]uint64, most), make([]float64, most), make([]float64, most)
	key.Bits(b)
	key.Uniforms(u)
	key.Normals(z)
	for n := range most {
		a, v, w := make([]uint64, n), make([]float64, n), make([]float64, n)
		key.Bits(a)
		key.Uniforms(v)
		key.Normals(w)
		if !slices.Equal(a, b[:n]) || !slices.Equal(v, u[:n]) || !slices.Equal(w, z[:n]) {
			t.Errorf("%d numbers are not the first of %d", n, most)
		}
	}
	if key.Uniform() != u[0] || key.Normal() != z[0] {
		t.Error("a single number is not the first of several")
	}
}

// TestShared: a long draw has the numbers of blocks one by one, on any number of
// cores.
func TestShared(t *testing.T) {
	const n = 1<<17 + 12345
	key := rng.New(9)
	last := make([]float64, 3)
	for _, cores := range []int{1, 2, 5} {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			b, u, z := make([]uint64, n), make([]float64, n), make([]float64, n)
			key.Bits(b)
			key.Uniforms(u)
			key.Normals(z)
			for lo := 0; lo < n; lo += 50_000 {
				hi := min(lo+50_000, n)
				a, v, w := make([]uint64, hi), make([]float64, hi), make([]float64, hi)
				key.Bits(a)
				key.Uniforms(v)
				key.Normals(w)
				if !slices.Equal(a, b[:hi]) || !slices.Equal(v, u[:hi]) || !slices.Equal(w, z[:hi]) {
					t.Errorf("%d cores: %d numbers are not the first of %d", cores, hi, n)
				}
			}
			if got := []float64{float64(b[n-1]), u[n-1], z[n-1]}; cores == 1 {
				copy(last, got)
			} else if !slices.Equal(got, last) {
				t.Errorf("%d cores: the last numbers are %v, on one core %v", cores, got, last)
			}
		}()
	}
}

// TestKeys: keys are values that compare, and what they are derived by matters.
func TestKeys(t *testing.T) {
	key := rng.New(5)
	seen := map[rng.Key]string{{}: "zero"}
	add := func(name string, k rng.Key) {
		t.Helper()
		if other, ok := seen[k]; ok {
			t.Errorf("%s equals %s", name, other)
		}
		seen[k] = name
	}
	for i := range 100 {
		add(fmt.Sprint("seed ", i), rng.New(uint64(i)))
		add(fmt.Sprint("Fold ", i), key.Fold(i))
		add(fmt.Sprint("Fold ", -i-1), key.Fold(-i-1))
		add(fmt.Sprint("FoldName ", i), key.FoldName(fmt.Sprint(i)))
		add(fmt.Sprint("Fold Fold ", i), key.Fold(i).Fold(i))
	}
	add("the empty name", key.FoldName(""))
	if key.Fold(3) != rng.New(5).Fold(3) || key.FoldName("x") != rng.New(5).FoldName("x") {
		t.Error("equal derivations give different keys")
	}
}

// TestTraced: traced keys draw the same numbers and can be derived again.
func TestTraced(t *testing.T) {
	key, other := rng.New(6), rng.New(7)
	traced := key.Trace(t).Fold(2).FoldName("x")
	plain := key.Fold(2).FoldName("x")
	if traced.Normal() != plain.Normal() || traced.String() != plain.String() {
		t.Error("a traced key draws other numbers")
	}
	if got, want := traced.Rederive(other), other.Fold(2).FoldName("x"); got != want {
		t.Errorf("derived again: %v, want %v", got, want)
	}
	if plain.Rederive(other) != plain || traced.Owner() != t || plain.Owner() != nil {
		t.Error("a plain key is traced, or an owner is lost")
	}
	if !traced.SameTrail(other.Trace(t).Fold(2).FoldName("x")) || traced.SameTrail(key.Trace(t).Fold(2)) ||
		traced.SameTrail(key.Trace(t).Fold(3).FoldName("x")) || traced.SameTrail(plain) || !plain.SameTrail(plain) || plain.SameTrail(key) {
		t.Error("trails are compared wrongly")
	}
}

// TestStreams: streams of elements are independent sources that allocate
// nothing.
func TestStreams(t *testing.T) {
	key := rng.New(8)
	a, b := key.Stream(0), key.Stream(1)
	x, y := make([]float64, draws), make([]float64, draws)
	for i := range x {
		x[i], y[i] = a.Uniform(), b.Uniform()
	}
	uncorrelated(t, "streams 0 and 1", x, y)
	var sum float64
	if n := testing.AllocsPerRun(10, func() {
		s := key.Fold(1).Stream(2)
		sum += s.Normal() + s.Exponential() + key.FoldName("name").Uniform()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUniforms(b *testing.B) {
	x := make([]float64, 1000)
	for b.Loop() {
		rng.New(1).Uniforms(x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/number")
}

// BenchmarkScalar: what a site with one number draws.
func BenchmarkScalar(b *testing.B) {
	key, sum := rng.New(1), 0.0
	for b.Loop() {
		sum += key.FoldName("weight").Normal()
	}
	if sum == 0 {
		b.Error("all draws are 0")
	}
}

func BenchmarkNormals(b *testing.B) {
	x := make([]float64, 1000)
	for b.Loop() {
		rng.New(1).Normals(x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/number")
}
