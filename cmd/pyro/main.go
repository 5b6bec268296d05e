// Command pyro runs the examples of gopyro.
//
//	pyro list                                     what there is
//	pyro run NAME [--seed N] [--out DIR] [--json] one example
//	pyro demo [--seed N] [--out DIR]              the four tutorials, one after the other
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/examples/coin"
	"github.com/gopyro/pyro/examples/iris"
	"github.com/gopyro/pyro/examples/scale"
	"github.com/gopyro/pyro/examples/weather"
)

// all lists the examples; the tutorials come first.
var all = []examples.Example{weather.Example, scale.Example, coin.Example, iris.Example}

const tutorials = 4

const usage = `usage:
  pyro list                                      list the examples
  pyro run NAME [--seed N] [--out DIR] [--json]  run one
  pyro demo [--seed N] [--out DIR]               run the four tutorials
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "pyro:", err)
		os.Exit(1)
	}
}

// command runs one command line.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("no command\n" + usage)
	}
	switch args[0] {
	case "list":
		for _, e := range all {
			fmt.Fprintf(stdout, "%-10s %s\n", e.Name, e.About)
		}
		return nil
	case "run":
		return run(ctx, args[1:], stdout, stderr)
	case "demo":
		return demo(ctx, args[1:], stdout, stderr)
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
		return nil
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage)
}

// options are the flags of run and demo, which may stand before or after NAME.
type options struct {
	seed uint64
	out  string
	json bool
	rest []string
}

func parse(name string, args []string) (o options, err error) {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Uint64Var(&o.seed, "seed", 0, "")
	f.StringVar(&o.out, "out", "", "")
	if name == "run" {
		f.BoolVar(&o.json, "json", false, "")
	}
	for {
		if err := f.Parse(args); err != nil {
			return o, fmt.Errorf("%w\n%s", err, usage)
		}
		if f.NArg() == 0 {
			return o, nil
		}
		o.rest = append(o.rest, f.Arg(0))
		args = f.Args()[1:]
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse("run", args)
	if err != nil {
		return err
	}
	if len(o.rest) != 1 {
		return fmt.Errorf("run takes the name of one example\n%s", usage)
	}
	i := slices.IndexFunc(all, func(e examples.Example) bool { return e.Name == o.rest[0] })
	if i < 0 {
		return fmt.Errorf("there is no example %q; pyro list shows them", o.rest[0])
	}
	if o.out == "" {
		o.out = filepath.Join("out", all[i].Name)
	}
	text := stdout
	if o.json {
		text = io.Discard
	}
	r, report, err := examples.Execute(ctx, all[i], o.seed, o.out, text, progress(stderr))
	if err != nil {
		return err
	}
	if o.json {
		return report.Write(stdout)
	}
	fmt.Fprintf(stdout, "%.1f s; pictures: %s\n", report.Seconds, strings.Join(r.Plots, " "))
	return nil
}

func demo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse("demo", args)
	if err != nil {
		return err
	}
	if len(o.rest) > 0 {
		return fmt.Errorf("demo takes no %q\n%s", o.rest[0], usage)
	}
	if o.out == "" {
		o.out = "out"
	}
	pictures := 0
	for i, e := range all[:tutorials] {
		fmt.Fprintf(stdout, "%d/%d %s: %s\n", i+1, tutorials, e.Name, e.About)
		r, report, err := examples.Execute(ctx, e, o.seed, filepath.Join(o.out, e.Name), indent{stdout}, progress(stderr))
		if err != nil {
			return err
		}
		pictures += len(r.Plots)
		fmt.Fprintf(stdout, "    %.1f s\n\n", report.Seconds)
	}
	fmt.Fprintf(stdout, "%d pictures are in %s\n", pictures, o.out)
	return nil
}

// indent writes text four columns to the right.
type indent struct{ w io.Writer }

func (x indent) Write(b []byte) (int, error) {
	for _, line := range strings.SplitAfter(string(b), "\n") {
		if line == "" {
			continue
		}
		if _, err := io.WriteString(x.w, "    "+line); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// progress shows a line that rewrites itself, on a terminal only.
func progress(w io.Writer) func(what string, done, of int) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(what string, done, of int) {
		const width = 30
		n := width * done / of
		fmt.Fprintf(w, "\r%-10s [%s%s] %d/%d", what, strings.Repeat("=", n), strings.Repeat(" ", width-n), done, of)
		if done == of {
			fmt.Fprint(w, "\r\033[K")
		}
	}
}
