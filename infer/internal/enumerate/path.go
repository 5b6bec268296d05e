package enumerate

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// Path goes through the joint values of sites that take them one after the
// other, depth first. A nil Path has no such site.
//
//	for path := new(Path); path.Next(); {
//		// run path.Guide(guide) after path.Start()
//	}
type Path struct {
	at      []choice
	reached int // in this run
	started bool
}

type choice struct {
	site *pyro.Site
	i, n int
}

// Next goes to the next joint value; it returns false after the last.
func (p *Path) Next() bool {
	if !p.started {
		p.started = true
		return true
	}
	for k := len(p.at) - 1; k >= 0; k-- {
		if p.at[k].i++; p.at[k].i < p.at[k].n {
			p.at = p.at[:k+1]
			return true
		}
	}
	return false
}

// Start begins a run of the present joint value.
func (p *Path) Start() {
	if p != nil {
		p.reached = 0
	}
}

// Guide returns m with the sites that are marked pyro.Enumerate and in no
// vectorised plate at the present joint value.
func (p *Path) Guide(m pyro.Model) pyro.Model {
	return handler.EnumBy(m, noPlate, func(s *pyro.Site, support *tensor.Tensor) {
		if s.Enumerate != pyro.EnumAlways || len(plateDims(s)) > 0 {
			return
		}
		n := support.Len()
		if p.reached == len(p.at) {
			p.at = append(p.at, choice{n: n})
		}
		c := &p.at[p.reached]
		if c.n != n {
			panic(s.Errorf("the site has %d values, but had %d when the guide ran before with the same draws", n, c.n))
		}
		c.site = s
		p.reached++
		for _, d := range s.Dist.BatchShape() {
			if d != 1 {
				panic(s.Errorf("the site depends on one that lists its values; sites in no plate take them one after the other\n" +
					"\tto repair it: draw it in the same plate, or drop Sequential"))
			}
		}
		s.Value = support.Select(0, c.i)
	})
}

// noPlate is a dim that no plate reaches.
const noPlate = -1 << 30

// Has reports whether s takes its value from the path.
func (p *Path) Has(s *pyro.Site) bool {
	if p == nil {
		return false
	}
	for i := range p.at {
		if p.at[i].site == s {
			return true
		}
	}
	return false
}

// Weigh multiplies x by the probability of the present joint value; x counts
// nothing where that is 0.
func (p *Path) Weigh(x *tensor.Tensor) *tensor.Tensor {
	if p == nil || len(p.at) == 0 {
		return x
	}
	w := tensor.Of(0.0)
	for i := range p.at {
		w = w.Add(p.at[i].site.Unscaled().Reshape())
	}
	w = w.Exp()
	never := w.Not()
	return never.Where(zero, w.Mul(never.Where(zero, x)))
}

var zero = tensor.Of(0.0)
