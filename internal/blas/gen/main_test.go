package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The kernels in the repository are what the generator writes.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			line := 1 + bytes.Count(want[:at], []byte("\n"))
			t.Errorf("%s differs from what the generator writes, first in line %d; run go generate in package blas", name, line)
		}
	}
}

// The arguments stand where Go's stack calling convention puts them.
func TestOffsets(t *testing.T) {
	e := &emitter{isa: isas[0], elem: elems[1], kernel: kernels[0]}
	at, size := e.offsets()
	for name, want := range map[string]int{"m": 0, "k": 16, "alpha": 24, "a": 32, "stepA": 56, "beta": 80, "c": 88, "ldc": 96} {
		if at[name] != want {
			t.Errorf("%s stands at %d, want %d", name, at[name], want)
		}
	}
	if size != 104 {
		t.Errorf("size %d, want 104", size)
	}
}
