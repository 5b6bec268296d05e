package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// comparison is the result of the command.
type comparison struct {
	Machine  string   `json:"machine"`
	Versions []string `json:"versions"`
	Rounds   int      `json:"rounds"`
	Rows     []row    `json:"rows"`
	Skipped  []string `json:"skipped"`

	nuts bool
}

// column is one of the table, for a measure or, with ratio, the ratios of it.
type column struct {
	title, measure string
	ratio          bool
}

var (
	forOperations = []column{{"µs", "us", false}, {"gopyro is faster by", "us", true}}
	forSamplers   = []column{
		{"min ESS/s", "ess_per_second", false},
		{"×", "ess_per_second", true},
		{"min ESS/1000 leapfrogs", "ess_per_1000_leapfrogs", false},
		{"×", "ess_per_1000_leapfrogs", true},
		{"µs/leapfrog", "us_per_leapfrog", false},
		{"×", "us_per_leapfrog", true},
		{"first draw, s", "first_draw", false},
		{"compile, s", "compile", false},
		{"divergences", "divergences", false},
		{"max R-hat", "rhat", false},
	}
)

// print writes the comparison as a table in Markdown.
func (c *comparison) print(out io.Writer) {
	fmt.Fprintf(out, "%s\n%s\n%d rounds; medians (least – greatest); ratios > 1 favour gopyro\n\n", c.Machine, strings.Join(c.Versions, "; "), c.Rounds)
	columns := forOperations
	if c.nuts {
		columns = forSamplers
	}
	head, rule := "| workload | side |", "|---|---|"
	for _, col := range columns {
		head, rule = head+" "+col.title+" |", rule+"--:|"
	}
	fmt.Fprintf(out, "%s errors apart |\n%s--:|\n", head, rule)
	for _, r := range c.Rows {
		fmt.Fprintf(out, "| %s | %s |", r.Workload, r.Side)
		for _, col := range columns {
			from := r.Measures
			if col.ratio {
				from = r.Ratios
			}
			fmt.Fprintf(out, " %s |", from[col.measure].text(len(from) > 0))
		}
		fmt.Fprintf(out, " %.1f |\n", r.Apart)
	}
	fmt.Fprintln(out)
	if c.nuts {
		c.means(out)
	}
	for _, s := range c.Skipped {
		fmt.Fprintf(out, "skipped: %s\n", s)
	}
	for _, r := range c.Rows {
		if r.Note != "" {
			fmt.Fprintf(out, "note: %s by %s: %s\n", r.Workload, r.Side, r.Note)
		}
	}
}

// means prints the geometric mean of the ratios of effective draws per second
// over the workloads, by side.
func (c *comparison) means(out io.Writer) {
	logs := map[string][]float64{}
	var order []string
	for _, r := range c.Rows {
		if r.Ratios == nil {
			continue
		}
		if logs[r.Side] == nil {
			order = append(order, r.Side)
		}
		logs[r.Side] = append(logs[r.Side], math.Log(r.Ratios["ess_per_second"].Median))
	}
	for _, side := range order {
		fmt.Fprintf(out, "geometric mean of the ratios of min ESS/s to %s over %d posteriors: %.3g\n",
			side, len(logs[side]), math.Exp(average(logs[side])))
	}
}

func average(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

func (s spread) text(there bool) string {
	if !there {
		return ""
	}
	if s.Min == s.Max {
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s – %s)", number(s.Median), number(s.Min), number(s.Max))
}

// number prints three digits, or all that a larger integer part has.
func number(x float64) string {
	if math.Abs(x) >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
