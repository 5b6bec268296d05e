package dist

import "github.com/gopyro/pyro/tensor"

// LogProb is d.LogProb(x), of the same shape and with the same panics, for code that
// runs models. On a tape whose runs repeat, what it computed in the last run is taken
// from there where nothing that it depends on has changed; a model has no use for it.
func LogProb(d Distribution, x *tensor.Tensor) *tensor.Tensor {
	if w, ok := d.(*independent); ok {
		return w.sum(LogProb(w.base, x))
	}
	f := plain(d)
	if f == nil {
		return d.LogProb(x)
	}
	var buf [maxParams + 1]*tensor.Tensor
	in := append(buf[:0], x)
	t := x.Tape()
	for i := range f.params[:f.n] {
		v := f.params[i].value
		if in = append(in, v); t == nil {
			t = v.Tape()
		}
	}
	if t == nil {
		return d.LogProb(x)
	}
	if y, ok := t.Repeated(f.name, f.batch, in...); ok {
		return y
	}
	from := t.Len()
	y := d.LogProb(x)
	t.Part(f.name, f.batch, from, y, in...)
	return y
}

// plain returns the family of a distribution whose log density follows from its
// name, its batch shape and its parameters alone; nil for others.
func plain(d Distribution) *family {
	switch d := d.(type) {
	case *bernoulli:
		return &d.family
	case *beta:
		return &d.family
	case *binomial:
		return &d.family
	case *cauchy:
		return &d.family
	case *dirichlet:
		return &d.family
	case *exponential:
		return &d.family
	case *gamma:
		return &d.family
	case *halfcauchy:
		return &d.family
	case *halfnormal:
		return &d.family
	case *inversegamma:
		return &d.family
	case *laplace:
		return &d.family
	case *lognormal:
		return &d.family
	case *normal:
		return &d.family
	case *poisson:
		return &d.family
	case *studentt:
		return &d.family
	case *uniform:
		return &d.family
	}
	return nil
}
