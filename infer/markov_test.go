package infer_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// logZ is the log evidence of a model without parameters, and the largest rank
// of a log probability in it.
func evidence(t *testing.T, m pyro.Model) float64 {
	t.Helper()
	loss, err := infer.TraceEnumELBO{}.Loss(tensor.NewTape(), rng.New(0), m, noGuide)
	if err != nil {
		t.Fatal(err)
	}
	return -loss.Item()
}

// forward is the forward algorithm on a chain whose state has k values: the log
// of the sum over all paths of start·Π step.
func forward(n, k int, start func(i int) float64, step func(t, i, j int) float64) float64 {
	alpha := make([]float64, k)
	for i := range alpha {
		alpha[i] = start(i)
	}
	scale := 0.0
	for t := 1; t < n; t++ {
		next := make([]float64, k)
		total := 0.0
		for j := range next {
			for i, a := range alpha {
				next[j] += a * step(t, i, j)
			}
			total += next[j]
		}
		for j := range next {
			next[j] /= total
		}
		scale += math.Log(total)
		alpha = next
	}
	total := 0.0
	for _, a := range alpha {
		total += a
	}
	return scale + math.Log(total)
}

// normalAt is the density of N(loc, 1).
func normalAt(x, loc float64) float64 {
	return math.Exp(-(x-loc)*(x-loc)/2) / math.Sqrt(2*math.Pi)
}

func bernoulliAt(z int, p float64) float64 {
	if z == 1 {
		return p
	}
	return 1 - p
}

// A hundred binary sites, each dependent on the two before it.
func TestSecondOrderChain(t *testing.T) {
	const n = 100
	y := tensor.Normals(rng.New(5), n).Float64s()
	prob := [][]float64{{.2, .7}, {.4, .9}} // of 1, given the last but one and the last
	model := func(p *pyro.P) {
		table := tensor.Of(prob)
		a, b := tensor.Of(0.0), tensor.Of(0.0)
		for i, p := range p.Markov("time", n, pyro.History(2)) {
			z := p.Sample(fmt.Sprint("z", i), dist.Bernoulli(table.Index(a, b)))
			p.Observe(fmt.Sprint("y", i), dist.Normal(z, 1), tensor.Of(y[i]))
			a, b = b, z
		}
	}
	// States are pairs 2·last + present; before the start they are 0.
	want := forward(n, 4, func(s int) float64 {
		if s >= 2 {
			return 0
		}
		return bernoulliAt(s, prob[0][0]) * normalAt(y[0], float64(s))
	}, func(t, from, to int) float64 {
		if from%2 != to/2 {
			return 0
		}
		return bernoulliAt(to%2, prob[from/2][from%2]) * normalAt(y[t], float64(to%2))
	})
	near(t, "log evidence", evidence(t, model), want)
}

// A 6×6 grid of spins with undirected factors, against the product of transfer
// matrices between the 64 states of its rows.
func TestIsingGrid(t *testing.T) {
	const n, coupling = 6, 0.3
	model := func(p *pyro.P) {
		var above []*tensor.Tensor
		for i := range n {
			row := make([]*tensor.Tensor, n)
			for j := range n {
				s := p.Sample(fmt.Sprint("s", i, "_", j), dist.Bernoulli(.5)).MulScalar(2).AddScalar(-1)
				if j > 0 {
					p.Factor(fmt.Sprint("h", i, "_", j), s.Mul(row[j-1]).MulScalar(coupling))
				}
				if i > 0 {
					p.Factor(fmt.Sprint("v", i, "_", j), s.Mul(above[j]).MulScalar(coupling))
				}
				row[j] = s
			}
			above = row
		}
	}
	spin := func(s, j int) float64 { return float64(2*(s>>j&1) - 1) }
	within := func(s int) (w float64) {
		for j := 1; j < n; j++ {
			w += spin(s, j) * spin(s, j-1)
		}
		return math.Exp(coupling*w) / (1 << n)
	}
	want := forward(n, 1<<n, within, func(_, a, b int) float64 {
		w := 0.0
		for j := range n {
			w += spin(a, j) * spin(b, j)
		}
		return math.Exp(coupling*w) * within(b)
	})
	near(t, "log evidence", evidence(t, model), want)
}

