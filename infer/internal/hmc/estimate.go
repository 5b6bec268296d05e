package hmc

import "math"

// Estimate says what the metric is estimated from.
type Estimate int

const (
	// FromGradients minimises the Fisher divergence between the target and a normal
	// distribution, from draws and gradients (Seyboldt, Carlson and Carpenter 2026).
	FromGradients Estimate = iota
	// FromDraws takes the sample (co)variance of the draws, shrunk as in Stan.
	FromDraws
)

// String returns the word for e.
func (e Estimate) String() string { return [...]string{"gradients", "draws"}[e] }

func rootCount(n int) float64 { return math.Sqrt(float64(n - 1)) }

// Stan's shrinkage towards 1e-3 with the weight of five draws.
func shrink(n int) (weight, towards float64) {
	w := float64(n) / float64(n+5)
	return w, 1e-3 * (1 - w)
}

// variance returns Stan's diagonal estimate from the draws.
func (w *Window) variance() []float64 {
	weight, towards := shrink(w.Count)
	v := make([]float64, len(w.Square))
	for i, sq := range w.Square {
		v[i] = weight*sq/float64(w.Count-1) + towards
	}
	return v
}

// covariance returns Stan's dense estimate from the draws [D, D].
func (w *Window) covariance() []float64 {
	x, _ := w.centred(nil)
	xt := x.transpose()
	cov := xt.timesTransposed(xt)
	weight, towards := shrink(w.Count)
	for i := range cov.data {
		cov.data[i] *= weight
	}
	for i := range w.Mean {
		cov.data[i*cov.cols+i] += towards
	}
	return cov.data
}

// fisherScale returns the diagonal metric of least Fisher divergence as standard
// deviations: s² = sd(draws)/sd(gradients), which for independent normal
// coordinates is exact however few the draws. Where that is not positive and
// finite, s stays what it is in old.
func (w *Window) fisherScale(old []float64) []float64 {
	s := make([]float64, len(old))
	for i := range s {
		s[i] = math.Sqrt(math.Sqrt(w.Square[i] / w.GradSquare[i]))
		if !(s[i] > 0) || math.IsInf(s[i], 1) {
			s[i] = old[i]
		}
	}
	return s
}

// gradientScale returns a first guess of the scale from one gradient: a normal
// coordinate at a typical distance has gradient 1/s, so s² = 1/|gradient|
// interpolates between that and a unit scale (nuts-rs's first metric). Departure:
// components below a hundredth of the root mean square count as that, lest a
// coordinate that happens to start at its mode be given an endless scale.
func gradientScale(grad []float64) []float64 {
	floor := math.Sqrt(dot(grad, grad)/float64(len(grad))) / 100
	s := make([]float64, len(grad))
	for i, g := range grad {
		s[i] = 1 / math.Sqrt(max(math.Abs(g), floor))
		if !(s[i] > 0) || math.IsInf(s[i], 1) {
			s[i] = 1
		}
	}
	return s
}

// geometricMean returns the symmetric A > 0 with A cg A = cx, the geometric mean
// of cx and cg⁻¹: with cg = LLᵀ, A = L⁻ᵀ (Lᵀ cx L)^½ L⁻¹. For a normal target
// whose covariance is S, gradients are -S⁻¹(x - μ), so cg = S⁻¹cx S⁻¹ and A = S
// whatever the draws, as long as they span the space.
func geometricMean(cx, cg matrix) (matrix, bool) {
	l, ok := cholesky(cg)
	if !ok {
		return matrix{}, false
	}
	lt := l.transpose()
	values, vectors := eigenSym(lt.timesTransposed(cx).timesTransposed(lt))
	// Rows of half are λ^¼ L⁻ᵀ q: A is the sum of their outer products.
	half := newMatrix(l.rows, l.cols)
	for k, lambda := range values {
		if !(lambda > 0) {
			return matrix{}, false
		}
		row := half.row(k)
		copy(row, vectors.row(k))
		for i := len(row) - 1; i >= 0; i-- { // Lᵀ y = q
			row[i] /= l.data[i*l.cols+i]
			axpy(-row[i], l.row(i)[:i], row[:i])
		}
		root := math.Sqrt(math.Sqrt(lambda))
		for i := range row {
			row[i] *= root
		}
	}
	ht := half.transpose()
	return ht.timesTransposed(ht), true
}

