// Command pyro runs the examples of gopyro.
//
//	pyro list                                      list the examples
//	pyro run NAME [--seed N] [--out DIR] [--json]  run one
//	pyro demo [--seed N] [--out DIR]               run the four tutorials
//
// Text goes to standard output, progress to standard error if that is a
// terminal. Pictures go to DIR, by default out/NAME. With --json standard output
// is one object,
//
//	{"example": NAME, "seed": N, "figures": {…}, "plots": […], "seconds": …}
//
// and nothing else. The exit status is 0, 1 after a failure, and 2 after a
// command line that means nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/examples/baseball"
	"github.com/gopyro/pyro/examples/causal"
	"github.com/gopyro/pyro/examples/coin"
	coinmcmc "github.com/gopyro/pyro/examples/coin_mcmc"
	eightschools "github.com/gopyro/pyro/examples/eight_schools"
	"github.com/gopyro/pyro/examples/hmm"
	"github.com/gopyro/pyro/examples/iris"
	"github.com/gopyro/pyro/examples/mixture"
	"github.com/gopyro/pyro/examples/regression"
	"github.com/gopyro/pyro/examples/scale"
	"github.com/gopyro/pyro/examples/weather"
)

// catalogue lists the examples; the tutorials come first.
var catalogue = []examples.Example{
	weather.Example, scale.Example, coin.Example, iris.Example,
	coinmcmc.Example, eightschools.Example, baseball.Example,
	causal.Example, regression.Example, hmm.Example, mixture.Example,
}

const tutorials = 4

const usage = `usage:
  pyro list                                      list the examples
  pyro run NAME [--seed N] [--out DIR] [--json]  run one
  pyro demo [--seed N] [--out DIR]               run the four tutorials`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	c := &command{catalogue: catalogue, stdout: os.Stdout, progress: newBar(os.Stderr)}
	os.Exit(c.main(ctx, os.Args[1:], os.Stderr))
}

// command is the program with what it prints to.
type command struct {
	catalogue []examples.Example
	stdout    io.Writer
	progress  *bar // nil shows none
}

// usageError is a command line that means nothing.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem + "\n" + usage }

// main runs a command line and returns the exit status.
func (c *command) main(ctx context.Context, args []string, stderr io.Writer) int {
	err := c.run(ctx, args)
	c.progress.clear()
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, "pyro:", err)
		return 2
	}
	fmt.Fprintln(stderr, "pyro:", err)
	return 1
}

// run runs a command line.
func (c *command) run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return &usageError{"what shall it do?"}
	}
	o, err := parse(args)
	switch {
	case err != nil:
		return err
	case o.help:
		_, err := fmt.Fprintln(c.stdout, usage)
		return err
	}
	switch args[0] {
	case "list":
		return c.list()
	case "run":
		return c.example(ctx, o)
	}
	return c.demo(ctx, o)
}

func (c *command) list() error {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, e := range c.catalogue {
		fmt.Fprintf(w, "%s\t%s\n", e.Name, e.About)
	}
	return w.Flush()
}

// example runs one example.
func (c *command) example(ctx context.Context, o options) error {
	e, err := c.find(o.name)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join("out", e.Name)
	}
	text := c.stdout
	if o.json {
		text = nil
	}
	report, err := e.Execute(ctx, examples.Options{Seed: o.seed, Out: o.out, Text: text, Progress: c.progress.show})
	if err != nil {
		return err
	}
	c.progress.clear()
	if o.json {
		return report.Write(c.stdout)
	}
	_, err = fmt.Fprintf(c.stdout, "%.1f s; pictures are in %s\n", report.Seconds, o.out)
	return err
}

// find returns the example of a name.
func (c *command) find(name string) (examples.Example, error) {
	var names []string
	for _, e := range c.catalogue {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return examples.Example{}, &usageError{fmt.Sprintf("there is no example %q%s", name, pyro.Near(name, names))}
}

// demo runs the tutorials one after the other.
func (c *command) demo(ctx context.Context, o options) error {
	if o.out == "" {
		o.out = "out"
	}
	pictures, seconds := 0, 0.0
	for i, e := range c.catalogue[:tutorials] {
		fmt.Fprintf(c.stdout, "%d/%d %s: %s\n", i+1, tutorials, e.Name, e.About)
		report, err := e.Execute(ctx, examples.Options{
			Seed: o.seed, Out: filepath.Join(o.out, e.Name),
			Text: indent{c.stdout, c.progress}, Progress: c.progress.show,
		})
		if err != nil {
			return err
		}
		c.progress.clear()
		pictures += len(report.Plots)
		seconds += report.Seconds
		fmt.Fprintf(c.stdout, "    %.1f s\n\n", report.Seconds)
	}
	_, err := fmt.Fprintf(c.stdout, "%.1f s; %d pictures, as PNG and as SVG, are in the folders of %s\n", seconds, pictures/2, o.out)
	return err
}
