package diag

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// Autocovariance returns the autocovariances of x at lags 0 … len(x)-1, each
// divided by the number of its terms (unbiased but for the mean), by fast Fourier
// transform. Far lags rest on few terms and are noisy.
func Autocovariance(x []float64) []float64 {
	acov := autocov(x)
	n := float64(len(x))
	for k := range acov {
		acov[k] *= n / (n - float64(k))
	}
	return acov
}

// Autocorrelation returns Autocovariance divided by its value at lag 0.
func Autocorrelation(x []float64) []float64 {
	rho := Autocovariance(x)
	if len(rho) == 0 {
		return rho
	}
	v := rho[0]
	for k := range rho {
		rho[k] /= v
	}
	return rho
}

// autocov returns autocovariances all divided by len(x): the positive definite
// form, which sums for the effective sample size need.
func autocov(x []float64) []float64 {
	n := len(x)
	if n == 0 {
		return nil
	}
	mean := 0.0
	for _, v := range x {
		mean += v / float64(n)
	}
	size := 1 << bits.Len(uint(2*n-1)) // zeros keep the ends from wrapping onto each other
	z := make([]complex128, size)
	for i, v := range x {
		z[i] = complex(v-mean, 0)
	}
	fft(z)
	for i, v := range z {
		z[i] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	fft(z) // the spectrum is even, so forward and inverse differ by the factor size
	out := make([]float64, n)
	for k := range out {
		out[k] = real(z[k]) / (float64(size) * float64(n))
	}
	return out
}

// fft is the in-place radix-2 discrete Fourier transform (Cooley and Tukey 1965);
// len(z) is a power of two.
func fft(z []complex128) {
	n := len(z)
	if n == 1 {
		return
	}
	shift := bits.UintSize - bits.Len(uint(n-1))
	for i := range z {
		if j := int(bits.Reverse(uint(i)) >> shift); i < j {
			z[i], z[j] = z[j], z[i]
		}
	}
	roots := make([]complex128, n/2)
	for k := range roots {
		roots[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	for half := 1; half < n; half *= 2 {
		stride := n / (2 * half)
		for at := 0; at < n; at += 2 * half {
			a, b := z[at:at+half], z[at+half:at+2*half]
			for k := range a {
				t := roots[k*stride] * b[k]
				a[k], b[k] = a[k]+t, a[k]-t
			}
		}
	}
}
