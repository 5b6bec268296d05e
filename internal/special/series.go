package special

import "math"

// horner returns Σ c[i] x^i for at least two coefficients, even and odd powers
// side by side to halve the chain of dependent operations.
func horner(c []float64, x float64) float64 {
	q := x * x
	i := len(c) - 3
	odd, even := c[i+2], c[i+1] // of the powers counted from the top
	for ; i > 0; i -= 2 {
		odd = odd*q + c[i]
		even = even*q + c[i-1]
	}
	if i == 0 {
		return (odd*x+even)*x + c[0]
	}
	return odd*x + even
}

// log1pmx returns log(1+u)-u for u > -1, relative error 1e-15: with
// r = u/(2+u) it is 2·atanh(r)-u = r(2r²g(r²)-u), g(q) = (atanh(√q)/√q-1)/q.
func log1pmx(u float64) float64 {
	if u < -0.6 || u > 1.5 {
		return math.Log1p(u) - u
	}
	r := u / (2 + u)
	q := r * r
	return r * (2*q*horner(log1pmxC[:], q) - u)
}

// expm1mx returns s+expm1(-s) = s²/2-s³/6+… for s ≥ 0, relative error 1e-15.
func expm1mx(s float64) float64 {
	if s > 1 {
		return s + math.Expm1(-s)
	}
	return s * s * horner(expm1mxC[:], s)
}

// diffOfProducts returns a·b-c·d with an error of two units in its last place
// (Kahan; C.-P. Jeannerod, N. Louvet, J.-M. Muller 2013).
func diffOfProducts(a, b, c, d float64) float64 {
	p := c * d
	return math.FMA(a, b, -p) - math.FMA(c, d, -p)
}
