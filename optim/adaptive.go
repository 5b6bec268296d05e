package optim

import "math"

// RMSprop divides the gradient by a running root mean square (Hinton 2012,
// lecture 6e of his course on neural networks), as PyTorch defines it.
type RMSprop struct {
	LR       float64 // default 0.01
	Alpha    float64 // decay of the mean square; default 0.99
	Eps      float64 // default 1e-8
	Momentum float64 // default 0
	Schedule Schedule

	slots
}

// Update makes one step.
func (o *RMSprop) Update(ps []Param) {
	alpha, eps := o.Alpha, o.Eps
	if alpha == 0 {
		alpha = 0.99
	}
	if eps == 0 {
		eps = 1e-8
	}
	lr := rate(o.LR, 0.01, o.Schedule, o.step)
	for i := range ps {
		p := &ps[i]
		v := o.of(p, 2).vectors
		square, velocity := v[0], v[1]
		for j, g := range p.Grad {
			square[j] = alpha*square[j] + (1-alpha)*g*g
			velocity[j] = o.Momentum*velocity[j] + g/(math.Sqrt(square[j])+eps)
			p.Value[j] -= lr * velocity[j]
		}
	}
	o.step++
}

// Adagrad divides the gradient by the root of the sum of all squares so far
// (Duchi, Hazan, Singer 2011).
type Adagrad struct {
	LR       float64 // default 0.01
	Eps      float64 // default 1e-10
	Schedule Schedule

	slots
}

// Update makes one step.
func (o *Adagrad) Update(ps []Param) {
	eps := o.Eps
	if eps == 0 {
		eps = 1e-10
	}
	lr := rate(o.LR, 0.01, o.Schedule, o.step)
	for i := range ps {
		p := &ps[i]
		sum := o.of(p, 1).vectors[0]
		for j, g := range p.Grad {
			sum[j] += g * g
			p.Value[j] -= lr * g / (math.Sqrt(sum[j]) + eps)
		}
	}
	o.step++
}
