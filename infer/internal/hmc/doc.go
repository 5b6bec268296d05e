// Package hmc draws from a density on ℝᴰ given as a plain function that returns
// its logarithm and gradient: the no-U-turn sampler, Hamiltonian Monte Carlo of
// given length, random-walk Metropolis and slice sampling, with the warm-up that
// finds their step size and metric. It knows nothing of models.
//
//	f := func(x, grad []float64) (float64, error) {
//		grad[0] = -x[0]
//		return -x[0] * x[0] / 2, nil
//	}
//	start, err := hmc.Init(f, []float64{0.5})
//	...
//	source := func(n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) }
//	cfg := hmc.Config{Warmup: hmc.Warmup{Iterations: 1000}, Draws: 1000}
//	chain, err := hmc.Start(hmc.NewNUTS(1, 10), cfg, source, start)
//	...
//	for draw, err := range chain.Draws(ctx, f) {
//		...
//	}
//
// A [Kernel] moves a [State] by one transition under a [Tuning] and tells of it in an
// [Info]; a [Chain] adds warm-up and its [Report]. Both ask for the density at one
// point after the other: [Chain.Draws] answers, or a caller that moves several
// chains and evaluates their points together. Randomness is an argument of
// every step, so a caller may key it by chain and transition.
package hmc