// Two hundred sites that have nothing to do with each other.
func TestManyIndependentSites(t *testing.T) {
	want := 0.0
	model := func(p *pyro.P) {
		for i := range 200 {
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical([]float64{.2, .3, .5}))
			p.Observe(fmt.Sprint("x", i), dist.Normal(z, 1), tensor.Of(.01*float64(i)))
		}
	}
	for i := range 200 {
		x := .01 * float64(i)
		want += math.Log(.2*normalAt(x, 0) + .3*normalAt(x, 1) + .5*normalAt(x, 2))
	}
	near(t, "log evidence", evidence(t, model), want)
}

// A dynamic Bayes net: two chains, of which the second also follows the first.
func TestDynamicBayesNet(t *testing.T) {
	const n = 40
	y := tensor.Normals(rng.New(6), n).Float64s()
	u, v := []float64{.3, .8}, [][]float64{{.1, .6}, {.5, .9}}
	model := func(p *pyro.P) {
		w, x := tensor.Of(0.0), tensor.Of(0.0)
		for i, p := range p.Markov("time", n) {
			w = p.Sample(fmt.Sprint("w", i), dist.Bernoulli(tensor.Of(u).Index(w)))
			x = p.Sample(fmt.Sprint("x", i), dist.Bernoulli(tensor.Of(v).Index(w, x)))
			p.Observe(fmt.Sprint("y", i), dist.Normal(x.Add(w), 1), tensor.Of(y[i]))
		}
	}
	step := func(t, from, to int) float64 {
		w, x := to/2, to%2
		return bernoulliAt(w, u[from/2]) * bernoulliAt(x, v[w][from%2]) * normalAt(y[t], float64(w+x))
	}
	near(t, "log evidence", evidence(t, model), forward(n, 4, func(s int) float64 { return step(0, 0, s) }, step))
}

// Functions that call each other, without a loop.
func TestMutualRecursion(t *testing.T) {
	const n = 60
	y := tensor.Normals(rng.New(7), n).Float64s()
	probs := [2][]float64{{.2, .9}, {.6, .3}} // of even and odd steps
	var even, odd func(p *pyro.P, i int, z *tensor.Tensor)
	visit := func(p *pyro.P, i int, z *tensor.Tensor, next func(*pyro.P, int, *tensor.Tensor)) {
		if i == n {
			return
		}
		z = p.Sample(fmt.Sprint("z", i), dist.Bernoulli(tensor.Of(probs[i%2]).Index(z)))
		p.Observe(fmt.Sprint("y", i), dist.Normal(z, 1), tensor.Of(y[i]))
		next(p, i+1, z)
	}
	even = func(p *pyro.P, i int, z *tensor.Tensor) { visit(p, i, z, odd) }
	odd = func(p *pyro.P, i int, z *tensor.Tensor) { visit(p, i, z, even) }
	step := func(t, from, to int) float64 {
		return bernoulliAt(to, probs[t%2][from]) * normalAt(y[t], float64(to))
	}
	want := forward(n, 2, func(s int) float64 { return step(0, 0, s) }, step)
	near(t, "log evidence", evidence(t, func(p *pyro.P) { even(p, 0, tensor.Of(0.0)) }), want)
}

// Chains in turns, one inside the other, and a chain entered again.
func TestChainsInTurns(t *testing.T) {
	const n = 20
	row := func(z *tensor.Tensor) dist.Distribution { return dist.Bernoulli(tensor.Of([]float64{.3, .8}).Index(z)) }
	factor := func(p *pyro.P, name string, z *tensor.Tensor) {
		p.Observe(name, dist.Normal(z, 1), tensor.Of(.7))
	}
	step := func(_, from, to int) float64 {
		return bernoulliAt(to, []float64{.3, .8}[from]) * normalAt(.7, float64(to))
	}
	one := forward(n, 2, func(s int) float64 { return step(0, 0, s) }, step)
	zero := tensor.Of(0.0)
	near(t, "in turns", evidence(t, func(p *pyro.P) {
		a, b := zero, zero
		for i, p := range p.Markov("both", n) {
			a = p.Sample(fmt.Sprint("a", i), row(a))
			factor(p, fmt.Sprint("fa", i), a)
			b = p.Sample(fmt.Sprint("b", i), row(b))
			factor(p, fmt.Sprint("fb", i), b)
		}
	}), 2*one)
	near(t, "one inside the other", evidence(t, func(p *pyro.P) {
		for k, p := range p.Markov("outer", 3) {
			z := zero
			for i, p := range p.Markov("inner", n) {
				z = p.Sample(fmt.Sprint("z", k, "_", i), row(z))
				factor(p, fmt.Sprint("f", k, "_", i), z)
			}
		}
	}), 3*one)
	near(t, "entered again", evidence(t, func(p *pyro.P) {
		for k := range 2 {
			z := zero
			for i, p := range p.Markov("chain", n) {
				z = p.Sample(fmt.Sprint("z", k, "_", i), row(z))
				factor(p, fmt.Sprint("f", k, "_", i), z)
			}
		}
	}), 2*one)
}

