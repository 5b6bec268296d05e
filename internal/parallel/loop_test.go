package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func Example() {
	x := []float64{1, 2, 3, 4, 5}
	const size = 2
	var squares Loop[[]float64]
	squares.Run(3, x, func(x *[]float64, part int) {
		for i := part * size; i < min((part+1)*size, len(*x)); i++ {
			(*x)[i] *= (*x)[i]
		}
	})
	fmt.Println(x)
	// Output: [1 4 9 16 25]
}

// cores runs f on 1, 2 and 5 cores.
func cores(t *testing.T, f func(t *testing.T)) {
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n, " cores"), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			f(t)
		})
	}
}

// TestEachPartOnce: every part runs once before Run returns, for any number of
// them.
func TestEachPartOnce(t *testing.T) {
	cores(t, func(t *testing.T) {
		var l Loop[[]int32]
		for parts := range 70 {
			count := make([]int32, parts)
			l.Run(parts, count, func(count *[]int32, part int) { atomic.AddInt32(&(*count)[part], 1) })
			for i, n := range count {
				if n != 1 {
					t.Fatalf("part %d of %d ran %d times", i, parts, n)
				}
			}
		}
	})
}

// TestAtTheSameTime: helpers do help. A loop does not wait for one, so not
// every two parts meet.
func TestAtTheSameTime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var l Loop[chan bool]
	var met atomic.Int32
	for range 1000 {
		l.Run(2, make(chan bool), func(c *chan bool, part int) {
			select {
			case *c <- true:
				met.Add(1)
			case <-*c:
			case <-time.After(10 * time.Millisecond):
			}
		})
		if met.Load() > 0 {
			return
		}
	}
	t.Error("no two parts ran at the same time")
}

// TestNested: loops in parts of loops, many at a time, come to an end and sum
// right.
func TestNested(t *testing.T) {
	cores(t, func(t *testing.T) {
		var outer, inner Loop[*atomic.Int64]
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				var sum atomic.Int64
				outer.Run(9, &sum, func(sum **atomic.Int64, i int) {
					inner.Run(7, *sum, func(sum **atomic.Int64, j int) {
						inner.Run(3, *sum, func(sum **atomic.Int64, k int) { (*sum).Add(int64(100*i + 10*j + k)) })
					})
				})
				// Σ 100i + 10j + k over 9·7·3 triples.
				if got, want := sum.Load(), int64(7*3*100*36+9*3*10*21+9*7*3); got != want {
					t.Errorf("sum %d, want %d", got, want)
				}
			})
		}
		all.Wait()
	})
}

// TestPanic: the value of a panic comes to the caller, and the loop can be used
// again.
func TestPanic(t *testing.T) {
	cores(t, func(t *testing.T) {
		var l Loop[*atomic.Int32]
		var ran atomic.Int32
		want := errors.New("wrong")
		for range 20 {
			ran.Store(0)
			func() {
				defer func() {
					if got := recover(); got != want {
						t.Errorf("panic with %v, want %v", got, want)
					}
				}()
				l.Run(8, &ran, func(ran **atomic.Int32, part int) {
					(*ran).Add(1)
					if part == 7 {
						panic(want)
					}
				})
			}()
			if n := ran.Load(); n != 8 {
				t.Errorf("%d parts ran", n)
			}
		}
	})
}

// alone waits until there are no helpers.
func alone(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); helpers.Load() > 0; time.Sleep(idle / 10) {
		if time.Now().After(end) {
			t.Fatalf("%d helpers do not end", helpers.Load())
		}
	}
}

// TestNothingIsLeft: a warm loop allocates nothing, and when nobody has wanted
// its helpers for a while, there are no more goroutines than before.
func TestNothingIsLeft(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	alone(t)
	before := runtime.NumGoroutine()
	var l Loop[[]float64]
	x := make([]float64, 64)
	run := func() {
		l.Run(8, x, func(x *[]float64, part int) {
			for i := range 8 {
				(*x)[8*part+i]++
			}
		})
	}
	run()
	// testing.AllocsPerRun would leave one core. Now and then the runtime needs
	// memory for goroutines that begin or wait.
	const runs = 1000
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&end)
	if n := end.Mallocs - start.Mallocs; n > runs/10 {
		t.Errorf("%d runs allocate %d times", runs, n)
	}
	alone(t)
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
	}
}

// TestBounded: there are never more helpers than other cores.
func TestBounded(t *testing.T) {
	alone(t) // others may have had more cores
	cores(t, func(t *testing.T) {
		var l Loop[int]
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 50 {
					l.Run(16, 0, func(*int, int) {
						if n, cores := helpers.Load(), int32(runtime.GOMAXPROCS(0)); n >= cores {
							t.Errorf("%d helpers on %d cores", n, cores)
						}
					})
				}
			})
		}
		all.Wait()
	})
}

func BenchmarkRun(b *testing.B) {
	var l Loop[[]float64]
	x := make([]float64, 1<<20)
	for _, parts := range []int{1, 2, 16} {
		b.Run(fmt.Sprint(parts), func(b *testing.B) {
			for b.Loop() {
				l.Run(parts, x, func(*[]float64, int) {})
			}
		})
	}
}
