package main

import (
	"math"
	"slices"
)

// report is the line that a side prints.
type report struct {
	Side     string           `json:"side"`
	Version  string           `json:"version"`
	Workload string           `json:"workload"`
	Micros   float64          `json:"us,omitempty"` // of the processor, for one operation
	Check    map[string]value `json:"check,omitempty"`
	Note     string           `json:"note,omitempty"`

	// Of samplers.
	Seconds     float64  `json:"seconds,omitempty"` // of the processor, warm-up and draws, without compiling
	Compile     float64  `json:"compile,omitempty"` // seconds
	First       float64  `json:"first,omitempty"`   // seconds from process start to the first draw after warm-up
	Leapfrogs   int      `json:"leapfrogs,omitempty"`
	Divergences int      `json:"divergences"`
	Chains      int      `json:"chains,omitempty"`
	Draws       int      `json:"draws,omitempty"`
	Names       []string `json:"names,omitempty"` // of the scalars of the file of draws
	Skipped     string   `json:"skipped,omitempty"`
}

// value is a number and its standard error.
type value [2]float64

// errorsApart returns by how many combined standard errors the checks of two
// reports differ at most. NaN and checks that one side lacks are infinitely far.
func errorsApart(a, b map[string]value) float64 {
	worst := 0.0
	for name, x := range a {
		y, ok := b[name]
		z := math.Abs(x[0]-y[0]) / math.Hypot(x[1], y[1])
		if x[0] == y[0] {
			z = 0
		}
		if !ok || math.IsNaN(z) {
			return math.Inf(1)
		}
		worst = max(worst, z)
	}
	return worst
}

// spread is the median of numbers and their range.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(x []float64) spread {
	x = slices.Clone(x)
	slices.Sort(x)
	n := len(x)
	return spread{Median: (x[(n-1)/2] + x[n/2]) / 2, Min: x[0], Max: x[n-1]}
}

// ratios divides element by element.
func ratios(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}
