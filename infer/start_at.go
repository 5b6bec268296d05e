package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
)

// startAt returns m with the named latent sites at start values, so that it does
// not draw from their priors, which may be improper.
func startAt(m pyro.Model, start pyro.Data) pyro.Model {
	return handler.Substitute(m, start, handler.AllowMissing)
}
