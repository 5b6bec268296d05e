package handler

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// Seed returns m with the draws of a key of its own, whatever the key of the
// run is. The innermost Seed decides.
func Seed(m pyro.Model, key rng.Key) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return seed{key: key} })
}

type seed struct {
	pyro.NopHandler
	key rng.Key
}

func (h seed) Process(_ *pyro.P, s *pyro.Site) {
	if s.Key == (rng.Key{}) {
		s.Key = h.key.FoldName(s.Name)
	}
}
