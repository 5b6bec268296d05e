package special_test

import (
	"fmt"

	"github.com/gopyro/pyro/internal/special"
)

func ExampleGammaQ() {
	// The chance that the sum of three unit exponentials passes 12.
	fmt.Printf("%.12g\n", special.GammaQ(3, 12))
	// Output: 0.000522258050033
}

func ExampleGammaPInv() {
	x := special.GammaPInv(3, 1e-8)
	fmt.Printf("%.9g %.9g\n", x, special.GammaP(3, x))
	// Output: 0.00391870445 1e-08
}

func ExampleGammaSampleGrad() {
	// A draw of Gamma(1) at x = -log(0.3) moves with the shape; so does the
	// quantile at the same probability 0.7.
	x := special.GammaPInv(1, 0.7)
	const h = 1e-5
	fmt.Printf("%.6f\n", special.GammaSampleGrad(1, x))
	fmt.Printf("%.6f\n", (special.GammaPInv(1+h, 0.7)-special.GammaPInv(1-h, 0.7))/(2*h))
	// Output:
	// 1.287559
	// 1.287559
}

func ExampleBetaSampleGrad() {
	// For b = 1 a draw is u^(1/a), so dx/da = -x·log(x)/a.
	da, _ := special.BetaSampleGrad(0.25, 2, 1)
	fmt.Printf("%.10f\n", da)
	// Output: 0.1732867951
}

func ExampleDirichletSampleGrad() {
	// The Jacobian of a Dirichlet draw; its columns sum to zero.
	x, a := []float64{0.2, 0.5, 0.3}, []float64{1, 2, 3}
	for k := range x {
		for j := range a {
			d := -x[k]
			if j == k {
				d++
			}
			fmt.Printf("%8.4f", special.DirichletSampleGrad(x[j], a[j], 6)*d)
		}
		fmt.Println()
	}
	// Output:
	//   0.1815 -0.0469 -0.0283
	//  -0.1134  0.1172 -0.0708
	//  -0.0681 -0.0703  0.0991
}

func ExampleLogNormCDF() {
	fmt.Printf("%.10g %v\n", special.LogNormCDF(-50), special.NormCDF(-50))
	// Output: -1254.831361 0
}

func ExampleLbeta() {
	// A difference of math.Lgamma would err by 1e-7: lgamma(1e8) is 1.7e9.
	fmt.Printf("%.12g\n", special.Lbeta(1e8, 1e-3))
	// Output: 6.88875820464
}

func ExampleStudentTQuantile() {
	fmt.Printf("%.6f\n", -special.StudentTQuantile(5, 0.025))
	// Output: 2.570582
}

func ExampleLogAddExp() {
	fmt.Println(special.LogAddExp(-1000, -1000))
	// Output: -999.3068528194401
}

func ExampleLogPochhammer() {
	// log of x(x+1)(x+2) at x = 1e9.
	fmt.Printf("%.10f\n", special.LogPochhammer(1e9, 3))
	// Output: 62.1697975138
}
