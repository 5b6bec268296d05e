package dist

import "github.com/gopyro/pyro/tensor"

// anchor returns a value of type dtype that stands in for those at which a formula must not be
// evaluated: one of the support, or 0 for a discrete distribution, where log
// masses need no such care.
func anchor(d Distribution, dtype tensor.DType) *tensor.Tensor {
	b := d.Support().Bijection()
	if b == nil {
		return zero.To(dtype)
	}
	return b.Forward(tensor.Zeros(b.InverseShape(d.EventShape())...).To(dtype)).Detach()
}
