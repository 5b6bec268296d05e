package program

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// onCores runs f on 1, 2 and 5 cores, and wants the same bits of all.
func onCores(t *testing.T, name string, f func() []float64) {
	t.Helper()
	var want []float64
	for _, n := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(n)
		got := slices.Clone(f())
		runtime.GOMAXPROCS(old)
		if want == nil {
			want = got
		}
		for i, v := range got {
			if math.Float64bits(v) != math.Float64bits(want[i]) {
				t.Errorf("%s: element %d is %v on %d cores, %v on one", name, i, v, n, want[i])
				break
			}
		}
	}
}

// allocations is testing.AllocsPerRun on as many cores as there are, which that
// would make one. Like that it counts whole allocations a run: now and then the
// runtime needs memory for goroutines that begin or wait.
func allocations(run func()) uint64 {
	const runs = 10
	var before, after runtime.MemStats
	run()
	runtime.ReadMemStats(&before)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / runs
}

// positives returns n numbers of the unit interval.
func positives(n int) []float64 {
	x := make([]float64, n)
	rng.New(uint64(n)).Uniforms(x)
	return x
}

// TestSharedElements: a long operation has the bits of its elements a thousand
// at a time, on any number of cores and in both types.
func TestSharedElements(t *testing.T) {
	for _, c := range []struct {
		code     Code
		operands int
		n        int
	}{
		{Neg, 1, leastParts*arithPart + 1},
		{MulScalar, 1, leastParts*arithPart + 15},
		{Exp, 1, leastParts*mathPart + 17},
		{Lgamma, 1, 5*mathPart - 1},
		{Floor, 1, leastParts * mathPart},
		{Erfinv, 1, leastParts*specialPart + 3},
		{Add, 2, leastParts*arithPart + 31},
		{Pow, 2, leastParts*mathPart + 2},
		{GammaP, 2, leastParts*specialPart + 1},
		{Where, 3, leastParts*arithPart + 9},
		{BetaInc, 3, leastParts*specialPart + 5},
	} {
		for _, dtype := range []DType{Float64, Float32} {
			var in []*Array
			for i := range c.operands {
				in = append(in, Apply(Cast, Attr{F: float64(dtype)}, NewArray(positives(c.n + i)[:c.n], c.n)).Clone())
			}
			want := make([]float64, 0, c.n)
			for lo := 0; lo < c.n; {
				hi := lo + 1000
				if c.n-hi < arithRun {
					hi = c.n
				}
				var part []*Array
				for _, a := range in {
					part = append(part, Apply(Slice, Attr{Dims: []int{0, lo, hi, 1}}, a).Clone())
				}
				y := make([]float64, hi-lo)
				Apply(c.code, Attr{F: 0.5}, part...).CopyTo(y)
				want, lo = append(want, y...), hi
			}
			name := fmt.Sprint(c.code, " of ", c.n, " ", dtype)
			onCores(t, name, func() []float64 {
				got := make([]float64, c.n)
				Apply(c.code, Attr{F: 0.5}, in...).CopyTo(got)
				if !slices.EqualFunc(got, want, same) {
					t.Errorf("%s: not the bits of its parts", name)
				}
				return got
			})
		}
	}
}

// TestSharedSum: a long sum is the sum of blocks pairwise.
func TestSharedSum(t *testing.T) {
	for _, n := range []int{longSum, longSum + 1, longSum + 4095, 3*longSum + 12345} {
		x := positives(n)
		want := sumBlocks(x)
		onCores(t, fmt.Sprint("sum of ", n), func() []float64 { return []float64{sum(x)} })
		if got := sum(x); got != want {
			t.Errorf("sum of %d is %v, want %v", n, got, want)
		}
	}
}

