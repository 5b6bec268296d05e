package joint

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Place returns m with its latent sites at their values at u, of shape [Dim].
// Sites that the layout lacks are left alone. Of subsampled plates the elements
// taken have theirs.
func (l *Layout) Place(m pyro.Model, u *tensor.Tensor) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &place{layout: l, u: u} })
}

type place struct {
	pyro.NopHandler
	layout *Layout
	u      *tensor.Tensor
	next   int // sites come in the order of the layout, as a rule
}

func (h *place) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || s.Observed || s.Value != nil {
		return
	}
	n := len(h.layout.Sites)
	for k := range n {
		i := (h.next + k) % n
		if t := &h.layout.Sites[i]; t.Name == s.Name {
			s.Value, _ = t.Forward(pick(h.layout.Part(h.u, i), t.Rank, s.Plates))
			h.next = i + 1
			return
		}
	}
}

// pick takes the elements of subsampled plates from a value of full ones.
func pick(x *tensor.Tensor, rank int, plates []pyro.Plate) *tensor.Tensor {
	for i := range plates {
		pl := &plates[i]
		if pl.Sequential || pl.Len() == pl.Size {
			continue
		}
		d := pl.Dim - rank
		if x.Rank() == -d {
			x = x.Index(pl.Indices)
		} else {
			x = x.Transpose(0, d).Index(pl.Indices).Transpose(0, d)
		}
	}
	return x
}
