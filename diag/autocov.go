package diag

import (
	"math"
	"math/bits"
	"math/cmplx"

	"github.com/gopyro/pyro/internal/kernel"
)

// Autocovariance returns the autocovariances of x at lags 0 … len(x)-1, each
// divided by the number of its terms (unbiased but for the mean), by fast Fourier
// transform. Far lags rest on few terms and are noisy.
func Autocovariance(x []float64) []float64 {
	if len(x) == 0 {
		return nil
	}
	n := float64(len(x))
	d := make([]float64, len(x))
	kernel.AddScalar(d, x, -kernel.Sum(x)/n)
	var f fourier
	acov := f.autocovariances(nil, [][]float64{d})
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

// fourier transforms sequences. It is memory that serves the next.
type fourier struct {
	roots    []complex128 // of unity
	z, power []complex128
}

// autocovariances sets dst to the mean of the chains' autocovariances at all lags,
// from their deviations. Each is divided by the number of draws n, which makes them
// positive definite, as sums for the effective sample size need. With an error of
// 8u of a butterfly, u = 2⁻⁵³, that at any lag is at most 24u log₂(4n) times the
// value at lag 0 (Higham 2002, theorem 24.2, once for each factor and the power).
func (f *fourier) autocovariances(dst []float64, deviations [][]float64) []float64 {
	n := len(deviations[0])
	size := 1 << bits.Len(uint(2*n-1)) // zeros keep the ends from wrapping onto each other
	f.plan(size)
	clear(f.power)
	for c := 0; c < len(deviations); c += 2 {
		// Two chains at once, as the real and the imaginary part: the even part of |z|²
		// is the sum of their powers, and the odd part has no real transform.
		clear(f.z)
		for i, d := range deviations[c] {
			f.z[i] = complex(d, 0)
		}
		if c+1 < len(deviations) {
			for i, d := range deviations[c+1] {
				f.z[i] = complex(real(f.z[i]), d)
			}
		}
		f.forward(f.z)
		for i, v := range f.z {
			f.power[i] += complex(real(v)*real(v)+imag(v)*imag(v), 0)
		}
	}
	f.forward(f.power) // of real numbers, so forward and inverse differ by the factor size and a sign
	dst = resize(dst, n)
	scale := 1 / (float64(size) * float64(n) * float64(len(deviations)))
	for k := range dst {
		dst[k] = real(f.power[k]) * scale
	}
	return dst
}

// plan makes room for transforms of a size, a power of two.
func (f *fourier) plan(size int) {
	if len(f.z) == size {
		return
	}
	f.z, f.power, f.roots = resize(f.z, size), resize(f.power, size), resize(f.roots, size/2)
	for k := range f.roots {
		f.roots[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(size))
	}
}

// forward is the in-place radix-2 discrete Fourier transform (Cooley and Tukey 1965).
func (f *fourier) forward(z []complex128) {
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
	for half := 1; half < n; half *= 2 {
		stride := n / (2 * half)
		for at := 0; at < n; at += 2 * half {
			a, b := z[at:at+half], z[at+half:at+2*half]
			for k := range a {
				t := f.roots[k*stride] * b[k]
				a[k], b[k] = a[k]+t, a[k]-t
			}
		}
	}
}
