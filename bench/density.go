package bench

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Density is the log density of a model on the unconstrained scale and its
// gradient, as a sampler evaluates it.
type Density struct {
	X, Grad []float64 // the point, and what Eager and Replay write
	model   pyro.Model
	place   *place
	tape    *tensor.Tape
	leaves  []*tensor.Tensor
	vars    []*tensor.Tensor
	grads   [][]float64
	starts  []int    // of sites in X
	names   []string // of sites
	program *tensor.Program
}

// NewDensity prepares the density of a model that observes with data and whose
// latent sites have the given sizes, 0 for a single number.
func NewDensity(m pyro.Model, names []string, sizes []int) *Density {
	d := &Density{tape: tensor.NewTape(), names: names}
	n := 0
	for _, k := range sizes {
		n += max(k, 1)
	}
	d.X, d.Grad = make([]float64, n), make([]float64, n)
	at := 0
	for _, size := range sizes {
		end := at + max(size, 1)
		var shape []int
		if size > 0 {
			shape = []int{size}
		}
		d.leaves = append(d.leaves, tensor.Using(d.X[at:end:end], shape...))
		d.grads, d.starts = append(d.grads, d.Grad[at:end:end]), append(d.starts, at)
		at = end
	}
	d.place = &place{d: d}
	d.model = pyro.With(m, func() pyro.Handler { return d.place })
	return d
}

// place gives latent sites the images of the leaves.
type place struct {
	pyro.NopHandler
	d        *Density
	jacobian *tensor.Tensor
}

// Process gives s its value.
func (h *place) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || s.Observed {
		return
	}
	t := s.Support().Bijection()
	u := h.d.tape.Var(h.d.leaves[slices.Index(h.d.names, s.Name)])
	s.Value = t.Forward(u)
	h.d.vars = append(h.d.vars, u)
	if transform.KeepsVolume(t) {
		return
	}
	if l := sum(t.LogAbsDet(u, s.Value)); h.jacobian == nil {
		h.jacobian = l
	} else {
		h.jacobian = h.jacobian.Add(l)
	}
}

func sum(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() == 0 {
		return x
	}
	return x.Sum()
}

// evaluate runs the model.
func (d *Density) evaluate() *tensor.Tensor {
	d.tape.Reset()
	d.vars, d.place.jacobian = d.vars[:0], nil
	tr, err := pyro.RunOn(d.tape, d.model, rng.New(0))
	if err != nil {
		panic(err)
	}
	lp := tr.LogProb()
	if d.place.jacobian != nil {
		lp = lp.Add(d.place.jacobian)
	}
	return lp
}

// Eager runs the model and writes the gradient at X to Grad.
func (d *Density) Eager() float64 {
	lp := d.evaluate()
	d.tape.GradInto(d.grads, lp, d.vars)
	return lp.Item()
}

// Record prepares Replay, and returns the number of its operations.
func (d *Density) Record() int {
	lp := d.evaluate()
	d.program = d.tape.Record(lp, d.vars)
	return d.program.Len()
}

// Replay does what Eager does by the recorded computation.
func (d *Density) Replay() float64 {
	d.program.Run(rng.Key{})
	d.program.CopyGradients(d.grads)
	return d.program.Value()
}

// Lanes evaluates a recorded density at k points at once: X and Grad are [k, dim],
// dim being the length of those of the Density, and Value is [k].
type Lanes struct {
	X, Grad, Value []float64
	d              *Density
	lanes          *tensor.Lanes
	keys           []rng.Key
}

// Lanes prepares the evaluation at k points; d is recorded before.
func (d *Density) Lanes(k int) *Lanes {
	n := len(d.X)
	return &Lanes{
		X: make([]float64, k*n), Grad: make([]float64, k*n), Value: make([]float64, k),
		d: d, lanes: d.program.Lanes(k), keys: make([]rng.Key, k),
	}
}

// Eval writes log densities and gradients.
func (l *Lanes) Eval() {
	n := len(l.d.X)
	for i := range l.d.leaves {
		l.lanes.Set(i, l.X[l.d.starts[i]:], n)
	}
	l.lanes.Run(l.keys)
	l.lanes.CopyOutput(0, l.Value, 1)
	for i := range l.d.leaves {
		l.lanes.CopyOutput(i+1, l.Grad[l.d.starts[i]:], n)
	}
}

// Looped is the number of operations that run for one point after the other.
func (l *Lanes) Looped() int { return l.lanes.Looped() }

// EightSchools is the density of workload e, in mu, log tau and eta.
func EightSchools() *Density {
	return NewDensity(EightSchoolsModel(), []string{"mu", "tau", "eta"}, []int{0, 0, 8})
}

// Logistic is the density of workload f with n rows of 20 covariates.
func Logistic(n int) *Density {
	x, y := LogisticData(n, 20, 11)
	return NewDensity(LogisticModel(x, y, 20), []string{"beta"}, []int{20})
}
