package infer_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// With all discrete sites summed out there is nothing to draw: the loss and its
// gradients are those of exact enumeration.
func TestTensorMonteCarloSumsExactly(t *testing.T) {
	model := func(p *pyro.P) {
		probs := p.Param("probs", tensor.Of([]float64{0.2, 0.3, 0.5}), constraint.Simplex)
		locs := p.Param("locs", tensor.Of([]float64{-1, 0, 2}))
		a := p.Sample("a", dist.Categorical(probs))
		q := p.Plate("n", 3)
		b := q.Sample("b", dist.Bernoulli(a.MulScalar(0.3).AddScalar(0.1)))
		q.Observe("x", dist.Normal(locs.Index(a).Add(b), 1), tensor.Of([]float64{0.3, -1, 2}))
	}
	key := rng.New(1)
	want, wantGrad := gradient(t, infer.TraceEnumELBO{}, pyro.NewParams(), model, noGuide, key)
	for _, n := range []int{1, 4} {
		loss, grad := gradient(t, infer.TensorMonteCarlo{Draws: n}, pyro.NewParams(), model, noGuide, key)
		same(t, loss, grad, want, wantGrad)
	}
}

// With the posterior as guide every weight is the evidence.
func TestTensorMonteCarloAtThePosterior(t *testing.T) {
	for _, c := range conjugates() {
		for _, n := range []int{1, 3, 10} {
			for seed := range uint64(5) {
				loss, _ := gradient(t, infer.TensorMonteCarlo{Draws: n}, pyro.NewParams(), c.model, c.guide(c.exact[0], c.exact[1]), rng.New(seed))
				if math.Abs(loss+c.evidence) > 1e-9 {
					t.Errorf("%s, %d draws: loss %v, want %v", c.name, n, loss, -c.evidence)
				}
			}
		}
	}
}

// forest has sites inside and outside a plate, each made of earlier ones, in the
// order of the model or, in the guide, another one.
func forest(p *pyro.P) {
	a := p.Sample("a", dist.Normal(0.5, 1))
	k := p.Sample("k", dist.Bernoulli(0.4), pyro.NoEnum)
	q := p.Plate("n", 3)
	b := q.Sample("b", dist.Normal(a.Add(k), 0.8))
	c := p.Sample("c", dist.Normal(a.MulScalar(0.5), 1))
	q.Observe("x", dist.Normal(b.Add(c), 1), tensor.Of([]float64{0.3, 1.2, 2}))
}

// forestEvidence is log p(x): given k, x is normal with the covariance of a, b, c
// and the noise.
func forestEvidence() float64 {
	total := math.Inf(-1)
	for k, prior := range []float64{0.6, 0.4} {
		// x = 1.5·a + k + 0.8·e + c' + noise, where c' is that of c alone.
		shared, own := 1.5*1.5+1, 0.8*0.8+1.0
		cov := tensor.Full(shared, 3, 3).Add(tensor.Eye(3).MulScalar(own))
		d := dist.MultivariateNormal(tensor.Full(0.75+float64(k), 3), cov)
		lp := d.LogProb(tensor.Of([]float64{0.3, 1.2, 2})).Item() + math.Log(prior)
		total = math.Max(total, lp) + math.Log1p(math.Exp(-math.Abs(total-lp)))
	}
	return total
}

func forestGuide(p *pyro.P) {
	c := p.Sample("c", dist.Normal(0.4, 0.9))
	a := p.Sample("a", dist.Normal(c.MulScalar(0.3).AddScalar(0.4), 0.9))
	q := p.Plate("n", 3)
	q.Sample("b", dist.Normal(a.MulScalar(0.7).Sub(c.MulScalar(0.2)).AddScalar(0.2), 0.9))
	p.Sample("k", dist.Bernoulli(0.5), pyro.NoEnum)
}

// The mean over all joint values is an unbiased estimate of the evidence, whatever
// draws are made of, and more draws tighten the bound.
func TestTensorMonteCarloIsUnbiased(t *testing.T) {
	want := math.Exp(forestEvidence())
	fromPrior := func(p *pyro.P) { p.Sample("a", dist.Normal(0.4, 1)) } // the other sites come from the model
	for name, guide := range map[string]pyro.Model{"guide": forestGuide, "prior": noGuide, "mixed": fromPrior} {
		last := math.Inf(1)
		for _, n := range []int{1, 2, 8} {
			const runs = 3000
			var sum, square, loss float64
			tape := tensor.NewTape()
			for i := range runs {
				y, err := infer.TensorMonteCarlo{Draws: n}.Loss(tape, rng.New(5).Fold(i), forest, guide)
				if err != nil {
					t.Fatal(err)
				}
				z := math.Exp(-y.Item())
				sum, square, loss = sum+z/runs, square+z*z/runs, loss+y.Item()/runs
				tape.Reset()
			}
			if se := math.Sqrt((square - sum*sum) / runs); math.Abs(sum-want) > 5*se {
				t.Errorf("%s, %d draws: evidence %v ± %v, want %v", name, n, sum, se, want)
			}
			if !(loss < last) || loss < -math.Log(want) {
				t.Errorf("%s, %d draws: bound %v, with fewer draws %v, evidence %v", name, n, loss, last, -math.Log(want))
			}
			last = loss
		}
	}
}

