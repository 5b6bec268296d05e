package pyro_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// A supply hands out the data of run after run: what a name stands for stays in
// place, changes there, moves to a new slice, or both. Slices given up are spoilt,
// as their owner may do between runs.
type supply struct {
	seed   uint64
	chance *rand.Rand
	run    int
	still  bool // all stays
	held   map[string][]float64
	whole  map[string]*tensor.Tensor
}

// slice returns n numbers made by f.
func (s *supply) slice(name string, n int, f func(r *rand.Rand) float64) []float64 {
	old, ok := s.held[name]
	if s.still {
		return old
	}
	r := s.chance
	fill := func(x []float64) {
		for i := range x {
			x[i] = f(r)
		}
	}
	act := r.IntN(30)
	switch {
	case !ok:
		old = make([]float64, n)
		fill(old)
	case act == 0: // other numbers in place
		fill(old)
	case act == 1: // one other number in place
		old[r.IntN(n)] = f(r)
	case act < 4: // elsewhere
		x := slices.Clone(old)
		spoil(old)
		old = x
		delete(s.whole, name)
	case act == 4: // others elsewhere
		x := make([]float64, n)
		fill(x)
		spoil(old)
		old = x
		delete(s.whole, name)
	}
	s.held[name] = old
	return old
}

func spoil(x []float64) {
	for i := range x {
		x[i] = math.NaN()
	}
}

// tensor returns a tensor of the slice: the same one as long as it stays, or a new one.
func (s *supply) tensor(name string, f func(r *rand.Rand) float64, shape ...int) *tensor.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	x := s.slice(name, n, f)
	if x := s.whole[name]; x != nil && s.seed%2 == 0 {
		return x
	}
	s.whole[name] = tensor.Using(x, shape...)
	return s.whole[name]
}

// number is a plain number that mostly stays.
func (s *supply) number(name string, f func(r *rand.Rand) float64) float64 {
	return s.slice(name, 1, f)[0]
}

func real(r *rand.Rand) float64     { return r.NormFloat64() }
func positive(r *rand.Rand) float64 { return 0.2 + r.ExpFloat64() }
func bit(r *rand.Rand) float64      { return float64(r.IntN(2)) }
func count(r *rand.Rand) float64    { return float64(r.IntN(6)) }
func unit(r *rand.Rand) float64     { return 0.1 + 0.8*r.Float64() }

// sites are statements about n data that depend on u, a number, and v, of shape [n].
var sites = []func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int){
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Normal(u, s.tensor(name+".sd", positive, n)), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Normal(v, s.number(name+".sd", positive)), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.BernoulliLogits(v.Add(u)), s.tensor(name, bit, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		x := s.tensor(name+".x", real, n, 2)
		p.Observe(name, dist.BernoulliLogits(x.MatMul(tensor.Stack(0, u, v.Sum()))), s.tensor(name, bit, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Bernoulli(v.Sigmoid()), s.tensor(name, bit, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Poisson(v.Exp().Mul(s.tensor(name+".exposure", positive, n))), s.tensor(name, count, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Poisson(u.Exp()), s.tensor(name, count, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Gamma(u.Exp(), s.slice(name+".rate", n, positive)), s.tensor(name, positive, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Beta(v.Exp(), s.number(name+".b", positive)), s.tensor(name, unit, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.StudentT(s.number(name+".df", positive), v, u.Exp()), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		logits := tensor.Stack(0, u, u.Neg(), v.Sum(), tensor.Of(0.0), tensor.Of(s.number(name+".l", real)), u.Square())
		p.Observe(name, dist.CategoricalLogits(logits), s.tensor(name, count, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		at := s.tensor(name+".group", count, n)
		groups := tensor.Stack(0, u, u.Neg(), v.Sum(), u.Exp(), u.Square(), v.Mean())
		p.Observe(name, dist.Laplace(groups.Index(at), 2), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Scale(s.tensor(name+".w", positive)).Observe(name, dist.Cauchy(u, s.number(name+".sd", positive)), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Mask(s.tensor(name+".m", bit, n)).Observe(name, dist.Logistic(v, 1), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.NegativeBinomialLogits(s.number(name+".n", positive), v), s.tensor(name, count, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Binomial(5, v.Sigmoid()), s.tensor(name, count, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Factor(name, v.Mul(s.tensor(name+".w", real, n)).Tanh())
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		x := s.tensor(name+".x", real, n)
		if u.Item() > 0 { // another mean on this side
			x = x.Neg()
		}
		p.Observe(name, dist.Normal(x.Mul(u), 1), s.tensor(name, real, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.LogNormal(v, 0.5), s.tensor(name, positive, n))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		x := s.tensor(name+".x", real, 3, n).Transpose(0, 1)
		p.Observe(name, dist.Independent(dist.Normal(x.Mul(u), 1), 1), s.tensor(name, real, n, 3))
	},
	func(p *pyro.P, s *supply, name string, u, v *tensor.Tensor, n int) {
		p.Observe(name, dist.Weibull(u.Exp(), s.tensor(name+".c", positive, n)), s.tensor(name, positive, n))
	},
}

// TestRunsAlike: a tape that has seen run after run of a model, whose data stay,
// change and move and whose first sites are left out at times, gives the bits of a
// new tape.
func TestRunsAlike(t *testing.T) {
	for seed := range uint64(150) {
		pick := rand.New(rand.NewPCG(seed, 2))
		n := []int{1, 3, 17, 100, 400}[pick.IntN(5)]
		var chosen []int
		for range 1 + pick.IntN(4) {
			chosen = append(chosen, pick.IntN(len(sites)))
		}
		s := &supply{seed: seed, chance: pick, held: map[string][]float64{}, whole: map[string]*tensor.Tensor{}}
		skip := 0 // sites left out
		point := make([]float64, n+1)
		evaluate := func(tape *tensor.Tape) (out []uint64) {
			tape.Reset()
			var leaves []*tensor.Tensor
			tr, err := pyro.RunOn(tape, func(p *pyro.P) {
				u := tape.Var(tensor.Using(point[:1]))
				v := tape.Var(tensor.Using(point[1:], n))
				leaves = []*tensor.Tensor{u, v}
				plate := p.Plate("data", n)
				for i, k := range chosen[skip:] {
					sites[k](plate, s, fmt.Sprint("y", skip+i), u, v, n)
				}
			}, rng.New(seed))
			if err != nil {
				t.Fatalf("program %d, run %d: %v", seed, s.run, err)
			}
			lp := tr.LogProb()
			look := func() { out = append(out, math.Float64bits(lp.Item())) }
			if s.run%5 == 4 {
				look()
			}
			grads := [][]float64{make([]float64, 1), make([]float64, n)}
			tape.GradInto(grads, lp, leaves)
			look()
			for _, g := range grads {
				for _, x := range g {
					out = append(out, math.Float64bits(x))
				}
			}
			return out
		}
		used := tensor.NewTape()
		for s.run = range 100 {
			for i := range point {
				point[i] = pick.NormFloat64()
			}
			if skip = 0; pick.IntN(40) == 0 {
				skip = pick.IntN(len(chosen))
			}
			s.still = false
			got := evaluate(used)
			s.still = true
			want := evaluate(tensor.NewTape())
			if !slices.Equal(got, want) {
				t.Fatalf("program %d of sites %v with %d data, run %d: %x on a used tape, %x on a new one", seed, chosen, n, s.run, got, want)
			}
		}
	}
}
