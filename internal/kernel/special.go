package kernel

import "math"

// The functions with a domain, one number at a time: within it the bits are those of the vectors.

func gammaInside(x float64) bool { return x > 0 && x < 0x1p1000 }

func trigInside(x float64) bool { return math.Abs(x) <= 0x1p30 }

func powInside(x, y float64) bool {
	return x > 0 && x <= math.MaxFloat64 && math.Abs(y) <= math.MaxFloat64
}

// powSlow is the power of any numbers: math.Pow only where nothing is rounded, because its error
// grows with y.
func powSlow(x, y float64) float64 {
	switch {
	case powInside(x, y):
		return powInner(x, y)
	case powInside(-x, y) && math.Trunc(y) == y:
		z := powInner(-x, y)
		if math.Mod(y, 2) != 0 {
			z = -z
		}
		return z
	}
	return math.Pow(x, y)
}

// lgamma is math.Lgamma only for x <= 0: around 1.2 that is off by some hundred ulp.
func lgamma(x float64) float64 {
	if gammaInside(x) {
		return lgammaInner(x)
	}
	y, _ := math.Lgamma(x)
	return y
}

// digamma takes the reflection formula (Abramowitz and Stegun 1964, 6.3.7) for x < 0, with the
// argument of the tangent reduced exactly.
func digamma(x float64) float64 {
	switch {
	case gammaInside(x):
		return digammaInner(x)
	case x == 0:
		return math.Copysign(math.Inf(1), -x)
	case x > 0:
		return math.Log(x)
	case math.IsNaN(x):
		return x
	}
	r := x - math.RoundToEven(x)
	if r == 0 || math.IsInf(x, -1) {
		return math.NaN()
	}
	return digamma(1-x) - math.Pi/math.Tan(math.Pi*r)
}

func sin(x float64) float64 {
	if trigInside(x) {
		return sinInner(x)
	}
	return math.Sin(x)
}

func cos(x float64) float64 {
	if trigInside(x) {
		return cosInner(x)
	}
	return math.Cos(x)
}

// larger is y if either is NaN, as the vector instruction has it.
func larger(x, y float64) float64 {
	if x > y {
		return x
	}
	return y
}
