package hmc

// A steady step size, of a chain whose target acceptance has been raised.
const (
	fast        = 50 // iterations after a renewal of the metric in which the step size moves fast
	steadyGamma = 1  // shrinkage of dual averaging from then on, 20 times the usual one
)

// steady makes the step size of a cautious chain move slowly from its average.
//
// The usual gain lets one rejection shorten the step to a fifth, and ten good
// transitions lengthen it again. A chain so tuned gets into narrow parts of the space
// and out of them, by steps that sampling does not have: the target is met along the
// way, but not by the average step, and where such a part is narrower than that, a
// chain that ends warm-up in it stays there. With a small gain a step size is tuned, a
// metric estimated, and a first state found by nearly the kernel that samples.
func (a *Adaptation) steady() {
	switch {
	case a.Step.Gamma == steadyGamma:
		a.Report.Steady++
	case a.Raised > 0 && a.Step.Count >= fast:
		at := a.Step.Average
		a.Step.Restart(at)
		a.Step.Gamma, a.Step.Average = steadyGamma, at
	}
}
