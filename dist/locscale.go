package dist

import "github.com/gopyro/pyro/tensor"

// locScaler is a distribution of loc + scale·z, where z has the standard
// distribution of the family.
type locScaler interface {
	locScale() (loc, scale *tensor.Tensor, standard Distribution)
}

// LocScale takes a distribution of a location-scale family (Normal, StudentT,
// Cauchy, Laplace, Logistic, Gumbel) apart: draws of d are distributed as
// loc + scale·z for draws z of standard, which has the shapes of d. For other
// distributions ok is false.
func LocScale(d Distribution) (loc, scale *tensor.Tensor, standard Distribution, ok bool) {
	l, ok := d.(locScaler)
	if !ok {
		return nil, nil, nil, false
	}
	loc, scale, standard = l.locScale()
	return loc, scale, standard.Expand(d.BatchShape()...), true
}

// unitParams returns 0 and 1 in the number type of the parameters.
func (f *family) unitParams() (loc, scale *tensor.Tensor) { return f.cast(zero), f.cast(one) }

func (d *normal) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, Normal(l, s)
}

func (d *studentt) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, StudentT(d.df, l, s)
}

func (d *cauchy) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, Cauchy(l, s)
}

func (d *laplace) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, Laplace(l, s)
}

func (d *logistic) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, Logistic(l, s)
}

func (d *gumbel) locScale() (loc, scale *tensor.Tensor, standard Distribution) {
	l, s := d.unitParams()
	return d.loc, d.scale, Gumbel(l, s)
}