// fisherDense returns the dense metric of least Fisher divergence; false where the
// window has too few draws or they do not span the space. The covariances are
// taken of coordinates scaled by scale, so the result has no fixed unit in it. If
// it may be plain, it is diagonal where all directions then have about the same
// variance.
func (w *Window) fisherDense(scale []float64, plain bool) (Metric, bool) {
	dim := len(scale)
	if w.Count < drawsPerDirection*dim {
		return Metric{}, false
	}
	x, g := w.centred(scale)
	xt, gt := x.transpose(), g.transpose()
	a, ok := geometricMean(xt.timesTransposed(xt), gt.timesTransposed(gt))
	if !ok {
		return Metric{}, false
	}
	if plain && round(a) {
		return Metric{Scale: scale}, true
	}
	for i := range dim {
		for j := range a.row(i) {
			a.data[i*dim+j] *= scale[i] * scale[j]
		}
	}
	return DenseMetric(dim, a.data)
}

// round reports whether all eigenvalues of a are within the cutoff of one.
func round(a matrix) bool {
	values, _ := eigenSym(a)
	for _, v := range values {
		if !(v < eigenCutoff && v > 1.0/eigenCutoff) {
			return false
		}
	}
	return true
}

const (
	// drawsPerDirection draws at least stand behind each dimension of the space in
	// which a covariance is estimated: the smallest eigenvalue of a sample covariance
	// is then (1 - √½)² = 0.09 of the true one (Marčenko and Pastur 1967), and the
	// geometric mean halves what remains of that error on the logarithmic scale.
	drawsPerDirection = 2
	// eigenCutoff: directions whose scaled variance is within a factor of two of one
	// stay at one (nuts-rs); they would cost more than they bring.
	eigenCutoff = 2
	// maxDirections bounds the principal directions taken from draws and from
	// gradients each.
	maxDirections = 32
)

// fisherLowRank returns a low-rank-plus-diagonal metric: the geometric mean as
// above, but in the space spanned by the principal directions of the scaled draws
// (where the target is long) and of the scaled gradients (where it is short), and
// of it the eigenvalues that differ from one. Departure from nuts-rs, which takes
// the span of all draws and a ridge of 1e-5: so few directions as the draws can
// bear, and no ridge. Where even these are not spanned the metric is diagonal.
func (w *Window) fisherLowRank(scale []float64) Metric {
	diagonal := Metric{Scale: scale}
	dim := len(scale)
	r := min(w.Count/(2*drawsPerDirection), maxDirections, dim)
	if r < 1 {
		return diagonal
	}
	x, g := w.centred(scale)
	q := span2(principal(x, r), principal(g, r))
	xt, gt := q.timesTransposed(x), q.timesTransposed(g)
	a, ok := geometricMean(xt.timesTransposed(xt), gt.timesTransposed(gt))
	if !ok {
		return diagonal
	}
	values, vectors := eigenSym(a)
	qt := q.transpose()
	var basis, eigen []float64
	for k, lambda := range values {
		if !(lambda > 0) {
			return diagonal
		}
		if lambda > eigenCutoff || lambda < 1.0/eigenCutoff {
			eigen = append(eigen, lambda)
			v := vectors.row(k)
			for i := range dim {
				basis = append(basis, dot(qt.row(i), v))
			}
		}
	}
	return LowRankMetric(scale, basis, eigen)
}

// principal returns r orthonormal directions [r, D] that carry most of the rows
// of x [n, D], by way of the smaller of xxᵀ and xᵀx.
func principal(x matrix, r int) matrix {
	gram, byRows := x, x.rows <= x.cols
	if !byRows {
		gram = x.transpose()
	}
	values, vectors := eigenSym(gram.timesTransposed(gram))
	out := matrix{cols: x.cols}
	for range min(r, len(values)) {
		best := 0
		for k, v := range values {
			if v > values[best] {
				best = k
			}
		}
		values[best] = math.Inf(-1)
		dir := vectors.row(best)
		if byRows { // xᵀu
			dir = make([]float64, x.cols)
			for k, u := range vectors.row(best) {
				axpy(u, x.row(k), dir)
			}
		}
		out.data = append(out.data, dir...)
		out.rows++
	}
	return out
}

// span2 returns an orthonormal basis of the rows of a and b, by Gram–Schmidt done
// twice; directions already spanned to 1e-6 are left out.
func span2(a, b matrix) matrix {
	out := matrix{cols: a.cols}
	for _, m := range []matrix{a, b} {
		for k := range m.rows {
			v := append([]float64(nil), m.row(k)...)
			before := math.Sqrt(dot(v, v))
			for range 2 {
				for j := range out.rows {
					axpy(-dot(out.row(j), v), out.row(j), v)
				}
			}
			after := math.Sqrt(dot(v, v))
			if !(after > 1e-6*before) {
				continue
			}
			for i := range v {
				v[i] /= after
			}
			out.data = append(out.data, v...)
			out.rows++
		}
	}
	return out
}
