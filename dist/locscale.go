package dist

import "github.com/gopyro/pyro/tensor"

// locScaled is a distribution of x = loc + scale·z, where z follows a standard
// distribution that depends on neither.
type locScaled interface {
	locScale() (loc, scale *tensor.Tensor, standard Distribution)
}

// LocScale takes a distribution of a location-scale family apart: draws of d are
// loc + scale·z for draws z of standard, which has the batch and event shape of
// d. The families are Normal, StudentT, Cauchy, Laplace, Logistic and Gumbel,
// also inside Independent, Expanded and Masked. For others ok is false.
func LocScale(d Distribution) (loc, scale *tensor.Tensor, standard Distribution, ok bool) {
	switch w := d.(type) {
	case *independent:
		if loc, scale, standard, ok = LocScale(w.base); ok {
			standard = Independent(standard, w.n)
		}
		return loc, scale, standard, ok
	case *expanded:
		if loc, scale, standard, ok = LocScale(w.base); ok {
			standard = standard.Expand(w.batch...)
		}
		return loc, scale, standard, ok
	case *masked:
		if loc, scale, standard, ok = LocScale(w.base); ok {
			standard = Masked(standard, w.mask)
		}
		return loc, scale, standard, ok
	case locScaled:
		loc, scale, standard = w.locScale()
		return loc, scale, standard.Expand(d.BatchShape()...), true
	}
	return nil, nil, nil, false
}

// standardize is x/scale by the reciprocal of scale, which is mostly one number for
// many of x: they are multiplied, forward and in the gradient, where divisions take
// four times as long. It adds half an ulp to the quotient's error; a scale below
// 2⁻¹⁰²³, whose reciprocal is infinite, counts as zero.
func standardize(x, scale *tensor.Tensor) *tensor.Tensor { return x.Mul(scale.Recip()) }

// zeroAndOne returns 0 and 1 in the number type of x.
func zeroAndOne(x *tensor.Tensor) (loc, scale *tensor.Tensor) {
	return zero.To(x.DType()), one.To(x.DType())
}

func (d *normal) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, Normal(l, s)
}

func (d *studentt) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, StudentT(d.df, l, s)
}

func (d *cauchy) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, Cauchy(l, s)
}

func (d *laplace) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, Laplace(l, s)
}

func (d *logistic) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, Logistic(l, s)
}

func (d *gumbel) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := zeroAndOne(d.scale)
	return d.loc, d.scale, Gumbel(l, s)
}
