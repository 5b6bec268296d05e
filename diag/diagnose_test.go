package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/internal/special"
)

// exactChains returns permuted normal quantiles, exact in mean, rounded so that printed digits do not depend on the machine.
func exactChains(seed uint64, chains, n int, loc, scale float64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	out := make([][]float64, chains)
	for c := range out {
		for _, i := range r.Perm(n) {
			z := special.NormQuantile((float64(i) + .5) / float64(n))
			out[c] = append(out[c], loc+scale*math.Round(1e6*z)/1e6)
		}
	}
	return out
}

func ExampleSummarize() {
	mu, tau := exactChains(11, 4, 1000, 4.4, 3.3), exactChains(12, 4, 1000, 36, 120)
	fmt.Print(Summarize([]Variable{{"mu", mu}, {"theta[10]", tau}}))
	// Output:
	//              mean     sd  median  low 89%  high 89%   mcse  ess bulk  ess tail  r-hat
	// mu         4.400  3.298   4.400   -0.889     9.659  0.053      3926      3852  1.001
	// theta[10]   36.0  119.9    36.0   -156.3     227.2    1.9      4111      3893  1.000
}

func TestDiagnosePasses(t *testing.T) {
	d := Diagnose(Fit{
		Variables: []Variable{{"mu", exactChains(1, 4, 500, 3, 2)}},
		Diverging: make4(500), Saturated: make4(500),
		Energy: exactChains(2, 4, 500, 10, 1),
	})
	if !d.OK() || len(d) != 6 {
		t.Errorf("healthy chains fail:\n%s", d)
	}
}

func make4(n int) [][]bool {
	out := make([][]bool, 4)
	for c := range out {
		out[c] = make([]bool, n)
	}
	return out
}

func TestDiagnoseNamesSites(t *testing.T) {
	const n = 500
	good, tau := exactChains(3, 4, n, 0, 1), exactChains(4, 4, n, 0, 1)
	stuck := exactChains(5, 4, n, 0, 1)
	for i := range stuck[2] {
		stuck[2][i] += 4
	}
	div, sat := make4(n), make4(n)
	for c := range tau {
		for i, z := range tau[c] {
			div[c][i] = z < -2
		}
	}
	sat[1][7] = true
	energy := make([][]float64, 4)
	r := rand.New(rand.NewPCG(3, 4))
	slow := make([][]float64, 4)
	for c := range energy {
		e := 0.0
		for range n {
			e = 0.97*e + r.NormFloat64()
			energy[c] = append(energy[c], e)
			slow[c] = append(slow[c], -e+0.1*r.NormFloat64())
		}
	}
	d := Diagnose(Fit{
		Variables: []Variable{{"good", good}, {"tau", tau}, {"stuck", stuck}, {"slow", slow}},
		Diverging: div, Saturated: sat, Energy: energy,
	})
	if d.OK() {
		t.Fatal("sick chains pass")
	}
	names := map[string][]string{
		"divergences": {"tau"}, "E-BFMI": {"slow"}, "R-hat": {"stuck", "slow"},
		"bulk ESS": {"stuck", "slow"}, "tree depth": nil, "tail ESS": {"stuck", "slow"},
	}
	for _, v := range d {
		if want := names[v.Check]; v.OK || v.Advice == "" || !slices.Equal(v.Names, want) {
			t.Errorf("%s: ok %v names %v, want %v\n%s", v.Check, v.OK, v.Names, want, v.Text)
		}
	}
	if got := d[0].Text; !strings.HasPrefix(got, "44 of 2000 transitions, mostly where tau is low (mean -2.3") {
		t.Errorf("divergences: %q", got)
	}
	if !strings.Contains(d[0].Advice, "reparameterize what depends on tau") {
		t.Errorf("advice: %q", d[0].Advice)
	}
	t.Logf("\n%s", d)
}

func TestDiagnoseConstant(t *testing.T) {
	d := Diagnose(Fit{Variables: []Variable{{"fixed", [][]float64{make([]float64, 100)}}, {"x", exactChains(6, 1, 100, 0, 1)}}})
	if v := d[0]; v.OK || !math.IsNaN(v.Value) || !slices.Equal(v.Names, []string{"fixed"}) {
		t.Errorf("constant variable: %+v", v)
	}
}

// A flag that is nearly always 1 has its greatest value at both ends of the
// interval, where there is nothing to be imprecise; one that is 1 in a tenth of the
// draws has it at one end.
func TestDiagnoseDiscrete(t *testing.T) {
	flag := func(seed uint64, share float64) Variable {
		draws := exactChains(seed, 4, 1000, 0, 1)
		at := special.NormQuantile(1 - share)
		for _, chain := range draws {
			for i, z := range chain {
				if chain[i] = 0; z > at {
					chain[i] = 1
				}
			}
		}
		return Variable{fmt.Sprint(share), draws}
	}
	for _, share := range []float64{0.98, 0.9, 0.45, 0.1, 0.02} {
		v := flag(7, share)
		if d := Diagnose(Fit{Variables: []Variable{v}}); !d.OK() {
			t.Errorf("share %v:\n%v", share, d)
		}
	}
	if got := newSample(flag(7, 0.98).Draws).essTailBelowTop(); !math.IsInf(got, 1) {
		t.Errorf("a share of 0.98 has tail ESS %v", got)
	}
	if got, want := newSample(flag(7, 0.1).Draws).essTailBelowTop(), ESSQuantile(flag(7, 0.1).Draws, 0.05); got != want {
		t.Errorf("a share of 0.1 has tail ESS %v, want that of the lower end, %v", got, want)
	}
}

// Refused points are named with their cause, and fail where they are many.
func TestDiagnoseRefusals(t *testing.T) {
	for refused, ok := range map[int]bool{1: true, 10: true, 11: false, 1000: false} {
		d := Diagnose(Fit{Evaluated: 1000, Refused: refused, Refusal: "the log density is NaN"})
		if len(d) != 1 || d.OK() != ok || d[0].Check != "refused points" || d[0].Value != float64(refused) || (d[0].Advice == "") != ok ||
			!strings.Contains(d[0].Text, "the first: the log density is NaN") {
			t.Errorf("%d of 1000: %+v", refused, d)
		}
	}
	if d := Diagnose(Fit{Evaluated: 1000}); len(d) != 0 {
		t.Errorf("none refused: %v", d)
	}
}