// Of one site it is the importance weighted bound, of which the gradient by the
// score function is that of the expectation.
func TestTensorMonteCarloScores(t *testing.T) {
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.3), pyro.NoEnum)
		p.Observe("x", dist.Normal(a, 1), tensor.Of(0.8))
	}
	guide := func(p *pyro.P) { p.Sample("a", dist.Bernoulli(p.Param("q", tensor.Of(0.4)))) }
	bound := func(q float64) float64 {
		w := func(z int) (prob, weight float64) {
			prob, prior := q, 0.3
			if z == 0 {
				prob, prior = 1-q, 0.7
			}
			d := 0.8 - float64(z)
			return prob, prior / prob * math.Exp(-0.5*d*d) / math.Sqrt(2*math.Pi)
		}
		total := 0.0
		for i := range 4 {
			pa, a := w(i & 1)
			pb, b := w(i >> 1)
			total += pa * pb * math.Log((a+b)/2)
		}
		return total
	}
	const h = 1e-5 // error of the difference: h² and 1e-16/h, both below 1e-10
	mean, se := average(t, 3000, infer.TensorMonteCarlo{Draws: 2}, pyro.NewParams(), model, guide)
	withinSE(t, "loss", mean[""], se[""], -bound(0.4))
	withinSE(t, "gradient", mean["q"], se["q"], -(bound(0.4+h)-bound(0.4-h))/(2*h))
}

// Gradients through draws are those of the expectation, too: by differences of
// means with the same keys.
func TestTensorMonteCarloPaths(t *testing.T) {
	guide := func(p *pyro.P) {
		c := p.Sample("c", dist.Normal(p.Param("m", tensor.Of(0.4)), 0.9))
		p.Sample("a", dist.Normal(c.Mul(p.Param("w", tensor.Of(0.3))), 0.9))
		p.Plate("n", 3).Sample("b", dist.Normal(c, p.Param("s", tensor.Of(0.9))))
		p.Sample("k", dist.Bernoulli(0.5), pyro.NoEnum)
	}
	loss := infer.TensorMonteCarlo{Draws: 3}
	for seed := range uint64(3) {
		params := pyro.NewParams()
		_, grad := lossAndGrad(t, loss, params, rng.New(seed), forest, guide)
		for _, name := range []string{"m", "w", "s"} {
			at := func(h float64) float64 {
				moved := params.Clone()
				moved.Update(func(n string, x *tensor.Tensor) *tensor.Tensor {
					if n == name {
						return x.AddScalar(h)
					}
					return x
				})
				v, _ := lossAndGrad(t, loss, moved, rng.New(seed), forest, guide)
				return v
			}
			const h = 1e-5
			within(t, "gradient of "+name, grad[name], (at(h)-at(-h))/(2*h), 1e-7)
		}
	}
}

func TestTensorMonteCarloUnderSubsampling(t *testing.T) {
	data := tensor.Of([]float64{2, -1, 0, 3})
	model := func(p *pyro.P) {
		q := p.Plate("n", 4, pyro.Subsample(2)).Mask(tensor.Of([]bool{true, true}))
		q.Observe("x", dist.Normal(q.Sample("z", dist.Normal(0, 1)), 1), q.Subsample(data, 0))
	}
	guide := func(p *pyro.P) {
		q := p.Plate("n", 4, pyro.Subsample(2))
		loc := q.Param("loc", tensor.Of([]float64{0.9, -0.4, 0.1, 1.4}))
		q.Sample("z", dist.Normal(loc, math.Sqrt(0.5)))
	}
	exact := pyro.NewParams()
	exact.Set("loc", tensor.Of([]float64{1, -0.5, 0, 1.5}), constraint.Real)
	evidence := 0.0
	for _, x := range data.Float64s() {
		evidence += -0.25*x*x - 0.5*math.Log(4*math.Pi)
	}
	// At the posterior the mean over subsamples is the evidence; of one it is that
	// of its data, twice.
	mean := 0.0
	for i := range 400 {
		loss, _ := gradient(t, infer.TensorMonteCarlo{Draws: 3}, exact, model, guide, rng.New(3).Fold(i))
		mean += loss / 400
	}
	if math.Abs(mean+evidence) > 0.6 { // five standard errors of subsamples: 2.4/√400 each
		t.Errorf("mean loss %v, evidence %v", mean, evidence)
	}
}

