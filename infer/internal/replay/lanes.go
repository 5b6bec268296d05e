package replay

import (
	"math"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Lanes evaluates the recording of a function at k points at once, with the bits of
// single evaluations.
type Lanes struct {
	f       *Function
	k       int
	program *tensor.Program // of which lanes are
	lanes   *tensor.Lanes
	keys    []rng.Key // the same for all points
}

// Lanes returns f at k ≥ 1 points.
func (f *Function) Lanes(k int) *Lanes { return &Lanes{f: f, k: k, keys: make([]rng.Key, k)} }

// Points are k points and what a function is there, as matrices with a row of
// Width numbers for each.
type Points struct {
	Width  int
	Vars   []Stretch // of a row, in order
	X      []float64 // [k, Width]
	Values []float64 // [k]
	Grads  []float64 // [k, Width]
}

// Stretch is the place of a variable of N numbers in a row.
type Stretch struct{ At, N int }

// Eval writes values and gradients at the points. False says that the caller has to
// evaluate them one by one: there is no recording yet, or one of the evaluations is
// to be compared with the model, or what the model checks does not hold at a point.
// It allocates nothing once there is a recording.
func (l *Lanes) Eval(key rng.Key, p *Points) bool {
	if !l.ready() || l.f.due(l.k) {
		return false
	}
	holds := false
	err := pyro.Guard(func() {
		l.run(key, p)
		holds = l.lanes.Holds()
	})
	if err != nil || !holds {
		return false
	}
	l.f.Stats.Replayed += l.k
	for _, v := range p.Values[:l.k] {
		l.f.Stats.refuse(Refusal(v, nil))
	}
	return true
}

// ready makes lanes of the recording, if there is one.
func (l *Lanes) ready() bool {
	program := l.f.Program()
	if program == nil {
		return false
	}
	if l.program != program {
		l.program, l.lanes = program, program.Lanes(l.k)
	}
	return true
}

func (l *Lanes) run(key rng.Key, p *Points) {
	for i, v := range p.Vars {
		l.lanes.Set(i, p.X[v.At:], p.Width)
	}
	for j := range l.keys {
		l.keys[j] = key
	}
	l.lanes.Run(l.keys)
	l.lanes.CopyOutput(0, p.Values, 1)
	for i, v := range p.Vars {
		l.lanes.CopyOutput(i+1, p.Grads[v.At:], p.Width)
	}
}

// What measuring costs: so many runs of either kind, in turns.
const (
	measured = 6
	atLeast  = 10 * time.Microsecond // of a run, which is repeated for that long
)

// Cost measures the time of an evaluation at the points over that of as many single
// ones, where the variables are: the shortest of a few runs. It writes to p. Why
// says why it is not less than one, as Lanes.Why does, or because there is no
// recording or a run fails.
func (l *Lanes) Cost(key rng.Key, p *Points) (cost float64, why string) {
	if !l.ready() {
		return 1, "there is no recording"
	}
	if why := l.lanes.Why(); why != "" {
		return 1, why
	}
	err := pyro.Guard(func() {
		cost = shortest(func() { l.f.single(key, p) })
		cost = shortest(func() { l.run(key, p) }) / (float64(l.k) * cost)
	})
	if err != nil {
		return 1, err.Error()
	}
	return cost, ""
}

// single runs the recording at one point.
func (f *Function) single(key rng.Key, p *Points) {
	f.program.Run(key)
	p.Values[0] = f.program.Value()
	for i, v := range p.Vars {
		f.program.CopyOutput(i+1, p.Grads[v.At:v.At+v.N])
	}
}

// shortest is the time of run, in nanoseconds.
func shortest(run func()) float64 {
	begin := time.Now()
	run()
	n := 1 + int(atLeast/(time.Since(begin)+1))
	best := math.Inf(1)
	for range measured {
		begin := time.Now()
		for range n {
			run()
		}
		best = min(best, float64(time.Since(begin))/float64(n))
	}
	return best
}

// Len is the number of operations of an evaluation, Looped the number of those that
// run for one point after the other. Why says why all do; "" if they do not. They
// are 0 and why the model is run before there is a recording.
func (l *Lanes) Len() int {
	if l.lanes == nil {
		return 0
	}
	return l.lanes.Len()
}

func (l *Lanes) Looped() int {
	if l.lanes == nil {
		return 0
	}
	return l.lanes.Looped()
}

func (l *Lanes) Why() string {
	if l.lanes == nil {
		return l.f.Stats.Why
	}
	return l.lanes.Why()
}
