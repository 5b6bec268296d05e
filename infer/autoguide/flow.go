package autoguide

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Flow guides by a normalising flow on the unconstrained scale of all latent
// sites, for posteriors that are bent or skewed: standard normal numbers go
// through inverse autoregressive steps (Kingma et al. 2016, equations 13, 14)
//
//	x ← σ(x)·x + (1-σ(x))·m(x), in reversed order from step to step,
//
// where σ and m of an element are computed from the elements before it by a
// masked network with one hidden layer of tanh (Germain, Gregor, Murray,
// Larochelle 2015), and at last through scale and shift of each number.
type Flow struct {
	Model  pyro.Model
	Steps  int     // default 2
	Hidden int     // width of the hidden layers; default max(8, 2D) for D numbers
	Init   Init    // of the shift; default Median(15)
	Scale  float64 // start of the scales; default 0.1
	Name   string  // scope of the guide's own statements; default "auto"

	vector
}

// Guide draws the sites jointly.
func (g *Flow) Guide(p *pyro.P) {
	q := g.open(p, "autoguide.Flow", g.Name, g.Model, g.Init)
	loc, scale := g.loc(q), g.scale(q, g.Scale)
	x := q.Sample("base", g.base(), pyro.Aux)
	logDet := tensor.Of(0.0)
	for k := range g.steps() {
		var d *tensor.Tensor
		x, d = g.network(func(name string, init func() *tensor.Tensor, rank int) *tensor.Tensor {
			return q.ParamFunc(stepName(k, name), init, constraint.Independent(constraint.Real, rank))
		}).forward(x)
		logDet = logDet.Add(d)
	}
	u := x.Mul(scale).Add(loc)
	logDet = logDet.Add(scale.Log().Sum())
	g.draw(p, q.Sample("joint", dist.DeltaDensity(u, logDet.Neg(), 1), pyro.Aux))
}

func (g *Flow) base() dist.Distribution {
	return dist.Independent(dist.Normal(tensor.Zeros(g.layout.Dim), 1), 1)
}

func (g *Flow) steps() int {
	if g.Steps <= 0 {
		return 2
	}
	return g.Steps
}

func stepName(k int, name string) string { return fmt.Sprintf("step%d.%s", k, name) }

// Median returns the medians of the sites: Quantile at ½.
func (g *Flow) Median(params *pyro.Params) pyro.Data { return g.Quantile(params, 0.5) }

// Quantile returns the q-quantiles, element by element on the unconstrained
// scale, of the sites, from 10,000 draws of a fixed key. It panics with a
// *pyro.SiteError unless 0 < q < 1.
func (g *Flow) Quantile(params *pyro.Params, q float64) pyro.Data {
	checkQuantile(q)
	g.ready()
	return g.layout.Values(columnQuantile(g.vectors(params, drawnKey(), quantileDraws), q))
}

// Sample returns n joint draws of the sites, of shape [n] + the site's.
func (g *Flow) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	g.ready()
	return g.layout.Values(g.vectors(params, key, n))
}

// vectors returns n draws of all unconstrained numbers.
func (g *Flow) vectors(params *pyro.Params, key rng.Key, n int) *tensor.Tensor {
	x := g.base().Sample(key, n)
	for k := range g.steps() {
		x, _ = g.stored(params, k).forward(x)
	}
	return x.Mul(g.get(params, "scale")).Add(g.get(params, "loc"))
}

// LogDensity returns the log density of the guide at values of all latent sites,
// for their full plates; it takes as many passes as there are unconstrained
// numbers. A value that is missing, has another shape or is off the support is a
// *pyro.SiteError.
func (g *Flow) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	g.ready()
	u, logDet, err := g.layout.Inverse(values)
	if err != nil {
		return 0, err
	}
	scale := g.get(params, "scale")
	x := u.Sub(g.get(params, "loc")).Div(scale)
	logDet = logDet.Add(scale.Log().Sum())
	for k := g.steps() - 1; k >= 0; k-- {
		net := g.stored(params, k)
		x = net.inverse(x)
		_, d := net.forward(x)
		logDet = logDet.Add(d)
	}
	return g.base().LogProb(x).Sub(logDet).Item(), nil
}

// stored is the network of step k with the parameters of a store.
func (g *Flow) stored(params *pyro.Params, k int) *autoregressive {
	return g.network(func(name string, _ func() *tensor.Tensor, _ int) *tensor.Tensor {
		return g.get(params, stepName(k, name))
	})
}

// autoregressive is one step: a network whose outputs for an element depend on
// the elements before it.
type autoregressive struct {
	in, bias, out, level *tensor.Tensor // [H, D], [H], [2D, H], [2D]
	dim                  int
}

// network gets the parameters of a step and masks them. The outputs start near
// m = 0 and σ = 0.88, that is with a plain scaling.
func (g *Flow) network(param func(name string, init func() *tensor.Tensor, rank int) *tensor.Tensor) *autoregressive {
	d := g.layout.Dim
	h := g.Hidden
	if h <= 0 {
		h = max(8, 2*d)
	}
	key := g.key.FoldName("flow")
	first, second := masks(d, h)
	normals := func(name string, sd float64, shape ...int) func() *tensor.Tensor {
		return func() *tensor.Tensor { return tensor.Normals(key.FoldName(name), shape...).MulScalar(sd) }
	}
	level := func() *tensor.Tensor {
		return tensor.Cat(0, tensor.Zeros(d), tensor.Full(2, d))
	}
	return &autoregressive{
		in:    param("in", normals("in", 1/math.Sqrt(float64(d)), h, d), 2).Mul(first),
		bias:  param("bias", normals("bias", 0.1, h), 1),
		out:   param("out", normals("out", 0.01, 2*d, h), 2).Mul(second),
		level: param("level", level, 1),
		dim:   d,
	}
}

// masks are 1 where hidden unit j of degree k may see element i ≤ k, and where
// the outputs of element i, counted from 1, may see unit j of degree k < i.
func masks(d, h int) (first, second *tensor.Tensor) {
	a, b := make([]float64, h*d), make([]float64, 2*d*h)
	for j := range h {
		degree := 0
		if d > 1 {
			degree = j%(d-1) + 1
		}
		for i := range d {
			if i+1 <= degree {
				a[j*d+i] = 1
			} else {
				b[i*h+j], b[(d+i)*h+j] = 1, 1
			}
		}
	}
	return tensor.New(a, h, d), tensor.New(b, 2*d, h)
}

// outputs returns m and the log odds of σ at x, of shape […, D].
func (n *autoregressive) outputs(x *tensor.Tensor) (m, s *tensor.Tensor) {
	hidden := x.MatMul(n.in.T()).Add(n.bias).Tanh()
	y := hidden.MatMul(n.out.T()).Add(n.level)
	return y.Slice(-1, 0, n.dim), y.Slice(-1, n.dim, 2*n.dim)
}

// forward is the step, with the order reversed after it, and its log determinant.
func (n *autoregressive) forward(x *tensor.Tensor) (y, logDet *tensor.Tensor) {
	m, s := n.outputs(x)
	gate := s.Sigmoid()
	return gate.Mul(x.Sub(m)).Add(m).Flip(-1), s.LogSigmoid().Sum(-1)
}

// inverse finds x from y. Each pass makes one more element right.
func (n *autoregressive) inverse(y *tensor.Tensor) *tensor.Tensor {
	y = y.Flip(-1)
	x := y
	for range n.dim {
		m, s := n.outputs(x)
		x = y.Sub(m).Div(s.Sigmoid()).Add(m)
	}
	return x
}
