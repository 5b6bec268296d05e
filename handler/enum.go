package handler

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
)

// Enum returns m with its latent sites of finite support holding all their
// values at once: the k-th such site lists them along dim firstDim - k, to the
// left of all plates. Sites that have a value, or are marked pyro.NoEnum, are
// left alone. A plate that reaches firstDim is a *DepthError, inside a
// *pyro.SiteError.
func Enum(m pyro.Model, firstDim int) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &enum{first: firstDim, next: firstDim} })
}

// DepthError says that plates nest deeper than enumeration left room for.
type DepthError struct{ Dim int }

func (e *DepthError) Error() string {
	return fmt.Sprintf("a plate at dim %d reaches the dims of enumerated variables", e.Dim)
}

type enum struct {
	pyro.NopHandler
	first, next int
}

func (h *enum) Process(_ *pyro.P, s *pyro.Site) {
	switch s.Kind {
	case pyro.PlateSite: // before anything inside meets the enumerated values
		h.leave(s, s.Dim)
		return
	case pyro.SampleSite:
		for _, pl := range s.Plates {
			h.leave(s, pl.Dim)
		}
	default:
		return
	}
	s.EnumFrom = h.first
	if s.Observed || s.Value != nil || s.Enumerate == pyro.EnumNever {
		return
	}
	d, ok := dist.As[dist.Enumerable](s.Dist)
	if !ok {
		if s.Enumerate == pyro.EnumAlways {
			panic(s.Errorf("%v has no finite support to enumerate\n"+
				"\tto repair it: bound it, as dist.Categorical over the values that matter, or draw it in the guide", s.Dist))
		}
		return
	}
	values := d.EnumerateSupport() // [n, 1, …] + event
	event := s.Dist.EventShape()
	shape := append(make([]int, 0, len(event)-h.next), values.Len())
	for range -h.next - 1 {
		shape = append(shape, 1)
	}
	s.Value = values.Reshape(append(shape, event...)...)
	s.EnumDim = h.next
	h.next--
}

// leave panics if a plate at dim takes the dims of enumerated variables.
func (h *enum) leave(s *pyro.Site, dim int) {
	if dim < 0 && dim <= h.first {
		deep := &DepthError{Dim: dim}
		e := s.Errorf("%v", deep)
		e.Err = deep
		panic(e)
	}
}
