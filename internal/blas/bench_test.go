package blas

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	lapack "gonum.org/v1/gonum/lapack/gonum"

	"github.com/gopyro/pyro/internal/cpu"
	"github.com/gopyro/pyro/internal/peak"
)

var started = time.Now()

// wallTime is for what may use other threads, as gonum's large products do.
func wallTime() time.Duration { return time.Since(started) }

// callsIn returns how many calls take about the given time, a power of two.
func callsIn(turn time.Duration, clock func() time.Duration, work func()) int {
	for calls := 1; ; calls *= 2 {
		start := clock()
		for range calls {
			work()
		}
		if clock()-start > turn/2 {
			return calls
		}
	}
}

// against runs work, of flops operations, in turns with a loop of multiply-adds
// on registers and reports how near the best turn of the one comes to the best
// of the other. Turns of some 0.1 ms and more meet the same clock and neighbours.
func against(b *testing.B, flops float64, peakOf func(int) float64, work func()) {
	const turn = 200 * time.Microsecond
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	calls := callsIn(turn, threadTime, work)
	var best, bestPeak float64
	for b.Loop() {
		start := threadTime()
		for range calls {
			work()
		}
		best = max(best, flops*float64(calls)/float64(threadTime()-start))
		start = threadTime()
		done := peakOf(50_000)
		bestPeak = max(bestPeak, done/float64(threadTime()-start))
	}
	b.ReportMetric(best, "GFLOP/s")
	b.ReportMetric(best/bestPeak, "of-peak")
}

// tiers runs f with every tier that the machine has.
func tiers(b *testing.B, f func(b *testing.B)) {
	best := cpu.Best
	defer func() { cpu.Best = best }()
	for tier := cpu.Portable; tier <= best; tier++ {
		cpu.Best = tier
		b.Run(tier.String(), f)
	}
}

func peakOf[F Float](n int) float64 {
	if unit[F]() == unit[float32]() {
		return peak.Float32(n)
	}
	return peak.Float64(n)
}

func benchGemm[F Float](b *testing.B, transA, transB bool, n int) {
	r := newRand(1)
	x, y, z := newMatrix[F](r, n, n, 0), newMatrix[F](r, n, n, 0), newMatrix[F](r, n, n, 0)
	against(b, 2*float64(n)*float64(n)*float64(n), peakOf[F], func() {
		Gemm(transA, transB, n, n, n, 1, x.data, n, y.data, n, 0, z.data, n)
	})
}

var gemmSizes = []int{4, 8, 16, 32, 64, 96, 128, 256, 512, 1024}

func BenchmarkGemmFloat64(b *testing.B) {
	tiers(b, func(b *testing.B) {
		for _, n := range gemmSizes {
			if cpu.Best != cpu.Portable || n <= 128 {
				b.Run(fmt.Sprint(n), func(b *testing.B) { benchGemm[float64](b, false, false, n) })
			}
		}
	})
}

func BenchmarkGemmFloat32(b *testing.B) {
	tiers(b, func(b *testing.B) {
		for _, n := range gemmSizes {
			if cpu.Best != cpu.Portable || n <= 128 {
				b.Run(fmt.Sprint(n), func(b *testing.B) { benchGemm[float32](b, false, false, n) })
			}
		}
	})
}

func BenchmarkGemmTransposed(b *testing.B) {
	for name, f := range bools("AB") {
		for _, n := range []int{16, 64, 256} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { benchGemm[float64](b, f[0], f[1], n) })
		}
	}
}

// beside runs ours and theirs in turns and reports the best turn of each, per
// call and divided by per, and how many times faster ours is.
func beside(b *testing.B, per int, ours, theirs func()) {
	const turn = 50 * time.Microsecond
	run := func(work func()) func() float64 {
		calls := callsIn(turn, wallTime, work)
		return func() float64 {
			start := wallTime()
			for range calls {
				work()
			}
			return float64(wallTime()-start) / float64(calls) / float64(per)
		}
	}
	first, second := run(ours), run(theirs)
	best, bestTheirs := math.Inf(1), math.Inf(1)
	for b.Loop() {
		best, bestTheirs = min(best, first()), min(bestTheirs, second())
	}
	b.ReportMetric(best, "ns")
	b.ReportMetric(bestTheirs, "their-ns")
	b.ReportMetric(bestTheirs/best, "times")
}

// transposeOf is gonum's word for a flag.
func transposeOf(trans bool) blas.Transpose {
	if trans {
		return blas.Trans
	}
	return blas.NoTrans
}

func BenchmarkGemmGonum(b *testing.B) {
	r := newRand(1)
	for _, n := range []int{2, 3, 4, 8, 16, 64, 256} {
		x, y, z := newMatrix[float64](r, n, n, 0), newMatrix[float64](r, n, n, 0), newMatrix[float64](r, n, n, 0)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, 1, func() {
				Gemm(false, false, n, n, n, 1, x.data, n, y.data, n, 0, z.data, n)
			}, func() {
				gonum.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x.data, n, y.data, n, 0, z.data, n)
			})
		})
	}
}

