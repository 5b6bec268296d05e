//go:build amd64 && !purego

package cpu

import "golang.org/x/sys/cpu"

// machine asks the processor and the operating system (registers saved on a
// context switch) for the highest tier.
func machine() Tier {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Portable
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return AVX512
	default:
		return AVX2
	}
}
