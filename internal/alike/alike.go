// Package alike has models whose data stay, change and move from run to run, for tests
// that what is computed again is what a first run would compute.
//
//	m := alike.New(seed)
//	for range 100 {
//		m.Next()
//		// Run a model that calls m.Observe twice: on a tape that has seen all runs, and
//		// on a new one.
//	}
package alike

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Model is a model of N data that depend on a number u and a vector v of N.
type Model struct {
	N      int
	Size   int                       // of a subsample that each run draws; N if it handles all
	Rand   *rand.Rand                // of all that is left to chance
	sites  []int                     // that it has
	terms  []int                     // likewise; as many
	skip   int                       // of each that this run leaves out, from the first on
	shares bool                      // a tensor is the same as long as its slice is
	held   map[string][]float64      // the data, by name
	whole  map[string]*tensor.Tensor // of them, as they were last
	fresh  map[string]bool           // those that were looked at in this run
	plate  *pyro.P                   // of the statement being made
}

// New returns one of many models, with its data.
func New(seed uint64) *Model {
	r := rand.New(rand.NewPCG(seed, 2))
	m := &Model{
		N: []int{1, 3, 17, 100, 400}[r.IntN(5)], Rand: r, shares: seed%2 == 0,
		held: map[string][]float64{}, whole: map[string]*tensor.Tensor{}, fresh: map[string]bool{},
	}
	for range 1 + r.IntN(4) {
		m.sites = append(m.sites, r.IntN(len(sites)))
		m.terms = append(m.terms, r.IntN(len(terms)))
	}
	m.Size = m.N
	return m
}

// Subsampled returns one whose runs handle some of the data.
func Subsampled(seed uint64) *Model {
	m := New(seed)
	m.Size = 1 + m.Rand.IntN(m.N)
	return m
}

// Plate opens the plate of the data.
func (m *Model) Plate(p *pyro.P) *pyro.P {
	if m.Size == m.N {
		return p.Plate("data", m.N)
	}
	return p.Plate("data", m.N, pyro.Subsample(m.Size))
}

// Next begins a run: what a name of data stands for stays in place, changes there, moves
// to a new slice, or both, and at times the first sites are left out.
func (m *Model) Next() {
	clear(m.fresh)
	if m.skip = 0; m.Rand.IntN(40) == 0 {
		m.skip = m.Rand.IntN(len(m.sites))
	}
}

// Observe makes the statements, where p is of the plate and v of its elements in this
// run. In the same run they have the same data.
func (m *Model) Observe(p *pyro.P, u, v *tensor.Tensor) {
	m.plate = p
	for i, k := range m.sites[m.skip:] {
		sites[k](p, m, fmt.Sprint("y", m.skip+i), u, v, m.N)
	}
}

// Terms returns a number that some operations on the tape compute from data, u and v: it is
// for what follows a run, which no check looks at.
func (m *Model) Terms(t *tensor.Tape, u, v *tensor.Tensor) *tensor.Tensor {
	sum := u
	for i, k := range m.terms[m.skip:] {
		name := fmt.Sprint("t", m.skip+i)
		data := func(f func(r *rand.Rand) float64, shape ...int) *tensor.Tensor {
			name += "'"
			return m.all(name, f, shape...).On(t)
		}
		sum = sum.Add(terms[k](data, u, v, m.N).Sum())
	}
	return sum
}

// String tells which one it is.
func (m *Model) String() string {
	return fmt.Sprintf("sites %v and terms %v with %d data", m.sites, m.terms, m.N)
}

// slice returns n numbers made by f. Slices given up are spoilt, as their owner may do
// between runs.
func (m *Model) slice(name string, n int, f func(r *rand.Rand) float64) []float64 {
	old, ok := m.held[name]
	if m.fresh[name] {
		return old
	}
	m.fresh[name] = true
	fill := func(x []float64) []float64 {
		for i := range x {
			x[i] = f(m.Rand)
		}
		return x
	}
	move := func(x []float64) {
		for i := range old {
			old[i] = math.NaN()
		}
		old = x
		delete(m.whole, name)
	}
	act := m.Rand.IntN(30)
	switch {
	case !ok:
		old = fill(make([]float64, n))
	case act == 0:
		fill(old)
	case act == 1:
		old[m.Rand.IntN(n)] = f(m.Rand)
	case act < 4:
		move(slices.Clone(old))
	case act == 4:
		move(fill(make([]float64, n)))
	}
	m.held[name] = old
	return old
}

// tensor returns the elements in this run of a tensor that uses the slice.
func (m *Model) tensor(name string, f func(r *rand.Rand) float64, shape ...int) *tensor.Tensor {
	x := m.all(name, f, shape...)
	if len(shape) == 0 || shape[0] != m.N {
		return x
	}
	return m.plate.Subsample(x, len(shape)-1)
}

// all is tensor for all elements.
func (m *Model) all(name string, f func(r *rand.Rand) float64, shape ...int) *tensor.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	x := m.slice(name, n, f)
	if x := m.whole[name]; x != nil && m.shares {
		return x
	}
	m.whole[name] = tensor.Using(x, shape...)
	return m.whole[name]
}