// TestSharedRows: rows that are shared are reduced as they are alone.
func TestSharedRows(t *testing.T) {
	for _, c := range []struct {
		code    Code
		rows, n int
	}{{LogSumExp, 301, 1000}, {Sum, 2200, 1001}, {ReduceMax, 70, 33_000}, {ArgMax, 2, longSum / 2}} {
		x := positives(c.rows * c.n)
		reduce := func(rows int, x []float64) []float64 {
			return Apply(c.code, Attr{Dims: []int{1}}, NewArray(x, rows, c.n)).F64
		}
		name := fmt.Sprint(c.code, " of ", c.rows, " rows of ", c.n)
		onCores(t, name, func() []float64 {
			got := reduce(c.rows, x)
			for i, v := range got {
				if w := reduce(1, x[i*c.n:][:c.n])[0]; v != w {
					t.Fatalf("%s: row %d is %v, alone %v", name, i, v, w)
				}
			}
			return got
		})
	}
}

// TestSharedColumns: a long sum of rows is that of halves.
func TestSharedColumns(t *testing.T) {
	for _, c := range [][2]int{{longSum/20 + 1, 20}, {5000, 421}, {longSum / 2, 2}} {
		n, m := c[0], c[1]
		x := positives(n * m)
		want, halves := make([]float64, m), make([]float64, 64*m)
		columns[float64]{code: Sum}.sumHalves(want, x, m, halves)
		name := fmt.Sprint("sum of ", n, " rows of ", m)
		onCores(t, name, func() []float64 {
			got := Apply(Sum, Attr{Dims: []int{0}}, NewArray(x, n, m)).F64
			if !slices.Equal(got, want) {
				t.Errorf("%s: not the sum of halves", name)
			}
			return got
		})
	}
}

// flat is the elements of three arrays.
func flat(arrays func(i int) *Array) (all []float64) {
	for i := range 3 {
		a := arrays(i)
		all = append(all, make([]float64, a.Layout.Size)...)
		a.CopyTo(all[len(all)-a.Layout.Size:])
	}
	return all
}

// TestSharedProgram: a program on long data, with blocks that keep values in
// slabs, has the bits of the tape on any number of cores, and allocates nothing.
func TestSharedProgram(t *testing.T) {
	for _, n := range []int{1 << 16, 1<<17 + 77} {
		x := NewArray(make([]float64, n), n)
		rng.New(3).Normals(x.F64)
		w := NewArray([]float64{0.1, -0.2, 0.3, 0.5, -0.4, 0.2, 0.7}, 7)
		var tape Tape
		p := tape.Record(likelihood(&tape, w, x, n))
		inSlabs := 0
		for i := range p.code {
			if c := &p.code[i]; c.kind == block {
				inSlabs += int(c.at)
			}
		}
		if inSlabs == 0 {
			t.Error("no block has values of its own")
		}
		w.F64[2] = -1.5
		onCores(t, fmt.Sprint("program on ", n), func() []float64 {
			p.Run(rng.New(1))
			got := flat(p.Output)
			// Beyond two cores, where there may be fewer, goroutines wait all the time.
			if runtime.GOMAXPROCS(0) <= 2 && !raceEnabled {
				if a := allocations(func() { p.Run(rng.New(1)) }); a != 0 {
					t.Errorf("a run over %d elements allocates %v times", n, a)
				}
			}
			tape.Reset()
			refs := likelihood(&tape, w, x, n)
			if want := flat(func(i int) *Array { return tape.Value(refs[i]) }); !slices.EqualFunc(got, want, same) {
				t.Errorf("program on %d: not the bits of the tape", n)
			}
			return got
		})
	}
}

// BenchmarkLong compares operations in parts with what they would be at once.
func BenchmarkLong(b *testing.B) {
	for _, n := range []int{1 << 18, 1 << 20, 1 << 22} {
		x, y, z := positives(n), positives(n), positives(n)
		for _, c := range []struct {
			name        string
			parts, once func()
		}{
			{"Exp", func() { unary(Exp, 0, z, x) }, func() { vectorUnary(Exp, 0, z, x) }},
			{"Add", func() { binary(Add, z, x, y) }, func() { vectorBinary(Add, z, x, y) }},
			{"Sum", func() { sum(x) }, func() { sumBlocks(x) }},
		} {
			b.Run(fmt.Sprint(c.name, "/", n, "/parts"), func(b *testing.B) {
				for b.Loop() {
					c.parts()
				}
			})
			b.Run(fmt.Sprint(c.name, "/", n, "/once"), func(b *testing.B) {
				for b.Loop() {
					c.once()
				}
			})
		}
	}
}
