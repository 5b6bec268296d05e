package tensor

import (
	"github.com/gopyro/pyro/internal/program"
	"github.com/gopyro/pyro/rng"
)

// Lanes is a recorded computation evaluated at k points at once. Its results have
// the bits of k runs of the Program. It uses the memory of the Program, whose
// variables hold anything after a run: give each goroutine a Program of its own.
type Lanes struct {
	l        *program.Lanes
	required []laneRequirement
}

// laneRequirement is what was required of output out, of n numbers in each lane.
type laneRequirement struct {
	out, n int
	data   []float64
	at     []*Tensor // by lane, views of data
	holds  func(x *Tensor) bool
}

// Lanes returns p for k ≥ 1 points. The variables that differ from point to point
// are those of which p computes the gradients.
func (p *Program) Lanes(k int) *Lanes {
	l := &Lanes{l: p.p.Lanes(k, p.vars)}
	for i, r := range p.required {
		n := r.x.Size()
		q := laneRequirement{out: 1 + len(p.vars) + i, n: n, data: make([]float64, k*n), holds: r.holds}
		for j := range k {
			q.at = append(q.at, Using(q.data[j*n:(j+1)*n:(j+1)*n], r.x.Shape()...))
		}
		l.required = append(l.required, q)
	}
	return l
}

// Set gives the i-th variable at all points: that of point j starts at x[j·stride].
// x must stay as it is until Run.
func (l *Lanes) Set(i int, x []float64, stride int) { l.l.Set(i, x, stride) }

// Run computes the outputs at all points, with the same random numbers of key at
// each. It allocates nothing.
func (l *Lanes) Run(key rng.Key) { l.l.Run(key) }

// Holds reports whether the values of the last Run satisfy at all points what was
// required of them.
func (l *Lanes) Holds() bool {
	for i := range l.required {
		r := &l.required[i]
		l.CopyOutput(r.out, r.data, r.n)
		for _, x := range r.at {
			if !r.holds(x) {
				return false
			}
		}
	}
	return true
}

// CopyOutput writes the i-th output at all points to dst: that of point j from
// dst[j·stride] on.
func (l *Lanes) CopyOutput(i int, dst []float64, stride int) { l.l.Copy(i, dst, stride) }

// Len is the number of operations of a run, Looped the number of those that run
// for one point after the other. Why says why all do; "" if they do not.
func (l *Lanes) Len() int    { return l.l.Len() }
func (l *Lanes) Looped() int { return l.l.Looped() }
func (l *Lanes) Why() string { return l.l.Why() }
