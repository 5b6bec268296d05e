//go:build amd64 && !purego

package kernel

import "github.com/gopyro/pyro/internal/cpu"

func (t tier) runSteps(steps []threaded) {
	switch cpu.Tier(t) {
	case cpu.AVX512:
		stepsAVX512(&steps[0])
	case cpu.AVX2:
		stepsAVX2(&steps[0])
	default:
		goSteps(steps)
	}
}

// stepRoutines are the addresses of the routines for n elements by operation: for one element and for
// more. For few the AVX2 ones are better, since what was stored under a mask, or 64 bytes at a time,
// takes longer to come back.
func (t tier) stepRoutines(n int) *[numSteps][2]uintptr {
	if t == tier(cpu.AVX512) && n > 8 {
		return stepsAVX512Table()
	}
	return stepsAVX2Table()
}

//go:noescape
func stepsAVX512(first *threaded)

//go:noescape
func stepsAVX2(first *threaded)

func stepsAVX512Table() *[numSteps][2]uintptr

func stepsAVX2Table() *[numSteps][2]uintptr
