package dist
import "github.com/gopyro/pyro/tensor"
func Independent(d Distribution, n int) Distribution { panic("tmp") }
func LocScale(d Distribution) (loc, scale *tensor.Tensor, standard Distribution, ok bool) { panic("tmp") }
func Empirical(v, l *tensor.Tensor) Distribution { panic("tmp") }
func DeltaDensity(v *tensor.Tensor, l *tensor.Tensor, n int) Distribution { panic("tmp") }
