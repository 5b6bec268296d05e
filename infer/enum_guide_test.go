package infer_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// hmmInGuide is a hidden Markov model and a guide of the same form, which share
// the transition probabilities.
func hmmInGuide(n int) (model, guide pyro.Model) {
	quarter := [][]float64{{.75, .25}, {.25, .75}}
	half := tensor.Of([]float64{.5, .5})
	model = func(p *pyro.P) {
		transition := p.Param("transition", tensor.Of(quarter), constraint.Simplex)
		emission := p.Param("emission", tensor.Of(quarter), constraint.Simplex)
		row := half
		for i, p := range p.Markov("t", n) {
			x := p.Sample(fmt.Sprint("x", i), dist.Categorical(row))
			p.Observe(fmt.Sprint("y", i), dist.Categorical(emission.Index(x)), tensor.Of(1.0))
			row = transition.Index(x)
		}
	}
	guide = func(p *pyro.P) {
		transition := p.Param("transition", tensor.Of(quarter), constraint.Simplex)
		row := half
		for i, p := range p.Markov("t", n) {
			x := p.Sample(fmt.Sprint("x", i), dist.Categorical(row), pyro.Enumerate)
			row = transition.Index(x)
		}
	}
	return model, guide
}

// The digits are those of Pyro's test of the same name, in float32.
func TestHiddenMarkovModelInGuide(t *testing.T) {
	for n, g := range map[int]float64{2: 0.1029949, 3: 0.2574873, 10: 1.6483208, 20: 3.7078169, 30: 5.7677145} {
		model, guide := hmmInGuide(n)
		_, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide, rng.New(0))
		for i, want := range []float64{g, -g, g, -g} {
			within(t, fmt.Sprintf("transition gradient for %d steps", n), grad["transition"][i], want, 1e-6)
		}
		k := float64(n)
		nearAll(t, "emission gradient", grad["emission"], []float64{.375 * k, -.375 * k, .125 * k, -.125 * k})
		if n <= 10 {
			_, seq := gradient(t, infer.TraceEnumELBO{Sequential: true}, pyro.NewParams(), model, guide, rng.New(0))
			nearAll(t, "sequential transition gradient", seq["transition"], grad["transition"])
			nearAll(t, "sequential emission gradient", seq["emission"], grad["emission"])
		}
	}
}

// The guide alone, and guide and model in turns: both sides against all joint
// values one by one.
func TestBothSidesEnumerated(t *testing.T) {
	probs := func(p *pyro.P, name string) *tensor.Tensor {
		return p.Param(name, tensor.Of([][]float64{{.8, .2}, {.35, .65}}), constraint.Simplex)
	}
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.4)) // the guide's
		b := p.Sample("b", dist.Categorical(probs(p, "pb").Index(a)))
		d := p.Plate("data", 3)
		c := d.Sample("c", dist.Bernoulli(b.MulScalar(.5).AddScalar(.2))) // the guide's, in a plate
		e := d.Sample("e", dist.Categorical(probs(p, "pe").Index(c)))
		loc := p.Param("loc", tensor.Of(0.3))
		d.Observe("x", dist.Normal(a.Add(c).Add(e.Mul(loc)), 1), tensor.Of([]float64{.1, 1.4, 2}))
	}
	guide := func(p *pyro.P) {
		q := p.Param("q", tensor.Of([]float64{.3, .6, .5}), constraint.UnitInterval)
		a := p.Sample("a", dist.Bernoulli(q.Select(0, 0)), pyro.Enumerate)
		p.Sample("b", dist.Bernoulli(q.Select(0, 1).Mul(a.MulScalar(.5).AddScalar(.4))), pyro.Enumerate)
		p.Plate("data", 3).Sample("c", dist.Bernoulli(q.Mul(a.MulScalar(.3).AddScalar(.5))), pyro.Enumerate)
	}
	loss, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide, rng.New(0))
	seqLoss, seq := gradient(t, infer.TraceEnumELBO{Sequential: true}, pyro.NewParams(), model, guide, rng.New(0))
	same(t, seqLoss, seq, loss, grad)

	// All values of a, b, c by hand; the guide draws each in turn.
	plain := func(p *pyro.P) {
		q := p.Param("q", tensor.Of([]float64{.3, .6, .5}), constraint.UnitInterval)
		a := p.Sample("a", dist.Bernoulli(q.Select(0, 0)))
		p.Sample("b", dist.Bernoulli(q.Select(0, 1).Mul(a.MulScalar(.5).AddScalar(.4))))
		p.Plate("data", 3).Sample("c", dist.Bernoulli(q.Mul(a.MulScalar(.3).AddScalar(.5))))
	}
	m := expectation(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, plain, map[string][]int{"a": {}, "b": {}, "c": {3}})
	same(t, loss, grad, m.loss, m.grad)
}

