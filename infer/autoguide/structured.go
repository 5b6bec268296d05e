package autoguide

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/tensor"
)

// Structured guides by normal distributions on the unconstrained scale of each
// latent site, whose means are linear in the values of those earlier sites that
// it depends on in the posterior. It knows the correlations of a full covariance
// with the parameters of a sparse one.
//
// What depends on what is read off the operations of one run: the sites that one
// distribution is made of belong together. Sites are then taken out, from the
// last to the first; each is given those before it that it belongs with, and
// these belong together from then on (Webb, Golinski, Zinkov, Siddharth,
// Rainforth, Teh, Wood 2018, algorithm 1). A model that looks at the values it
// draws is taken to have each site depend on all before it. What the guide does
// not see of the model, such as data that handler.Expose hides, it knows nothing
// of: hide discrete sites by name, with handler.Block.
//
// Elements of one site, and of one plate, are independent of each other given
// earlier sites. A site outside a plate sees all elements of a site in it, unless
// the plate is subsampled: then it sees none.
type Structured struct {
	Model pyro.Model
	Init  Init    // of the locations; default Median(15)
	Scale float64 // start of all standard deviations; default 0.1

	links
}

// Guide draws each latent site from auto.SITE.loc, auto.SITE.scale and a matrix
// auto.SITE.on.PARENT for each site that it depends on, which starts at 0.
func (g *Structured) Guide(p *pyro.P) {
	g.learn(p, "autoguide.Structured", g.Model, g.Init, func() {
		g.lay(g.Scale)
		g.join(g.blankets())
	})
	g.draw(p)
}

// Parents tells which sites each latent site is drawn from, as the guide found
// out.
func (g *Structured) Parents() map[string][]string {
	g.ready()
	out := map[string][]string{}
	for i := range g.list {
		names := []string{}
		for _, t := range g.list[i].parents {
			names = append(names, t.Name)
		}
		out[g.list[i].Name] = names
	}
	return out
}

// Quantile returns the q-quantiles, element by element on the unconstrained
// scale, of the sites. It panics with a *pyro.SiteError unless 0 < q < 1.
func (g *Structured) Quantile(params *pyro.Params, q float64) pyro.Data {
	z := normalQuantile(q)
	mean, sd := g.moments(params)
	return g.layout.Values(mean.Add(sd.Mul(z)))
}

// blankets tells which latent sites occur together in a log probability of the
// model.
func (g *Structured) blankets() [][]bool {
	n := len(g.list)
	together := make([][]bool, n)
	for i := range together {
		together[i] = make([]bool, n)
	}
	tape := tensor.NewTape()
	values, depends := pyro.Data{}, make([]func(*tensor.Tensor) bool, n)
	leaves := make([]*tensor.Tensor, n)
	for i := range g.list {
		leaves[i] = tape.Var(g.list[i].Value)
		values[g.list[i].Name] = leaves[i]
	}
	tr, err := pyro.RunOn(tape, handler.Substitute(g.Model, values), tape.Watch(g.key))
	if err != nil {
		panic(err)
	}
	_, _, dynamic := tape.Dynamic()
	for s := range tr.Sites() {
		if s.Kind == pyro.SampleSite {
			s.LogProb() // before the marks are made
		}
	}
	for i, x := range leaves {
		depends[i] = tape.Dependents(x)
	}
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		for i := range n {
			for j := range n {
				together[i][j] = together[i][j] || dynamic || depends[i](s.LogProb()) && depends[j](s.LogProb())
			}
		}
	}
	return together
}

// join gives each site its parents, from the last to the first.
func (g *Structured) join(together [][]bool) {
	for i := len(g.list) - 1; i >= 0; i-- {
		var before []int
		for j := range i {
			if together[i][j] {
				before = append(before, j)
			}
		}
		for _, j := range before {
			for _, k := range before {
				together[j][k] = true
			}
			if own, ok := g.list[i].apart(&g.list[j]); ok {
				g.list[i].parents = append(g.list[i].parents, parent{&g.list[j], own, named(g.list[i].Name) + ".on." + g.list[j].Name})
				g.list[j].leads = true
			}
		}
	}
}

// apart returns the dims of the plates of t that s is not in; ok is false if one
// of them is subsampled.
func (s *link) apart(t *link) (own []int, ok bool) {
	for _, pl := range t.Plates {
		if pl.Sequential {
			continue
		}
		shared := slices.ContainsFunc(s.Plates, func(x pyro.Plate) bool { return x.Name == pl.Name })
		if !shared && pl.Len() != pl.Size {
			return nil, false
		}
		if !shared {
			own = append(own, pl.Dim)
		}
	}
	slices.Sort(own)
	return own, true
}
