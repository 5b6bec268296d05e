// Command ratios measures gopyro against the machine it runs on.
//
//	go run ./bench/ratios --json
//
// prints one JSON object: fractions of the multiply-add peak (gemm_…), speed-ups
// over loops of the standard library (exp_f64 …), times over those of
// hand-written code (eight_schools_… and so on), plain times in microseconds
// (…_us) and allocations of a step (…_allocs). What is compared runs in turns,
// on one core. A ratio is that of the medians of processor times, and of three rounds
// the median: neighbours of a virtual machine may disturb one of them.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"runtime"
	"slices"
)

const rounds = 3

func main() {
	log.SetFlags(0)
	asJSON := flag.Bool("json", false, "print a JSON object")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	out := map[string]float64{}
	ratios := make([]map[string]float64, rounds)
	for i := range ratios {
		r := map[string]float64{}
		products(r)
		functions(r)
		scalars(r)
		densities(r)
		ratios[i] = r
	}
	for name := range ratios[0] {
		var of []float64
		for _, r := range ratios {
			of = append(of, r[name])
		}
		slices.Sort(of)
		out[name] = of[rounds/2]
	}
	if err := fits(context.Background(), out); err != nil {
		log.Fatal(err)
	}
	if *asJSON {
		text, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(os.Stdout, string(text))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		fmt.Printf("%-28s %10.4g\n", name, out[name])
	}
}
