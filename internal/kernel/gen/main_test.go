package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The generated files in the repository are what the generator writes today.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: run go generate", name)
		}
	}
}
