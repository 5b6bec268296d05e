package handler

import (
	"slices"

	"github.com/gopyro/pyro"
)

// Substitute returns m with the latent sites and parameters named in data at
// those values; sites stay latent. A name that the run does not reach is an
// error, and so is an observed site, unless AllowMissing is given.
func Substitute(m pyro.Model, data pyro.Data, opts ...Option) pyro.Model {
	return pyro.With(m, func() pyro.Handler {
		h := &substitute{values: newValues("Substitute", data, opts)}
		h.what = "sample site or parameter"
		return h
	})
}

type substitute struct {
	pyro.NopHandler
	*values
}

func (h *substitute) Process(_ *pyro.P, s *pyro.Site) {
	v := h.take(s, pyro.SampleSite, pyro.ParamSite)
	switch {
	case v == nil:
	case !s.Observed:
		s.Value = v
	case !h.missing:
		panic(s.Errorf("Substitute: the site is observed, and keeps its value"))
	}
}

// Replay returns m with the latent sites and the subsampled plates that tr has
// at their values there. Sites that tr lacks, and observed ones, are left alone.
func Replay(m pyro.Model, tr *pyro.Trace) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return replay{trace: tr} })
}

type replay struct {
	pyro.NopHandler
	trace *pyro.Trace
}

func (h replay) Process(_ *pyro.P, s *pyro.Site) {
	if s.Observed || s.Kind != pyro.SampleSite && s.Kind != pyro.PlateSite {
		return
	}
	from := h.trace.Site(s.Name)
	if from == nil || from.Kind != s.Kind || from.Value == nil {
		return
	}
	if from.Observed {
		panic(s.Errorf("Replay: the site is observed in the trace, but latent here"))
	}
	if given := s.Value; s.Kind == pyro.PlateSite && given != nil && given != from.Value &&
		!slices.Equal(given.Float64s(), from.Value.Float64s()) {
		panic(s.Errorf("Replay: the model names the elements %v of the plate, but the trace has %v\n"+
			"\tto repair it: give model and guide the same indices", given, from.Value))
	}
	s.Value = from.Value
	s.EnumDim, s.EnumFrom = from.EnumDim, from.EnumFrom
}
