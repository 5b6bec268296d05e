package dist

import "github.com/gopyro/pyro/tensor"

// divergent is a distribution that knows its divergence to some others.
type divergent interface {
	klTo(q Distribution) (kl *tensor.Tensor, ok bool)
}

// KL returns the Kullback–Leibler divergence E log p(x)/q(x), x drawn from p, in
// nats, of the shape that the batches of p and q broadcast to; ok is false
// where no closed form is known. It is +Inf where p has draws that q has not.
//
// The families are those of package dist: pairs of one family, and of different
// ones where moments of p are all that the log density of q asks for; normal
// distributions of vectors in any form; wrapped distributions as those inside.
func KL(p, q Distribution) (kl *tensor.Tensor, ok bool) {
	if d, known := p.(divergent); known {
		kl, ok = d.klTo(q)
	}
	if !ok {
		kl, ok = klCross(p, q)
	}
	if !ok {
		kl, ok = klVectors(p, q)
	}
	if !ok {
		return nil, false
	}
	shape, fits := tensor.Broadcast(kl.Shape(), p.BatchShape(), q.BatchShape())
	if !fits {
		panic(&tensor.Error{
			Op: "KL", Shapes: [][]int{p.BatchShape(), q.BatchShape()},
			Reason: "the batch shapes do not broadcast",
		})
	}
	return kl.Expand(shape...), true
}

// klNormal is the divergence of normal distributions with means m, n and
// standard deviations s, t.
func klNormal(m, s, n, t *tensor.Tensor) *tensor.Tensor {
	v := s.Div(t).Square()
	gap := m.Sub(n).Div(t).Square()
	return v.Add(gap).Sub(v.Log()).AddScalar(-1).MulScalar(0.5)
}

// klGamma is the divergence of gamma distributions with concentrations a, c and
// rates b, d.
func klGamma(a, b, c, d *tensor.Tensor) *tensor.Tensor {
	ratio := d.Div(b)
	shape := a.Sub(c).Mul(a.Digamma()).Sub(a.Lgamma()).Add(c.Lgamma())
	return shape.Sub(c.Mul(ratio.Log())).Add(a.Mul(ratio.AddScalar(-1)))
}
