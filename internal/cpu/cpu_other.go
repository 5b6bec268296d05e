//go:build !amd64 || purego

package cpu

func machine() Tier { return Portable }
