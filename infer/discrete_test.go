package infer_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The marginals of a small model are those of its listed posterior.
func TestMarginalsAreExact(t *testing.T) {
	values, prob := posterior(t)
	got, err := infer.DiscreteMarginals(chainOfThree, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	var want [3]float64 // of 1
	for i, v := range values {
		for k := range want {
			want[k] += prob[i] * v[k]
		}
	}
	nearAll(t, "marginal of a", got["a"].Probs.Float64s(), []float64{1 - want[0], want[0]})
	nearAll(t, "marginal of b", got["b"].Probs.Float64s(), []float64{1 - want[1], want[1], 1 - want[2], want[2]})
	nearAll(t, "values", got["a"].Values.Float64s(), []float64{0, 1})
	if _, err := infer.DiscreteMarginals(func(p *pyro.P) { p.Sample("u", dist.Normal(0, 1)) }, rng.New(0)); err == nil {
		t.Error("a model without discrete sites passes")
	}
}

// noisyChain is a chain of 40 states in two sequences, seen with noise.
func noisyChain() (model pyro.Model, y *tensor.Tensor, trans [][]float64) {
	trans = [][]float64{{.9, .1, 0}, {.05, .8, .15}, {.3, 0, .7}}
	y = tensor.Normals(rng.New(3), 40, 2).MulScalar(1.5)
	return func(p *pyro.P) {
		row := tensor.Of([]float64{.4, .4, .2})
		for i, p := range p.Plate("sequences", 2).Markov("time", 40) {
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Normal(z, 1), y.Select(0, i))
			row = tensor.Of(trans).Index(z)
		}
	}, y, trans
}

// Of a long chain, in which sites share dims: the most probable path is that of
// Viterbi's algorithm, and marginals those of forward and backward sums.
func TestChainPosterior(t *testing.T) {
	model, y, trans := noisyChain()
	const n, k = 40, 3
	start := []float64{.4, .4, .2}
	best, err := pyro.Run(infer.Discrete(model), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	margins, err := infer.DiscreteMarginals(model, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	for s := range 2 {
		seen := func(t, j int) float64 { return normalAt(y.At(t, s), float64(j)) }
		var score, alpha, beta [n][k]float64
		var from [n][k]int
		for t := range n {
			for j := range k {
				if t == 0 {
					score[0][j], alpha[0][j] = math.Log(start[j]*seen(0, j)), start[j]*seen(0, j)
					continue
				}
				score[t][j] = math.Inf(-1)
				for i := range k {
					if v := score[t-1][i] + math.Log(trans[i][j]*seen(t, j)); v > score[t][j] {
						score[t][j], from[t][j] = v, i
					}
					alpha[t][j] += alpha[t-1][i] * trans[i][j] * seen(t, j)
				}
			}
		}
		for j := range k {
			beta[n-1][j] = 1
		}
		for t := n - 2; t >= 0; t-- {
			for i := range k {
				for j := range k {
					beta[t][i] += trans[i][j] * seen(t+1, j) * beta[t+1][j]
				}
			}
		}
		z := 0
		for j := range k {
			if score[n-1][j] > score[n-1][z] {
				z = j
			}
		}
		for i := n - 1; i >= 0; i-- {
			name := fmt.Sprint("z", i)
			if got := int(best.Value(name).At(s)); got != z {
				t.Errorf("sequence %d: %s is %d, want %d", s, name, got, z)
			}
			z = from[i][z]
			total := 0.0
			for j := range k {
				total += alpha[i][j] * beta[i][j]
			}
			for j := range k {
				near(t, "marginal of "+name, margins[name].Probs.At(s, j), alpha[i][j]*beta[i][j]/total)
			}
		}
	}
}

// Of sequences of several lengths in one plate, masked beyond: the most probable
// states and the marginals of each are those of a chain of its own length. What the
// mask hides is no evidence, and states beyond are free.
func TestRaggedChainPosterior(t *testing.T) {
	lengths := []int{3, 9, 1, 6}
	const longest = 9
	y := tensor.Normals(rng.New(8), longest, len(lengths)).MulScalar(1.5)
	trans := tensor.Of([][]float64{{.8, .15, .05}, {.2, .7, .1}, {.3, .3, .4}})
	chain := func(p *pyro.P, n int, at func(p *pyro.P, i int) (*pyro.P, *tensor.Tensor)) {
		row := tensor.Of([]float64{.5, .3, .2})
		for i, p := range p.Markov("time", n) {
			p, y := at(p, i)
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Normal(z, 1), y)
			row = trans.Index(z)
		}
	}
	all := func(p *pyro.P) {
		chain(p.Plate("sequences", len(lengths)), longest, func(p *pyro.P, i int) (*pyro.P, *tensor.Tensor) {
			present := make([]bool, len(lengths))
			for k, n := range lengths {
				present[k] = i < n
			}
			return p.Mask(tensor.Of(present)), y.Select(0, i)
		})
	}
	best, err := pyro.Run(infer.Discrete(all), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	margins, err := infer.DiscreteMarginals(all, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range lengths {
		one := func(p *pyro.P) {
			chain(p, n, func(p *pyro.P, i int) (*pyro.P, *tensor.Tensor) { return p, y.Select(0, i).Select(0, k) })
		}
		want, err := pyro.Run(infer.Discrete(one), rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		alone, err := infer.DiscreteMarginals(one, rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			name := fmt.Sprint("z", i)
			if got := best.Value(name).At(k); got != want.Value(name).Item() {
				t.Errorf("sequence %d: %s is %v, want %v", k, name, got, want.Value(name))
			}
			nearAll(t, "marginal of "+name, margins[name].Probs.Select(0, k).Float64s(), alone[name].Probs.Float64s())
		}
	}
}

// A draw at temperature T has the posterior to the power 1/T.
func TestTemperature(t *testing.T) {
	model := func(p *pyro.P) {
		z := p.Sample("z", dist.Categorical([]float64{.5, .3, .2}))
		p.Observe("x", dist.Normal(z, 1), tensor.Of(1.3))
	}
	for _, temperature := range []float64{0, 0.5, 1, 3} {
		var want [3]float64
		total, top := 0.0, 0
		for z, prior := range []float64{.5, .3, .2} {
			w := prior * normalAt(1.3, float64(z))
			if temperature > 0 {
				want[z] = math.Pow(w, 1/temperature)
				total += want[z]
			} else if z > 0 && w > [3]float64{.5, .3, .2}[top]*normalAt(1.3, float64(top)) {
				top = z
			}
		}
		if temperature == 0 {
			want[top], total = 1, 1
		}
		const n, bound = 4000, 25.0 // see TestDiscreteSampleHasThePosterior
		var counts [3]float64
		m := infer.DiscreteTempered(model, temperature)
		for i := range n {
			tr, err := pyro.Run(m, rng.New(1).Fold(i))
			if err != nil {
				t.Fatal(err)
			}
			counts[int(tr.Value("z").Item())]++
		}
		for z := range counts {
			p := want[z] / total
			tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n)
			if math.Abs(counts[z]/n-p) > tol {
				t.Errorf("temperature %v: %d has frequency %v, want %v ± %v", temperature, z, counts[z]/n, p, tol)
			}
		}
	}
	if err := panics(func() { infer.DiscreteTempered(model, -1) }); err == nil {
		t.Error("a negative temperature passes")
	}
}
