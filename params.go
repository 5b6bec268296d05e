package pyro

import (
	"iter"
	"reflect"
	"slices"
	"sync"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// Params holds trainable parameters by name. Whoever trains owns one; two fits
// never meet. Each parameter is stored as its unconstrained leaf, a point of
// ℝⁿ that an optimiser moves freely, and its constraint. Leaves are float64; a
// parameter whose start value is float32 is read as float32.
//
// Models bound to a Params may run in parallel, as long as nothing changes its
// values meanwhile.
type Params struct {
	mu     sync.Mutex // of names and params
	names  []string
	params map[string]*parameter

	leaves []Leaf           // of Leaves, while laid
	laid   bool             // no parameter was made or replaced since
	vars   []*tensor.Tensor // buffers of Descend
	grads  [][]float64
}

type parameter struct {
	leaf       *tensor.Tensor // unconstrained; it uses data
	data       []float64
	grad       []float64
	dtype      tensor.DType
	constraint constraint.Constraint // nil after LoadParams, until a model binds
	set        string                // the constraint, printed
	loaded     *tensor.Tensor        // the value in the file, while constraint is nil
}

// newParameter returns a parameter with a leaf of its own.
func newParameter(leaf *tensor.Tensor, dtype tensor.DType, c constraint.Constraint) *parameter {
	data := leaf.Float64s()
	return &parameter{
		leaf: tensor.Using(data, leaf.Shape()...), data: data, grad: make([]float64, len(data)),
		dtype: dtype, constraint: c, set: c.String(),
	}
}

// fromValue returns a parameter with a constrained value.
func fromValue(v *tensor.Tensor, c constraint.Constraint) *parameter {
	v = v.Clone()
	return newParameter(c.Transform().Inverse(v.To(tensor.Float64)), v.DType(), c)
}

// forward is the constrained value for a leaf.
func (q *parameter) forward(leaf *tensor.Tensor) *tensor.Tensor {
	if q.constraint == nil {
		return q.loaded
	}
	v := q.constraint.Transform().Forward(leaf)
	if q.dtype != tensor.Float64 {
		v = v.To(q.dtype)
	}
	return v
}

// NewParams returns an empty store.
func NewParams() *Params { return &Params{params: map[string]*parameter{}} }

// Bind returns m with its Param statements reading from ps. A parameter that ps
// lacks is added with its start value; one with another constraint than in the
// model is an error of the run.
func (ps *Params) Bind(m Model) Model {
	return With(m, func() Handler { return bind{params: ps} })
}

type bind struct {
	NopHandler
	params *Params
}

func (b bind) Process(outer *P, s *Site) {
	if s.Kind != ParamSite || s.Value != nil {
		return
	}
	outer.run.quiet() // what a start value is made from steers no later run
	q := b.params.bound(s)
	outer.run.loud()
	s.bound = true
	if t := outer.run.tape; t != nil {
		s.Value = q.forward(t.Var(q.leaf))
		return
	}
	s.Value = q.forward(q.leaf).Clone() // leaves change in place
}

// bound returns the parameter that s reads, made if need be.
func (ps *Params) bound(s *Site) *parameter {
	if q := ps.agreed(s); q != nil {
		return q
	}
	q := fromValue(s.start(), s.Constraint) // without the lock: it may come from other parameters
	ps.mu.Lock()
	if ps.params[s.Name] == nil { // no run in parallel was first
		ps.put(s.Name, q)
	}
	ps.mu.Unlock()
	return ps.agreed(s)
}

// agreed returns the parameter that s reads if there is one, which must have
// the constraint of s. A loaded parameter gets it.
func (ps *Params) agreed(s *Site) *parameter {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	q := ps.params[s.Name]
	if q == nil || q.constraint != nil && same(q.constraint, s.Constraint) {
		return q
	}
	if got := s.Constraint.String(); got != q.set {
		panic(s.errorf("the parameter is constrained to %s here, but to %s where it was made", got, q.set))
	}
	if q.constraint == nil { // it was loaded
		if got, want := s.Constraint.Transform().ForwardShape(q.leaf.Shape()), q.loaded.Shape(); !slices.Equal(got, want) {
			panic(s.errorf("the parameter was loaded with shape %v, but its leaf is one of shape %v", want, got))
		}
		q.constraint, q.loaded, ps.laid = s.Constraint, nil, false
	}
	return q
}

// same reports whether two constraints are one value; false means that their
// descriptions must be compared.
func same(a, b constraint.Constraint) (equal bool) {
	if t := reflect.TypeOf(a); t != reflect.TypeOf(b) || !t.Comparable() {
		return false
	}
	// A set may hold another one whose type cannot be compared.
	defer func() { _ = recover() }()
	return a == b
}

func (ps *Params) put(name string, q *parameter) {
	if ps.params[name] == nil {
		ps.names = append(ps.names, name)
	}
	ps.params[name], ps.laid = q, false
}

// Set stores a value under a name. It panics with a *SiteError if the value is
// not in the set.
func (ps *Params) Set(name string, value *tensor.Tensor, c constraint.Constraint) {
	s := Site{Name: name, Kind: ParamSite, Constraint: c}
	switch {
	case name == "":
		panic(s.errorf("Set: a parameter without a name"))
	case value == nil || c == nil:
		panic(s.errorf("Set: the value or the constraint is nil"))
	case c.Discrete():
		panic(s.errorf("a parameter cannot be trained on %v, which is discrete", c))
	}
	s.checkParam("value", value)
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.put(name, fromValue(value, c))
}

// Get returns the value of a parameter, which satisfies its constraint. It
// panics with a *SiteError that names those nearest if there is none of that
// name.
func (ps *Params) Get(name string) *tensor.Tensor {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	q := ps.get(name)
	return q.forward(q.leaf).Clone()
}

// Unconstrained returns the leaf of a parameter, a copy.
func (ps *Params) Unconstrained(name string) *tensor.Tensor {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.get(name).leaf.Clone()
}

func (ps *Params) get(name string) *parameter {
	q := ps.params[name]
	if q == nil {
		panic(&SiteError{Site: name, Reason: "there is no such parameter" + Near(name, ps.names)})
	}
	return q
}

// Has reports whether there is a parameter of that name.
func (ps *Params) Has(name string) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.params[name] != nil
}

// Names returns the names in the order in which the parameters were made.
func (ps *Params) Names() []string {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return slices.Clone(ps.names)
}

// All yields names and values.
func (ps *Params) All() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range ps.Names() {
			if !yield(name, ps.Get(name)) {
				return
			}
		}
	}
}

// Clone returns an independent copy.
func (ps *Params) Clone() *Params {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	c := NewParams()
	for _, name := range ps.names {
		q := *ps.params[name]
		q.data = slices.Clone(q.data)
		q.leaf, q.grad = tensor.Using(q.data, q.leaf.Shape()...), make([]float64, len(q.data))
		c.put(name, &q)
	}
	return c
}
