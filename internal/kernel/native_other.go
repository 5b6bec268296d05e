//go:build !linux || !amd64 || purego

package kernel

func (tier) native([]*Routine, [][]Step) bool { return false }
