package mcmc

import (
	"slices"
	"strconv"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// layout is what all chains know of a model: its latent sites, each with a
// stretch of the unconstrained vector, and the variables that draws are made of.
type layout struct {
	model  pyro.Model
	key    rng.Key // of every run
	room   int     // dims that the plates take
	dim    int     // of the unconstrained vector
	sites  []latent
	index  map[string]int
	vars   []variable
	size   int      // numbers in a draw
	summed []string // discrete sites that are summed out
}

// latent is a continuous latent site.
type latent struct {
	name  string
	shape []int // of the value
	free  []int // of the unconstrained value
	at, n int   // its stretch of the unconstrained vector
}

// variable is a part of each draw.
type variable struct {
	name     string
	dims     []string // of the plates, and NAME_dim_0 and so on
	shape    []int
	at, n    int  // its stretch of the draw
	discrete bool // it needs the discrete sites
}

// discover runs the model, at points uniform in (-2, 2) of the unconstrained
// scale, until one run succeeds, and notes its sites.
func discover(m pyro.Model, key rng.Key, recover bool) (*layout, error) {
	if m == nil {
		return nil, &SettingsError{"the model is nil"}
	}
	l := &layout{model: m, key: key.FoldName("model"), room: 2, index: map[string]int{}}
	var tr *pyro.Trace
	var h *unconstrain
	var lp *tensor.Tensor
	tape := tensor.NewTape()
	failed := &StartError{}
	for try := range maxTries {
		h = &unconstrain{layout: l, tape: tape, choose: uniformAt(key.Fold(try), 2)}
		var err error
		tr, err = h.alone()
		if err == nil {
			lp, err = logJoint(tr, nil)
		}
		if err == nil {
			break
		}
		if !replay.Refuses(err) {
			return nil, err
		}
		failed.add(nil, err)
		tr = nil
	}
	if tr == nil {
		return nil, failed
	}
	l.room = enumerate.Depth(tr)
	if err := l.random(lp); err != nil {
		return nil, err
	}
	for _, s := range h.found {
		l.index[s.name] = len(l.sites)
		s.at = l.dim
		l.dim += s.n
		l.sites = append(l.sites, s)
	}
	if l.dim == 0 {
		return nil, noSites(l, tr)
	}
	err := pyro.Guard(func() { l.variables(tr) })
	if err == nil && len(l.summed) > 0 {
		err = l.needsDiscrete(tr, recover)
	}
	return l, err
}

// noSites tells that there is nothing to move.
func noSites(l *layout, tr *pyro.Trace) error {
	for s := range tr.Sites() {
		if s.EnumDim != 0 {
			return s.Errorf("the model has discrete latent sites only, which need no chain\n" +
				"\tto repair it: use infer.Discrete or infer.DiscreteSample, which are exact")
		}
	}
	return &pyro.SiteError{Reason: "the model has no latent site, so there is nothing to draw"}
}

// random refuses a log density that depends on random numbers.
func (l *layout) random(lp *tensor.Tensor) error {
	if !lp.Random() {
		return nil
	}
	return &pyro.SiteError{Reason: "the log density depends on random numbers, so no chain can have it as its target\n" +
		"\tto repair it: do not hide latent sites with handler.Block, and do not draw from p.Key(),\n" +
		"\tnor compute with what pyro.Missing fills in"}
}

// variables lists the latent and deterministic sites of a run.
func (l *layout) variables(tr *pyro.Trace) {
	for s := range tr.Sites() {
		switch {
		case s.EnumDim != 0:
			l.summed = append(l.summed, s.Name)
		case s.Kind == pyro.SampleSite && !s.Observed:
			l.add(s, len(s.Dist.EventShape()), false)
		case s.Kind == pyro.DeterministicSite:
			l.add(s, -1, false)
		}
	}
}

// add makes a variable of a site with so many event dims; where they are not
// known, event < 0, the plates tell.
func (l *layout) add(s *pyro.Site, event int, discrete bool) {
	shape := slices.Clone(s.Value.Shape())
	v := variable{name: s.Name, shape: shape, at: l.size, n: s.Value.Size(), discrete: discrete}
	if event < 0 && !fits(s) {
		event = len(shape)
	}
	event = max(event, 0)
	for i := range shape {
		dim := i - (len(shape) - event) // negative: of the batch
		name := s.Name + "_dim_" + strconv.Itoa(i)
		for _, pl := range s.Plates {
			if !pl.Sequential && pl.Dim == dim {
				name = pl.Name
			}
		}
		v.dims = append(v.dims, name)
	}
	l.vars = append(l.vars, v)
	l.size += v.n
}

// fits reports whether the value of s has the sizes of its plates at their dims.
func fits(s *pyro.Site) bool {
	shape := s.Value.Shape()
	for _, pl := range s.Plates {
		if !pl.Sequential && (-pl.Dim > len(shape) || shape[len(shape)+pl.Dim] != pl.Len()) {
			return false
		}
	}
	return true
}

// needsDiscrete finds what depends on the discrete sites: deterministic sites
// that have no value until those have. Their variables, and the discrete sites
// themselves, are part of draws if recover is set, and left out otherwise.
func (l *layout) needsDiscrete(tr *pyro.Trace, recover bool) error {
	values := pyro.Data{}
	for _, s := range l.sites {
		values[s.name] = tr.Value(s.name).Detach().Clone()
	}
	full, err := pyro.Run(infer.DiscreteSample(handler.Substitute(l.model, values)), l.key)
	if err != nil {
		return err
	}
	old := l.vars
	l.vars, l.size = nil, 0
	for s := range full.Sites() {
		at := slices.IndexFunc(old, func(v variable) bool { return v.name == s.Name })
		plain := at >= 0 && slices.Equal(old[at].shape, s.Value.Shape())
		latent := s.Kind == pyro.SampleSite && !s.Observed
		if !latent && s.Kind != pyro.DeterministicSite || !plain && !recover {
			continue
		}
		event := -1
		if latent {
			event = len(s.Dist.EventShape())
		}
		l.add(s, event, !plain)
	}
	return nil
}
