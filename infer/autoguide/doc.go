// Package autoguide makes guides from models.
//
//	guide := &autoguide.Normal{Model: model}
//	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
//	losses, err := svi.Run(ctx, key, 1000)
//	fmt.Println(guide.Median(svi.Params)["mu"])
//
// A guide runs its model when it is first used, to learn the latent sites, their
// shapes, supports and plates; the model must have the same ones in every run,
// which two runs with different draws are compared for, and a finite log density
// at the start. Under subsampled plates a guide holds the parameters of every
// element, and draws those that a run is about.
//
// Delta is a point; Normal and DiagonalNormal know no correlations, Structured
// those that the model makes, LowRankNormal and MultivariateNormal more and all;
// Flow is for posteriors that are bent or skewed, Laplace for a normal
// approximation at the mode. NeuTra makes a fitted guide the coordinates of a
// sampler.
//
// Guides of continuous sites refuse discrete ones: hide these with handler.Block
// or handler.Expose and let the loss sum them out, or guide them by Discrete.
// List puts guides of blocks together. Parameters of a site are named auto.SITE,
// and what the guide adds to that.
package autoguide

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// Posterior is what a fitted guide tells of the latent sites, given the
// parameters it was fitted with. Guides that have not run panic with a
// *pyro.SiteError.
type Posterior interface {
	// Median returns the median of each element of each site.
	Median(params *pyro.Params) pyro.Data
	// Quantile returns the q-quantile of each element of each site. It panics
	// with a *pyro.SiteError unless 0 < q < 1.
	Quantile(params *pyro.Params, q float64) pyro.Data
	// Sample returns n joint draws of the sites, of shape [n] + the site's, for
	// the full plates.
	Sample(params *pyro.Params, key rng.Key, n int) pyro.Data
	// LogDensity returns the log density of the guide at values of all its sites,
	// for their full plates. A value that is missing, has another shape or is off
	// the support is a *pyro.SiteError.
	LogDensity(params *pyro.Params, values pyro.Data) (float64, error)
}
