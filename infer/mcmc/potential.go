package mcmc

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// potential is the log density of a model on the unconstrained scale and its
// gradient, for one chain. The first evaluations run the model; once two have
// computed alike, the recorded computation is repeated instead, and compared
// with the model now and then.
type potential struct {
	*layout
	x       []float64        // the point
	leaves  []*tensor.Tensor // variables that use x, by site
	tape    *tensor.Tape
	handler *unconstrain
	grads   [][]float64 // gradients by site, views of the caller's
	own     []float64   // gradients of a check
	lp      [1]float64
	wrt     []*tensor.Tensor

	program *tensor.Program
	agreed  bool // a second run computed alike
	next    int  // evaluation that is compared
	stats   Stats
}

// Stats tells how the gradients of a run were computed.
type Stats struct {
	Replayed     int    // by the recorded computation
	Eager        int    // by running the model
	Refused      int    // points where a parameter or value was off its support, or a matrix not positive definite
	Why          string // why the computation is not repeated; "" if it is
	Instructions int    // operations in the recorded computation
	Bytes        int    // size of its buffers
}

// Of the evaluations by the recorded computation the 64th, the 128th, the 256th
// and so on are compared with the model, and from the 4096th on every 4096th:
// a model may be a hundred times slower than its recording.
const (
	firstCheck = 64
	lastCheck  = 4096
)

func newPotential(l *layout) *potential {
	p := &potential{layout: l, x: make([]float64, l.dim), own: make([]float64, l.dim), tape: tensor.NewTape(), next: firstCheck}
	for _, s := range l.sites {
		p.leaves = append(p.leaves, tensor.Using(p.x[s.at:s.at+s.n:s.at+s.n], s.free...))
	}
	p.grads = make([][]float64, len(l.sites))
	p.handler = &unconstrain{layout: l, tape: p.tape, leaves: p.leaves}
	return p
}

// density implements hmc.LogDensity.
func (p *potential) density(x, grad []float64) (float64, error) {
	copy(p.x, x)
	if p.agreed {
		if p.stats.Replayed < p.next {
			p.stats.Replayed++
			return p.replay(grad)
		}
		p.next += min(max(p.next, firstCheck), lastCheck)
		return p.check(grad)
	}
	p.stats.Eager++
	lp, err := p.run(grad)
	if err != nil && refuses(err) {
		p.stats.Refused++
		return 0, hmc.ErrReject
	}
	return lp, err
}

// replay runs the program.
func (p *potential) replay(grad []float64) (lp float64, err error) {
	defer func() {
		if v := recover(); v != nil {
			lp, err = p.refused(v)
		}
	}()
	p.program.Run(rng.Key{})
	p.program.CopyOutput(0, p.lp[:])
	for i := range p.sites {
		s := &p.sites[i]
		p.program.CopyOutput(i+1, grad[s.at:s.at+s.n])
	}
	return p.lp[0], nil
}

// refused turns the panic of an operation into a refusal of the point.
func (p *potential) refused(v any) (float64, error) {
	e, ok := v.(*tensor.Error)
	if !ok {
		panic(v)
	}
	if !refuses(e) {
		return 0, e
	}
	p.stats.Refused++
	return 0, hmc.ErrReject
}

// run runs the model, and records it if that is right.
func (p *potential) run(grad []float64) (float64, error) {
	defer p.tape.Reset()
	lp, err := p.evaluate(grad)
	if err != nil {
		return 0, err
	}
	value := item(p.tape, lp)
	if !lp.Tracked() {
		clear(grad)
		p.stats.Why = "no latent site affects the log density"
		return value, nil
	}
	if method, place, ok := p.tape.Dynamic(); ok && p.stats.Why == "" {
		p.stats.Why = fmt.Sprintf("the model reads a value with %s near site %q", method, place)
		p.program = nil
	}
	err = pyro.Guard(func() { p.record(lp) })
	return value, err
}

// evaluate runs the model at x with p.wrt and p.grads ready for gradients.
func (p *potential) evaluate(grad []float64) (*tensor.Tensor, error) {
	tr, err := p.handler.run()
	if err != nil {
		return nil, err
	}
	lp, err := logJoint(tr, p.handler.jacobian)
	if err != nil {
		return nil, err
	}
	if err := p.random(lp); err != nil {
		return nil, err
	}
	p.wrt = p.wrt[:0]
	for i, s := range p.sites {
		p.wrt = append(p.wrt, p.tape.Var(p.leaves[i]))
		p.grads[i] = grad[s.at : s.at+s.n]
	}
	if lp.Tape() == nil {
		lp = p.tape.Lift(lp)
	}
	return lp, nil
}

// record computes the gradients and decides whether to repeat the computation.
func (p *potential) record(lp *tensor.Tensor) {
	switch {
	case p.stats.Why != "":
		p.tape.GradInto(p.grads, lp, p.wrt)
	case p.program == nil:
		p.program = p.tape.Record(lp, p.wrt)
		for i, g := range p.grads {
			p.program.CopyOutput(i+1, g)
		}
	default:
		if d := p.program.Compare(p.grads, lp, p.wrt); d != "" {
			p.stats.Why = "two runs differ: " + d
			p.program = nil
			return
		}
		p.agreed = true
		p.stats.Instructions, p.stats.Bytes = p.program.Len(), p.program.Bytes()
	}
}

// check runs the program, and the model, and compares.
func (p *potential) check(grad []float64) (float64, error) {
	p.stats.Replayed++
	p.stats.Eager++
	value, err := p.replay(grad)
	if err != nil {
		return value, err
	}
	defer p.tape.Reset()
	lp, err := p.evaluate(p.own)
	if err != nil {
		if refuses(err) {
			return value, nil // the model checks more than its density needs
		}
		return 0, err
	}
	changed := &ChangedError{Evaluation: p.stats.Replayed}
	if e := pyro.Guard(func() { changed.What = p.program.Compare(p.grads, lp, p.wrt) }); e != nil {
		return 0, e
	}
	eager := item(p.tape, lp)
	switch {
	case changed.What != "":
		return 0, changed
	case !same(eager, value):
		changed.What = fmt.Sprintf("the log density is %v, but the recorded computation gives %v", eager, value)
		return 0, changed
	}
	for i, g := range p.own {
		if !same(g, grad[i]) {
			changed.What = fmt.Sprintf("the gradient of site %q is %v, but the recorded computation gives %v", p.siteAt(i), g, grad[i])
			return 0, changed
		}
	}
	return value, nil
}

// same compares bits, all NaN being alike.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// siteAt names the site of an unconstrained coordinate.
func (l *layout) siteAt(i int) string {
	for _, s := range l.sites {
		if i < s.at+s.n {
			return s.name
		}
	}
	return ""
}

// item reads a number without that being noted.
func item(t *tensor.Tape, x *tensor.Tensor) float64 {
	t.Quiet()
	defer t.Loud()
	return x.Item()
}
