package infer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// density is the log density of a model and its gradient at a vector of the
// unconstrained values of its latent sites, discrete ones summed out. Once two
// evaluations have computed alike, further ones repeat the recorded computation.
// The 64th, the 128th, the 256th and so on is compared with the model, and from
// the 4096th on every 4096th: a model may be a hundred times slower than its
// recording.
type density struct {
	model    pyro.Model
	layout   *joint.Layout
	start    *tensor.Tensor // what the first run drew
	jacobian bool           // of the density on the unconstrained scale

	x       []float64
	leaf    *tensor.Tensor // uses x
	tape    *tensor.Tape
	program *tensor.Program
	agreed  bool
	next    int // evaluation that is compared
	stats   Stats
}

// lastCheck is the largest number of evaluations from one that is compared to the
// next; the smallest is checkEvery.
const lastCheck = 4096

// due reports whether one of the next k evaluations is to be compared.
func (d *density) due(k int) bool {
	n := d.stats.Replayed + d.stats.Eager + k
	if n < d.next {
		return false
	}
	d.next = n + min(n, lastCheck)
	return true
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
	d := &density{model: m, jacobian: jacobian, tape: tensor.NewTape(), next: checkEvery}
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

// refused reports whether an error says that a point is off the support of the
// model, as where a matrix is not positive definite.
func refused(err error) bool {
	var shape *tensor.Error
	var parameter *dist.ParamError
	var value *dist.SupportError
	return errors.As(err, &parameter) || errors.As(err, &value) || errors.As(err, &shape) && shape.Op == "Cholesky"
}

// eval returns the log density at x with the draws of key, which only subsampled
// plates need, and writes its gradient.
func (d *density) eval(key rng.Key, x, grad []float64) (float64, error) {
	copy(d.x, x)
	if d.agreed && !d.due(1) {
		d.stats.Replayed++
		var value float64
		err := pyro.Guard(func() {
			d.program.Run(key)
			value = d.program.Value()
			d.program.CopyOutput(1, grad)
		})
		return value, err
	}
	return d.eager(key, x, grad)
}

// eager runs the model at x, and records or compares the computation.
func (d *density) eager(key rng.Key, x, grad []float64) (float64, error) {
	copy(d.x, x)
	d.stats.Eager++
	defer d.tape.Reset()
	var value float64
	var err error
	if e := pyro.Guard(func() { value, err = d.run(key, grad) }); e != nil {
		return 0, e
	}
	return value, err
}

// run is eager where panics are caught.
func (d *density) run(key rng.Key, grad []float64) (float64, error) {
	u := d.tape.Var(d.leaf)
	logp, err := d.at(d.tape, d.tape.Watch(key), u)
	if err != nil {
		return 0, err
	}
	d.tape.Quiet()
	value := logp.Item()
	d.tape.Loud()
	xs, grads := []*tensor.Tensor{u}, [][]float64{grad}
	if !logp.Tracked() {
		clear(grad)
		return value, nil
	}
	if method, place, dynamic := d.tape.Dynamic(); dynamic || d.stats.Why != "" {
		if dynamic {
			d.stats.Why = fmt.Sprintf("the model reads a value with %s near site %q", method, place)
		}
		d.tape.GradInto(grads, logp, xs)
		return value, nil
	}
	if d.program == nil {
		d.program = d.tape.Record(logp, xs)
		d.program.CopyOutput(1, grad)
		return value, nil
	}
	difference := d.program.Compare(grads, logp, xs)
	switch {
	case d.agreed && difference != "":
		return 0, &ChangedError{Step: d.stats.Replayed + d.stats.Eager, What: difference}
	case difference != "":
		d.stats.Why, d.program = "two runs differ: "+difference, nil
	default:
		d.agreed = true
		d.stats.Instructions, d.stats.Bytes = d.program.Len(), d.program.Bytes()
	}
	return value, nil
}

// at is the log density at u on a tape.
func (d *density) at(tape *tensor.Tape, key rng.Key, u *tensor.Tensor) (*tensor.Tensor, error) {
	placed := d.layout.Place(d.model, u)
	tr, err := enumerate.Run(tape, 2, func(e *enumerate.Enum) (*pyro.Trace, error) {
		return pyro.RunOn(tape, e.Model(placed), key)
	})
	if err != nil {
		return nil, inModel(err)
	}
	logp, err := enumerate.LogJoint(tr, enumerate.Parts(tr))
	if err == nil && d.jacobian {
		logp = logp.Add(d.layout.LogDet(u))
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
	values := d.layout.Values(tensor.New(x, n, d.layout.Dim))
	for i := range d.layout.Sites {
		s := &d.layout.Sites[i]
		v := values[s.Name]
		out.names = append(out.names, s.Name)
		out.columns[s.Name] = &column{shape: slices.Clone(v.Shape()[1:]), size: v.Size() / n, n: n, data: v.Float64s()}
	}
	return out
}
