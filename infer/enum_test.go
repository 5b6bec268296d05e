package infer_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// equal checks that a model with sites to sum out has the loss and gradient of
// one in which they were summed by hand.
func equal(t *testing.T, name string, auto, hand pyro.Model) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		loss, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), auto, noGuide, rng.New(0))
		wantLoss, want := gradient(t, infer.TraceELBO{}, pyro.NewParams(), hand, noGuide, rng.New(0))
		if len(want) == 0 {
			t.Fatal("no parameters")
		}
		same(t, loss, grad, wantLoss, want)
	})
}

// mixed are the parameters of a mixture of 3 normals.
func mixed(p *pyro.P) (weights, locs, scale *tensor.Tensor) {
	return p.Param("weights", tensor.Of([]float64{0.2, 0.5, 0.3}), constraint.Simplex),
		p.Param("locs", tensor.Of([]float64{-1, 0.5, 2})),
		p.Param("scale", tensor.Of(0.8), constraint.Positive)
}

// marginal is the mixture with its component summed out by hand.
func marginal(p *pyro.P) dist.Distribution {
	w, m, s := mixed(p)
	return dist.MixtureSameFamily(dist.Categorical(w), dist.Normal(m, s.Expand(3)))
}

var (
	xs  = tensor.Of([]float64{-1.2, 0.3, 1.9, 0.4})
	xss = tensor.Of([][]float64{{-1.2, 0.3, 1.9, 0.4}, {0.1, 0.8, -2, 2.5}, {1, 1, 0, -1}})
)

func TestMixtureIsTheHandMarginalisedOne(t *testing.T) {
	observe := func(p *pyro.P, name string, z, m, s, x *tensor.Tensor) {
		p.Observe(name, dist.Normal(m.Index(z), s), x)
	}
	equal(t, "plate", func(p *pyro.P) {
		w, m, s := mixed(p)
		d := p.Plate("data", 4)
		observe(d, "x", d.Sample("z", dist.Categorical(w)), m, s, xs)
	}, func(p *pyro.P) { p.Plate("data", 4).Observe("x", marginal(p), xs) })

	equal(t, "plate in plate", func(p *pyro.P) {
		w, m, s := mixed(p)
		d := p.Plate("outer", 4).Plate("inner", 3)
		observe(d, "x", d.Sample("z", dist.Categorical(w)), m, s, xss)
	}, func(p *pyro.P) { p.Plate("outer", 4).Plate("inner", 3).Observe("x", marginal(p), xss) })

	equal(t, "loop in plate", func(p *pyro.P) {
		w, m, s := mixed(p)
		for i, d := range p.Plate("outer", 4).Each("inner", 3) {
			z := d.Sample(fmt.Sprintf("z%d", i), dist.Categorical(w))
			observe(d, fmt.Sprintf("x%d", i), z, m, s, xss.Select(0, i))
		}
	}, func(p *pyro.P) { p.Plate("outer", 4).Plate("inner", 3).Observe("x", marginal(p), xss) })

	equal(t, "plate in loop", func(p *pyro.P) {
		w, m, s := mixed(p)
		for i, p := range p.Each("outer", 3) {
			d := p.Plate(fmt.Sprintf("inner%d", i), 4)
			z := d.Sample(fmt.Sprintf("z%d", i), dist.Categorical(w))
			observe(d, fmt.Sprintf("x%d", i), z, m, s, xss.Select(0, i))
		}
	}, func(p *pyro.P) { p.Plate("outer", 4).Plate("inner", 3).Observe("x", marginal(p), xss) })

	mask := tensor.Of([]bool{true, false, true, true})
	equal(t, "mask", func(p *pyro.P) {
		w, m, s := mixed(p)
		d := p.Plate("data", 4).Mask(mask)
		observe(d, "x", d.Sample("z", dist.Categorical(w)), m, s, xs)
	}, func(p *pyro.P) { p.Plate("data", 4).Mask(mask).Observe("x", marginal(p), xs) })

	equal(t, "mask of the data", func(p *pyro.P) {
		w, m, s := mixed(p)
		d := p.Plate("data", 4)
		z := d.Sample("z", dist.Categorical(w))
		observe(d.Mask(mask), "x", z, m, s, xs)
	}, func(p *pyro.P) { p.Plate("data", 4).Mask(mask).Observe("x", marginal(p), xs) })

	for _, at := range []string{"outside", "inside"} {
		equal(t, "scale "+at, func(p *pyro.P) {
			w, m, s := mixed(p)
			if at == "outside" {
				p = p.Scale(tensor.Of(2.5))
			}
			d := p.Plate("data", 4)
			if at == "inside" {
				d = d.Scale(tensor.Of(2.5))
			}
			observe(d, "x", d.Sample("z", dist.Categorical(w)), m, s, xs)
		}, func(p *pyro.P) { p.Scale(tensor.Of(2.5)).Plate("data", 4).Observe("x", marginal(p), xs) })
	}

	indices := pyro.Indices(tensor.Of([]int{3, 1}))
	equal(t, "subsample and mask", func(p *pyro.P) {
		w, m, s := mixed(p)
		d := p.Plate("data", 4, indices)
		d = d.Mask(d.Subsample(mask, 0))
		observe(d, "x", d.Sample("z", dist.Categorical(w)), m, s, d.Subsample(xs, 0))
	}, func(p *pyro.P) {
		d := p.Plate("data", 4, indices)
		d.Mask(d.Subsample(mask, 0)).Observe("x", marginal(p), d.Subsample(xs, 0))
	})

	equal(t, "two plates of different scale", func(p *pyro.P) {
		w, m, s := mixed(p)
		a, b := p.Plate("a", 4, indices), p.Plate("b", 3)
		observe(a, "x", a.Sample("z", dist.Categorical(w)), m, s, a.Subsample(xs, 0))
		observe(b, "y", b.Sample("u", dist.Categorical(w)), m, s, xss.Select(1, 2))
	}, func(p *pyro.P) {
		a := p.Plate("a", 4, indices)
		a.Observe("x", marginal(p), a.Subsample(xs, 0))
		p.Plate("b", 3).Observe("y", marginal(p), xss.Select(1, 2))
	})
}

