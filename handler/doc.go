// Package handler has functions from models to models: they observe, fix,
// hide, scale or rename sites without touching the code of the model.
//
//	m := handler.Condition(scale, pyro.Data{"measurement": tensor.Of(9.5)})
//	tr, err := pyro.Run(m, rng.New(0))
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
	data    pyro.Data
	missing bool // allowed
	met     []string
	buf     [2]string // of met, usually
}

func newValues(verb string, data pyro.Data, opts []Option) *values {
	v := &values{verb: verb, data: data, missing: slices.Contains(opts, AllowMissing)}
	v.met = v.buf[:0]
	return v
}

// take returns the value for a sample site, or nil.
func (v *values) take(s *pyro.Site) *tensor.Tensor {
	if s.Kind != pyro.SampleSite {
		return nil
	}
	x, ok := v.data[s.Name]
	if !ok {
		return nil
	}
	if x == nil {
		panic(s.Errorf("%s: the value is nil", v.verb))
	}
	v.note(s.Name)
	return x
}

// note remembers that a name was met. Parameters are met whenever they are read.
func (v *values) note(name string) {
	if !slices.Contains(v.met, name) {
		v.met = append(v.met, name)
	}
}

// Finish reports a name that no site of the run had.
func (v *values) Finish(outer *pyro.P) {
	if v.missing || len(v.met) >= len(v.data) {
		return
	}
	unmet(outer, v.verb, "sample site", slices.Sorted(maps.Keys(v.data)), v.met)
}

// unmet panics about the first of names that is not among those met.
func unmet(p *pyro.P, verb, what string, names, met []string) {
	for _, name := range names {
		if !slices.Contains(met, name) {
			s := pyro.Site{Name: name}
			panic(s.Errorf("%s: the model has no such %s%s", verb, what, pyro.Near(name, p.Reached())))
		}
	}
}
