// Package special holds the scalar special functions that densities,
// distribution functions, quantiles and gradients of draws are made of, where
// package math has none or loses digits.
//
//	q := special.GammaQ(3, 12)              // P(X > 12) for X ~ Gamma(3, 1)
//	x := special.GammaPInv(3, 1e-8)         // its 1e-8 quantile
//	dx := special.GammaSampleGrad(3, x)     // how a draw moves with the shape
//	l := special.LogNormCDF(-50)            // -1254.83…, no underflow
//
// All functions are pure, safe for concurrent use and allocate nothing. As in
// package math an argument outside the domain gives NaN, a NaN argument gives
// NaN, and there are no other errors. "Relative error" in a comment is against
// the exact value at the float64 arguments; bounds were measured against
// 50-digit references (testdata) and are stated rounded up. Where a result
// passes through a zero that is not a float64, the bound is relative to the
// terms that cancel there unless the comment says otherwise.
package special
