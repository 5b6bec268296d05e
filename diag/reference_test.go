package diag

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// reference is what testdata/reference.R wrote. A nil number is R's NA.
type reference struct {
	Cases map[string]struct {
		Draws  [][]float64
		Expect struct {
			Rhat      *float64
			RhatBasic *float64 `json:"rhat_basic"`
			RhatSplit *float64 `json:"rhat_split"`
			ESSBulk   *float64 `json:"ess_bulk"`
			ESSTail   *float64 `json:"ess_tail"`
			ESSMean   *float64 `json:"ess_mean"`
			ESSSD     *float64 `json:"ess_sd"`
			ESSBasic  *float64 `json:"ess_basic"`
			MCSEMean  *float64 `json:"mcse_mean"`
			MCSESD    *float64 `json:"mcse_sd"`
			Probs     []float64
			ESSQuant  []*float64 `json:"ess_quantile"`
			MCSEQuant []*float64 `json:"mcse_quantile"`
			Quantile  []*float64
		}
	}
	PSIS map[string]struct {
		Ratios  []float64
		RelEff  float64 `json:"rel_eff"`
		K       *float64
		Weights []float64
	}
	GPD []struct {
		X        []float64
		K, Sigma float64
	}
	Predictive struct {
		LogLik [][]float64 `json:"log_lik"`
		WAIC   []float64
		WAICP  []float64 `json:"waic_p"`
		WAICSE float64   `json:"waic_se"`
		LOO    []float64
		LOOP   []float64 `json:"loo_p"`
		K      []float64
		LOOSE  float64 `json:"loo_se"`
	}
}

func load(t *testing.T) *reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	ref := &reference{}
	if err := json.Unmarshal(raw, ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

// same compares to 1e-8: both sides sum in different orders and the file holds
// fifteen digits.
func same(t *testing.T, what string, got float64, want *float64) {
	t.Helper()
	if want == nil {
		if !math.IsNaN(got) && !math.IsInf(got, 0) {
			t.Errorf("%s = %g, R says NA", what, got)
		}
		return
	}
	if !(math.Abs(got-*want) <= 1e-8*max(1, math.Abs(*want))) {
		t.Errorf("%s = %.15g, R says %.15g", what, got, *want)
	}
}

func TestAgainstPosterior(t *testing.T) {
	for name, c := range load(t).Cases {
		t.Run(name, func(t *testing.T) {
			d, e := c.Draws, c.Expect
			same(t, "Rhat", Rhat(d), e.Rhat)
			same(t, "RhatBasic", RhatBasic(d), e.RhatBasic)
			same(t, "RhatBasic of halves", RhatBasic(split(d)), e.RhatSplit)
			same(t, "ESSBulk", ESSBulk(d), e.ESSBulk)
			same(t, "ESSTail", ESSTail(d), e.ESSTail)
			same(t, "ESSMean", ESSMean(d), e.ESSMean)
			same(t, "ESSSD", ESSSD(d), e.ESSSD)
			same(t, "ess unsplit", ess(d), e.ESSBasic)
			same(t, "MCSEMean", MCSEMean(d), e.MCSEMean)
			same(t, "MCSESD", MCSESD(d), e.MCSESD)
			for i, p := range e.Probs {
				same(t, "ESSQuantile", ESSQuantile(d, p), e.ESSQuant[i])
				same(t, "MCSEQuantile", MCSEQuantile(d, p), e.MCSEQuant[i])
				same(t, "Quantile", Quantile(slices.Concat(d...), p), e.Quantile[i])
			}
		})
	}
}

func TestAgainstLoo(t *testing.T) {
	ref := load(t)
	for name, c := range ref.PSIS {
		w, k := PSIS(c.Ratios, c.RelEff)
		same(t, name+" k", k, c.K)
		for i := range w {
			same(t, name+" weight", w[i], &c.Weights[i])
		}
	}
	for _, c := range ref.GPD {
		k, sigma := ParetoFit(c.X)
		same(t, "Pareto k", k, &c.K)
		same(t, "Pareto sigma", sigma, &c.Sigma)
	}
	p := &ref.Predictive
	w, l := WAIC(p.LogLik), LOO(p.LogLik, 1)
	same(t, "WAIC se", w.SE, &p.WAICSE)
	same(t, "LOO se", l.SE, &p.LOOSE)
	for i := range p.WAIC {
		same(t, "WAIC", w.Pointwise[i], &p.WAIC[i])
		same(t, "WAIC p", w.Penalty[i], &p.WAICP[i])
		same(t, "LOO", l.Pointwise[i], &p.LOO[i])
		same(t, "LOO p", l.Penalty[i], &p.LOOP[i])
		same(t, "LOO k", l.ParetoK[i], &p.K[i])
	}
}
