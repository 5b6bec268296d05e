package optim

// SGD is gradient descent with momentum: v ← μ·v + g, x ← x - lr·v, as PyTorch
// defines it; the first v is g.
type SGD struct {
	LR          float64 // default 0.001
	Momentum    float64 // μ, default 0
	Nesterov    bool    // step along g + μ·v (Nesterov 1983)
	WeightDecay float64 // adds WeightDecay·x to the gradient
	Schedule    Schedule

	slots
}

// Update makes one step.
func (o *SGD) Update(ps []Param) {
	lr := rate(o.LR, 0.001, o.Schedule, o.step)
	for i := range ps {
		p := &ps[i]
		v := o.of(p, 1).vectors[0]
		for j, g := range p.Grad {
			g += o.WeightDecay * p.Value[j]
			v[j] = o.Momentum*v[j] + g
			if o.Nesterov {
				g += o.Momentum * v[j]
			} else {
				g = v[j]
			}
			p.Value[j] -= lr * g
		}
	}
	o.step++
}
