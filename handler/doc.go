// Package handler has functions from models to models: they observe, fix,
// hide, scale or rename sites without touching the code of the model.
//
//	m := handler.Condition(scale, pyro.Data{"measurement": tensor.Of(9.5)})
//	tr, err := pyro.Run(m, rng.New(0))
//
// NonCentered and those beside it reparameterize sites, so that samplers and
// guides have an easier posterior; a Strategy chooses among them.
//
// The handler applied last is the outermost. Users write their own by
// implementing [pyro.Handler] and applying it with [pyro.With].
package handler

import (
	"maps"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Option changes how Condition, Substitute and Do treat their data.
type Option int

// AllowMissing accepts names in the data that a run does not reach. Without it
// they are errors, since a misspelt name would do nothing.
const AllowMissing Option = 1

// values gives sites values by name and notes which names were met.
type values struct {
	verb    string
	what    string // that it gives values to
	data    pyro.Data
	missing bool // allowed
	met     []string
	buf     [2]string // of met, usually
}

func newValues(verb string, data pyro.Data, opts []Option) *values {
	v := &values{verb: verb, what: "sample site", data: data, missing: slices.Contains(opts, AllowMissing)}
	v.met = v.buf[:0]
	return v
}

// take returns the value for a site of one of the kinds, or nil.
func (v *values) take(s *pyro.Site, kinds ...pyro.Kind) *tensor.Tensor {
	x, ok := v.data[s.Name]
	if !ok || !slices.Contains(kinds, s.Kind) {
		return nil
	}
	if x == nil {
		panic(s.Errorf("%s: the value is nil", v.verb))
	}
	if !slices.Contains(v.met, s.Name) { // a parameter may be read again
		v.met = append(v.met, s.Name)
	}
	return x
}

// Finish reports a name that no site of the run had.
func (v *values) Finish(outer *pyro.P) {
	if v.missing || len(v.met) >= len(v.data) {
		return
	}
	unmet(outer.Reached(), v.verb, v.what, slices.Sorted(maps.Keys(v.data)), v.met)
}

// unmet panics about the first of names that is not among those met, of a run
// that reached some.
func unmet(reached []string, verb, what string, names, met []string) {
	for _, name := range names {
		switch {
		case slices.Contains(met, name):
		case slices.Contains(reached, name):
			panic(&pyro.SiteError{Site: name, Reason: verb + ": the site is no " + what})
		default:
			panic(&pyro.SiteError{Site: name, Reason: verb + ": the model has no such " + what + pyro.Near(name, reached)})
		}
	}
}
