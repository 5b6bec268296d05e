// Command measure samples the posteriors of package posteriordb and prints the
// figures that samplers are compared by.
//
//	go run ./bench/posteriordb/measure -seeds 3 arK low_dim
//
// Chains share one core, and move together where that is faster; -lanes 1 runs them
// one after another. Arguments are parts of names of
// posteriors; without any, all are sampled. A row is a seed: divergences and the
// greatest R-hat of the draws; gradients of a draw; the least bulk effective
// sample size of a latent number, in all, per 1000 gradients of the draws, and per
// second with warm-up, of processor time; microseconds per gradient, all else included; the part of
// the gradients that warm-up took.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/gopyro/pyro/bench/posteriordb"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
)

func main() {
	log.SetFlags(0)
	seeds := flag.Int("seeds", 1, "number of seeds")
	first := flag.Int("seed", 0, "first seed")
	var n mcmc.NUTS
	flag.IntVar(&n.Draws, "draws", 1000, "draws of each chain")
	flag.IntVar(&n.Warmup, "warmup", 1000, "transitions of warm-up of each chain")
	flag.Float64Var(&n.TargetAccept, "target", 0.8, "target acceptance")
	flag.IntVar(&n.Chains, "chains", 4, "number of chains")
	flag.IntVar(&n.Lanes, "lanes", 0, "chains that move together; 0: as measured")
	flag.BoolVar(&n.FromDraws, "fromdraws", false, "Stan's warm-up")
	metric := flag.Int("metric", 0, "0 automatic, 1 diagonal, 2 dense, 3 low rank")
	flag.Parse()
	n.Metric, n.Workers = mcmc.Metric(*metric), 1
	runtime.GOMAXPROCS(1)
	dir, ok := posteriordb.Find()
	if !ok {
		log.Fatalf("no data: set %s to a folder with posteriordb's data", posteriordb.Variable)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "posterior\tseed\tdivergent\tR-hat\tgradients/draw\tESS\tESS/1000\tESS/s\tµs/gradient\twarm-up\t\n")
	for _, p := range slices.Concat(posteriordb.All, posteriordb.Centered) {
		if !wanted(p.Name) {
			continue
		}
		data, err := p.Data(dir)
		if err != nil {
			log.Fatal(err)
		}
		for s := range *seeds {
			begin := processor()
			r, err := n.Run(context.Background(), rng.New(uint64(*first+s)), p.Model(data))
			if err != nil {
				log.Fatalf("%s: %v", p.Name, err)
			}
			row(w, p.Name, *first+s, r, processor()-begin)
		}
		if err := w.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}

// wanted reports whether an argument is part of name.
func wanted(name string) bool {
	for _, part := range flag.Args() {
		if strings.Contains(name, part) {
			return true
		}
	}
	return flag.NArg() == 0
}

// processor is the processor time of this process.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func row(w *tabwriter.Writer, name string, seed int, r *mcmc.Result, used time.Duration) {
	ess, rhat := math.Inf(1), 0.0
	for _, v := range r.Scalars(r.Latents()...) {
		ess = min(ess, diag.ESSBulk(v.Draws))
		rhat = max(rhat, diag.Rhat(v.Draws))
	}
	gradients, seconds, warm := float64(r.Gradients()), used.Seconds(), 0.0
	for _, c := range r.Warmup {
		warm += float64(c.Gradients)
	}
	drawn := gradients - warm
	fmt.Fprintf(w, "%s\t%d\t%d\t%.3f\t%.1f\t%.0f\t%.4g\t%.4g\t%.3g\t%.0f%%\t\n", name[strings.Index(name, "-")+1:], seed,
		r.Divergences(), rhat, drawn/float64(r.Chains*r.Draws), ess, ess/drawn*1000, ess/seconds,
		seconds/gradients*1e6, 100*warm/gradients)
}