// Guides whose sites are images of auxiliary ones draw those several times: the mean
// stays an unbiased estimate of the evidence, here that of Poisson counts.
func TestTensorMonteCarloWithAuxiliarySites(t *testing.T) {
	c := conjugates()[1]
	want := math.Exp(c.evidence)
	for name, g := range map[string]autoguide.Part{
		"Normal": &autoguide.Normal{Model: c.model, Scale: 0.5}, "MultivariateNormal": &autoguide.MultivariateNormal{Model: c.model, Scale: 0.5},
	} {
		params := pyro.NewParams()
		for _, n := range []int{1, 4} {
			const runs = 2000
			var sum, square float64
			tape := tensor.NewTape()
			for i := range runs {
				y, err := infer.TensorMonteCarlo{Draws: n}.Loss(tape, rng.New(5).Fold(i), params.Bind(c.model), params.Bind(g.Guide))
				if err != nil {
					t.Fatal(err)
				}
				z := math.Exp(-y.Item())
				sum, square = sum+z/runs, square+z*z/runs
				tape.Reset()
			}
			if se := math.Sqrt((square - sum*sum) / runs); math.Abs(sum-want) > 5*se {
				t.Errorf("%s, %d draws: evidence %v ± %v, want %v", name, n, sum, se, want)
			}
		}
	}
	// And in plates, of several guides.
	model := func(p *pyro.P) {
		s := p.Sample("s", dist.Gamma(3, 2))
		q := p.Plate("n", 4)
		z := q.Sample("z", dist.LogNormal(0, s))
		q.Observe("x", dist.Normal(z, 1), tensor.Of([]float64{1, 2, 0.5, 1.5}))
	}
	for name, g := range map[string]autoguide.Part{
		"Normal": &autoguide.Normal{Model: model}, "Structured": &autoguide.Structured{Model: model}, "Delta": &autoguide.Delta{Model: model},
	} {
		svi := &infer.SVI{Model: model, Guide: g.Guide, Loss: infer.TensorMonteCarlo{Draws: 2}, Optim: &optim.Adam{LR: 0.01}}
		if _, err := svi.Run(t.Context(), rng.New(1), 20); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTensorMonteCarloFits(t *testing.T) {
	for _, c := range conjugates() {
		const steps = 4000
		svi := &infer.SVI{
			Model: c.model, Guide: c.guide(c.start[0], c.start[1]), Loss: infer.TensorMonteCarlo{Draws: 2},
			Optim: &optim.Adam{LR: c.rate, Schedule: optim.Cosine(steps, 0)},
		}
		if _, err := svi.Run(t.Context(), rng.New(0), steps); err != nil {
			t.Fatal(err)
		}
		kl, ok := dist.KL(c.family(svi.Params.Get("a"), svi.Params.Get("b")), c.family(c.exact[0], c.exact[1]))
		if !ok || !(kl.Item() < 0.01) || svi.Stats.Replayed < steps*9/10 {
			t.Errorf("%s: divergence %v; %+v", c.name, kl, svi.Stats)
		}
	}
}

// Deep plates make room for themselves, and many sites take time in proportion.
func TestTensorMonteCarloOfChains(t *testing.T) {
	model := func(p *pyro.P) {
		x := tensor.Of(0.0)
		for i := range 12 {
			x = p.Sample(fmt.Sprintf("x%d", i), dist.Normal(x, 0.5))
		}
		p.Observe("y", dist.Normal(x, 1), tensor.Of(1.0))
		deep := p.Plate("a", 2).Plate("b", 2).Plate("c", 2)
		deep.Observe("w", dist.Normal(deep.Sample("v", dist.Normal(0, 1)), 1), tensor.Zeros(2, 2, 2))
	}
	// From the prior: 4¹² weights of the chain in one loss, near the evidence.
	loss, _ := gradient(t, infer.TensorMonteCarlo{Draws: 30}, pyro.NewParams(), model, noGuide, rng.New(1))
	want := 0.5*math.Log(2*math.Pi*4) + 0.5/4 + 8*0.5*math.Log(4*math.Pi)
	if math.Abs(loss-want) > 1 {
		t.Errorf("loss %v, evidence %v", loss, want)
	}
}

func TestTensorMonteCarloRefuses(t *testing.T) {
	tape := tensor.NewTape()
	for _, c := range []struct {
		loss         infer.TensorMonteCarlo
		model, guide pyro.Model
		want         string
	}{
		{infer.TensorMonteCarlo{Draws: -1}, forest, noGuide, "-1 draws"},
		{infer.TensorMonteCarlo{}, forest, func(p *pyro.P) { p.Sample("d", dist.Normal(0, 1)) }, `site "d": the guide draws a site that the model lacks`},
		{infer.TensorMonteCarlo{}, nil, noGuide, "the model"},
	} {
		if _, err := c.loss.Loss(tape, rng.New(1), c.model, c.guide); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
}
