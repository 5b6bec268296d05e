package contract_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// relative is the bound for a sum of at most a few thousand terms that are
// rounded a few times each.
const relative = 1e-12

func near(a, b float64) bool { return math.Abs(a-b) <= relative*(1+math.Abs(b)) }

func TestEliminationIsBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	solved, intractable, plated := 0, 0, 0
	for solved < 1000 {
		g := random(r)
		tape := tensor.NewTape()
		logs := make([]*tensor.Tensor, len(g.Factors))
		p := *g.Problem
		p.Factors = slices.Clone(p.Factors)
		for i := range p.Factors {
			logs[i] = tape.Var(g.Factors[i].Log)
			p.Factors[i].Log = logs[i]
		}
		logZ, err := p.LogSum()
		var e *contract.IntractableError
		if errors.As(err, &e) {
			intractable++
			if len(e.Vars) == 0 || len(e.Plates) == 0 || chain(g) {
				t.Fatalf("%v for %v", err, describe(g))
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		solved++
		if len(g.Plates) > 0 {
			plated++
		}
		want := g.brute()
		if logZ.Rank() != 0 || !near(logZ.Item(), want.logZ) {
			t.Fatalf("LogSum is %v, want %v, for %v", logZ, want.logZ, describe(g))
		}
		for i, d := range tensor.Grad(logZ, logs...) {
			for k, v := range d.Float64s() {
				if !near(v, want.grad[i][k]) {
					t.Fatalf("gradient of factor %d is %v, want %v, for %v", i, d, want.grad[i], describe(g))
				}
			}
		}
		values, err := g.Argmax()
		if err != nil {
			t.Fatal(err)
		}
		if x := g.read(values); !slices.Equal(x, want.best) {
			t.Fatalf("Argmax is %v, want %v, for %v", x, want.best, describe(g))
		}
	}
	if intractable < 20 || plated < 500 {
		t.Errorf("%d intractable graphs and %d with plates do not test much", intractable, plated)
	}
}

// chain reports whether the plate sets of the variables contain each other, so
// that everything can be summed out.
func chain(g *graph) bool {
	for _, a := range g.Vars {
		for _, b := range g.Vars {
			in := func(x, y []int) bool {
				for _, d := range x {
					if !slices.Contains(y, d) {
						return false
					}
				}
				return true
			}
			if !in(a.Plates, b.Plates) && !in(b.Plates, a.Plates) {
				return false
			}
		}
	}
	return true
}

func describe(g *graph) string {
	s := fmt.Sprintf("vars %v, sizes %v, plates %v", g.Vars, g.cards, g.Plates)
	for _, f := range g.Factors {
		s += fmt.Sprintf(", factor %v in %v", f.Log.Shape(), f.Plates)
	}
	return s
}

// Frequencies of n draws differ from probabilities p by more than
// √(2p(1-p)L/n) + L/3n with a probability below 2exp(-L) each (Bernstein).
func TestSampleHasTheJointDistribution(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n, bound = 5_000, 25.0
	for tested := 0; tested < 4; {
		g := random(r)
		if a := g.assignments(); a > 80 || a < 16 || len(g.Plates) == 0 {
			continue
		}
		if _, err := g.LogSum(); err != nil {
			continue
		}
		tested++
		want := g.brute()
		counts := make([]int, len(want.prob))
		for i := range n {
			values, err := g.Sample(rng.New(7).Fold(i))
			if err != nil {
				t.Fatal(err)
			}
			counts[g.index(g.read(values))]++
		}
		for i, p := range want.prob {
			f := float64(counts[i]) / n
			if tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n); math.Abs(f-p) > tol {
				t.Errorf("assignment %d has frequency %v, want %v ± %v, for %v", i, f, p, tol, describe(g))
			}
		}
	}
}

func TestImpossibleValues(t *testing.T) {
	inf := math.Inf(-1)
	p := contract.Problem{
		Vars:    []contract.Var{{Name: "z", Dim: -2}},
		Factors: []contract.Factor{{Log: tensor.New([]float64{0, inf}, 2, 1)}, {Log: tensor.New([]float64{-1, -2, inf, -3}, 2, 2), Plates: []int{-1}}},
		Plates:  map[int]int{-1: 2},
	}
	z, err := p.LogSum()
	if err != nil || z.Item() != -3 {
		t.Errorf("LogSum is %v, %v, want -3", z, err)
	}
	for i := range 20 {
		v, err := p.Sample(rng.New(uint64(i)))
		if err != nil || v["z"].Item() != 0 {
			t.Fatalf("drew %v, %v, which is impossible", v["z"], err)
		}
	}
	p.Factors[0].Log = tensor.New([]float64{inf, inf}, 2, 1)
	if z, err := p.LogSum(); err != nil || !math.IsInf(z.Item(), -1) {
		t.Errorf("LogSum of nothing is %v, %v, want -Inf", z, err)
	}
}

