package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/gopyro/pyro"
)

// workload is what all sides do.
type workload struct {
	name  string
	steps int    // of the check
	data  string // name of the posterior's data
	run   runner // in gopyro
}

// runner runs a workload and fills a report.
type runner func(ctx context.Context, o *options, r *report) error

// runSide is gopyro's side: it runs one workload and prints its report.
func runSide(ctx context.Context, o *options) error {
	r := &report{Side: o.side, Version: version(), Workload: o.workload}
	if o.workload != "version" {
		w, ok := find(o.workload)
		if !ok {
			return fmt.Errorf("no workload is called %q", o.workload)
		}
		if err := w.run(ctx, o, r); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func find(name string) (*workload, bool) {
	for _, list := range [][]workload{operations, posteriors} {
		for i := range list {
			if list[i].name == name {
				return &list[i], true
			}
		}
	}
	return nil, false
}

// version names gopyro, the commit if the build knows it, and Go.
func version() string {
	v := "gopyro " + pyro.Version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v += " (" + s.Value[:12] + ")"
			}
		}
	}
	return v + ", " + runtime.Version()
}
