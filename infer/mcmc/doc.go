// Package mcmc draws from the posterior of a model by Hamiltonian Monte Carlo:
// the no-U-turn sampler, with warm-up, several chains and diagnostics.
//
//	nuts := mcmc.NUTS{Draws: 1000}
//	result, err := nuts.Run(ctx, rng.New(0), model)
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Print(result.Summary())  // means, intervals, effective sizes, R-hat
//	fmt.Print(result.Diagnose()) // what to trust, and what to do where not
//	mu := result.Var("mu")       // shape [chains, draws, …]
//
// Chains run on as many cores as there are. Those that share one move together where
// that is faster: the gradients that they ask for are computed at once. Draws depend
// on neither; Result.Compute tells what was done.
//
// Any model will do: constrained sites are mapped to the reals, discrete sites of
// finite support are summed out exactly, handlers and reparameterizations are
// part of the model. Param statements take the values that params.Bind gives
// them, or their start values. Latent sites may have improper priors
// (dist.ImproperUniform) and densities of the user's own (dist.Custom). Not for
// models whose latent sites differ from run to run, nor for subsampled plates.
package mcmc
