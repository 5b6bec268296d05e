package contract_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/tensor"
)

// graph is a problem together with what a sum over all assignments needs.
type graph struct {
	*contract.Problem
	cards []int
	cells []cell // every element of every variable
}

// cell is one element of a variable: its position along the plate dims.
type cell struct {
	v  int
	at map[int]int
}

// newGraph lists the cells of the variables.
func newGraph(p *contract.Problem, cards []int) *graph {
	g := &graph{Problem: p, cards: cards}
	for v := range p.Vars {
		for at := range positions(p.Vars[v].Plates, p.Plates) {
			g.cells = append(g.cells, cell{v, at})
		}
	}
	return g
}

// positions yields all positions along the plates of the given dims.
func positions(dims []int, sizes map[int]int) func(yield func(map[int]int) bool) {
	return func(yield func(map[int]int) bool) {
		at := map[int]int{}
		var walk func(i int) bool
		walk = func(i int) bool {
			if i == len(dims) {
				c := map[int]int{}
				for k, v := range at {
					c[k] = v
				}
				return yield(c)
			}
			for k := range sizes[dims[i]] {
				at[dims[i]] = k
				if !walk(i + 1) {
					return false
				}
			}
			return true
		}
		walk(0)
	}
}

// assignments is the number of joint values.
func (g *graph) assignments() float64 {
	n := 1.0
	for _, c := range g.cells {
		n *= float64(g.cards[c.v])
	}
	return n
}

// find returns the index of the cell of v at a position that may have more dims.
func (g *graph) find(v int, at map[int]int) int {
	return slices.IndexFunc(g.cells, func(c cell) bool {
		if c.v != v {
			return false
		}
		for dim, i := range c.at {
			if at[dim] != i {
				return false
			}
		}
		return true
	})
}

// term is one entry of a factor's table for one position along its plates: the
// flat index is base + Σ stride·value of the cells.
type term struct {
	factor, base  int
	cells, stride []int
}

func (g *graph) terms() (out []term) {
	for f, fac := range g.Factors {
		shape := fac.Log.Shape()
		strides := make([]int, len(shape))
		s := 1
		for i := len(shape) - 1; i >= 0; i-- {
			if shape[i] > 1 {
				strides[i] = s
			}
			s *= shape[i]
		}
		stride := func(dim int) int {
			if -dim > len(shape) {
				return 0
			}
			return strides[len(shape)+dim]
		}
		for at := range positions(fac.Plates, g.Plates) {
			t := term{factor: f}
			for dim, i := range at {
				t.base += stride(dim) * i
			}
			for v := range g.Vars {
				if k := stride(g.Vars[v].Dim); k > 0 {
					t.cells, t.stride = append(t.cells, g.find(v, at)), append(t.stride, k)
				}
			}
			out = append(out, t)
		}
	}
	return out
}

// brute is what a sum over all assignments gives.
type brute struct {
	logZ float64
	best []int       // the most probable assignment, by cell
	top  float64     // its log weight
	grad [][]float64 // of logZ in each table
	prob []float64   // of each assignment, in mixed radix with the last cell fastest
}

func (g *graph) brute() brute {
	terms := g.terms()
	tables := make([][]float64, len(g.Factors))
	b := brute{top: math.Inf(-1)}
	for f := range tables {
		tables[f] = g.Factors[f].Log.Float64s()
		b.grad = append(b.grad, make([]float64, len(tables[f])))
	}
	x := make([]int, len(g.cells))
	for first := true; first || g.next(x); first = false {
		w := 0.0
		for i := range terms {
			w += tables[terms[i].factor][terms[i].at(x)]
		}
		b.prob = append(b.prob, w)
		if w > b.top {
			b.top, b.best = w, slices.Clone(x)
		}
	}
	z := 0.0
	for _, w := range b.prob {
		z += math.Exp(w - b.top)
	}
	b.logZ = b.top + math.Log(z)
	clear(x)
	for i, w := range b.prob {
		b.prob[i] = math.Exp(w - b.logZ)
		for k := range terms {
			b.grad[terms[k].factor][terms[k].at(x)] += b.prob[i]
		}
		g.next(x)
	}
	return b
}

