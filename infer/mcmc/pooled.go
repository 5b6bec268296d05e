package mcmc

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Pooled returns the draws of all chains together, one chain after the other, by
// site: each of shape [chains·draws, …]. Without names it is those of all continuous
// latent sites, as infer.Predictive takes them:
//
//	next, err := infer.Predictive{Draws: result.Pooled()}.Run(ctx, key, handler.Uncondition(model))
//
// An unknown name panics with a *pyro.SiteError, as does a result that kept no
// draws.
func (r *Result) Pooled(names ...string) pyro.Data {
	if len(names) == 0 {
		names = r.Latents()
	}
	out := make(pyro.Data, len(names))
	for _, name := range names {
		out[name] = pooled(r.Var(name))
	}
	return out
}

// pooled joins the first two dims.
func pooled(v *tensor.Tensor) *tensor.Tensor {
	shape := v.Shape()
	return v.Reshape(append([]int{shape[0] * shape[1]}, shape[2:]...)...)
}
