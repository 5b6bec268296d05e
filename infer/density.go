package infer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// density is the log density of a model and its gradient at a vector of the
// unconstrained values of its latent sites, discrete ones summed out.
type density struct {
	model    pyro.Model
	layout   *joint.Layout
	start    *tensor.Tensor // what the first run drew
	jacobian bool           // of the density on the unconstrained scale

	x     []float64
	leaf  *tensor.Tensor // uses x
	f     *replay.Function
	wrt   [1]*tensor.Tensor
	grads [1][]float64
}

// newDensity runs the model once, to learn its sites. The named start values take
// the place of what that run draws.
func newDensity(who string, m pyro.Model, key rng.Key, start pyro.Data, jacobian bool) (*density, error) {
	if m == nil {
		return nil, fmt.Errorf("infer: %s.Model is nil", who)
	}
	tr, err := pyro.Run(startAt(m, start), key)
	if err != nil {
		return nil, inModel(err)
	}
	var sites []*pyro.Site
	values, names := pyro.Data{}, []string{}
	for s := range tr.Latents() {
		if s.Support().Discrete() {
			if s.Enumerate == pyro.EnumNever || !dist.CanEnumerate(s.Dist) {
				return nil, s.Errorf("%s: the discrete site cannot be summed out", who)
			}
			continue
		}
		sites, names = append(sites, s), append(names, s.Name)
		values[s.Name] = s.Value
	}
	if len(sites) == 0 {
		return nil, fmt.Errorf("infer: %s: the model has no continuous latent site", who)
	}
	for name, v := range start {
		if values[name] == nil {
			return nil, &pyro.SiteError{Site: name, Reason: who + ".Start: the model has no such latent site" + pyro.Near(name, names)}
		}
		values[name] = v
	}
	d := &density{model: m, jacobian: jacobian}
	d.f = replay.New(d.run)
	if d.layout, err = joint.New(sites); err != nil {
		return nil, err
	}
	if err := pyro.Guard(func() { d.start, _, err = d.layout.Inverse(d.full(values)) }); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	d.x = make([]float64, d.layout.Dim)
	d.leaf = tensor.Using(d.x, d.layout.Dim)
	return d, nil
}

// full repeats the first value of subsampled plates for all their elements.
func (d *density) full(values pyro.Data) pyro.Data {
	out := pyro.Data{}
	for i := range d.layout.Sites {
		s := &d.layout.Sites[i]
		v := values[s.Name]
		shape := append([]int{}, v.Shape()...)
		for _, pl := range s.Plates {
			at := len(shape) - len(s.Dist.EventShape()) + pl.Dim
			if pl.Sequential || pl.Len() == pl.Size || at < 0 || shape[at] == pl.Size {
				continue
			}
			shape[at] = pl.Size
			v = v.Slice(at, 0, 1).Expand(shape...)
		}
		out[s.Name] = v
	}
	return out
}

// eval returns the log density at x with the draws of key, which only subsampled
// plates need, and writes its gradient.
func (d *density) eval(key rng.Key, x, grad []float64) (float64, error) {
	copy(d.x, x)
	d.grads[0] = grad
	value, err := d.f.Eval(key, d.grads[:])
	if err != nil {
		return 0, d.told(err)
	}
	return value, nil
}

// told is an error of an evaluation in the words of this package.
func (d *density) told(err error) error {
	var changed *replay.Changed
	if errors.As(err, &changed) {
		return &ChangedError{Step: d.f.Stats.Replayed + d.f.Stats.Eager, What: changed.What}
	}
	return err
}

// run is the model of d.f.
func (d *density) run(tape *tensor.Tape, key rng.Key) (*tensor.Tensor, []*tensor.Tensor, error) {
	u := tape.Var(d.leaf)
	logp, err := d.at(tape, key, u)
	d.wrt[0] = u
	return logp, d.wrt[:], err
}

// stats tells how evaluations were made.
func (d *density) stats() Stats {
	s := d.f.Stats
	return Stats{Replayed: s.Replayed, Eager: s.Eager, Why: s.Why, Instructions: s.Instructions, Bytes: s.Bytes}
}

