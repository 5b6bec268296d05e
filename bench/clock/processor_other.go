//go:build !linux && !darwin && !freebsd

package clock

import "time"

var start = time.Now()

// Processor is the time since the process began, where the system has no clock of
// its processor time that we know.
func Processor() time.Duration { return time.Since(start) }