func BenchmarkGemv(b *testing.B) {
	r := newRand(2)
	for _, s := range [][2]int{{4, 4}, {20, 20}, {100, 100}, {1000, 20}, {500, 500}, {4000, 2000}} {
		m, n := s[0], s[1]
		a, x, y := newMatrix[float64](r, m, n, 0), newMatrix[float64](r, 1, max(m, n), 0), newMatrix[float64](r, 1, max(m, n), 0)
		for _, trans := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dx%d/trans=%v", m, n, trans), func(b *testing.B) {
				beside(b, 1, func() {
					Gemv(trans, m, n, 1, a.data, n, x.data, 0, y.data)
				}, func() {
					gonum.Implementation{}.Dgemv(transposeOf(trans), m, n, 1, a.data, n, x.data, 1, 0, y.data, 1)
				})
			})
		}
		// How fast the same memory can be read: a sum of squares.
		b.Run(fmt.Sprintf("%dx%d/read", m, n), func(b *testing.B) {
			beside(b, 1, func() { Gemv(false, m, n, 1, a.data, n, x.data, 0, y.data) }, func() { Dot(a.data, a.data) })
		})
	}
}

func BenchmarkGer(b *testing.B) {
	r := newRand(3)
	for _, n := range []int{4, 20, 100, 500} {
		a, x, y := newMatrix[float64](r, n, n, 0), newMatrix[float64](r, 1, n, 0), newMatrix[float64](r, 1, n, 0)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, 1, func() {
				Ger(n, n, 1e-9, x.data, y.data, a.data, n)
			}, func() {
				gonum.Implementation{}.Dger(n, n, 1e-9, x.data, 1, y.data, 1, a.data, n)
			})
		})
	}
}

func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{2, 4, 8, 16, 32, 100, 500} {
		a := positive[float64](newRand(4), n, 0)
		l := a.clone()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, 1, func() {
				copy(l.data, a.data)
				Cholesky(n, l.data, n)
			}, func() {
				copy(l.data, a.data)
				lapack.Implementation{}.Dpotrf(blas.Lower, n, l.data, n)
			})
		})
	}
}

// BenchmarkCholeskyBackward stands beside gonum's factorization.
func BenchmarkCholeskyBackward(b *testing.B) {
	for _, n := range []int{2, 4, 8, 16, 32, 100, 500} {
		a := positive[float64](newRand(5), n, 0)
		l := a.clone()
		Cholesky(n, l.data, n)
		w := newMatrix[float64](newRand(6), n, n, 0)
		g := w.clone()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, 1, func() {
				copy(g.data, w.data)
				CholeskyBackward(n, l.data, n, g.data, n)
			}, func() {
				copy(g.data, a.data)
				lapack.Implementation{}.Dpotrf(blas.Lower, n, g.data, n)
			})
		})
	}
}

// BenchmarkBatched compares a batch with as many single calls.
func BenchmarkBatched(b *testing.B) {
	const batch = 64
	r := newRand(8)
	for _, n := range []int{2, 3, 4, 8, 16, 32} {
		x, y, z := newMatrix[float64](r, n*batch, n, 0), newMatrix[float64](r, n*batch, n, 0), newMatrix[float64](r, n*batch, n, 0)
		size := n * n
		b.Run(fmt.Sprintf("gemm/%d", n), func(b *testing.B) {
			beside(b, batch, func() {
				BatchedGemm(batch, false, false, n, n, n, 1, x.data, n, size, y.data, n, size, 0, z.data, n, size)
			}, func() {
				for i := range batch {
					Gemm(false, false, n, n, n, 1, x.data[i*size:], n, y.data[i*size:], n, 0, z.data[i*size:], n)
				}
			})
		})
		one := positive[float64](r, n, 0)
		for i := range batch {
			copy(x.data[i*size:], one.data)
		}
		b.Run(fmt.Sprintf("cholesky/%d", n), func(b *testing.B) {
			beside(b, batch, func() {
				copy(z.data, x.data)
				BatchedCholesky(batch, n, z.data, n, size)
			}, func() {
				copy(z.data, x.data)
				for i := range batch {
					Cholesky(n, z.data[i*size:], n)
				}
			})
		})
	}
}

func BenchmarkSolve(b *testing.B) {
	r := newRand(9)
	for _, n := range []int{4, 8, 32, 100, 500} {
		a := newMatrix[float64](r, n, n, 0).triangular(false, false)
		x, y := newMatrix[float64](r, n, n, 0), newMatrix[float64](r, 1, n, 0)
		x1, y1 := x.clone(), y.clone()
		for _, side := range []Side{Left, Right} {
			gonumSide := blas.Left
			if side == Right {
				gonumSide = blas.Right
			}
			b.Run(fmt.Sprintf("trsm/right=%v/%d", side, n), func(b *testing.B) {
				beside(b, 1, func() {
					copy(x1.data, x.data)
					Trsm(side, Tri{}, n, n, 1, a.data, n, x1.data, n)
				}, func() {
					copy(x1.data, x.data)
					gonum.Implementation{}.Dtrsm(gonumSide, blas.Lower, blas.NoTrans, blas.NonUnit, n, n, 1, a.data, n, x1.data, n)
				})
			})
		}
		for _, trans := range []bool{false, true} {
			b.Run(fmt.Sprintf("trsv/trans=%v/%d", trans, n), func(b *testing.B) {
				beside(b, 1, func() {
					copy(y1.data, y.data)
					Trsv(Tri{Trans: trans}, n, a.data, n, y1.data)
				}, func() {
					copy(y1.data, y.data)
					gonum.Implementation{}.Dtrsv(blas.Lower, transposeOf(trans), blas.NonUnit, n, a.data, n, y1.data, 1)
				})
			})
		}
	}
}
