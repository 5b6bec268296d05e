// Package parallel shares the parts of a long loop among the cores.
//
//	var squares parallel.Loop[[]float64]
//	squares.Run(4, x, func(x *[]float64, part int) {
//		for i := part * len(*x) / 4; i < (part+1)*len(*x)/4; i++ {
//			(*x)[i] *= (*x)[i]
//		}
//	})
//
// What the parts are is the caller's business: results are the same on any
// number of cores if parts are cut by the size of the operands alone and no part
// reads what another one writes.
//
// A loop waits for parts that somebody works on, never for a helper that has not
// begun. So loops may be nested, and where all cores are busy a loop is finished
// by its caller alone. A run allocates nothing once the loop is warm and its
// helpers are there.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Loop runs parts of a loop whose operands are an A. The zero value is ready for
// use, from any number of goroutines. It holds nothing but memory of earlier
// runs. It must not be copied.
type Loop[A any] struct {
	lock sync.Mutex
	free *run[A]
}

// run is one call of Run.
type run[A any] struct {
	loop    *Loop[A]
	then    *run[A] // the next free one
	args    A
	body    func(args *A, part int)
	parts   int64
	next    atomic.Int64   // part that nobody has begun
	undone  sync.WaitGroup // parts
	holders atomic.Int32   // goroutines that may still look at this
	failure atomic.Pointer[failure]
}

// failure is a panic of a part.
type failure struct{ value any }

// Run calls body for each part from 0 to parts-1, some of them at the same time,
// and returns the operands as they are when all have returned. If parts panic,
// Run panics with the value of one of those panics when no part runs any more.
// body must not keep args.
func (l *Loop[A]) Run(parts int, args A, body func(args *A, part int)) A {
	r := l.take()
	r.args, r.body, r.parts = args, body, int64(parts)
	helpers := min(runtime.GOMAXPROCS(0), parts) - 1
	if helpers <= 0 {
		return r.alone()
	}
	r.next.Store(0)
	r.undone.Add(parts)
	r.holders.Store(1)
	for range helpers {
		r.holders.Add(1)
		if !call(r) {
			r.holders.Add(-1)
			break
		}
	}
	r.work()
	r.undone.Wait()
	f := r.failure.Load()
	args = r.args
	r.leave()
	if f != nil {
		panic(f.value)
	}
	return args
}

// alone does all parts. A panic passes, as in any loop.
func (r *run[A]) alone() A {
	for i := range int(r.parts) {
		r.body(&r.args, i)
	}
	args := r.args
	r.recycle()
	return args
}

func (r *run[A]) help() {
	r.work()
	r.leave()
}

// work does parts until there are no more to begin.
func (r *run[A]) work() {
	for {
		i := r.next.Add(1) - 1
		if i >= r.parts {
			return
		}
		r.part(int(i))
	}
}

func (r *run[A]) part(i int) {
	defer func() {
		if v := recover(); v != nil {
			r.failure.CompareAndSwap(nil, &failure{v})
		}
		r.undone.Done()
	}()
	r.body(&r.args, i)
}

// leave keeps the memory for another run once nobody looks at it.
func (r *run[A]) leave() {
	if r.holders.Add(-1) == 0 {
		r.recycle()
	}
}

func (r *run[A]) recycle() {
	var none A
	r.args, r.body = none, nil
	r.failure.Store(nil)
	r.loop.lock.Lock()
	r.loop.put(r)
	r.loop.lock.Unlock()
}

func (l *Loop[A]) put(r *run[A]) { r.then, l.free = l.free, r }

// take returns memory for a run. Helpers that begin late may look at that of
// earlier runs still, so one caller never needs more than there are cores.
func (l *Loop[A]) take() *run[A] {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.free == nil {
		more := make([]run[A], runtime.GOMAXPROCS(0))
		for i := range more {
			more[i].loop = l
			l.put(&more[i])
		}
	}
	r := l.free
	l.free, r.then = r.then, nil
	return r
}
