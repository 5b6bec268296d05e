package plot

import (
	"math"
	"strconv"
	"strings"
)

// ticks are the marks of an axis: places with labels, and the power of ten
// that all labels are to be multiplied with.
type ticks struct {
	at     []float64
	labels []string
	power  int // 0 for none
}

// niceTicks returns the ticks in [lo, hi] whose step is 1, 2 or 5 times a
// power of ten, the finest that gives at most most ticks. It needs finite
// lo < hi and most ≥ 1. At least one tick lies in the interval if most ≥ 3.
func niceTicks(lo, hi float64, most int) ticks {
	step, exp := niceStep(lo, hi, most)
	if step == 0 {
		return ticks{}
	}
	power := commonPower(max(math.Abs(lo), math.Abs(hi)), exp)
	decimals := max(0, power-exp)
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	var t ticks
	t.power = power
	for i := first; i <= last; i++ {
		v := i * step
		t.at = append(t.at, v)
		t.labels = append(t.labels, decimal(v/math.Pow10(power), decimals))
	}
	return t
}

// commonPower is the power of ten to take out of labels up to top with a step
// of 10^exp: for small numbers, and for large ones unless they need more than
// three decimals then, where they are read more easily in full.
func commonPower(top float64, exp int) int {
	power := exponent(top)
	if top < 1e-3 || top >= 1e12 || top >= 1e5 && power-exp <= 3 {
		return power
	}
	return 0
}

// niceStep returns the step and the power of ten in it. A step of 0 means
// that lo and hi are too close for floating-point steps between them.
func niceStep(lo, hi float64, most int) (step float64, exp int) {
	for exp = exponent((hi - lo) / float64(most)); ; exp++ {
		for _, m := range [...]float64{1, 2, 5} {
			step = m * pow10(exp)
			if math.IsInf(step, 0) || step <= max(math.Abs(lo), math.Abs(hi))*1e-13 {
				return 0, exp
			}
			if math.Floor(hi/step+1e-9)-math.Ceil(lo/step-1e-9)+1 <= float64(most) {
				return step, exp
			}
		}
	}
}

// pow10 is 10^n, correctly rounded also where math.Pow10 multiplies.
func pow10(n int) float64 {
	v, _ := strconv.ParseFloat("1e"+strconv.Itoa(n), 64) // out of range gives 0 or Inf, which callers handle
	return v
}

// exponent is the power of ten of v > 0.
func exponent(v float64) int {
	s := strconv.FormatFloat(v, 'e', -1, 64)
	n, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	return n
}

// decimal writes v with a true minus sign.
func decimal(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}
