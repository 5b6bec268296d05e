package parallel

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Helpers are goroutines that serve the loops of all packages: one less than
// there are cores, as every loop has its caller at work. That number belongs to
// the process, as cores do: loops with helpers of their own would crowd each
// other out, and someone would have to stop them. So these two variables are
// shared, and nothing depends on them but who does the work. Helpers start when a loop first wants
// one, and those that nobody wanted for a while end, so that nothing is left of
// a program's last loop.
var (
	wanted  = make(chan helpable) // idle helpers receive from it
	helpers atomic.Int32
)

const idle = time.Second / 2

type helpable interface{ help() }

// call gives r to a helper, or reports that all are busy.
func call(r helpable) bool {
	select {
	case wanted <- r:
		return true
	default:
	}
	for most := int32(runtime.GOMAXPROCS(0)) - 1; ; {
		n := helpers.Load()
		if n >= most {
			return false
		}
		if helpers.CompareAndSwap(n, n+1) {
			go serve(r)
			return true
		}
	}
}

func serve(r helpable) {
	defer helpers.Add(-1)
	bored := time.NewTimer(idle)
	for {
		r.help()
		r = nil
		bored.Reset(idle)
		select {
		case r = <-wanted:
		case <-bored.C:
			return
		}
	}
}
