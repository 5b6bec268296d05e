package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// Chi2 returns the chi-squared distribution on [0, ∞) with df > 0 degrees of
// freedom, which is Gamma(df/2, ½). Batch shape: that of df. Draws carry
// gradients as those of [Gamma].
func Chi2[D tensor.Operand](df D) Distribution {
	v := tensor.Of(df)
	return &gamma{
		family:        newFamily("Chi2", constraint.Nonnegative, nil, param{"df", v, constraint.Positive}),
		concentration: v.MulScalar(0.5), rate: half,
	}
}
