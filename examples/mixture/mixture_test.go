package mixture

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples/examplestest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestFigures compares with the best of 20 runs of expectation and maximisation,
// up to three clusters, where the best is found often; the assignments are the most
// probable ones there. With more there may always be a better one.
func TestFigures(t *testing.T) {
	x := measurements(data.Iris())
	var found []*em
	for k := 1; k <= 3; k++ {
		found = append(found, bestOf(x, k, 20))
	}
	species := make([]int, 150)
	for i := range species {
		species[i] = i / 50
	}
	several := func(v any) string {
		if got := v.([]float64); len(got) != most {
			return "has not a number for each mixture"
		}
		return ""
	}
	examplestest.Run(t, Example, examplestest.Want{
		Figures: map[string]examplestest.Check{
			"log_joint": several, "log_likelihood": several, "bic": several, // and below
			"clusters":      examplestest.Equal(2), // as Fraley and Raftery (2007) and others find
			"assignments_2": sameClusters(found[1].assignments()),
			"assignments_3": sameClusters(found[2].assignments()),
		},
		Plots: map[string][]string{"clusters": {"BIC", "clusters", "species", "setosa", "two clusters", "three clusters", "petal length (cm)", "z = 0", "z = 2"}},
		Also: func(t *testing.T, f map[string]any) {
			joint, likelihood, bic := f["log_joint"].([]float64), f["log_likelihood"].([]float64), f["bic"].([]float64)
			// The published maxima of the likelihood alone, as BIC of mclust 5 and 6
			// with unconstrained covariances ("VVV"): no prior can do better.
			mclust := []float64{829.9782, 574.0178, 580.8396}
			for i, m := range found {
				// A search ends where its value falls by less than 1e-14 of itself.
				if math.Abs(joint[i]-m.joint) > 1e-7 {
					t.Errorf("%d clusters have log density %v; EM finds %v", i+1, joint[i], m.joint)
				}
				// At an error e of the density parameters are off by √e.
				if math.Abs(likelihood[i]-m.likelihood) > 1e-3 {
					t.Errorf("%d clusters have log likelihood %v; EM finds %v", i+1, likelihood[i], m.likelihood)
				}
				if bic[i] < mclust[i]-0.5e-4 {
					t.Errorf("%d clusters have BIC %v, below the least, %v", i+1, bic[i], mclust[i])
				}
			}
			for i := range bic {
				free := float64((i+1)*15 - 1)
				if want := free*math.Log(150) - 2*likelihood[i]; math.Abs(bic[i]-want) > 1e-9 {
					t.Errorf("%d clusters have BIC %v, want %v", i+1, bic[i], want)
				}
				if i > 0 && joint[i] < joint[i-1] {
					t.Errorf("%d clusters are less probable than %d", i+1, i)
				}
			}
			three := f["assignments_3"].([]int)
			if wrong := disagree(three, species); wrong > 5 { // five versicolor, as all such fits find
				t.Errorf("three clusters mistake %d flowers for another species", wrong)
			}
		},
	})
}

// sameClusters accepts assignments that are these up to the names of clusters.
func sameClusters(want []int) examplestest.Check {
	return func(v any) string {
		if n := disagree(v.([]int), want); n > 0 {
			return "is not the partition wanted"
		}
		return ""
	}
}

// disagree counts the elements of a that are not in the cluster that most of their
// cluster in b are in.
func disagree(a, b []int) (n int) {
	counts := map[[2]int]int{}
	for i := range a {
		counts[[2]int{a[i], b[i]}]++
	}
	best := map[int]int{}
	for pair, c := range counts {
		best[pair[0]] = max(best[pair[0]], c)
	}
	n = len(a)
	for _, c := range best {
		n -= c
	}
	return n
}

// em is expectation and maximisation (Dempster, Laird, Rubin 1977) for the density
// of model.
type em struct {
	x                 *tensor.Tensor
	probs             []float64
	means, covs       []*tensor.Tensor
	joint, likelihood float64
	resp              [][]float64 // probability of cluster k for flower i, [k][i]
}

func bestOf(x *tensor.Tensor, k, n int) (best *em) {
	for i := range n {
		m := newEM(x, k, rng.New(uint64(i)))
		for last := math.Inf(-1); m.joint > last+1e-12 || math.IsInf(last, -1); {
			last = m.joint
			m.maximise()
			m.expect()
		}
		if best == nil || m.joint > best.joint {
			best = m
		}
	}
	return best
}

func newEM(x *tensor.Tensor, k int, key rng.Key) *em {
	m := &em{x: x, probs: make([]float64, k), means: make([]*tensor.Tensor, k), covs: make([]*tensor.Tensor, k)}
	e := x.Sub(x.Mean(0))
	cov := e.T().MatMul(e).DivScalar(16 * float64(x.Dim(0)))
	at := tensor.Uniforms(key, k).MulScalar(float64(x.Dim(0))).Floor()
	for j := range k {
		m.probs[j], m.means[j], m.covs[j] = 1/float64(k), x.Select(0, int(at.At(j))), cov
	}
	m.expect()
	return m
}

// expect sets the probabilities of clusters, the likelihood, and the density with
// the penalty -½·tr(Σ⁻¹)·rounding² and the constant of the flat prior of probs.
func (m *em) expect() {
	k, n, d := len(m.probs), m.x.Dim(0), float64(m.x.Dim(1))
	constant, _ := math.Lgamma(float64(k))
	m.likelihood, m.joint = 0, constant
	lp := make([][]float64, k)
	for j := range k {
		inverse := m.covs[j].Cholesky().CholeskyInverse()
		logDet := m.covs[j].Cholesky().Diag().Log().Sum().MulScalar(2).Item()
		e := m.x.Sub(m.means[j])
		lp[j] = e.MatMul(inverse).Mul(e).Sum(1).Float64s()
		for i := range lp[j] {
			lp[j][i] = math.Log(m.probs[j]) - 0.5*(lp[j][i]+logDet+d*math.Log(2*math.Pi))
		}
		m.joint -= 0.5 * rounding * rounding * inverse.Diag().Sum().Item()
	}
	for i := range n {
		top := math.Inf(-1)
		for j := range k {
			top = max(top, lp[j][i])
		}
		sum := 0.0
		for j := range k {
			sum += math.Exp(lp[j][i] - top)
		}
		total := top + math.Log(sum)
		m.likelihood += total
		for j := range k {
			lp[j][i] = math.Exp(lp[j][i] - total)
		}
	}
	m.resp = lp
	m.joint += m.likelihood
}

// maximise sets the parameters.
func (m *em) maximise() {
	d := m.x.Dim(1)
	for j, r := range m.resp {
		w := tensor.Of(r)
		n := w.Sum()
		m.probs[j] = n.Item() / float64(m.x.Dim(0))
		m.means[j] = w.MatMul(m.x).Div(n)
		e := m.x.Sub(m.means[j])
		scatter := e.Mul(w.Unsqueeze(1)).T().MatMul(e)
		m.covs[j] = scatter.Add(tensor.Eye(d).MulScalar(rounding * rounding)).Div(n)
	}
}

// assignments are the most probable clusters.
func (m *em) assignments() []int {
	z := make([]int, m.x.Dim(0))
	for i := range z {
		for j := range m.resp {
			if m.resp[j][i] > m.resp[z[i]][i] {
				z[i] = j
			}
		}
	}
	return z
}
