package infer

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// Gradients reports on the gradient of a loss at fixed parameters, over several
// estimates of it.
type Gradients []Gradient

// Gradient is that in the leaf of one parameter.
type Gradient struct {
	Param string
	Size  int     // elements
	Norm  float64 // Euclidean norm of the mean of the estimates
	Noise float64 // root of the summed variances of one estimate
}

// Signal is Norm/Noise: how much of one estimate is not noise. It is +Inf for a
// gradient without noise, and 0 for one that is 0.
func (g Gradient) Signal() float64 {
	if g.Norm == 0 {
		return 0
	}
	return g.Norm / g.Noise
}

// String is a table.
func (gs Gradients) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "parameter\tsize\tgradient\tnoise\tsignal")
	for _, g := range gs {
		fmt.Fprintf(w, "%s\t%d\t%.3g\t%.3g\t%.2g\n", g.Param, g.Size, g.Norm, g.Noise, g.Signal())
	}
	w.Flush()
	return b.String()
}

// Gradients estimates the gradient n ≥ 2 times at the present parameters,
// estimate i with key.Fold(i), and reports on it for each parameter. A signal far
// below 1 asks for more particles, another loss or another form of the model; far
// from the optimum, a gradient of 0 is that of a parameter without effect.
func (s *SVI) Gradients(key rng.Key, n int) (Gradients, error) {
	if n < 2 {
		return nil, fmt.Errorf("infer: Gradients needs 2 estimates or more, not %d", n)
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	defer s.tape.Reset()
	var sums gradientSums
	for i := range n {
		s.tape.Reset()
		loss, value, err := s.loss(s.tape, key.Fold(i))
		if err != nil {
			return nil, err
		}
		if !finite(value) {
			e := &NonFiniteError{What: "loss", Value: value, Step: i + 1}
			return nil, s.explain(e, key.Fold(i))
		}
		if !trainable(loss) {
			return nil, fmt.Errorf("infer: Gradients: no parameter affects the loss")
		}
		if err := pyro.Guard(func() { s.Params.Descend(loss, sums.add) }); err != nil {
			return nil, err
		}
	}
	return sums.report(n), nil
}

// gradientSums accumulates means and summed squares of differences from them
// (Welford 1962).
type gradientSums struct {
	names  []string
	count  float64
	mean   map[string][]float64
	square map[string]float64
}

func (g *gradientSums) add(leaves []pyro.Leaf) {
	if g.mean == nil {
		g.mean, g.square = map[string][]float64{}, map[string]float64{}
	}
	g.count++
	for _, l := range leaves {
		mean := g.mean[l.Name]
		if mean == nil {
			mean = make([]float64, len(l.Grad))
			g.mean[l.Name] = mean
			g.names = append(g.names, l.Name)
		}
		for j, v := range l.Grad {
			d := v - mean[j]
			mean[j] += d / g.count
			g.square[l.Name] += d * (v - mean[j])
		}
	}
}

func (g *gradientSums) report(n int) (out Gradients) {
	for _, name := range g.names {
		norm := 0.0
		for _, v := range g.mean[name] {
			norm += v * v
		}
		out = append(out, Gradient{
			Param: name, Size: len(g.mean[name]), Norm: math.Sqrt(norm),
			Noise: math.Sqrt(g.square[name] / float64(n-1)),
		})
	}
	return out
}
