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
	errs := make([]error, r.Chains)
	var wait sync.WaitGroup
	var foreign panicked
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for c := range r.Chains {
		wait.Go(func() {
			defer foreign.catch(func() {})
			slots <- struct{}{}
			defer func() { <-slots }()
			for i := range r.Draws {
				if errs[c] = r.recoverDraw(c, i, discreteKey(key, ids[c], i)); errs[c] != nil {
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
	draw := make([]float64, r.layout.size)
	for j, column := range r.chains[c].Values {
		draw[j] = column[i]
	}
	if err := r.layout.recover(draw, key); err != nil {
		return err
	}
	for j, x := range draw {
		r.chains[c].Values[j][i] = x
	}
	return nil
}

// discreteKey is that of the discrete sites of a draw.
func discreteKey(run rng.Key, chain, draw int) rng.Key {
	return run.FoldName("discrete").Fold(chain).Fold(draw)
}

// recover draws the variables of a draw that need discrete sites, given the others.
func (l *layout) recover(draw []float64, key rng.Key) error {
	data := pyro.Data{}
	for _, v := range l.vars {
		if _, latent := l.index[v.name]; latent {
			data[v.name] = tensor.New(draw[v.at:v.at+v.n], v.shape...)
		}
	}
	tr, err := pyro.Run(infer.DiscreteSample(handler.Substitute(l.model, data)), key)
	if err != nil {
		return err
	}
	for _, v := range l.vars {
		if !v.discrete {
			continue
		}
		x := tr.Value(v.name)
		if x == nil || x.Size() != v.n {
			return &pyro.SiteError{Site: v.name, Reason: "the site was there in the first run of the model, but is not in this one, or has another size"}
		}
		x.CopyTo(draw[v.at : v.at+v.n])
	}
	return nil
}