func (t *term) at(x []int) int {
	i := t.base
	for k, c := range t.cells {
		i += t.stride[k] * x[c]
	}
	return i
}

// next advances x to the next assignment; it returns false after the last.
func (g *graph) next(x []int) bool {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i]++; x[i] < g.cards[g.cells[i].v] {
			return true
		}
		x[i] = 0
	}
	return false
}

// index is the number of an assignment in the order of next.
func (g *graph) index(x []int) int {
	n := 0
	for i, v := range x {
		n = n*g.cards[g.cells[i].v] + v
	}
	return n
}

// read returns the values of all cells from the result of Argmax or Sample.
func (g *graph) read(values map[string]*tensor.Tensor) []int {
	x := make([]int, len(g.cells))
	for i, c := range g.cells {
		v := values[g.Vars[c.v].Name]
		at := make([]int, v.Rank())
		for dim, k := range c.at {
			at[len(at)+dim] = k
		}
		x[i] = int(v.At(at...))
	}
	return x
}

// random returns a graph of up to 5 variables in up to 3 plates, nested or
// crossed, whose assignments can be listed.
func random(r *rand.Rand) *graph {
	for {
		p := &contract.Problem{Plates: map[int]int{}}
		var dims []int
		for d := range r.IntN(4) {
			dims = append(dims, -1-d)
			p.Plates[-1-d] = 1 + r.IntN(3)
		}
		nested := r.IntN(3) == 0
		var cards []int
		for v := range 1 + r.IntN(5) {
			p.Vars = append(p.Vars, contract.Var{Name: string(rune('a' + v)), Dim: -4 - v, Plates: subset(r, dims, nested)})
			cards = append(cards, 2+r.IntN(2))
		}
		g := newGraph(p, cards)
		if g.assignments() > 3000 {
			continue
		}
		for v := range p.Vars { // so that each is in some factor
			p.Factors = append(p.Factors, g.factor(r, dims, []int{v}))
		}
		for range r.IntN(5) {
			var vars []int
			for v := range p.Vars {
				if r.IntN(2) == 0 && len(vars) < 3 {
					vars = append(vars, v)
				}
			}
			p.Factors = append(p.Factors, g.factor(r, dims, vars))
		}
		return g
	}
}

// subset picks some of dims; if nested, a first part of them.
func subset(r *rand.Rand, dims []int, nested bool) (out []int) {
	if nested {
		return slices.Clone(dims[:r.IntN(len(dims)+1)])
	}
	for _, d := range dims {
		if r.IntN(2) == 0 {
			out = append(out, d)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// factor returns a random factor over the given variables, in their plates and
// perhaps one more, along some of which it does not vary.
func (g *graph) factor(r *rand.Rand, dims, vars []int) contract.Factor {
	f := contract.Factor{}
	for _, d := range dims {
		inside := r.IntN(8) == 0
		for _, v := range vars {
			inside = inside || slices.Contains(g.Vars[v].Plates, d)
		}
		if inside {
			f.Plates = append(f.Plates, d)
		}
	}
	shape := slices.Repeat([]int{1}, 3+len(g.Vars))
	for _, d := range f.Plates {
		if r.IntN(4) > 0 {
			shape[len(shape)+d] = g.Plates[d]
		}
	}
	for _, v := range vars {
		shape[len(shape)+g.Vars[v].Dim] = g.cards[v]
	}
	for len(shape) > 0 && shape[0] == 1 && r.IntN(2) == 0 {
		shape = shape[1:]
	}
	n := 1
	for _, k := range shape {
		n *= k
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = 2 * r.NormFloat64()
	}
	f.Log = tensor.New(data, shape...)
	return f
}
