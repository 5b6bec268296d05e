package joint

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Place returns m with its latent sites at their values at u, of shape [Dim].
// Sites that the layout lacks are left alone. Of subsampled plates the elements
// taken have theirs.
func (l *Layout) Place(m pyro.Model, u *tensor.Tensor) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &place{layout: l, u: u} })
}

// Unconstrained is Place with the supports of the run itself, which may move with
// other sites; logDet then returns the log determinant of the map onto the values of
// that run, a single number, for the full plates.
func (l *Layout) Unconstrained(m pyro.Model, u *tensor.Tensor) (placed pyro.Model, logDet func() *tensor.Tensor) {
	var h *place
	placed = pyro.With(m, func() pyro.Handler {
		h = &place{layout: l, u: u, moving: true, logDet: tensor.Of(0.0)}
		return h
	})
	return placed, func() *tensor.Tensor { return h.logDet }
}

type place struct {
	pyro.NopHandler
	layout *Layout
	u      *tensor.Tensor
	next   int // sites come in the order of the layout, as a rule
	moving bool
	logDet *tensor.Tensor
}

func (h *place) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || s.Observed || s.Value != nil {
		return
	}
	n := len(h.layout.Sites)
	for k := range n {
		i := (h.next + k) % n
		if t := &h.layout.Sites[i]; t.Name == s.Name {
			s.Value = h.value(s, i)
			h.next = i + 1
			return
		}
	}
}

// value is that of s, the layout's site i.
func (h *place) value(s *pyro.Site, i int) *tensor.Tensor {
	t := &h.layout.Sites[i]
	full := h.layout.Part(h.u, i)
	x := pick(full, t.Rank, s.Plates)
	switch {
	case !h.moving:
		v, _ := t.Forward(x)
		return v
	case x != full: // the support is that of a part of the plates
		v, _ := t.Forward(x)
		_, det := t.Forward(full)
		h.add(det)
		return v
	}
	f := s.Support().Bijection()
	v := f.Forward(x)
	if !transform.KeepsVolume(f) {
		h.add(f.LogAbsDet(x, v))
	}
	return v
}

func (h *place) add(logDet *tensor.Tensor) {
	if logDet.Rank() > 0 {
		logDet = logDet.Sum()
	}
	h.logDet = h.logDet.Add(logDet)
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
