package mcmc

import (
	"runtime"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// recover draws the discrete sites given each draw of the others, and with them
// what depends on them. Draw i of chain c has the numbers of
// key.Fold(c).Fold(i).
func (r *Result) recover(key rng.Key, ids []int) error {
	needed := false
	for _, v := range r.layout.vars {
		needed = needed || v.discrete
	}
	if !needed {
		return nil
	}
	key = key.FoldName("discrete")
	errs := make([]error, r.Chains)
	var wait sync.WaitGroup
	var foreign panicked
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for c := range r.Chains {
		wait.Go(func() {
			defer foreign.catch(func() {})
			slots <- struct{}{}
			defer func() { <-slots }()
			key := key.Fold(ids[c])
			for i := range r.Draws {
				if errs[c] = r.recoverDraw(c, i, key.Fold(i)); errs[c] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	foreign.raise()
	return first(errs)
}

// recoverDraw fills in the numbers of a draw that need discrete sites.
func (r *Result) recoverDraw(c, i int, key rng.Key) error {
	data := pyro.Data{}
	for _, s := range r.layout.sites {
		v := r.variable(s.name)
		x := make([]float64, v.n)
		for j := range x {
			x[j] = r.chains[c].Values[v.at+j][i]
		}
		data[s.name] = tensor.New(x, v.shape...)
	}
	tr, err := pyro.Run(infer.DiscreteSample(handler.Substitute(r.layout.model, data)), key)
	if err != nil {
		return err
	}
	for _, v := range r.layout.vars {
		if !v.discrete {
			continue
		}
		x := tr.Value(v.name)
		if x == nil || x.Size() != v.n {
			return &pyro.SiteError{Site: v.name, Reason: "the site was there in the first run of the model, but is not in this one, or has another size"}
		}
		for j, y := range x.Float64s() {
			r.chains[c].Values[v.at+j][i] = y
		}
	}
	return nil
}