// klBernoulli is KL(q || p).
func klBernoulli(q, p float64) float64 {
	return q*math.Log(q/p) + (1-q)*math.Log((1-q)/(1-p))
}

// nesting is a way to repeat statements: in a plate, or in a loop whose names end
// in id.
type nesting func(p *pyro.P, name string, n int, f func(p *pyro.P, id string))

func inPlate(p *pyro.P, name string, n int, f func(p *pyro.P, id string)) { f(p.Plate(name, n), "") }

func inLoop(p *pyro.P, name string, n int, f func(p *pyro.P, id string)) {
	for i, p := range p.Each(name, n) {
		f(p, fmt.Sprint("_", i))
	}
}

// nestings are the ways to nest two of them.
var nestings = map[string][2]nesting{
	"plate plate": {inPlate, inPlate}, "plate loop": {inPlate, inLoop}, "loop plate": {inLoop, inPlate}, "loop loop": {inLoop, inLoop},
}

// nested draws from d at the top, outer times below, and inner times below each.
func nested(p *pyro.P, nests [2]nesting, outer, inner int, d dist.Distribution, opts ...pyro.SiteOption) {
	p.Sample("w", d, opts...)
	nests[0](p, "outer", outer, func(p *pyro.P, i string) {
		p.Sample("x"+i, d, opts...)
		nests[1](p, "inner"+i, inner, func(p *pyro.P, j string) { p.Sample("y"+i+j, d, opts...) })
	})
}

// The enumerated ELBO is the closed-form KL in every nesting of plates and loops.
func TestEnumeratedELBOIsKL(t *testing.T) {
	const q0, p0 = 0.5, 0.25
	slope := math.Log(q0/p0) - math.Log((1-q0)/(1-p0)) // dKL/dq
	for _, sequential := range []bool{false, true} {
		for name, nests := range nestings {
			for outer := 1; outer <= 3; outer++ {
				for inner := 1; inner <= 2; inner++ {
					if sequential && name == "loop loop" && outer*inner > 4 {
						continue // many runs
					}
					model := func(p *pyro.P) { nested(p, nests, outer, inner, dist.Bernoulli(p0)) }
					guide := func(p *pyro.P) {
						nested(p, nests, outer, inner, dist.Bernoulli(p.Param("q", tensor.Of(q0))), pyro.Enumerate)
					}
					loss, grad := gradient(t, infer.TraceEnumELBO{Sequential: sequential}, pyro.NewParams(), model, guide, rng.New(0))
					n := float64(1 + outer + outer*inner)
					near(t, name+" loss", loss, n*klBernoulli(q0, p0))
					near(t, name+" gradient", grad["q"][0], n*slope)
				}
			}
		}
	}
}