// Sites shared by plates: log Σ_a p(a) Π_i Σ_b p(b|a) Π_j p(x_ij|a, b), and the
// like, by hand.
func TestNestedSitesAreTheHandSummedOnes(t *testing.T) {
	cond := func(p *pyro.P) *tensor.Tensor {
		return p.Param("cond", tensor.Of([][]float64{{.9, .1}, {.3, .7}}), constraint.Simplex)
	}
	locs := func(p *pyro.P) *tensor.Tensor { return p.Param("locs", tensor.Of([]float64{-1, 0.4, 1.3})) }
	prior := func(p *pyro.P) *tensor.Tensor {
		return p.Param("prior", tensor.Of([]float64{.6, .4}), constraint.Simplex)
	}
	// byHand sums over b for each i, then over a.
	byHand := func(rows [][]*tensor.Tensor) pyro.Model {
		return func(p *pyro.P) {
			q, l, c := prior(p), locs(p), cond(p)
			var terms []*tensor.Tensor
			for a := range 2 {
				t := q.Select(0, a).Log()
				for _, row := range rows {
					var inner []*tensor.Tensor
					for b := range 2 {
						u := c.Select(0, a).Select(0, b).Log()
						for _, x := range row {
							u = u.Add(dist.Normal(l.Select(0, a+b), 1).LogProb(x))
						}
						inner = append(inner, u)
					}
					t = t.Add(tensor.Stack(0, inner...).LogSumExp(0))
				}
				terms = append(terms, t)
			}
			p.Factor("sum", tensor.Stack(0, terms...).LogSumExp(0))
		}
	}
	cell := func(i, j int) *tensor.Tensor { return xss.Select(0, i).Select(0, j) }
	var rows [][]*tensor.Tensor
	for i := range 4 {
		rows = append(rows, []*tensor.Tensor{cell(0, i), cell(1, i), cell(2, i)})
	}
	equal(t, "global, outer, inner", func(p *pyro.P) {
		a := p.Sample("a", dist.Categorical(prior(p)))
		outer := p.Plate("outer", 4)
		b := outer.Sample("b", dist.Categorical(cond(p).Index(a)))
		outer.Plate("inner", 3).Observe("x", dist.Normal(locs(p).Index(a.Add(b)), 1), xss)
	}, byHand(rows))
	equal(t, "loops", func(p *pyro.P) {
		a := p.Sample("a", dist.Categorical(prior(p)))
		for i, p := range p.Each("outer", 4) {
			b := p.Sample(fmt.Sprintf("b%d", i), dist.Categorical(cond(p).Index(a)))
			for j, p := range p.Each(fmt.Sprintf("inner%d", i), 3) {
				p.Observe(fmt.Sprintf("x%d_%d", i, j), dist.Normal(locs(p).Index(a.Add(b)), 1), cell(j, i))
			}
		}
	}, byHand(rows))
	equal(t, "loop in plate", func(p *pyro.P) {
		a := p.Sample("a", dist.Categorical(prior(p)))
		outer := p.Plate("outer", 4)
		b := outer.Sample("b", dist.Categorical(cond(p).Index(a)))
		for j, p := range outer.Each("inner", 3) {
			p.Observe(fmt.Sprintf("x%d", j), dist.Normal(locs(p).Index(a.Add(b)), 1), xss.Select(0, j))
		}
	}, byHand(rows))
	equal(t, "plate in loop", func(p *pyro.P) {
		a := p.Sample("a", dist.Categorical(prior(p)))
		for i, p := range p.Each("outer", 4) {
			b := p.Sample(fmt.Sprintf("b%d", i), dist.Categorical(cond(p).Index(a)))
			p.Plate(fmt.Sprintf("inner%d", i), 3).Observe(fmt.Sprintf("x%d", i), dist.Normal(locs(p).Index(a.Add(b)), 1), xss.Select(1, i))
		}
	}, byHand(rows))
	equal(t, "deep plates", func(p *pyro.P) { // more than the dims that are kept free at first
		a := p.Sample("a", dist.Categorical(prior(p)))
		deep := p.Plate("1", 1).Plate("2", 1).Plate("3", 1).Plate("outer", 4)
		b := deep.Sample("b", dist.Categorical(cond(p).Index(a)))
		x := xss.Transpose(0, 1).Reshape(4, 3).Select(1, 0).Reshape(4, 1, 1, 1)
		deep.Observe("x", dist.Normal(locs(p).Index(a.Add(b)), 1), x)
	}, byHand(func() (first [][]*tensor.Tensor) {
		for i := range 4 {
			first = append(first, []*tensor.Tensor{cell(0, i)})
		}
		return first
	}()))
}