func TestIntractable(t *testing.T) {
	p := contract.Problem{
		Vars: []contract.Var{{Name: "row", Dim: -3, Plates: []int{-2}}, {Name: "column", Dim: -4, Plates: []int{-1}}},
		Factors: []contract.Factor{
			{Log: tensor.Zeros(2, 2, 3, 4), Plates: []int{-2, -1}},
		},
		Plates: map[int]int{-1: 4, -2: 3},
	}
	_, err := p.LogSum()
	const want = "contract: the variables row, column cannot be summed out: they repeat along different plates (dims [-2 -1]), and a factor inside all of these couples them"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := p.Argmax(); err == nil || err.Error() != want {
		t.Errorf("Argmax: %v", err)
	}
	if _, err := p.Sample(rng.New(0)); err == nil || err.Error() != want {
		t.Errorf("Sample: %v", err)
	}
}

func TestVariableUsedOutsideItsPlate(t *testing.T) {
	p := contract.Problem{
		Vars: []contract.Var{{Name: "z", Dim: -2, Plates: []int{-1}}},
		Factors: []contract.Factor{
			{Log: tensor.Zeros(2, 3), Plates: []int{-1}},
			{Log: tensor.Zeros(2, 1)},
		},
		Plates: map[int]int{-1: 3},
	}
	var e *contract.IntractableError
	if _, err := p.LogSum(); !errors.As(err, &e) || !slices.Equal(e.Vars, []string{"z"}) {
		t.Errorf("got %v, want an error about z", err)
	}
}

func TestTooLarge(t *testing.T) {
	const n = 40 // each pair is coupled: the first sum makes 2^39 elements
	p := contract.Problem{}
	for i := range n {
		p.Vars = append(p.Vars, contract.Var{Name: fmt.Sprintf("z%d", i), Dim: -1 - i})
		for j := range i {
			shape := slices.Repeat([]int{1}, i+1)
			shape[0], shape[i-j] = 2, 2
			p.Factors = append(p.Factors, contract.Factor{Log: tensor.Zeros(shape...)})
		}
	}
	var e *contract.SizeError
	if _, err := p.LogSum(); !errors.As(err, &e) || e.Elements < math.Exp2(n-1) || e.Elements >= math.Exp2(n) || len(e.With) != n-1 {
		t.Errorf("got %v", err)
	}
}

// A chain of many variables is summed out in time linear in its length.
func TestChain(t *testing.T) {
	const n = 30
	p := contract.Problem{}
	step := tensor.Of([][]float64{{math.Log(0.9), math.Log(0.1)}, {math.Log(0.2), math.Log(0.8)}})
	for i := range n {
		p.Vars = append(p.Vars, contract.Var{Name: fmt.Sprintf("z%d", i), Dim: -1 - i})
		if i == 0 {
			p.Factors = append(p.Factors, contract.Factor{Log: tensor.Of([]float64{math.Log(0.5), math.Log(0.5)})})
			continue
		}
		// Dim -1-i is the present variable, dim -i the one before.
		p.Factors = append(p.Factors, contract.Factor{Log: step.Transpose(0, 1).Reshape(append([]int{2, 2}, slices.Repeat([]int{1}, i-1)...)...)})
	}
	z, err := p.LogSum()
	if err != nil || math.Abs(z.Item()) > 1e-13 {
		t.Errorf("probabilities sum to exp(%v), %v", z, err)
	}
}

