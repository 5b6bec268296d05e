package handler

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Enum returns m with its latent sites of finite support holding all their
// values at once: the k-th such site lists them along dim firstDim - k, to the
// left of all plates. Sites that have a value, or are marked pyro.NoEnum, are
// left alone. A plate that reaches firstDim is a *DepthError, inside a
// *pyro.SiteError.
func Enum(m pyro.Model, firstDim int) pyro.Model {
	return pyro.With(m, func() pyro.Handler {
		next := firstDim
		return &enum{first: firstDim, place: func(s *pyro.Site, support *tensor.Tensor) {
			Along(s, support, next)
			next--
		}}
	})
}

// EnumBy is Enum where place chooses what each such site holds, such as its
// values [Along] a dim. It is called for every site before it has a value; one
// that it leaves alone is drawn.
func EnumBy(m pyro.Model, firstDim int, place func(s *pyro.Site, support *tensor.Tensor)) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &enum{first: firstDim, place: place} })
}

// Along makes s hold the values of its support, of shape [n, 1, …] + event, along
// a negative dim of the batch.
func Along(s *pyro.Site, support *tensor.Tensor, dim int) {
	event := s.Dist.EventShape()
	shape := append(make([]int, 0, len(event)-dim), support.Len())
	shape = append(shape, slices.Repeat([]int{1}, -dim-1)...)
	s.Value = support.Reshape(append(shape, event...)...)
	s.EnumDim = dim
}

// DepthError says that plates nest deeper than enumeration left room for.
type DepthError struct{ Dim int }

func (e *DepthError) Error() string {
	return fmt.Sprintf("a plate at dim %d reaches the dims of enumerated variables", e.Dim)
}

type enum struct {
	pyro.NopHandler
	first int
	place func(s *pyro.Site, support *tensor.Tensor)
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
	h.place(s, d.EnumerateSupport())
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
