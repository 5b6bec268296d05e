package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/joint"
)

// startAt returns m with the named latent sites at start values, so that it does
// not draw from their priors, and others whose priors have no draws at a value of
// their support.
func startAt(m pyro.Model, start pyro.Data) pyro.Model {
	return joint.Drawable(handler.Substitute(m, start, handler.AllowMissing))
}
