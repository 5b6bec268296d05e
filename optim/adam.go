package optim

import (
	"math"

	"github.com/gopyro/pyro/internal/kernel"
)

// Adam is the method of Kingma and Ba (2015), algorithm 1.
type Adam struct {
	LR       float64    // default 0.001
	Betas    [2]float64 // decay of the first and second moments; default 0.9, 0.999
	Eps      float64    // default 1e-8
	Schedule Schedule

	slots
}

// Update makes one step.
func (o *Adam) Update(ps []Param) {
	adam(ps, &o.slots, rate(o.LR, 0.001, o.Schedule, o.step), o.Betas, o.Eps, 0)
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019).
type AdamW struct {
	LR          float64    // default 0.001
	Betas       [2]float64 // default 0.9, 0.999
	Eps         float64    // default 1e-8
	WeightDecay float64    // x ← x - lr·WeightDecay·x; default 0.01
	NoDecay     bool       // no weight decay at all
	Schedule    Schedule

	slots
}

// Update makes one step.
func (o *AdamW) Update(ps []Param) {
	decay := o.WeightDecay
	if decay == 0 && !o.NoDecay {
		decay = 0.01
	}
	adam(ps, &o.slots, rate(o.LR, 0.001, o.Schedule, o.step), o.Betas, o.Eps, decay)
}

// ClippedAdam is Adam that limits each element of the gradient and lets the
// learning rate decay by a factor each step, as Pyro's optimiser of that name.
type ClippedAdam struct {
	LR       float64    // default 0.001
	Betas    [2]float64 // default 0.9, 0.999
	Eps      float64    // default 1e-8
	Clip     float64    // largest |gradient| of an element; default 10
	Decay    float64    // factor of the learning rate per step; default 1
	Schedule Schedule

	slots
}

// Update makes one step.
func (o *ClippedAdam) Update(ps []Param) {
	clip, decay := o.Clip, o.Decay
	if clip == 0 {
		clip = 10
	}
	if decay == 0 {
		decay = 1
	}
	for _, p := range ps {
		for j, g := range p.Grad {
			p.Grad[j] = max(-clip, min(clip, g))
		}
	}
	lr := rate(o.LR, 0.001, o.Schedule, o.step) * math.Pow(decay, float64(o.step+1))
	adam(ps, &o.slots, lr, o.Betas, o.Eps, 0)
}

func adam(ps []Param, s *slots, lr float64, betas [2]float64, eps, decay float64) {
	if betas == [2]float64{} {
		betas = [2]float64{0.9, 0.999}
	}
	if eps == 0 {
		eps = 1e-8
	}
	b1, b2 := betas[0], betas[1]
	step, c1, c2 := 0, 0.0, 0.0 // the corrections for bias at a step, at which most parameters are
	for i := range ps {
		p := &ps[i]
		v := s.of(p, 2)
		m1, m2 := v.vectors[0], v.vectors[1]
		if v.step != step {
			step = v.step
			c1, c2 = beyond(b1, step), math.Sqrt(beyond(b2, step))
		}
		// m̂₁/(√m̂₂ + ε) = c₂/c₁·m₁/(√m₂ + c₂·ε), with one division less.
		rate, eps, keep := lr*c2/c1, c2*eps, 1-lr*decay
		kernel.Adam(p.Value, m1, m2, p.Grad, b1, b2, rate, eps, keep)
	}
	s.step++
}

// beyond is 1 - bⁿ, without cancellation where b is close to 1.
func beyond(b float64, n int) float64 { return -math.Expm1(float64(n) * math.Log(b)) }