// A hidden Markov model with its states summed out is the forward algorithm.
func TestHiddenMarkovModelIsTheForwardAlgorithm(t *testing.T) {
	const n = 12
	transition := func(p *pyro.P) *tensor.Tensor {
		return p.Param("transition", tensor.Of([][]float64{{.9, .1}, {.2, .8}}), constraint.Simplex)
	}
	emission := func(p *pyro.P) dist.Distribution {
		return dist.Normal(p.Param("locs", tensor.Of([]float64{-1, 1})), p.Param("scale", tensor.Of(1.0), constraint.Positive))
	}
	y := tensor.Normals(rng.New(2), n)
	equal(t, "chain", func(p *pyro.P) {
		row := tensor.Of([]float64{.5, .5})
		locs, scale := p.Param("locs", tensor.Of([]float64{-1, 1})), p.Param("scale", tensor.Of(1.0), constraint.Positive)
		for i, p := range p.Markov("time", n) {
			x := p.Sample(fmt.Sprintf("x%d", i), dist.Categorical(row))
			p.Observe(fmt.Sprintf("y%d", i), dist.Normal(locs.Index(x), scale), y.Select(0, i))
			row = transition(p).Index(x)
		}
	}, func(p *pyro.P) {
		logA, e := transition(p).Log(), emission(p)
		alpha := tensor.Of([]float64{math.Log(.5), math.Log(.5)}).Add(e.LogProb(y.Select(0, 0)))
		for i := 1; i < n; i++ {
			alpha = alpha.Unsqueeze(-1).Add(logA).LogSumExp(0).Add(e.LogProb(y.Select(0, i)))
		}
		p.Factor("forward", alpha.LogSumExp(0))
	})
}

