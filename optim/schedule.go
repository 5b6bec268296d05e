package optim

import (
	"fmt"
	"math"
)

// Exponential multiplies the learning rate by factor every step.
func Exponential(factor float64) Schedule {
	return func(step int) float64 { return math.Pow(factor, float64(step)) }
}

// StepDecay multiplies the learning rate by factor every n ≥ 1 steps.
func StepDecay(n int, factor float64) Schedule {
	if n < 1 {
		panic(fmt.Sprintf("optim: StepDecay every %d steps", n))
	}
	return func(step int) float64 { return math.Pow(factor, float64(step/n)) }
}

// Cosine lets the learning rate fall from 1 to floor times itself over n steps
// along half a cosine (Loshchilov and Hutter 2017), and stay there.
func Cosine(n int, floor float64) Schedule {
	return func(step int) float64 {
		at := 1.0
		if step < n {
			at = float64(step) / float64(n)
		}
		return floor + (1-floor)*(1+math.Cos(math.Pi*at))/2
	}
}

// Warmup raises the learning rate linearly over n steps, and then follows next,
// which starts at 0; nil stays at 1.
func Warmup(n int, next Schedule) Schedule {
	return func(step int) float64 {
		switch {
		case step < n:
			return float64(step+1) / float64(n)
		case next == nil:
			return 1
		}
		return next(step - n)
	}
}
