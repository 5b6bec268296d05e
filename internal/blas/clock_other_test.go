//go:build !linux

package blas

import "time"

// threadTime is the time since the start: the best that the standard library tells.
func threadTime() time.Duration { return wallTime() }
