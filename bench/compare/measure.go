package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// row is what one side does on one workload.
type row struct {
	Workload string            `json:"workload"`
	Side     string            `json:"side"`
	Measures map[string]spread `json:"measures"`
	Ratios   map[string]spread `json:"ratios,omitempty"` // by how much gopyro is better, round by round; not for gopyro
	// Apart is by how many combined standard errors the results are from
	// gopyro's at most, over the rounds.
	Apart float64 `json:"errors_apart"`
	Note  string  `json:"note,omitempty"`
}

// outcome is one run of one side.
type outcome struct {
	*report
	scalars map[string]scalar
}

// measure runs all sides of a workload in turns.
func measure(ctx context.Context, o *options, w *workload, sides []side) (rows []row, skipped []string, err error) {
	tmp, err := os.MkdirTemp("", "compare")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(tmp)
	results := map[string][]outcome{}
	out := map[string]bool{}
	for round := range o.rounds {
		for _, s := range sides {
			if out[s.name] {
				continue
			}
			r, err := once(ctx, o, w, &s, round, filepath.Join(tmp, s.name))
			if err == nil && r.Skipped != "" {
				err = fmt.Errorf("%s", r.Skipped)
			}
			if ctx.Err() != nil || err != nil && s.name == "gopyro" {
				return nil, nil, fmt.Errorf("%s: %w", w.name, err)
			}
			if err != nil {
				out[s.name] = true
				skipped = append(skipped, fmt.Sprintf("%s by %s: %v", w.name, s.name, err))
				log.Print("skipped: ", skipped[len(skipped)-1])
				continue
			}
			results[s.name] = append(results[s.name], r)
		}
	}
	for _, s := range sides {
		if out[s.name] {
			continue
		}
		row, err := contrast(w, results["gopyro"], results[s.name])
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return rows, skipped, nil
}

// once runs one side of a workload, and samplers a second time for the time that
// a single draw takes.
func once(ctx context.Context, o *options, w *workload, s *side, seed int, out string) (outcome, error) {
	args := []string{"-workload", w.name, "-seed", strconv.Itoa(seed)}
	if w.data == "" {
		r, _, err := s.run(ctx, o.core, append(args, "-steps", strconv.Itoa(w.steps))...)
		return outcome{report: r}, err
	}
	args = append(args, "-data", o.data, "-posterior", w.data, "-out", out)
	r, _, err := s.run(ctx, o.core, args...)
	if err != nil || r.Skipped != "" {
		return outcome{report: r}, err
	}
	first, took, err := s.run(ctx, o.core, append(args, "-first")...)
	if err != nil {
		return outcome{}, err
	}
	if r.First = first.First; r.First == 0 {
		r.First = took.Seconds()
	}
	scalars, err := readDraws(out, r)
	return outcome{r, scalars}, err
}

// greater marks the measures of which more is better.
var greater = map[string]bool{"ess": true, "ess_per_second": true, "ess_per_1000_leapfrogs": true}

// contrast compares the runs of a side with those of gopyro in the same rounds.
func contrast(w *workload, ours, theirs []outcome) (row, error) {
	r := row{Workload: w.name, Side: theirs[0].Side, Note: theirs[0].Note, Measures: map[string]spread{}}
	a, b := map[string][]float64{}, map[string][]float64{}
	for i := range theirs {
		names := theirs[i].Names
		if len(names) != len(ours[i].Names) {
			return r, fmt.Errorf("%s: gopyro samples %d numbers, %s %d", w.name, len(ours[i].Names), r.Side, len(names))
		}
		add(a, ours[i], names)
		add(b, theirs[i], names)
		r.Apart = max(r.Apart, errorsApart(ours[i].Check, theirs[i].Check), momentsApart(ours[i].scalars, theirs[i].scalars, names))
	}
	for name, x := range b {
		r.Measures[name] = spreadOf(x)
	}
	if r.Side == "gopyro" {
		return r, nil
	}
	r.Ratios = map[string]spread{}
	for name := range b {
		if name == "compile" || name == "divergences" {
			continue // may be none
		}
		p, q := b[name], a[name]
		if greater[name] {
			p, q = q, p
		}
		r.Ratios[name] = spreadOf(ratios(p, q))
	}
	return r, nil
}

// add appends the measures of a run.
func add(to map[string][]float64, r outcome, names []string) {
	set := func(name string, x float64) { to[name] = append(to[name], x) }
	if r.scalars == nil {
		set("us", r.Micros)
		return
	}
	ess, rhat := math.Inf(1), 0.0
	for _, n := range names {
		ess, rhat = min(ess, r.scalars[n].bulk), max(rhat, r.scalars[n].rhat)
	}
	leapfrogs := float64(r.Leapfrogs)
	set("ess", ess)
	set("ess_per_second", ess/r.Seconds)
	set("ess_per_1000_leapfrogs", ess/leapfrogs*1000)
	set("us_per_leapfrog", r.Seconds/leapfrogs*1e6)
	set("leapfrogs", leapfrogs)
	set("first_draw", r.First)
	set("compile", r.Compile)
	set("divergences", float64(r.Divergences))
	set("rhat", rhat)
}