// The ELBO of 10,000 draws is that KL to 0.2, as is its gradient, in every nesting
// and for each loss that takes the site: B(½) against B(¼), N(½, 1) against N(0, 1)
// and three categorical sites with their product. A hundred runs of 100 draws side
// by side tell the standard error, of which five are allowed at most.
func TestSampledELBOIsKL(t *testing.T) {
	const q0, p0 = 0.5, 0.25
	kl, slope := klBernoulli(q0, p0), math.Log(q0/p0)-math.Log((1-q0)/(1-p0))
	losses := func() []infer.Loss {
		return []infer.Loss{infer.TraceELBO{}, &infer.TraceGraphELBO{}, infer.TraceEnumELBO{}}
	}
	check := func(name string, l infer.Loss, model, guide pyro.Model, loss, grad float64) {
		t.Helper()
		mean, se := average(t, 100, &infer.Vectorized{Of: l, Particles: 100}, pyro.NewParams(), model, guide)
		for key, want := range map[string]float64{"": loss, "q": grad} {
			got, ok := mean[key]
			if tol := math.Min(0.2, 5*se[key]+1e-9); !ok || math.Abs(got-want) > tol {
				t.Errorf("%s, %T: %q is %v ± %v, want %v", name, l, key, got, se[key], want)
			}
		}
	}
	for name, nests := range nestings {
		const outer, inner = 2, 2
		const n = 1 + outer + outer*inner
		for _, l := range losses() {
			check(name, l, func(p *pyro.P) { nested(p, nests, outer, inner, dist.Bernoulli(p0)) }, func(p *pyro.P) {
				nested(p, nests, outer, inner, dist.Bernoulli(p.Param("q", tensor.Of(q0))), pyro.NoEnum)
			}, n*kl, n*slope)
		}
		for _, l := range append(losses(), infer.TraceMeanFieldELBO{}, infer.PathELBO{}) {
			check(name+", normal", l, func(p *pyro.P) { nested(p, nests, outer, inner, dist.Normal(0, 1)) }, func(p *pyro.P) {
				nested(p, nests, outer, inner, dist.Normal(p.Param("q", tensor.Of(q0)), 1))
			}, n*q0*q0/2, n*q0)
		}
	}
	qs := [][]float64{{.2, .8}, {.5, .3, .2}, {.1, .4, .3, .2}}
	ps := [][]float64{{.5, .5}, {.2, .2, .6}, {.25, .25, .25, .25}}
	want := kl
	for i := range qs {
		for k := range qs[i] {
			want += qs[i][k] * math.Log(qs[i][k]/ps[i][k])
		}
	}
	for _, l := range losses() {
		product := func(p *pyro.P, probs [][]float64, q *tensor.Tensor) {
			for i, v := range probs {
				p.Sample(fmt.Sprint("z", i), dist.Categorical(v), pyro.NoEnum)
			}
			p.Sample("b", dist.Bernoulli(q), pyro.NoEnum)
		}
		check("product", l, func(p *pyro.P) { product(p, ps, tensor.Of(p0)) },
			func(p *pyro.P) { product(p, qs, p.Param("q", tensor.Of(q0))) }, want, slope)
	}
}

// Three categorical sites that follow each other, and normal ones between:
// the divergence of products is the sum of divergences.
func TestEnumeratedELBOOfProducts(t *testing.T) {
	qs := [][]float64{{.2, .8}, {.5, .3, .2}, {.1, .4, .3, .2}}
	ps := [][]float64{{.5, .5}, {.2, .2, .6}, {.25, .25, .25, .25}}
	want := 0.5 // KL(N(1, 1) || N(0, 1))
	for i := range qs {
		for k := range qs[i] {
			want += qs[i][k] * math.Log(qs[i][k]/ps[i][k])
		}
	}
	model := func(p *pyro.P) {
		for i := range ps {
			p.Sample(fmt.Sprint("z", i), dist.Categorical(ps[i]))
		}
		p.Sample("u", dist.Normal(0, 1))
	}
	var loss mean
	guide := func(p *pyro.P) {
		for i := range qs {
			p.Sample(fmt.Sprint("z", i), dist.Categorical(qs[i]), pyro.Enumerate)
		}
		p.Sample("u", dist.Normal(p.Param("m", tensor.Of(1.0)), 1))
	}
	// log q - log p of the normal site is linear in the draw: its mean over
	// antithetic draws is exact, so over many it is within √(1/n) of it, as the
	// draw has variance 1.
	const n = 4000
	for i := range n {
		l, g := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide, rng.New(1).Fold(i))
		loss.add(1.0/n, l, g)
	}
	tol := 6 / math.Sqrt(n)
	if math.Abs(loss.loss-want) > tol || math.Abs(loss.grad["m"][0]-1) > tol {
		t.Errorf("loss %v, want %v ± %v; gradient %v, want 1", loss.loss, want, tol, loss.grad["m"])
	}
}

// y ~ B(.33), z ~ B(.55y + .10): the guide's z depends on its y.
func TestGuideThatIsNotMeanField(t *testing.T) {
	for _, pi1 := range []float64{.33, .43} {
		for _, pi2 := range []float64{.55, .27} {
			model := func(p *pyro.P) {
				y := p.Sample("y", dist.Bernoulli(.33))
				p.Sample("z", dist.Bernoulli(y.MulScalar(.55).AddScalar(.10)))
			}
			guide := func(p *pyro.P) {
				y := p.Sample("y", dist.Bernoulli(p.Param("q1", tensor.Of(pi1))), pyro.Enumerate)
				q2 := p.Param("q2", tensor.Of(pi2))
				p.Sample("z", dist.Bernoulli(y.Mul(q2).AddScalar(.10)), pyro.Enumerate)
			}
			for _, l := range []infer.Loss{infer.TraceEnumELBO{}, infer.TraceEnumELBO{Sequential: true}} {
				loss, grad := gradient(t, l, pyro.NewParams(), model, guide, rng.New(0))
				logit := func(q float64) float64 { return math.Log(q / (1 - q)) }
				near(t, "loss", loss, klBernoulli(pi1, .33)+pi1*klBernoulli(pi2+.10, .65))
				near(t, "gradient in q1", grad["q1"][0], logit(pi1)-logit(.33)+klBernoulli(pi2+.10, .65))
				near(t, "gradient in q2", grad["q2"][0], pi1*(logit(pi2+.10)-logit(.65)))
			}
		}
	}
}

