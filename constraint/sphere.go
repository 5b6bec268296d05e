package constraint

import (
	"math"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Sphere is the vectors of n ≥ 2 numbers of Euclidean norm 1, within 1e-6, or
// 1e-5 in float32. Its bijection is the stereographic projection, from ℝⁿ⁻¹ onto
// all but one point; its transform divides vectors of ℝⁿ by their norm.
var Sphere Constraint = sphere{}

type sphere struct{}

func (sphere) EventRank() int                 { return 1 }
func (sphere) Discrete() bool                 { return false }
func (sphere) Bijection() transform.Transform { return transform.Stereographic }
func (sphere) Transform() transform.Transform { return transform.Direction }
func (sphere) String() string                 { return "unit vector" }

func (c sphere) Check(x *tensor.Tensor) (at int, ok bool) {
	tol := tolerance(x.DType())
	return scan(c, x, func(event []float64) bool {
		sum := 0.0
		for _, v := range event {
			sum += v * v
		}
		return len(event) < 2 || !(math.Abs(math.Sqrt(sum)-1) <= tol) // as of NaN
	})
}
