// Package infer has the algorithms that fit models to data: stochastic
// variational inference, exact sums over discrete variables, importance
// sampling and prediction.
//
//	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.Adam{LR: 0.01}}
//	losses, err := svi.Run(ctx, rng.New(0), 1000)
//	a := svi.Params.Get("a")
//
// A model is conditioned by Observe or handler.Condition. A guide is a model of
// the same latent sites, from which they are drawn instead. What takes long
// takes a context and returns what it has, with the context's error, when it is
// cancelled.
//
// SVI takes any Loss. TraceELBO serves most fits; TraceEnumELBO sums discrete
// sites out, TraceGraphELBO has less variance where they are drawn,
// TraceMeanFieldELBO and PathELBO have less where draws carry gradients.
// RenyiELBO tightens the bound, TensorMonteCarlo does so with many draws of
// each site, TailAdaptive and ReweightedWakeSleep cover the posterior rather
// than one mode, EnergyDistance and MMD compare draws instead of densities,
// Vectorized runs particles together, and a LossFunc is one's own. SVGD moves
// particles without a guide, MAP finds a mode, and Pathfinder draws from
// approximations on the way to it. RateSearch finds a learning rate, Gradients
// tells of noise, Converge when to stop, Starts keeps the best of several fits,
// and Check says whether the guide is near enough. Density is the log density
// of a model and its gradient, at one point or many at once, for algorithms of
// one's own.
//
// Importance weighs draws of a guide or of the prior. Predictive draws from the
// prior, from a fitted guide or at posterior draws. Discrete gives discrete
// sites their jointly most probable values, DiscreteSample and
// DiscreteTempered draw them, and DiscreteMarginals has their probabilities.
// Package autoguide makes guides from models; package mcmc has NUTS and HMC.
//
// Mistakes are errors: a *pyro.SiteError for one in a model or guide (a
// misspelt site, a shape that does not fit, a value off the support), a
// *NonFiniteError for a loss or weight that is NaN or infinite.
package infer