// Several enumerated sites of different kinds against a sum over all values.
func TestSeveralKindsOfSites(t *testing.T) {
	equal(t, "kinds", func(p *pyro.P) {
		q := p.Param("q", tensor.Of(0.3), constraint.UnitInterval)
		a := p.Sample("a", dist.Bernoulli(q))
		b := p.Sample("b", dist.Binomial(3, q))
		c := p.Sample("c", dist.OneHotCategorical([]float64{.2, .3, .5}))
		p.Observe("x", dist.Normal(a.Add(b).Add(c.Select(-1, 2)), 1), tensor.Of(1.7))
	}, func(p *pyro.P) {
		q := p.Param("q", tensor.Of(0.3), constraint.UnitInterval)
		var terms []*tensor.Tensor
		for a := range 2 {
			for b := range 4 {
				for c, w := range []float64{.5, .5} { // c is 2 or not
					terms = append(terms, dist.Bernoulli(q).LogProb(tensor.Of(float64(a))).
						Add(dist.Binomial(3, q).LogProb(tensor.Of(float64(b)))).AddScalar(math.Log(w)).
						Add(dist.Normal(a+b+c, 1).LogProb(tensor.Of(1.7))))
				}
			}
		}
		p.Factor("sum", tensor.Stack(0, terms...).LogSumExp(0))
	})
}

func enumError(model, guide pyro.Model) error {
	_, err := infer.TraceEnumELBO{}.Loss(tensor.NewTape(), rng.New(0), model, guide)
	return err
}

func TestCoupledPlatesAreRefused(t *testing.T) {
	err := enumError(func(p *pyro.P) {
		rows, columns := p.Plate("rows", 2, pyro.Dim(-2)), p.Plate("columns", 3, pyro.Dim(-1))
		a, b := rows.Sample("a", dist.Bernoulli(0.3)), columns.Sample("b", dist.Bernoulli(0.3))
		rows.Plate("columns", 3, pyro.Dim(-1)).Observe("x", dist.Normal(a.Add(b), 1), tensor.Zeros(2, 3))
	}, noGuide)
	for _, part := range []string{`site "a"`, `["a" "b"]`, `["rows" "columns"]`, "to repair it"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %s: %v", part, err)
		}
	}
}

func TestScalesThatDifferAreRefused(t *testing.T) {
	err := enumError(func(p *pyro.P) {
		z := p.Sample("z", dist.Bernoulli(0.3))
		d := p.Plate("data", 4, pyro.Subsample(2))
		d.Observe("x", dist.Normal(z, 1), d.Subsample(xs, 0))
	}, noGuide)
	for _, part := range []string{`site "x" in plate "data"`, "is 2", `"z"'s 1`, "to repair it"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %s: %v", part, err)
		}
	}
}

// chainOfThree has three binary sites, whose joint posterior is known by a sum
// over all 8 values.
func chainOfThree(p *pyro.P) {
	a := p.Sample("a", dist.Bernoulli(0.3))
	d := p.Plate("data", 2)
	b := d.Sample("b", dist.Bernoulli(a.MulScalar(0.5).AddScalar(0.2)))
	d.Observe("x", dist.Normal(a.Add(b), 1), tensor.Of([]float64{0.8, 1.9}))
}