// at is the log density at u on a tape.
func (d *density) at(tape *tensor.Tape, key rng.Key, u *tensor.Tensor) (*tensor.Tensor, error) {
	placed, logDet := d.layout.Unconstrained(d.model, u)
	tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
		return pyro.RunOn(tape, e.Model(placed), key)
	})
	if err != nil {
		return nil, inModel(err)
	}
	logp, err := enumerate.LogJoint(tr, enumerate.Parts(tr))
	if err == nil && d.jacobian {
		logp = logp.Add(logDet())
	}
	return logp, err
}

// hessian is the matrix of second derivatives of the log density at x.
func (d *density) hessian(key rng.Key, x []float64) (h *tensor.Tensor, err error) {
	e := pyro.Guard(func() {
		h = tensor.Hessian(func(u *tensor.Tensor) *tensor.Tensor {
			logp, failed := d.at(u.Tape(), key, u)
			if failed != nil {
				err = failed
				return tensor.Of(0.0)
			}
			return logp
		}, tensor.New(slices.Clone(x), d.layout.Dim))
	})
	if e != nil {
		err = e
	}
	return h, err
}

// values are those of the sites at u, of shape [Dim] or [n, Dim]. Supports that
// move with other sites show where the model gives other values than the layout,
// which knows those of one run.
func (d *density) values(u *tensor.Tensor) pyro.Data {
	out := d.layout.Values(u)
	rows := u.Reshape(u.Size()/d.layout.Dim, d.layout.Dim)
	if rows.Dim(0) == 0 || d.noSubsample("values") != nil {
		return out
	}
	at := func(i int) pyro.Data {
		row := rows.Select(0, i)
		own := d.layout.Values(row)
		placed, _ := d.layout.Unconstrained(d.model, row)
		tr, err := pyro.Run(placed, rng.Key{})
		if err != nil { // off the support, where the layout's values do
			return own
		}
		for name := range own {
			own[name] = tr.Value(name).Detach()
		}
		return own
	}
	first, same := at(0), true
	for name, v := range first {
		w := out[name]
		if u.Rank() > 1 {
			w = w.Select(0, 0)
		}
		same = same && slices.Equal(v.Float64s(), w.Float64s())
	}
	switch {
	case same:
		return out
	case u.Rank() == 1:
		return first
	}
	all := map[string][]*tensor.Tensor{}
	for i := range rows.Dim(0) {
		for name, v := range at(i) {
			all[name] = append(all[name], v)
		}
	}
	for name, list := range all {
		out[name] = tensor.Stack(0, list...)
	}
	return out
}

// startError adds to the error of a search that cannot start at x which site is to
// blame.
func (d *density) startError(key rng.Key, x []float64, err error) error {
	if !errors.Is(err, optim.ErrStart) {
		return err
	}
	tr, failed := pyro.Run(d.layout.Place(d.model, tensor.New(slices.Clone(x), d.layout.Dim)), key)
	if failed != nil {
		return fmt.Errorf("%w: %w", err, inModel(failed))
	}
	var bad NonFiniteError
	if e := pyro.Guard(func() { bad.find("model", tr, func(v float64) bool { return !finite(v) }) }); e != nil || bad.Site == "" {
		return err
	}
	return fmt.Errorf("%w: the log probability of site %q is %v", err, bad.Site, bad.Density)
}

// weighted returns the n vectors in x as samples of equal weight.
func (d *density) weighted(x []float64, n int) *Weighted {
	out := newWeighted(n)
	out.LogWeights = out.LogWeights[:n]
	values := d.values(tensor.New(x, n, d.layout.Dim))
	for i := range d.layout.Sites {
		s := &d.layout.Sites[i]
		v := values[s.Name]
		out.names = append(out.names, s.Name)
		out.columns[s.Name] = &column{shape: slices.Clone(v.Shape()[1:]), size: v.Size() / n, n: n, data: v.Float64s()}
	}
	return out
}
