// Package examples is what the example programs share: a run with a seed that
// prints, collects figures and saves plots.
//
//	var Example = examples.Example{Name: "noise", About: "one number", Run: run}
//
//	func run(ctx context.Context, r *examples.Run) error {
//		x := r.Key("x").Normal()
//		r.Figure("x", x)
//		r.Printf("x is %.3f\n", x)
//		return r.Save("x", (&plot.Figure{Title: "x"}).Hist([]float64{x}, -4, 4, 8))
//	}
//
// It infers nothing itself; that is what the packages below show.
package examples

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gopyro/pyro/rng"
)

// Example is a program that the command pyro can run.
type Example struct {
	Name  string // one word
	About string // one line
	Run   func(ctx context.Context, r *Run) error
}

// Options are what a run is given.
type Options struct {
	Seed     uint64
	Out      string                          // folder for plots, made when the first is saved
	Text     io.Writer                       // for people; nil discards it
	Progress func(part string, done, of int) // nil is silent
}

// Report is the result of a run, as the command prints it with --json.
type Report struct {
	Example string         `json:"example"`
	Seed    uint64         `json:"seed"`
	Figures map[string]any `json:"figures"` // numbers, slices of numbers and of strings
	Plots   []string       `json:"plots"`   // paths of the files written
	Seconds float64        `json:"seconds"`
}

// Execute runs e. A failure of the example is returned with its name in front.
func (e Example) Execute(ctx context.Context, o Options) (*Report, error) {
	if o.Text == nil {
		o.Text = io.Discard
	}
	r := &Run{options: o, report: Report{Example: e.Name, Seed: o.Seed, Figures: map[string]any{}, Plots: []string{}}}
	start := time.Now()
	if err := e.Run(ctx, r); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	r.report.Seconds = time.Since(start).Seconds()
	return &r.report, nil
}

// Write prints the report as one JSON object on a line. A figure that is NaN or
// infinite is an error, since JSON has no such numbers.
func (r *Report) Write(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Run is one run of an example.
type Run struct {
	options Options
	report  Report
}

// Key returns the random key of a part of the run. It follows from the seed and
// the name of the part, so that parts do not disturb each other.
func (r *Run) Key(part string) rng.Key { return rng.New(r.options.Seed).FoldName(part) }

// Figure reports a number, or a slice, under a name.
func (r *Run) Figure(name string, v any) { r.report.Figures[name] = v }

// Printf writes text for people.
func (r *Run) Printf(format string, args ...any) { fmt.Fprintf(r.options.Text, format, args...) }

// Step reports progress: done of so many steps of a part.
func (r *Run) Step(part string, done, of int) {
	if r.options.Progress != nil {
		r.options.Progress(part, done, of)
	}
}

// Picture is a figure, or several side by side.
type Picture interface{ Save(path string) error }

// Save writes a plot as PNG and as SVG to the folder of the run.
func (r *Run) Save(name string, p Picture) error {
	if err := os.MkdirAll(r.options.Out, 0o755); err != nil {
		return err
	}
	for _, ext := range []string{".png", ".svg"} {
		path := filepath.Join(r.options.Out, name+ext)
		if err := p.Save(path); err != nil {
			return err
		}
		r.report.Plots = append(r.report.Plots, path)
	}
	return nil
}
