package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gopyro/pyro"
)

// options are what a command line says after the name of the command. Flags may
// stand before or after the name of the example.
type options struct {
	name string // of the example
	seed uint64
	out  string
	json bool
	help bool
}

// arguments returns how many arguments a command takes.
func arguments(command string) (n int, ok bool) {
	switch command {
	case "run":
		return 1, true
	case "list", "demo":
		return 0, true
	}
	return 0, false
}

// parse reads a command line, which is not empty.
func parse(args []string) (o options, err error) {
	command, args := args[0], args[1:]
	if command == "help" || command == "-h" || command == "-help" || command == "--help" {
		return options{help: true}, nil
	}
	want, ok := arguments(command)
	if !ok {
		return o, &usageError{fmt.Sprintf("there is no command %q%s", command, pyro.Near(command, []string{"list", "run", "demo"}))}
	}
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	if command != "list" {
		f.Uint64Var(&o.seed, "seed", 0, "")
		f.StringVar(&o.out, "out", "", "")
	}
	if command == "run" {
		f.BoolVar(&o.json, "json", false, "")
	}
	var names []string
	for {
		switch err := f.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			return options{help: true}, nil
		case err != nil:
			return o, &usageError{command + ": " + err.Error()}
		}
		if f.NArg() == 0 {
			break
		}
		names, args = append(names, f.Arg(0)), f.Args()[1:]
	}
	switch {
	case len(names) > want:
		return o, &usageError{fmt.Sprintf("%s: unexpected %s", command, strings.Join(names[want:], " "))}
	case len(names) < want:
		return o, &usageError{command + " takes the name of an example; pyro list shows them"}
	case want == 1:
		o.name = names[0]
	}
	return o, nil
}
