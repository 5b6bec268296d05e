//go:build linux || darwin || freebsd

package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Processor is the processor time of this process so far.
func Processor() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}
