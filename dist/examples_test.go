package dist_test

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

func ExampleCategorical() {
	d := dist.Categorical([]float64{0.2, 0.3, 0.5})
	x := d.(dist.Enumerable).EnumerateSupport()
	fmt.Println(x, d.LogProb(x).Exp())
	fmt.Println(dist.Validate(dist.Categorical([]float64{1, 2, 1})))
	// Output:
	// [0 1 2] [0.2 0.3 0.5]
	// dist: Categorical: parameter probs must be simplex, got [1 2 1]
}

func ExampleBinomial() {
	d := dist.Binomial(10, []float64{0.5, 0.1})
	fmt.Println(d.(dist.Moments).Mean(), d.(dist.Cumulative).CDF(tensor.Of(4)))
	fmt.Println(d.LogProb(tensor.Of([]float64{4, 10.5})).Exp())
	// Output:
	// [5 1] [0.376953 0.998365]
	// [0.205078 0]
}

func ExampleMultivariateNormal() {
	d := dist.MultivariateNormal([]float64{1, 2}, [][]float64{{2, 0.5}, {0.5, 1}})
	fmt.Println(d.EventShape(), d.Sample(rng.New(1), 1000).Shape())
	fmt.Println(d.LogProb(tensor.Of([]float64{1, 2})))
	// Output:
	// [2] [1000 2]
	// -2.11768
}

func ExampleIndependent() {
	d := dist.Normal(tensor.Zeros(3, 4), 1)
	v := dist.Independent(d, 1)
	fmt.Println(d.BatchShape(), d.EventShape(), d.LogProb(tensor.Of(0.0)).Shape())
	fmt.Println(v.BatchShape(), v.EventShape(), v.LogProb(tensor.Of(0.0)).Shape())
	// Output:
	// [3 4] [] [3 4]
	// [3] [4] [3]
}

func ExampleMasked() {
	d := dist.Masked(dist.Normal(0, 1), []bool{true, false})
	fmt.Println(d.LogProb(tensor.Of([]float64{0, math.NaN()}))) // the second is missing
	// Output: [-0.918939 0]
}

func ExampleStateSpace() {
	// A random walk seen with noise, of which one step is missing.
	unit := dist.MultivariateNormal([]float64{0}, [][]float64{{1}})
	one := [][]float64{{1}}
	walk := dist.GaussianHMM(unit, one, unit, one, dist.Masked(unit, []bool{true, false, true, true}), 4).(dist.StateSpace)
	x := tensor.Of([][]float64{{1}, {math.NaN()}, {2}})
	last := walk.Filter(x).(dist.Moments)
	fmt.Println(last.Mean(), last.Variance())
	fmt.Println(walk.Smooth(x).(dist.Moments).Mean())
	next := walk.Condition(x)
	fmt.Println(next.EventShape(), next.LogProb(tensor.Of([][]float64{{2}})))
	// Output:
	// [1.63636] [0.727273]
	// [[0.909091] [1.27273] [1.63636]]
	// [1 1] -1.44483
}

func ExampleMixtureSameFamily() {
	d := dist.MixtureSameFamily(dist.Categorical([]float64{0.3, 0.7}), dist.Normal([]float64{-2, 1}, 0.5))
	fmt.Println(d.(dist.Moments).Mean(), d.(dist.Cumulative).Quantile(tensor.Of(0.15)))
	// Output: 0.1 -2
}

func ExampleTransformed() {
	d := dist.Transformed(dist.Normal(0, 1), transform.Exp)
	x := tensor.Of([]float64{0.5, 2, -1})
	fmt.Println(d.LogProb(x))
	fmt.Println(dist.LogNormal(0, 1).LogProb(x))
	// Output:
	// [-0.466018 -1.85231 -Inf]
	// [-0.466018 -1.85231 -Inf]
}

func ExampleEmpirical() {
	d := dist.Empirical([]float64{1, 2, 2, 5}, []float64{0, 0, 0, 0})
	fmt.Println(d.LogProb(tensor.Of([]float64{1, 2, 3})).Exp())
	fmt.Println(d.(dist.Moments).Mean(), d.(dist.Cumulative).Quantile(tensor.Of(0.5)))
	// Output:
	// [0.25 0.5 0]
	// 2.5 2
}

func ExampleCustom() {
	// A density known up to a constant, on the positive numbers.
	d := dist.Custom(dist.Density{
		Name:    "Wave",
		Support: constraint.Positive,
		LogProb: func(x *tensor.Tensor) *tensor.Tensor { return x.Sin().Sub(x) },
	})
	fmt.Println(d, d.LogProb(tensor.Of([]float64{math.Pi, 2 * math.Pi})))
	// Output: Wave() [-3.14159 -6.28319]
}

func ExampleLocScale() {
	loc, scale, standard, _ := dist.LocScale(dist.Normal(3, 0.5))
	fmt.Println(loc, scale, standard)
	// Output: 3 0.5 Normal(loc: 0, scale: 1)
}

func ExampleAs() {
	d := dist.Independent(dist.Cauchy(tensor.Zeros(3), 1), 1)
	_, hasEntropy := dist.As[dist.Entropic](d)
	_, canEnumerate := dist.As[dist.Enumerable](d)
	fmt.Println(hasEntropy, canEnumerate)
	// Output: true false
}
