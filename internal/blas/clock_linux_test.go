package blas

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time of this thread, which leaves out what other
// programs take.
func threadTime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}
