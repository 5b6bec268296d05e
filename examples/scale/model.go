// Package scale infers the weight of an object from one reading of an
// unreliable scale: by conditioning, importance sampling and variational
// inference.
package scale

import (
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// scale is the model: guess the weight, then read the scale.
func scale(p *pyro.P, guess float64) *tensor.Tensor {
	weight := p.Sample("weight", dist.Normal(guess, 1))
	return p.Sample("measurement", dist.Normal(weight, 0.75))
}

// scale2 does not know how precise the scale is.
func scale2(p *pyro.P, guess float64) *tensor.Tensor {
	weight := p.Sample("weight", dist.Normal(guess, 1))
	tolerance := p.Sample("tolerance", dist.Normal(0, 1)).Abs()
	return p.Sample("measurement", dist.Normal(weight, tolerance))
}

// deferred leaves the reading to its caller.
func deferred(measurement, guess float64) pyro.Model {
	return handler.Condition(func(p *pyro.P) { scale(p, guess) },
		pyro.Data{"measurement": tensor.Of(measurement)})
}

// priorGuide proposes weights from the prior.
func priorGuide(p *pyro.P, guess float64) { p.Sample("weight", dist.Normal(guess, 1)) }

// posteriorGuide proposes weights near the readings, as if their deviation were
// 1, and is narrower than the posterior then is; importance weights correct it.
func posteriorGuide(p *pyro.P, measurements []float64, guess float64) {
	n, sum := float64(len(measurements)), 0.0
	for _, m := range measurements {
		sum += m
	}
	p.Sample("weight", dist.Normal((guess+sum)/(n+1), 1/(n+1)))
}

// perfectGuide is the exact posterior.
func perfectGuide(p *pyro.P, measurement, guess float64) {
	v := 0.75 * 0.75
	p.Sample("weight", dist.Normal((v*guess+measurement)/(1+v), math.Sqrt(v/(1+v))))
}

// guide is a family of normals with learnable mean and deviation.
func guide(p *pyro.P, guess float64) {
	a := p.Param("a", tensor.Of(guess))
	b := p.Param("b", tensor.Of(1.0))
	p.Sample("weight", dist.Normal(a, b.Abs()))
}

// guideConstrained keeps the deviation positive by declaration.
func guideConstrained(p *pyro.P, guess float64) {
	a := p.Param("a", tensor.Of(guess))
	b := p.Param("b", tensor.Of(1.0), constraint.Positive)
	p.Sample("weight", dist.Normal(a, b))
}

// confounded is a model in which seeing x and setting x differ: z makes both x
// and y likelier.
func confounded(p *pyro.P) {
	z := p.Sample("z", dist.Bernoulli(0.5))
	x := p.Sample("x", dist.Bernoulli(z.MulScalar(0.6).AddScalar(0.2)))
	p.Sample("y", dist.Bernoulli(x.MulScalar(0.3).Add(z.MulScalar(0.4)).AddScalar(0.1)))
}
