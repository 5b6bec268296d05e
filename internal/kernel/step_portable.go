//go:build !amd64 || purego

package kernel

func (tier) runSteps(steps []threaded) { goSteps(steps) }

func (tier) stepRoutines(int) *[numSteps][2]uintptr { return nil }