func Example() {
	p := contract.Problem{
		Vars: []contract.Var{{Name: "z", Dim: -2}},
		Factors: []contract.Factor{
			{Log: tensor.Of([][]float64{{0.25}, {0.75}}).Log()},
			{Log: tensor.Of([][]float64{{0.1, 0.2, 0.3}, {0.2, 0.2, 0.2}}).Log(), Plates: []int{-1}},
		},
		Plates: map[int]int{-1: 3},
	}
	logZ, err := p.LogSum() // log(0.25·0.1·0.2·0.3 + 0.75·0.2³)
	if err != nil {
		fmt.Println(err)
	}
	best, err := p.Argmax()
	fmt.Printf("%.4f %v %v\n", math.Exp(logZ.Item()), best["z"], err)
	// Output: 0.0075 [1] <nil>
}

// Marginals, counts and expectations are those of a list of all assignments.
func TestSemiringsAreBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for solved := 0; solved < 200; {
		g := random(r)
		if _, err := g.LogSum(); err != nil {
			continue
		}
		solved++
		want := g.brute()
		margins, err := g.Marginals()
		if err != nil {
			t.Fatal(err)
		}
		dims := slices.Sorted(maps.Keys(g.Plates))
		values := g.factor(r, dims, []int{0}) // a value of variable 0, repeated in its plates
		terms := (&graph{Problem: &contract.Problem{Vars: g.Vars, Plates: g.Plates, Factors: []contract.Factor{values}}, cards: g.cards, cells: g.cells}).terms()
		table := values.Log.Float64s()
		sums := make([][]float64, len(g.cells))
		for i := range sums {
			sums[i] = make([]float64, g.cards[g.cells[i].v])
		}
		mean := 0.0
		x := make([]int, len(g.cells))
		for _, p := range want.prob {
			for i, v := range x {
				sums[i][v] += p
			}
			for k := range terms {
				mean += p * table[terms[k].at(x)]
			}
			g.next(x)
		}
		for i, c := range g.cells {
			m := margins[g.Vars[c.v].Name]
			for v, p := range sums[i] {
				at := make([]int, m.Rank())
				for dim, k := range c.at {
					at[len(at)-1+dim] = k
				}
				at[len(at)-1] = v
				if !near(m.At(at...), p) {
					t.Fatalf("marginal of %s is %v, want %v, for %v", g.Vars[c.v].Name, m.At(at...), p, describe(g))
				}
			}
		}
		n, err := g.LogCount()
		if err != nil || !near(n, math.Log(float64(len(want.prob)))) {
			t.Fatalf("LogCount is %v, %v, want log %d", n, err, len(want.prob))
		}
		logZ, got, err := g.Expectation([]contract.Factor{values})
		if err != nil || !near(logZ.Item(), want.logZ) || math.Abs(got.Item()-mean) > 1e-11*(1+math.Abs(mean)) {
			t.Fatalf("Expectation is %v, %v, %v, want %v, %v, for %v", logZ, got, err, want.logZ, mean, describe(g))
		}
	}
}

// The order of elimination of chains and trees is the best there is, and that of
// a grid, whose best needs 2⁷ elements (its treewidth is 6), within a factor of 2.
func TestOrder(t *testing.T) {
	pair := func(n int, edges [][2]int) *contract.Problem {
		p := &contract.Problem{}
		for i := range n {
			p.Vars = append(p.Vars, contract.Var{Name: fmt.Sprint(i), Dim: -1 - i})
		}
		for _, e := range edges {
			shape := slices.Repeat([]int{1}, n)
			shape[n-1-e[0]], shape[n-1-e[1]] = 2, 2
			p.Factors = append(p.Factors, contract.Factor{Log: tensor.Zeros(shape...), Vars: []int{e[0], e[1]}})
		}
		return p
	}
	var chain, tree, grid [][2]int
	for i := 1; i < 60; i++ {
		chain, tree = append(chain, [2]int{i - 1, i}), append(tree, [2]int{(i - 1) / 2, i})
	}
	for i := range 6 {
		for j := range 6 {
			if j > 0 {
				grid = append(grid, [2]int{6*i + j - 1, 6*i + j})
			}
			if i > 0 {
				grid = append(grid, [2]int{6*(i-1) + j, 6*i + j})
			}
		}
	}
	for name, c := range map[string]struct {
		problem *contract.Problem
		largest float64
	}{
		"chain": {pair(60, chain), 4},
		"tree":  {pair(60, tree), 4},
		"grid":  {pair(36, grid), 1 << 8},
	} {
		got, err := c.problem.Cost()
		if err != nil || got.Largest > c.largest {
			t.Errorf("%s: the largest array has %v elements, want %v; %v", name, got.Largest, c.largest, err)
		}
	}
}
