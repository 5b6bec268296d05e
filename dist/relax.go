package dist

import "github.com/gopyro/pyro/tensor"

// Relax returns the continuous distribution that becomes d as the temperature,
// > 0, falls to 0: RelaxedBernoulli for Bernoulli's, RelaxedOneHotCategorical for
// OneHotCategorical, with the same probabilities, none of which may be 0 or 1. It
// sees into Independent, Expanded and Masked. For others ok is false.
func Relax[T tensor.Operand](d Distribution, temperature T) (relaxed Distribution, ok bool) {
	return relax(d, parameter(temperature))
}

func relax(d Distribution, t *tensor.Tensor) (relaxed Distribution, ok bool) {
	switch w := d.(type) {
	case *bernoulli:
		return newRelaxed(t, w.odds).Expand(w.batch...), true
	case *oneHot:
		return newRelaxedOneHot(t, w.weights).Expand(w.batch...), true
	case *independent:
		if relaxed, ok = relax(w.base, t); ok {
			relaxed = Independent(relaxed, w.n)
		}
	case *expanded:
		if relaxed, ok = relax(w.base, t); ok {
			relaxed = relaxed.Expand(w.batch...)
		}
	case *masked:
		if relaxed, ok = relax(w.base, t); ok {
			relaxed = Masked(relaxed, w.mask)
		}
	}
	return relaxed, ok
}
