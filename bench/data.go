package bench

import "math"

// splitMix returns output k = 1, 2, … of SplitMix64 (Steele, Lea and Flood
// 2014) for a seed, so that every language can make the same data.
func splitMix(seed, k uint64) uint64 {
	z := seed + k*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// uniforms returns n numbers in (0, 1).
func uniforms(seed uint64, n int) []float64 {
	u := make([]float64, n)
	for i := range u {
		u[i] = (float64(splitMix(seed, uint64(i)+1)>>11) + 0.5) / (1 << 53)
	}
	return u
}

// normals returns n standard normal numbers by the method of Box and Muller.
func normals(seed uint64, n int) []float64 {
	u := uniforms(seed, n+n%2)
	z := make([]float64, n+n%2)
	for i := 0; i < n; i += 2 {
		r, angle := math.Sqrt(-2*math.Log(u[i])), 2*math.Pi*u[i+1]
		z[i], z[i+1] = r*math.Cos(angle), r*math.Sin(angle)
	}
	return z[:n]
}

// LogisticData returns n rows of d covariates, row-major, and responses 0 or 1.
func LogisticData(n, d int, seed uint64) (x, y []float64) {
	x, y = normals(seed, n*d), make([]float64, n)
	w := make([]float64, d)
	for j := range w {
		w[j] = float64(j+1) / float64(d)
		if j%2 == 1 {
			w[j] = -w[j]
		}
	}
	u := uniforms(seed+1, n)
	for i := range y {
		s := 0.0
		for j, v := range x[i*d : (i+1)*d] {
			s += v * w[j]
		}
		if u[i] < 1/(1+math.Exp(-s)) {
			y[i] = 1
		}
	}
	return x, y
}

// Radon is 919 readings in 85 groups, in the manner of Gelman and Hill's radon
// data.
type Radon struct {
	Group    []int
	Floor, Y []float64
}

// RadonLike returns such data.
func RadonLike() Radon {
	const n, groups = 919, 85
	r := Radon{Group: make([]int, n), Floor: make([]float64, n), Y: make([]float64, n)}
	u, f := uniforms(3, n), uniforms(4, n)
	level, noise := normals(5, groups), normals(6, n)
	for i := range n {
		if r.Group[i] = i; i >= groups {
			r.Group[i] = int(groups * u[i] * u[i])
		}
		if f[i] < 0.17 {
			r.Floor[i] = 1
		}
		r.Y[i] = 1.5 + 0.33*level[r.Group[i]] - 0.66*r.Floor[i] + 0.75*noise[i]
	}
	return r
}