// Sequential enumeration lets guide and model branch on what they draw.
func TestSequentialBranches(t *testing.T) {
	model := func(p *pyro.P) {
		if p.Sample("coin", dist.Bernoulli(.5)).Item() == 1 {
			p.Sample("z", dist.Bernoulli(.2))
		}
	}
	guide := func(p *pyro.P) {
		if p.Sample("coin", dist.Bernoulli(p.Param("q", tensor.Of(.3))), pyro.Enumerate).Item() == 1 {
			p.Sample("z", dist.Bernoulli(p.Param("r", tensor.Of(.6))), pyro.Enumerate)
		}
	}
	loss, grad := gradient(t, infer.TraceEnumELBO{Sequential: true}, pyro.NewParams(), model, guide, rng.New(0))
	near(t, "loss", loss, klBernoulli(.3, .5)+.3*klBernoulli(.6, .2))
	near(t, "gradient in q", grad["q"][0], math.Log(.3/.7)+klBernoulli(.6, .2))
	near(t, "gradient in r", grad["r"][0], .3*(math.Log(.6/.4)-math.Log(.2/.8)))
}

// Draws of the guide above and below its enumerated sites count by their score:
// the mean over all draws is the gradient of the expectation.
func TestScoresUnderEnumeratedSites(t *testing.T) {
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(.4))
		p.Sample("b", dist.Bernoulli(a.MulScalar(.3).AddScalar(.2)))
	}
	above := func(opts ...pyro.SiteOption) pyro.Model {
		return func(p *pyro.P) {
			b := p.Sample("b", dist.Bernoulli(p.Param("qb", tensor.Of(.35))), opts...)
			p.Sample("a", dist.Bernoulli(p.Param("qa", tensor.Of(.6)).Mul(b.MulScalar(.5).AddScalar(.4))), pyro.Enumerate)
		}
	}
	var m mean
	for b, w := range []float64{.65, .35} {
		fixed := handler.Substitute(above(), pyro.Data{"b": tensor.Of(float64(b))})
		l, g := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, fixed, rng.New(0))
		m.add(w, l, g)
	}
	loss, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, above(pyro.Enumerate), rng.New(0))
	same(t, m.loss, m.grad, loss, grad)

	below := func(opts ...pyro.SiteOption) pyro.Model {
		return func(p *pyro.P) {
			a := p.Sample("a", dist.Bernoulli(p.Param("qa", tensor.Of(.6))), pyro.Enumerate)
			p.Sample("b", dist.Bernoulli(p.Param("qb", tensor.Of(.35)).Mul(a.MulScalar(.5).AddScalar(.4))), opts...)
		}
	}
	m = mean{}
	for bits := range 4 { // a draw for each value of a
		w := 1.0
		for a, q := range []float64{.35 * .4, .35 * .9} {
			if bits>>a&1 == 0 {
				q = 1 - q
			}
			w *= q
		}
		b := tensor.New([]float64{float64(bits & 1), float64(bits >> 1)}, 2, 1, 1)
		fixed := handler.Substitute(below(), pyro.Data{"b": b})
		l, g := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, fixed, rng.New(0))
		m.add(w, l, g)
	}
	loss, grad = gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, below(pyro.Enumerate), rng.New(0))
	same(t, m.loss, m.grad, loss, grad)
}

