package joint

import (
	"errors"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Drawable returns m with its continuous latent sites that cannot be drawn, such
// as those of improper priors, at the image of 0 of the unconstrained scale. With
// it a model can be run to learn its sites.
func Drawable(m pyro.Model) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return drawable{} })
}

type drawable struct{ pyro.NopHandler }

func (drawable) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || s.Observed || s.Value != nil || s.Support().Discrete() {
		return
	}
	var none *dist.MethodError
	if err := pyro.Guard(func() { s.Dist.Sample(s.Key) }); errors.As(err, &none) {
		s.Value = feasible(s)
	}
}

// feasible is the image of 0, for the plates of the site.
func feasible(s *pyro.Site) *tensor.Tensor {
	t := s.Support().Bijection()
	shape := append(append([]int{}, s.Dist.BatchShape()...), s.Dist.EventShape()...)
	return t.Forward(tensor.Zeros(t.InverseShape(shape)...))
}
