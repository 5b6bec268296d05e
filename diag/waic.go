package diag

import "math"

// Information is an estimate of how well a model predicts, point by point.
type Information struct {
	Pointwise []float64 // expected log predictive density of each point
	Penalty   []float64 // effective number of parameters spent on it
	ParetoK   []float64 // k-hat of each point (LOO only)
	ELPD, SE  float64   // sum of Pointwise, its standard error over points
	P         float64   // sum of Penalty
}

// WAIC returns the widely applicable information criterion on the scale of log
// densities (Watanabe 2010; Vehtari, Gelman and Gabry 2017, eq. 12), for
// logLik[s][i] the log likelihood of point i at draw s.
func WAIC(logLik [][]float64) Information {
	check(logLik)
	var out Information
	for i := range logLik[0] {
		column := pointColumn(logLik, i)
		_, p := meanVar(column)
		out.add(logMeanExp(column)-p, p)
	}
	out.total()
	return out
}

// LOO returns the leave-one-out predictive density by Pareto-smoothed importance
// sampling (Vehtari, Gelman and Gabry 2017), for logLik[s][i] as in [WAIC] and the
// relative efficiency of the draws as in [PSIS].
func LOO(logLik [][]float64, relEff float64) Information {
	check(logLik)
	var out Information
	for i := range logLik[0] {
		column := pointColumn(logLik, i)
		ratios := make([]float64, len(column))
		for s, l := range column {
			ratios[s] = -l
		}
		w, k := PSIS(ratios, relEff)
		norm := logMeanExp(w)
		for s := range w {
			ratios[s] = w[s] - norm + column[s]
		}
		elpd := logMeanExp(ratios)
		out.add(elpd, logMeanExp(column)-elpd)
		out.ParetoK = append(out.ParetoK, k)
	}
	out.total()
	return out
}

func (o *Information) add(elpd, p float64) {
	o.Pointwise = append(o.Pointwise, elpd)
	o.Penalty = append(o.Penalty, p)
	o.ELPD += elpd
	o.P += p
}

func (o *Information) total() {
	_, v := meanVar(o.Pointwise)
	o.SE = math.Sqrt(v * float64(len(o.Pointwise)))
}

// pointColumn returns the log likelihoods of point i over the draws.
func pointColumn(logLik [][]float64, i int) []float64 {
	column := make([]float64, len(logLik))
	for s, row := range logLik {
		column[s] = row[i]
	}
	return column
}

func logMeanExp(x []float64) float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum/float64(len(x)))
}
