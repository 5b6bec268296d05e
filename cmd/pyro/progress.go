package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// bar is a line of progress that rewrites itself. A nil bar shows nothing.
type bar struct {
	w     io.Writer
	shown string
}

// newBar returns a bar on a terminal, and nil elsewhere.
func newBar(f *os.File) *bar {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &bar{w: f}
}

// show draws how far a part has come.
func (b *bar) show(part string, done, of int) {
	if b == nil || of <= 0 {
		return
	}
	const width = 30
	n := width * min(done, of) / of
	line := fmt.Sprintf("    %-10s %s%s %3d%%", part, strings.Repeat("█", n), strings.Repeat("░", width-n), 100*min(done, of)/of)
	if line == b.shown {
		return
	}
	b.shown = line
	fmt.Fprint(b.w, "\r\033[K"+line)
}

// clear removes the line, so that other text can be printed.
func (b *bar) clear() {
	if b == nil || b.shown == "" {
		return
	}
	b.shown = ""
	fmt.Fprint(b.w, "\r\033[K")
}

// indent writes text four columns to the right, after removing the bar.
type indent struct {
	w   io.Writer
	bar *bar
}

func (x indent) Write(text []byte) (int, error) {
	x.bar.clear()
	for line := range strings.Lines(string(text)) {
		if _, err := io.WriteString(x.w, "    "+line); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}
