package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// number1 is f(x) for a single number.
func number1(code Code, k, x float64) float64 {
	switch code {
	case Neg:
		return -x
	case Square:
		return x * x
	case Recip:
		return 1 / x
	case Exp:
		return math.Exp(x)
	case Log:
		return log(x)
	case Sqrt:
		return math.Sqrt(x)
	case Log1p:
		return math.Log1p(x)
	case Sigmoid:
		return special.Sigmoid(x)
	case Softplus:
		return special.Log1pExp(x)
	case Lgamma:
		return special.Lgamma(x)
	case Digamma:
		return special.Digamma(x)
	case AddScalar:
		return x + k
	case MulScalar:
		return x * k
	case Not:
		return truth[float64](x == 0)
	}
	v := [2]float64{x}
	unaryLoop(code, k, v[1:], v[:1])
	return v[1]
}

// number2 is f(x, y) for single numbers.
func number2(code Code, x, y float64) float64 {
	switch code {
	case Add:
		return x + y
	case Sub:
		return x - y
	case Mul:
		return x * y
	case Div:
		return x / y
	case Less:
		return truth[float64](x < y)
	case LessEqual:
		return truth[float64](x <= y)
	case Equal:
		return truth[float64](x == y)
	case XLogY:
		return special.XLogY(x, y)
	case XLog1pY:
		return special.XLog1pY(x, y)
	}
	v := [3]float64{x, y}
	binaryLoop(code, v[2:], v[:1], v[1:2])
	return v[2]
}