// netInGuide is a dynamic Bayes net of two chains, of which the second also follows
// the first, and a guide of the same form.
func netInGuide(n int) (model, guide pyro.Model) {
	u, v := tensor.Of([]float64{.3, .8}), tensor.Of([][]float64{{.1, .6}, {.5, .9}})
	net := func(p *pyro.P, u, v *tensor.Tensor, step func(p *pyro.P, i int, w, x *tensor.Tensor), opts ...pyro.SiteOption) {
		w, x := tensor.Of(0.0), tensor.Of(0.0)
		for i, p := range p.Markov("time", n) {
			w = p.Sample(fmt.Sprint("w", i), dist.Bernoulli(u.Index(w)), opts...)
			x = p.Sample(fmt.Sprint("x", i), dist.Bernoulli(v.Index(w, x)), opts...)
			step(p, i, w, x)
		}
	}
	model = func(p *pyro.P) {
		net(p, u, v, func(p *pyro.P, i int, w, x *tensor.Tensor) {
			p.Observe(fmt.Sprint("y", i), dist.Normal(x.Add(w), 1), tensor.Of(.7))
		})
	}
	guide = func(p *pyro.P) {
		q := p.Param("q", tensor.Of([]float64{.4, .6}), constraint.UnitInterval)
		net(p, q, v, func(*pyro.P, int, *tensor.Tensor, *tensor.Tensor) {}, pyro.Enumerate)
	}
	return model, guide
}

// Growth is linear: a hidden Markov model or a dynamic Bayes net in the guide of
// four times as many steps records about four times as many operations. Of a few
// steps they are those of the runs one by one.
func TestGuideEnumerationIsLinear(t *testing.T) {
	for name, build := range map[string]func(n int) (model, guide pyro.Model){"hidden Markov model": hmmInGuide, "Bayes net": netInGuide} {
		length := func(n int) int {
			model, guide := build(n)
			tape := tensor.NewTape()
			ps := pyro.NewParams()
			loss, err := infer.TraceEnumELBO{}.Loss(tape, rng.New(0), ps.Bind(model), ps.Bind(guide))
			if err != nil {
				t.Fatal(err)
			}
			ps.Grad(loss)
			return tape.Len()
		}
		if a, b := length(50), length(200); float64(b) > 4.2*float64(a) {
			t.Errorf("%s: 50 steps take %d operations, 200 steps %d", name, a, b)
		}
		for n := 1; n <= 4; n++ {
			model, guide := build(n)
			loss, grad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide, rng.New(0))
			one, each := gradient(t, infer.TraceEnumELBO{Sequential: true}, pyro.NewParams(), model, guide, rng.New(0))
			same(t, loss, grad, one, each)
		}
	}
}

// Sites of the guide that are summed over in a subsampled plate, masked or not:
// the mean over all subsamples of size 1 is the loss of the whole plate.
func TestSubsamplingOfEnumeratedGuides(t *testing.T) {
	x := tensor.Of([]float64{0.3, 2})
	for _, mask := range [][]bool{{true, true}, {true, false}} {
		plate := func(p *pyro.P, indices []float64) *pyro.P {
			d := p.Scale(tensor.Of(2.0)).Plate("data", 2, pyro.Indices(tensor.Of(indices)))
			return d.Mask(d.Subsample(tensor.Of(mask), 0))
		}
		run := func(indices ...float64) (float64, map[string][]float64) {
			model := func(p *pyro.P) {
				d := plate(p, indices)
				b := d.Sample("b", dist.Bernoulli(0.3))
				c := d.Sample("c", dist.Bernoulli(b.MulScalar(.4).AddScalar(.3))) // the model's
				d.Observe("x", dist.Normal(b.Add(c), 1), d.Subsample(x, 0))
			}
			guide := func(p *pyro.P) {
				d := plate(p, indices)
				q := d.Subsample(p.Param("q", tensor.Of([]float64{.2, .7})), 0)
				d.Sample("b", dist.Bernoulli(q), pyro.Enumerate)
			}
			return gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, guide, rng.New(0))
		}
		loss, grad := run(0, 1)
		want := 0.0
		for i, q := range []float64{.2, .7} {
			if !mask[i] {
				continue
			}
			for b, w := range []float64{1 - q, q} {
				one := .3 + .4*float64(b)
				sum := (1-one)*normalAt(x.At(i), float64(b)) + one*normalAt(x.At(i), float64(b+1))
				want -= 2 * w * (math.Log(bernoulliAt(b, .3)) + math.Log(sum) - math.Log(w))
			}
		}
		near(t, "loss", loss, want)
		var m mean
		for i := range 2 {
			l, g := run(float64(i))
			m.add(0.5, l, g)
		}
		same(t, m.loss, m.grad, loss, grad)
	}
}
