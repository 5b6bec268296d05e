package hmc

import "math"

// DualAveraging minimises a function of one number from noisy subgradients
// (Nesterov 2009, as in Hoffman and Gelman 2014, section 3.2):
//
//	x = Centre - (√n/Gamma) mean gradient,  Average = n^-Kappa x + (1 - n^-Kappa) Average
//
// The exported fields are its whole state.
type DualAveraging struct {
	Gamma float64 // shrinkage towards the centre
	T0    float64 // damps the first steps
	Kappa float64 // forgetting of the average, in (0.5, 1]

	Centre   float64 // where the iterates are drawn to
	Count    int     // n
	Gradient float64 // damped mean of the gradients
	X        float64 // iterate
	Average  float64 // averaged iterate, the answer
}

// Step size settings of Hoffman and Gelman (2014, section 3.2.1), also Stan's.
func stepSizeAveraging() DualAveraging { return DualAveraging{Gamma: 0.05, T0: 10, Kappa: 0.75} }

// Restart forgets the past and draws the iterates to centre.
func (d *DualAveraging) Restart(centre float64) {
	d.Centre, d.X = centre, centre
	d.Count, d.Gradient, d.Average = 0, 0, 0
}

// Add takes the gradient at X and moves X and Average.
func (d *DualAveraging) Add(gradient float64) {
	d.Count++
	n := float64(d.Count)
	eta := 1 / (n + d.T0)
	d.Gradient += eta * (gradient - d.Gradient)
	d.X = d.Centre - math.Sqrt(n)/d.Gamma*d.Gradient
	w := math.Pow(n, -d.Kappa)
	d.Average += w * (d.X - d.Average)
}