// Sequences of several lengths in one plate, with masks: each is the chain of
// its own length.
func TestRaggedSequences(t *testing.T) {
	lengths := []int{3, 17, 1, 12, 17}
	const longest = 17
	y := tensor.Normals(rng.New(8), longest, len(lengths))
	trans := [][]float64{{.8, .15, .05}, {.2, .7, .1}, {.3, .3, .4}}
	model := func(p *pyro.P) {
		plate := p.Plate("sequences", len(lengths))
		row := tensor.Of([]float64{.5, .3, .2})
		for i, p := range plate.Markov("time", longest) {
			present := make([]bool, len(lengths))
			for k, n := range lengths {
				present[k] = i < n
			}
			p = p.Mask(tensor.Of(present))
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Normal(z, 1), y.Select(0, i))
			row = tensor.Of(trans).Index(z)
		}
	}
	want := 0.0
	for k, n := range lengths {
		want += forward(n, 3, func(s int) float64 {
			return []float64{.5, .3, .2}[s] * normalAt(y.At(0, k), float64(s))
		}, func(t, from, to int) float64 { return trans[from][to] * normalAt(y.At(t, k), float64(to)) })
	}
	near(t, "log evidence", evidence(t, model), want)
}

// longChain is a hidden Markov model of n steps with parameters.
func longChain(n int) (model pyro.Model, y []float64) {
	y = tensor.Normals(rng.New(2), n).Float64s()
	obs := make([]*tensor.Tensor, n)
	for i := range obs {
		obs[i] = tensor.Of(y[i])
	}
	return func(p *pyro.P) {
		transition := p.Param("transition", tensor.Of([][]float64{{.9, .1}, {.2, .8}}), constraint.Simplex)
		row := tensor.Of([]float64{.5, .5})
		for i, p := range p.Markov("time", n) {
			x := p.Sample(fmt.Sprint("x", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Normal(x, 1), obs[i])
			row = transition.Index(x)
		}
	}, y
}

// Ten thousand steps, eagerly and repeated from a recording; operations grow
// with the number of steps, and ranks do not.
func TestLongChain(t *testing.T) {
	operations := func(n int) int {
		model, y := longChain(n)
		tape := tensor.NewTape()
		ps := pyro.NewParams()
		loss, err := infer.TraceEnumELBO{}.Loss(tape, rng.New(0), ps.Bind(model), noGuide)
		if err != nil {
			t.Fatal(err)
		}
		trans := [][]float64{{.9, .1}, {.2, .8}}
		want := forward(n, 2, func(s int) float64 { return .5 * normalAt(y[0], float64(s)) },
			func(t, from, to int) float64 { return trans[from][to] * normalAt(y[t], float64(to)) })
		within(t, fmt.Sprintf("loss of %d steps", n), loss.Item(), -want, 1e-11)
		ps.Grad(loss)
		return tape.Len()
	}
	few, many := operations(100), operations(10_000)
	if float64(many) > 101*float64(few) {
		t.Errorf("100 steps take %d operations, 10,000 steps %d", few, many)
	}
	model, _ := longChain(1000)
	svi := &infer.SVI{Model: model, Guide: noGuide, Loss: infer.TraceEnumELBO{}, Optim: &optim.Adam{LR: 0.01}}
	losses, err := svi.Run(context.Background(), rng.New(0), 6)
	if err != nil || svi.Stats.Replayed == 0 || losses[5] >= losses[0] {
		t.Errorf("losses %v, %v, %+v", losses, err, svi.Stats)
	}
}

func TestHistoryIsChecked(t *testing.T) {
	model := func(n int, opts ...pyro.MarkovOption) pyro.Model {
		return func(p *pyro.P) {
			a, b := tensor.Of(0.0), tensor.Of(0.0)
			for i, p := range p.Markov("time", n, opts...) {
				z := p.Sample(fmt.Sprint("z", i), dist.Bernoulli(a.Add(b).MulScalar(.2).AddScalar(.3)))
				a, b = b, z
			}
		}
	}
	for _, n := range []int{5, 50} { // few sites, and sites that share dims
		err := enumError(model(n), noGuide)
		for _, part := range []string{`site "z2"`, `depends on "z0", 2 steps back in the chain "time", whose history is 1`, "pyro.History(2)"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("the error lacks %s: %v", part, err)
			}
		}
		if err := enumError(model(n, pyro.History(2)), noGuide); err != nil {
			t.Error(err)
		}
	}
	if err := enumError(model(3, pyro.History(-1)), noGuide); err == nil || !strings.Contains(err.Error(), "history of -1") {
		t.Errorf("a negative history passes: %v", err)
	}
}