// number is a plain number.
func (m *Model) number(name string, f func(r *rand.Rand) float64) float64 {
	return m.slice(name, 1, f)[0]
}

func real(r *rand.Rand) float64     { return r.NormFloat64() }
func positive(r *rand.Rand) float64 { return 0.2 + r.ExpFloat64() }
func bit(r *rand.Rand) float64      { return float64(r.IntN(2)) }
func count(r *rand.Rand) float64    { return float64(r.IntN(6)) }
func unit(r *rand.Rand) float64     { return 0.1 + 0.8*r.Float64() }

// sites are statements about n data that depend on u, a number, and v, of shape [n].
var sites = []func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int){
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Normal(u, m.tensor(name+".sd", positive, n)), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Normal(v, m.number(name+".sd", positive)), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.BernoulliLogits(v.Add(u)), m.tensor(name, bit, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		x := m.tensor(name+".x", real, n, 2)
		p.Observe(name, dist.BernoulliLogits(x.MatMul(tensor.Stack(0, u, v.Sum()))), m.tensor(name, bit, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Bernoulli(v.Sigmoid()), m.tensor(name, bit, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Poisson(v.Exp().Mul(m.tensor(name+".exposure", positive, n))), m.tensor(name, count, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Poisson(u.Exp()), m.tensor(name, count, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Gamma(u.Exp(), p.Subsample(tensor.Of(m.slice(name+".rate", n, positive)), 0)), m.tensor(name, positive, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Beta(v.Exp(), m.number(name+".b", positive)), m.tensor(name, unit, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.StudentT(m.number(name+".df", positive), v, u.Exp()), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		logits := tensor.Stack(0, u, u.Neg(), v.Sum(), tensor.Of(0.0), tensor.Of(m.number(name+".l", real)), u.Square())
		p.Observe(name, dist.CategoricalLogits(logits), m.tensor(name, count, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		at := m.tensor(name+".group", count, n)
		groups := tensor.Stack(0, u, u.Neg(), v.Sum(), u.Exp(), u.Square(), v.Mean())
		p.Observe(name, dist.Laplace(groups.Index(at), 2), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Scale(m.tensor(name+".w", positive)).Observe(name, dist.Cauchy(u, m.number(name+".sd", positive)), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Mask(m.tensor(name+".m", bit, n)).Observe(name, dist.Logistic(v, 1), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.NegativeBinomialLogits(m.number(name+".n", positive), v), m.tensor(name, count, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Binomial(5, v.Sigmoid()), m.tensor(name, count, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Factor(name, v.Mul(m.tensor(name+".w", real, n)).Tanh())
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		x := m.tensor(name+".x", real, n)
		if u.Item() > 0 { // another mean on this side
			x = x.Neg()
		}
		p.Observe(name, dist.Normal(x.Mul(u), 1), m.tensor(name, real, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.LogNormal(v, 0.5), m.tensor(name, positive, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		x := p.Subsample(m.all(name+".x", real, 3, n).Transpose(0, 1), 1)
		p.Observe(name, dist.Independent(dist.Normal(x.Mul(u), 1), 1), m.tensor(name, real, n, 3))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Weibull(u.Exp(), m.tensor(name+".c", positive, n)), m.tensor(name, positive, n))
	},
	func(p *pyro.P, m *Model, name string, u, v *tensor.Tensor, n int) {
		x := m.tensor(name+".x", real, n).On(p.Tape()) // seen through windows on the tape
		column, row := x.Unsqueeze(1), x.Expand(3, x.Len()).Transpose(0, 1)
		p.Observe(name, dist.Normal(column.Mul(u).Add(row).Sum(-1), 1), m.tensor(name, real, n))
	},
}

// source makes data of a shape.
type source func(f func(r *rand.Rand) float64, shape ...int) *tensor.Tensor

// terms are functions of data, a number u and a vector v of n.
var terms = []func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor{
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n).Unsqueeze(1).Mul(u).Tanh()
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, 3, n).Transpose(0, 1).Mul(v.Unsqueeze(1)).Sigmoid()
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return v.Index(data(below(n), n)).Square()
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return v.Exp().Index(data(below(n), n, 2).Transpose(0, 1)).Mul(u)
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n).Exp().Reshape(n, 1).Mul(v)
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(bit, n).Where(v, u.Mul(data(real, n)))
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n, 2).MatMul(tensor.Stack(0, u, v.Sum())).Softplus()
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n, 2).T().MatMul(v).Add(data(positive, 2).Log1p())
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(positive, n).Slice(0, 0, (n+1)/2).Log().Expand(2, (n+1)/2).Mul(u)
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n).Flip(0).Mul(v).CumSum(0)
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real, n).LogSumExp().Mul(u).Add(v.LogSumExp())
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return data(real).Mul(data(real)).Exp().Mul(v)
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		x := data(real, n)
		return x.Less(data(real)).Where(x.Neg(), x).Mul(v).Add(x.Reshape(n, 1).Square().Sum(-1).Mul(u))
	},
	func(data source, u, v *tensor.Tensor, n int) *tensor.Tensor {
		return v.Expand(2, n).Gather(1, data(below(n), 2, n)).Mul(data(real, n))
	},
}

// below are the integers below n.
func below(n int) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return float64(r.IntN(n)) }
}
