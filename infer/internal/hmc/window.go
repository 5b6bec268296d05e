package hmc

// Window gathers draws and their gradients between two estimates of the metric:
// running moments by Welford's recurrence (1962), and, where Keep is set, the
// draws themselves, which dense and low-rank estimates need.
type Window struct {
	Keep                 bool
	Count                int
	Mean, Square         []float64 // of the draws [D]: mean, sum of squared deviations
	GradMean, GradSquare []float64 // of the gradients [D], the same
	Draws, Grads         []float64 // [Count, D]
}

func newWindow(dim int, keep bool) Window {
	vec := func() []float64 { return make([]float64, dim) }
	return Window{Keep: keep, Mean: vec(), Square: vec(), GradMean: vec(), GradSquare: vec()}
}

// Reset empties w; its memory is used again.
func (w *Window) Reset() {
	w.Count = 0
	for _, v := range [][]float64{w.Mean, w.Square, w.GradMean, w.GradSquare} {
		clear(v)
	}
	w.Draws, w.Grads = w.Draws[:0], w.Grads[:0]
}

// Add takes a draw and the gradient there.
func (w *Window) Add(x, grad []float64) {
	w.Count++
	n := float64(w.Count)
	welford(w.Mean, w.Square, x, n)
	welford(w.GradMean, w.GradSquare, grad, n)
	if w.Keep {
		w.Draws = append(w.Draws, x...)
		w.Grads = append(w.Grads, grad...)
	}
}

func welford(mean, square, x []float64, n float64) {
	mean, square = mean[:len(x)], square[:len(x)]
	for i, v := range x {
		d := v - mean[i]
		mean[i] += d / n
		square[i] += d * (v - mean[i])
	}
}

// centred returns the kept draws less their mean, divided by √(Count - 1) and by
// scale (nil: one), so that the rows' outer products sum to the covariance; and
// the gradients likewise, times scale.
func (w *Window) centred(scale []float64) (x, g matrix) {
	dim := len(w.Mean)
	x, g = newMatrix(w.Count, dim), newMatrix(w.Count, dim)
	unit := rootCount(w.Count)
	for k := range w.Count {
		for i := range dim {
			s := 1.0
			if scale != nil {
				s = scale[i]
			}
			x.data[k*dim+i] = (w.Draws[k*dim+i] - w.Mean[i]) / (s * unit)
			g.data[k*dim+i] = (w.Grads[k*dim+i] - w.GradMean[i]) * s / unit
		}
	}
	return x, g
}
