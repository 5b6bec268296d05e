package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

var chi2Kind = &kind{name: "Chi2", plain: true, draws: draws{support: constraint.Nonnegative}, params: []param{{"df", constraint.Positive}}}

// Chi2 returns the chi-squared distribution on [0, ∞) with df > 0 degrees of
// freedom, which is Gamma(df/2, ½). Batch shape: that of df. Draws carry
// gradients as those of [Gamma].
func Chi2[D tensor.Operand](df D) Distribution {
	v := parameter(df)
	d := &gamma{concentration: v.MulScalar(0.5), rate: half}
	d.init(chi2Kind, v)
	return d
}
