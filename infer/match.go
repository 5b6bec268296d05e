package infer

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
)

// match checks that a guide covers a model: every latent site of the model is
// in the guide unless summed says that it needs none, every site of the guide
// is a latent site of the model or marked pyro.Aux, and the shapes agree. A
// factor in a guide is a term of its log probability like that of a site.
func match(model, guide *pyro.Trace, summed func(*pyro.Site) bool) error {
	for q := range guide.Sites() {
		if q.Kind != pyro.SampleSite || q.Aux {
			continue
		}
		if q.Observed {
			if q.IsFactor() {
				continue
			}
			return q.Errorf("the site is observed in the guide; a guide only draws latent sites")
		}
		p := model.Site(q.Name)
		switch {
		case p == nil || p.Kind != pyro.SampleSite:
			return q.Errorf("the guide draws a site that the model lacks%s\n"+
				"\tto repair it: give it the model's name, or mark it pyro.Aux if it is meant",
				near(q.Name, unguided(model, guide)))
		case p.Observed:
			return q.Errorf("the guide draws a site that is observed in the model")
		}
		if err := sameShape(p, q); err != nil {
			return err
		}
	}
	for p := range model.Latents() {
		if guide.Site(p.Name) != nil || summed(p) {
			continue
		}
		repair := "draw it in the guide, or observe it"
		if p.Support().Discrete() {
			repair = "sum it out with infer.TraceEnumELBO, or draw it in the guide"
		}
		return p.Errorf("the model's latent site is not in the guide%s\n\tto repair it: %s",
			near(p.Name, extra(model, guide)), repair)
	}
	return nil
}

// near completes a message about a name by those that it may be meant for.
func near(name string, names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("; did you mean %q?", names[0])
	}
	return pyro.Near(name, names)
}

// unguided lists the latent sites of the model that the guide lacks.
func unguided(model, guide *pyro.Trace) (names []string) {
	for p := range model.Latents() {
		if guide.Site(p.Name) == nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// extra lists the sites of the guide that the model lacks.
func extra(model, guide *pyro.Trace) (names []string) {
	for q := range guide.Latents() {
		if model.Site(q.Name) == nil {
			names = append(names, q.Name)
		}
	}
	return names
}

// sameShape checks that a site has one shape in model and guide.
func sameShape(p, q *pyro.Site) error {
	pe, qe := p.Dist.EventShape(), q.Dist.EventShape()
	if !slices.Equal(pe, qe) {
		return q.Errorf("event shape %v in the guide, but %v in the model\n"+
			"\tto repair it: move dims between batch and event with dist.Independent", qe, pe)
	}
	pb, qb := p.Dist.BatchShape(), q.Dist.BatchShape()
	if len(qb) > len(pb) && p.EnumFrom == 0 && q.EnumFrom == 0 {
		return q.Errorf("batch shape %v in the guide, but %v in the model\n"+
			"\tto repair it: drop the dim of size 1, as tensor.Of(0.0) has none and tensor.Zeros(1) has one", qb, pb)
	}
	last := min(len(pb), len(qb))
	if p.EnumFrom != 0 { // further to the left are values of enumerated sites
		last = min(last, -p.EnumFrom-1)
	}
	for i := 1; i <= last; i++ {
		if n, m := pb[len(pb)-i], qb[len(qb)-i]; n != m && n != 1 && m != 1 {
			return q.Errorf("batch shape %v in the guide, but %v in the model", qb, pb)
		}
	}
	return nil
}

// never is the answer for losses that sum nothing out.
func never(*pyro.Site) bool { return false }