// In a grid, a site must keep to the history of each loop that it is in.
func TestHistoryOfNestedChains(t *testing.T) {
	grid := func(down, right int) pyro.Model {
		return func(p *pyro.P) {
			z := map[[2]int]*tensor.Tensor{}
			for i, p := range p.Markov("down", 3) {
				for j, p := range p.Markov("right", 3, pyro.History(2)) {
					before := z[[2]int{i - down, j - right}]
					if before == nil {
						before = tensor.Of(0.0)
					}
					z[[2]int{i, j}] = p.Sample(fmt.Sprint("z", i, j), dist.Bernoulli(before.MulScalar(.2).AddScalar(.3)))
				}
			}
		}
	}
	for _, fits := range [][2]int{{1, 0}, {0, 1}, {0, 2}} {
		if err := enumError(grid(fits[0], fits[1]), noGuide); err != nil {
			t.Errorf("%v: %v", fits, err)
		}
	}
	err := enumError(grid(2, 0), noGuide)
	if want := `2 steps back in the chain "down", whose history is 1`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error lacks %s: %v", want, err)
	}
}

// What cannot be summed out is an error that names sites and sizes before any
// memory is asked for.
func TestTooManyJointValues(t *testing.T) {
	sum := func(p *pyro.P) { // one site depends on all others
		total := tensor.Of(0.0)
		for i := range 40 {
			total = total.Add(p.Sample(fmt.Sprint("z", i), dist.Bernoulli(.5)))
		}
		p.Observe("x", dist.Normal(total, 1), tensor.Of(3.0))
	}
	pairs := func(p *pyro.P) { // every site meets every other one
		var zs []*tensor.Tensor
		for i := range 40 {
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical([]float64{.2, .3, .5}))
			for k, u := range zs {
				p.Factor(fmt.Sprint("f", i, "_", k), z.Mul(u))
			}
			zs = append(zs, z)
		}
	}
	for name, c := range map[string]struct {
		model pyro.Model
		parts []string
	}{
		"sum":   {sum, []string{`"z0" (2 values)`, "joint values", "to repair it"}},
		"pairs": {pairs, []string{`(3 values)`, "array of", "to repair it"}},
	} {
		err := enumError(c.model, noGuide)
		for _, part := range c.parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error lacks %s: %v", name, part, err)
			}
		}
	}
}

// A chain of enumerated sites is the distribution in which they are summed out.
func TestChainIsDiscreteHMM(t *testing.T) {
	trans := tensor.Of([][]float64{{.8, .15, .05}, {.2, .7, .1}, {.3, .3, .4}})
	start := tensor.Of([]float64{.5, .3, .2})
	locs := tensor.Of([]float64{-1, 0, 2})
	y := tensor.Normals(rng.New(9), 4, 30)
	params := func(p *pyro.P) (*tensor.Tensor, *tensor.Tensor) {
		return p.Param("trans", trans, constraint.Simplex), p.Param("locs", locs)
	}
	equal(t, "chain", func(p *pyro.P) {
		next, locs := params(p)
		row := start.MatMul(next)
		for i, p := range p.Plate("sequences", 4).Markov("time", 30) {
			z := p.Sample(fmt.Sprint("z", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Normal(locs.Index(z), 1), y.Select(1, i))
			row = next.Index(z)
		}
	}, func(p *pyro.P) {
		next, locs := params(p)
		p.Plate("sequences", 4).Observe("y", dist.DiscreteHMM(start.Log(), next.Log(), dist.Normal(locs, 1), 30), y)
	})
}
