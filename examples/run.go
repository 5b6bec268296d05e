// Package examples is what the example programs share: a run with a seed that
// prints, collects figures and saves plots.
//
//	func Run(ctx context.Context, r *examples.Run) error {
//		x := rng.New(r.Seed).Normal()
//		r.Figure("x", x)
//		r.Printf("x is %.3f\n", x)
//		return r.Save("x", (&plot.Figure{Title: "x"}).Hist([]float64{x}, -4, 4, 8))
//	}
package examples

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// Example is a program that the command pyro can run.
type Example struct {
	Name, About string
	Run         func(ctx context.Context, r *Run) error
}

// Run is one run of an example.
type Run struct {
	Name     string
	Seed     uint64
	Out      string // folder for plots, made when the first is saved
	Text     io.Writer
	Progress func(what string, done, of int) // nil is silent

	Figures map[string]any
	Plots   []string
}

// Execute runs e with text going to w.
func Execute(ctx context.Context, e Example, seed uint64, out string, w io.Writer, progress func(string, int, int)) (*Run, Report, error) {
	r := &Run{Name: e.Name, Seed: seed, Out: out, Text: w, Progress: progress, Figures: map[string]any{}}
	start := time.Now()
	if err := e.Run(ctx, r); err != nil {
		return r, Report{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	return r, Report{Example: e.Name, Seed: seed, Figures: r.Figures, Plots: r.Plots,
		Seconds: time.Since(start).Seconds()}, nil
}

// Report is the result of a run, as it is printed with --json.
type Report struct {
	Example string         `json:"example"`
	Seed    uint64         `json:"seed"`
	Figures map[string]any `json:"figures"`
	Plots   []string       `json:"plots"`
	Seconds float64        `json:"seconds"`
}

// Write prints the report as one JSON object.
func (r Report) Write(w io.Writer) error {
	if r.Plots == nil {
		r.Plots = []string{}
	}
	return json.NewEncoder(w).Encode(r)
}

// Key is the random key of the run.
func (r *Run) Key() rng.Key { return rng.New(r.Seed) }

// Figure records a number, or a slice of numbers, under a name.
func (r *Run) Figure(name string, v any) { r.Figures[name] = v }

// Printf writes text for people.
func (r *Run) Printf(format string, args ...any) { fmt.Fprintf(r.Text, format, args...) }

// Step reports progress.
func (r *Run) Step(what string, done, of int) {
	if r.Progress != nil {
		r.Progress(what, done, of)
	}
}

// Picture is what plots are: a figure, or several in one picture.
type Picture interface{ Save(path string) error }

// Save writes a plot as PNG and SVG to the run's folder.
func (r *Run) Save(name string, p Picture) error {
	if err := os.MkdirAll(r.Out, 0o755); err != nil {
		return err
	}
	for _, ext := range []string{".png", ".svg"} {
		path := filepath.Join(r.Out, name+ext)
		if err := p.Save(path); err != nil {
			return err
		}
		r.Plots = append(r.Plots, path)
	}
	return nil
}

// LossRange returns the least and the largest of n single-sample losses of
// TraceELBO.
func LossRange(key rng.Key, model, guide pyro.Model, n int) (lo, hi float64, err error) {
	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.SGD{}}
	lo, hi = math.Inf(1), math.Inf(-1)
	for i := range n {
		loss, err := svi.Evaluate(key.Fold(i))
		if err != nil {
			return lo, hi, err
		}
		lo, hi = min(lo, loss), max(hi, loss)
	}
	return lo, hi, nil
}

// Key is a random key.
type Key = rng.Key

// Evidence returns the probability of what m observes, its other sites being
// discrete and summed out exactly.
func Evidence(key rng.Key, m pyro.Model) float64 {
	svi := &infer.SVI{Model: m, Guide: func(*pyro.P) {}, Optim: &optim.SGD{}, Loss: infer.TraceEnumELBO{}}
	loss, err := svi.Evaluate(key)
	if err != nil {
		return math.NaN()
	}
	return math.Exp(-loss)
}
