// Command compare runs the workloads of package bench in gopyro and in its
// peers, Pyro, NumPyro and Stan, side by side.
//
//	python3 -m venv ~/peers && ~/peers/bin/pip install -r bench/peers/requirements.txt
//	export CMDSTAN=/path/to/cmdstan
//	go run ./bench/compare -python ~/peers/bin/python             # speed of single operations
//	go run ./bench/compare -python ~/peers/bin/python -nuts       # sampling
//
// The side rstan needs R with its packages rstan and jsonlite instead, and
// compiles with the flags of the file that R_MAKEVARS_USER names.
//
// Each side runs as a process of its own, on one and the same core, in turns:
// round after round gopyro, then each peer. Round i takes seed i. Printed are
// medians over the rounds with their range, and the median and range of the
// ratios within a round. Every side also reports what it computed, with a
// standard error, and the table says how far the peers are from gopyro. A side
// that is not installed is listed as skipped, with the reason.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// options are those of the command and of one side of it.
type options struct {
	workloads, sides string
	nuts, asJSON     bool
	rounds, core     int
	python, peers    string
	programs, data   string

	// Of one side, which is run instead of a comparison. All sides take them.
	side, workload, posterior string
	seed, steps               int
	first                     bool   // a single draw, for the time it takes
	out                       string // file for draws
}

func parse() *options {
	o := &options{}
	flag.StringVar(&o.workloads, "workloads", "", "workloads, separated by commas; default all")
	flag.StringVar(&o.sides, "sides", "", "peers, separated by commas; default all")
	flag.BoolVar(&o.nuts, "nuts", false, "compare samplers on posteriors, not the speed of operations")
	flag.BoolVar(&o.asJSON, "json", false, "print JSON")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each side runs")
	flag.IntVar(&o.core, "core", runtime.NumCPU()-1, "processor that all sides run on; -1 for any")
	flag.StringVar(&o.python, "python", "python3", "Python with the packages of bench/peers/requirements.txt")
	flag.StringVar(&o.peers, "peers", "bench/peers", "folder of the peers' programs")
	flag.StringVar(&o.programs, "programs", "", "folder of Stan programs; default stan in that of the peers")
	flag.StringVar(&o.data, "data", "", "folder of the posteriors' data; default that of the environment")
	flag.StringVar(&o.side, "side", "", "internal: run one side, as this command does for gopyro")
	flag.StringVar(&o.workload, "workload", "", "internal: of one side")
	flag.StringVar(&o.posterior, "posterior", "", "internal: data of one side")
	flag.IntVar(&o.seed, "seed", 0, "internal: of one side")
	flag.IntVar(&o.steps, "steps", 0, "internal: steps of one side that its check is computed from")
	flag.BoolVar(&o.first, "first", false, "internal: one draw of one side")
	flag.StringVar(&o.out, "out", "", "internal: file for draws of one side")
	flag.Parse()
	return o
}

func main() {
	log.SetFlags(0)
	o := parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.side != "" {
		err = runSide(ctx, o)
	} else {
		err = compare(ctx, o)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// compare runs all sides of all workloads.
func compare(ctx context.Context, o *options) error {
	sides, skipped, err := installed(ctx, o)
	if err != nil {
		return err
	}
	result := comparison{Machine: describe(o.core), Rounds: o.rounds, Skipped: skipped, nuts: o.nuts}
	all := operations
	if o.nuts {
		all = posteriors
		if o.data, err = o.dataFolder(); err != nil {
			return err
		}
	}
	for _, w := range all {
		if !chosen(o.workloads, w.name) {
			continue
		}
		rows, missing, err := measure(ctx, o, &w, sides)
		if err != nil {
			return err
		}
		result.Rows, result.Skipped = append(result.Rows, rows...), append(result.Skipped, missing...)
		log.Printf("measured %s", w.name)
	}
	if len(result.Rows) == 0 {
		return fmt.Errorf("no workload is called %q", o.workloads)
	}
	for _, s := range sides {
		result.Versions = append(result.Versions, s.version)
	}
	if o.asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(result)
	}
	result.print(os.Stdout)
	return nil
}

// chosen reports whether a list of names, separated by commas, has name; an
// empty list has all.
func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}
