// Package diag tells whether Markov chains can be trusted and how precise their
// estimates are: R-hat, effective sample sizes, Monte Carlo standard errors,
// E-BFMI, intervals, Pareto-smoothed importance sampling, and on top of them
// [Summarize], a table, and [Diagnose], verdicts with advice.
//
//	draws := [][]float64{chain1, chain2, chain3, chain4} // one variable
//	if diag.Rhat(draws) > 1.01 || diag.ESSBulk(draws) < 400 {
//		fmt.Println(diag.Summarize([]diag.Variable{{Name: "mu", Draws: draws}}))
//	}
//
// Draws of a variable are given as [chain][draw], all chains equally long. Formulas
// are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
// "Rank-normalization, folding, and localization: an improved R-hat", and agree
// with the R package posterior 1.4. What cannot be computed (a constant variable,
// a draw that is not finite, fewer than three draws a half chain) is NaN.
package diag
