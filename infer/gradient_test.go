package infer_test

import (
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// For N(z; 0, 1) N(x; z, 1) and the guide N(loc, s) the gradients of the loss
// of one draw have closed forms: pathwise, and by the score function, where a
// plate holds each element to account for its own terms alone.
func TestOneParticleGradients(t *testing.T) {
	x := tensor.Of([]float64{0.3, -1.2, 2})
	loc, s := []float64{0.4, 0.1, -0.7}, []float64{1.3, 0.6, 0.9}
	model := func(p *pyro.P) {
		d := p.Plate("data", 3)
		z := d.Sample("z", dist.Normal(0, 1))
		d.Observe("x", dist.Normal(z, 1), x)
	}
	guide := func(opts ...pyro.SiteOption) pyro.Model {
		return func(p *pyro.P) {
			l, s := p.Param("loc", tensor.Of(loc)), p.Param("s", tensor.Of(s))
			p.Plate("data", 3).Sample("z", dist.Normal(l, s), opts...)
		}
	}
	key := rng.New(3)
	tr, err := pyro.Run(guide(), key.Fold(0)) // the draw that the loss makes
	if err != nil {
		t.Fatal(err)
	}
	var pathLoc, pathS, scoreLoc, scoreS []float64
	for i, z := range tr.Value("z").Float64s() {
		x, m, s := x.At(i), loc[i], s[i]
		slope := -z + (x - z)
		pathLoc = append(pathLoc, -slope)
		pathS = append(pathS, -(slope*(z-m)+1)/s)
		u := (z - m) / s
		logNormal := func(v float64) float64 { return -v*v/2 - math.Log(2*math.Pi)/2 }
		elbo := logNormal(z) + logNormal(x-z) - (logNormal(u) - math.Log(s))
		scoreLoc = append(scoreLoc, -u/s*elbo)
		scoreS = append(scoreS, -(u*u-1)/s*elbo)
	}
	for _, l := range []infer.Loss{infer.TraceELBO{}, infer.TraceEnumELBO{}} {
		_, g := gradient(t, l, pyro.NewParams(), model, guide(), key)
		nearAll(t, "pathwise gradient in loc", g["loc"], pathLoc)
		nearAll(t, "pathwise gradient in s", g["s"], pathS)
		_, g = gradient(t, l, pyro.NewParams(), model, guide(pyro.NoReparam), key)
		nearAll(t, "score gradient in loc", g["loc"], scoreLoc)
		nearAll(t, "score gradient in s", g["s"], scoreS)
	}
}

// expectation is the exact expectation of a loss and its gradient over the
// draws of a guide with binary sites: each of the 2ⁿ draws in turn, weighted by
// its probability. sites gives the elements of each site.
func expectation(t *testing.T, l infer.Loss, ps *pyro.Params, model, guide pyro.Model, sites map[string][]int) (m mean) {
	t.Helper()
	total := 0
	for _, shape := range sites {
		total += size(shape)
	}
	for bits := range 1 << total {
		data, b := pyro.Data{}, bits
		for _, name := range slices.Sorted(maps.Keys(sites)) {
			shape := sites[name]
			v := make([]float64, size(shape))
			for i := range v {
				v[i] = float64(b & 1)
				b >>= 1
			}
			data[name] = tensor.New(v, shape...)
		}
		fixed := handler.Substitute(guide, data)
		tr, err := pyro.Run(ps.Bind(handler.Config(fixed, func(s *pyro.Site) { s.Scale = nil })), rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		loss, g := gradient(t, l, ps, model, fixed, rng.New(0))
		m.add(math.Exp(tr.LogProb().Item()), loss, g)
	}
	return m
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// derivative is the central difference of f in each element of each leaf. Its
// error is h² times a third derivative of order 1, plus rounding over h: 1e-9.
func derivative(ps *pyro.Params, f func() float64) map[string][]float64 {
	const h = 1e-5
	out := map[string][]float64{}
	for _, l := range ps.Leaves() {
		for i, v := range l.Value {
			l.Value[i] = v + h
			up := f()
			l.Value[i] = v - h
			down := f()
			l.Value[i] = v
			out[l.Name] = append(out[l.Name], (up-down)/(2*h))
		}
	}
	return out
}

// unbiased checks that the expected gradient is that of the expected loss.
func unbiased(t *testing.T, what string, l infer.Loss, model, guide pyro.Model, sites map[string][]int) mean {
	t.Helper()
	ps := pyro.NewParams()
	m := expectation(t, l, ps, model, guide, sites)
	want := derivative(ps, func() float64 { return expectation(t, l, ps, model, guide, sites).loss })
	for name := range want {
		for i, w := range want[name] {
			within(t, fmt.Sprintf("%s: expected gradient of %s[%d]", what, name, i), m.grad[name][i], w, 1e-8)
		}
	}
	return m
}

func probs(p *pyro.P, name string, v ...float64) *tensor.Tensor {
	return p.Param(name, tensor.Of(v), constraint.UnitInterval)
}

func TestScoreFunctionIsUnbiased(t *testing.T) {
	half := func(x *tensor.Tensor) *tensor.Tensor { return x.MulScalar(0.6).AddScalar(0.2) }
	for _, l := range []infer.Loss{infer.TraceELBO{}, infer.TraceEnumELBO{}} {
		unbiased(t, "chain", l, func(p *pyro.P) {
			a := p.Sample("a", dist.Bernoulli(0.3))
			b := p.Sample("b", dist.Bernoulli(half(a)))
			p.Observe("x", dist.Normal(a.Add(b), 1), tensor.Of(0.7))
		}, func(p *pyro.P) {
			a := p.Sample("a", dist.Bernoulli(probs(p, "qa", 0.4).Select(0, 0)))
			q := probs(p, "qb", 0.3, 0.8)
			p.Sample("b", dist.Bernoulli(q.Index(a)))
		}, map[string][]int{"a": {}, "b": {}})

		unbiased(t, "nested plates", l, func(p *pyro.P) {
			a := p.Sample("a", dist.Bernoulli(0.3))
			outer := p.Plate("outer", 2)
			b := outer.Sample("b", dist.Bernoulli(half(a)))
			inner := outer.Plate("inner", 2)
			c := inner.Sample("c", dist.Bernoulli(half(b)))
			inner.Observe("x", dist.Normal(a.Add(b).Add(c), 1), tensor.Of([][]float64{{0.1, 0.5}, {1.5, -1}}))
		}, func(p *pyro.P) {
			p.Sample("a", dist.Bernoulli(probs(p, "qa", 0.4).Select(0, 0)))
			outer := p.Plate("outer", 2)
			b := outer.Sample("b", dist.Bernoulli(probs(p, "qb", 0.4, 0.7)))
			outer.Plate("inner", 2).Sample("c", dist.Bernoulli(half(b).Mul(probs(p, "qc", 0.5).Select(0, 0))))
		}, map[string][]int{"a": {}, "b": {2}, "c": {2, 2}})

		unbiased(t, "crossed plates", l, func(p *pyro.P) {
			rows, columns := p.Plate("rows", 2, pyro.Dim(-2)), p.Plate("columns", 3, pyro.Dim(-1))
			a := rows.Sample("a", dist.Bernoulli(0.3))
			b := columns.Sample("b", dist.Bernoulli(0.6))
			rows.Plate("columns", 3, pyro.Dim(-1)).Observe("x", dist.Normal(a.Sub(b), 1), tensor.Of([][]float64{{0.1, 0.5, 0}, {1.5, -1, 2}}))
		}, func(p *pyro.P) {
			p.Plate("rows", 2, pyro.Dim(-2)).Sample("a", dist.Bernoulli(probs(p, "qa", 0.4, 0.9).Unsqueeze(-1)))
			p.Plate("columns", 3, pyro.Dim(-1)).Sample("b", dist.Bernoulli(probs(p, "qb", 0.4, 0.3, 0.6)))
		}, map[string][]int{"a": {2, 1}, "b": {3}})

		unbiased(t, "loop", l, func(p *pyro.P) {
			a := p.Sample("a", dist.Bernoulli(0.3))
			for i, p := range p.Each("turns", 3) {
				b := p.Sample(fmt.Sprintf("b%d", i), dist.Bernoulli(half(a)))
				p.Observe(fmt.Sprintf("x%d", i), dist.Normal(b, 1), tensor.Of(float64(i)))
			}
		}, func(p *pyro.P) {
			p.Sample("a", dist.Bernoulli(probs(p, "qa", 0.4).Select(0, 0)))
			q := probs(p, "qb", 0.2, 0.5, 0.9)
			for i, p := range p.Each("turns", 3) {
				p.Sample(fmt.Sprintf("b%d", i), dist.Bernoulli(q.Select(0, i)))
			}
		}, map[string][]int{"a": {}, "b0": {}, "b1": {}, "b2": {}})

		unbiased(t, "masked and scaled", l, func(p *pyro.P) {
			d := p.Scale(tensor.Of(3.0)).Plate("data", 3).Mask(tensor.Of([]bool{true, false, true}))
			b := d.Sample("b", dist.Bernoulli(0.3))
			d.Observe("x", dist.Normal(b, 1), tensor.Of([]float64{0.4, 1, 2}))
		}, func(p *pyro.P) {
			d := p.Scale(tensor.Of(3.0)).Plate("data", 3).Mask(tensor.Of([]bool{true, false, true}))
			d.Sample("b", dist.Bernoulli(probs(p, "qb", 0.2, 0.5, 0.9)))
		}, map[string][]int{"b": {3}})
	}
}

// The non-mean-field case y ~ B(.33), z ~ B(.55y + .10) with the guide B(π₁),
// B(π₂y + .10): the loss is a divergence in closed form.
func TestNonMeanFieldDivergence(t *testing.T) {
	kl := func(q, p float64) float64 { return q*math.Log(q/p) + (1-q)*math.Log((1-q)/(1-p)) }
	for _, pi1 := range []float64{.33, .43} {
		for _, pi2 := range []float64{.55, .27} {
			model := func(p *pyro.P) {
				y := p.Sample("y", dist.Bernoulli(.33))
				p.Sample("z", dist.Bernoulli(y.MulScalar(.55).AddScalar(.10)))
			}
			guide := func(p *pyro.P) {
				y := p.Sample("y", dist.Bernoulli(p.Param("q1", tensor.Of(pi1))))
				p.Sample("z", dist.Bernoulli(p.Param("q2", tensor.Of(pi2)).Mul(y).AddScalar(.10)))
			}
			m := expectation(t, infer.TraceELBO{}, pyro.NewParams(), model, guide, map[string][]int{"y": {}, "z": {}})
			near(t, "loss", m.loss, kl(pi1, .33)+pi1*kl(pi2+.10, .65))
			logit := func(q float64) float64 { return math.Log(q / (1 - q)) }
			near(t, "gradient in q1", m.grad["q1"][0], logit(pi1)-logit(.33)+kl(pi2+.10, .65))
			near(t, "gradient in q2", m.grad["q2"][0], pi1*(logit(pi2+.10)-logit(.65)))
		}
	}
}

// A hidden Markov model whose states a mean-field guide draws: the unconstrained
// gradients are known (for n steps: transitions ±0.2(n-1), locations (-n, 0),
// scale -n, guide (½, -½) a step). They are expectations over the draws, which are
// listed for a few steps; enumeration sums over the states of any number.
func TestHiddenMarkovModelWithMeanFieldGuide(t *testing.T) {
	for _, n := range []int{2, 3, 4, 10, 30, 50} {
		model := func(p *pyro.P) {
			transition := p.Param("transition", tensor.Of([][]float64{{.9, .1}, {.1, .9}}), constraint.Simplex)
			locs := p.Param("locs", tensor.Of([]float64{-1, 1}))
			scale := p.Param("scale", tensor.Of(1.0), constraint.Positive)
			row := tensor.Of([]float64{.5, .5})
			for i, p := range p.Markov("time", n) {
				x := p.Sample(fmt.Sprintf("x%d", i), dist.Categorical(row))
				p.Observe(fmt.Sprintf("y%d", i), dist.Normal(locs.Index(x), scale), tensor.Of(1.0))
				row = transition.Index(x)
			}
		}
		sites := map[string][]int{}
		guide := func(opts ...pyro.SiteOption) pyro.Model {
			return func(p *pyro.P) {
				q := p.Param("q", tensor.Full(0.5, n, 2), constraint.Simplex)
				for i := range n {
					p.Sample(fmt.Sprintf("x%d", i), dist.Categorical(q.Select(0, i)), opts...)
				}
			}
		}
		for i := range n {
			sites[fmt.Sprintf("x%d", i)] = []int{}
		}
		check := func(grad map[string][]float64) {
			t.Helper()
			k := 0.2 * float64(n-1)
			nearAll(t, "transition", grad["transition"], []float64{k, -k, -k, k})
			nearAll(t, "locs", grad["locs"], []float64{-float64(n), 0})
			nearAll(t, "scale", grad["scale"], []float64{-float64(n)})
			for i := range n {
				nearAll(t, "q", grad["q"][2*i:2*i+2], []float64{.5, -.5})
			}
		}
		if n <= 4 {
			check(expectation(t, infer.TraceELBO{}, pyro.NewParams(), model, guide(), sites).grad)
			_, grad := gradient(t, infer.TraceEnumELBO{Sequential: true}, pyro.NewParams(), model, guide(pyro.Enumerate), rng.New(0))
			check(grad)
		}
		_, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide(pyro.Enumerate), rng.New(0))
		check(grad)
	}
}

// The mean over all subsamples of size 1 of a plate of 2 is the full loss, and
// so is its gradient, under scales of 1 and 2.
func TestSubsamplingIsUnbiased(t *testing.T) {
	x := tensor.Of([]float64{0.3, 2})
	for _, global := range []float64{1, 2} {
		for _, l := range []infer.Loss{infer.TraceELBO{}, infer.TraceEnumELBO{}, &infer.TraceGraphELBO{}} {
			plate := func(p *pyro.P, indices ...float64) *pyro.P {
				return p.Scale(tensor.Of(global)).Plate("data", 2, pyro.Indices(tensor.Of(indices)))
			}
			model := func(indices ...float64) pyro.Model {
				return func(p *pyro.P) {
					p = plate(p, indices...)
					b := p.Sample("b", dist.Bernoulli(0.3))
					p.Observe("x", dist.Normal(b, 1), p.Subsample(x, 0))
				}
			}
			guide := func(indices ...float64) pyro.Model {
				return func(p *pyro.P) {
					p = plate(p, indices...)
					p.Sample("b", dist.Bernoulli(probs(p, "q", 0.2, 0.7)))
				}
			}
			ps := pyro.NewParams()
			full := expectation(t, l, ps, model(0, 1), guide(0, 1), map[string][]int{"b": {2}})
			var m mean
			for i := range 2 {
				part := expectation(t, l, ps, model(float64(i)), guide(float64(i)), map[string][]int{"b": {1}})
				m.add(0.5, part.loss, part.grad)
			}
			same(t, m.loss, m.grad, full.loss, full.grad)

			// The same with b summed out.
			if _, ok := l.(infer.TraceEnumELBO); ok {
				loss, grad := gradient(t, l, pyro.NewParams(), model(0, 1), noGuide, rng.New(0))
				var m mean
				for i := range 2 {
					part, g := gradient(t, l, pyro.NewParams(), model(float64(i)), noGuide, rng.New(0))
					m.add(0.5, part, g)
				}
				same(t, m.loss, m.grad, loss, grad)
			}
		}
	}
}

// The same with divergences in closed form, of a loss without noise: the guide's
// site meets no data, which the other one does.
func TestSubsamplingOfDivergencesIsUnbiased(t *testing.T) {
	x := tensor.Of([]float64{0.3, 2})
	for _, global := range []float64{1, 2} {
		plate := func(p *pyro.P, indices []float64) *pyro.P {
			return p.Scale(tensor.Of(global)).Plate("data", 2, pyro.Indices(tensor.Of(indices)))
		}
		at := func(indices ...float64) (float64, map[string][]float64) {
			return gradient(t, infer.TraceMeanFieldELBO{}, pyro.NewParams(), func(p *pyro.P) {
				p = plate(p, indices)
				p.Sample("z", dist.Normal(0, 1))
				p.Observe("x", dist.Normal(p.Param("loc", tensor.Of([]float64{0.5, -1})), 1), p.Subsample(x, 0))
			}, func(p *pyro.P) {
				p = plate(p, indices)
				p.Sample("z", dist.Normal(p.Param("m", tensor.Of([]float64{0.4, -0.2})), p.Param("s", tensor.Of([]float64{0.5, 2}), constraint.Positive)))
			}, rng.New(0))
		}
		loss, grad := at(0, 1)
		var m mean
		for i := range 2 {
			part, g := at(float64(i))
			m.add(0.5, part, g)
		}
		same(t, m.loss, m.grad, loss, grad)
	}
}

// The guide draws some sites, the loss sums the others out.
func TestScoreFunctionWithSummedSites(t *testing.T) {
	m := unbiased(t, "partly summed", infer.TraceEnumELBO{}, func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.3))
		d := p.Plate("data", 2)
		b := d.Sample("b", dist.Bernoulli(0.4))
		c := d.Sample("c", dist.Bernoulli(a.Add(b).MulScalar(0.4).AddScalar(0.1)))
		d.Observe("x", dist.Normal(b.Add(c), 1), tensor.Of([]float64{0.2, 1.4}))
	}, func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(probs(p, "qa", 0.4).Select(0, 0)))
		p.Plate("data", 2).Sample("b", dist.Bernoulli(probs(p, "qb", 0.3, 0.8).Mul(a.MulScalar(0.5).AddScalar(0.4))))
	}, map[string][]int{"a": {}, "b": {2}})
	if m.loss < 2 {
		t.Errorf("the loss %v is below -log p(x)", m.loss)
	}
}

// A step touches the subsample alone: 100 elements of a million, which fill 8
// MB, take less than 64 kB.
func TestSubsampleWork(t *testing.T) {
	const n = 1_000_000
	data := tensor.Zeros(n)
	svi := &infer.SVI{
		Model: func(p *pyro.P) {
			m := p.Sample("m", dist.Normal(0, 1))
			p = p.Plate("data", n, pyro.Subsample(100))
			p.Observe("x", dist.Normal(m, 1), p.Subsample(data, 0))
		},
		Guide: func(p *pyro.P) { p.Sample("m", dist.Normal(p.Param("loc", tensor.Of(0.0)), 1)) },
		Optim: &optim.SGD{LR: 1e-9},
	}
	step := func(i int) {
		if _, err := svi.Step(rng.New(0).Fold(i)); err != nil {
			t.Fatal(err)
		}
	}
	step(0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 10 {
		step(i)
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / 10; used > 64<<10 {
		t.Errorf("a step takes %d bytes", used)
	}
}