// posterior lists the 8 joint values of a chainOfThree and their probabilities.
func posterior(t *testing.T) (values [][]float64, prob []float64) {
	total := 0.0
	for bits := range 8 {
		v := []float64{float64(bits & 1), float64(bits >> 1 & 1), float64(bits >> 2)}
		tr, err := pyro.Run(handler.Condition(chainOfThree, pyro.Data{"a": tensor.Of(v[0]), "b": tensor.Of(v[1:])}), rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		values, prob = append(values, v), append(prob, math.Exp(tr.LogProb().Item()))
		total += prob[bits]
	}
	for i := range prob {
		prob[i] /= total
	}
	return values, prob
}

func TestDiscreteIsTheMostProbable(t *testing.T) {
	values, prob := posterior(t)
	best := values[slices.Index(prob, slices.Max(prob))]
	tr, err := pyro.Run(infer.Discrete(chainOfThree), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	got := append(tr.Value("a").Float64s(), tr.Value("b").Float64s()...)
	if !slices.Equal(got, best) || tr.Site("a").Observed {
		t.Errorf("got %v, want %v", got, best)
	}
}

// Frequencies of n draws stay within √(2p(1-p)L/n) + L/3n of the probability p
// but for a chance of 2exp(-L) (Bernstein).
func TestDiscreteSampleHasThePosterior(t *testing.T) {
	values, prob := posterior(t)
	const n, bound = 20_000, 25.0
	counts := make([]int, len(values))
	m := infer.DiscreteSample(chainOfThree)
	for i := range n {
		tr, err := pyro.Run(m, rng.New(4).Fold(i))
		if err != nil {
			t.Fatal(err)
		}
		v := append(tr.Value("a").Float64s(), tr.Value("b").Float64s()...)
		counts[int(v[0]+2*v[1]+4*v[2])]++
	}
	for i, p := range prob {
		f := float64(counts[i]) / n
		if tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n); math.Abs(f-p) > tol {
			t.Errorf("%v has frequency %v, want %v ± %v", values[i], f, p, tol)
		}
	}
}

// Handlers outside of Discrete count as those inside do.
func TestDiscreteUnderHandlers(t *testing.T) {
	model := func(p *pyro.P) {
		m := p.Param("m", tensor.Of(0.0))
		u := p.Sample("u", dist.Normal(0, 1))
		z := p.Sample("z", dist.Bernoulli(0.5))
		p.Sample("x", dist.Normal(z.MulScalar(4).Add(m).Add(u), 1))
	}
	for m := range 2 {
		for u := range 2 {
			for x := -4.0; x <= 8; x++ {
				ps := pyro.NewParams()
				ps.Set("m", tensor.Of(2.0*float64(m)), constraint.Real)
				at := 1.5 * float64(u)
				data, latent := pyro.Data{"x": tensor.Of(x)}, pyro.Data{"u": tensor.Of(at)}
				outside := ps.Bind(handler.Condition(handler.Substitute(infer.Discrete(model), latent), data))
				inside := infer.Discrete(ps.Bind(handler.Condition(handler.Substitute(model, latent), data)))
				want := 0.0
				if x-2*float64(m)-at > 2 {
					want = 1
				}
				for _, m := range []pyro.Model{outside, inside} {
					tr, err := pyro.Run(m, rng.New(0))
					if err != nil {
						t.Fatal(err)
					}
					if got := tr.Value("z").Item(); got != want {
						t.Errorf("z is %v at m = %v, u = %v, x = %v", got, m, at, x)
					}
				}
			}
		}
	}
	if _, err := pyro.Run(infer.Discrete(func(p *pyro.P) { p.Sample("u", dist.Normal(0, 1)) }), rng.New(0)); err == nil ||
		err.Error() != "pyro: Discrete: the model has no discrete latent site of finite support" {
		t.Errorf("got %v", err)
	}
	typo := handler.Condition(infer.Discrete(model), pyro.Data{"x": tensor.Of(1.0), "y": tensor.Of(1.0)})
	if _, err := pyro.Run(typo, rng.New(0)); err == nil || !strings.Contains(err.Error(), `"y"`) {
		t.Errorf("a name that is not met outside of Discrete passes: %v", err)
	}
}
