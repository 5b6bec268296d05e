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

// laneRequirement is a condition on outputs at all points.
type laneRequirement struct {
	values []laneValue
	holds  []func() bool // by lane
}

// laneValue is output out, of n numbers in each lane.
type laneValue struct {
	out, n int
	data   []float64 // of all lanes
	single []float32 // the same where it is float32
}

// at returns the value in lane j.
func (v *laneValue) at(j int, shape []int) *Tensor {
	lo, hi := j*v.n, (j+1)*v.n
	if v.single != nil {
		return off(program.NewArray32(v.single[lo:hi:hi], shape...))
	}
	return Using(v.data[lo:hi:hi], shape...)
}

// read takes the values of the last Run.
func (v *laneValue) read(l *Lanes) {
	l.CopyOutput(v.out, v.data, v.n)
	for i := range v.single {
		v.single[i] = float32(v.data[i])
	}
}

// Lanes returns p for k ≥ 1 points. The variables that differ from point to point
// are those of which p computes the gradients, or its inputs.
func (p *Program) Lanes(k int) *Lanes {
	l := &Lanes{l: p.p.Lanes(k, p.vars)}
	for i := range p.required {
		c := &p.required[i]
		var r laneRequirement
		for x, out := range c.outs {
			if out >= 0 {
				v := laneValue{out: out, n: c.xs[x].Size()}
				v.data = make([]float64, k*v.n)
				if c.xs[x].DType() == Float32 {
					v.single = make([]float32, k*v.n)
				}
				r.values = append(r.values, v)
			}
		}
		for j := range k {
			xs, next := make([]*Tensor, len(c.xs)), 0
			for x, out := range c.outs {
				if xs[x] = c.xs[x]; out >= 0 {
					xs[x] = r.values[next].at(j, c.xs[x].Shape())
					next++
				}
			}
			r.holds = append(r.holds, c.Bind(xs))
		}
		l.required = append(l.required, r)
	}
	return l
}

// Undivided tells why Lanes of p run for one point after the other as a whole; "" if
// they do not.
func (p *Program) Undivided() string { return p.p.Undivided() }

// Set gives the i-th variable at all points: that of point j starts at x[j·stride].
// x must stay as it is until Run.
func (l *Lanes) Set(i int, x []float64, stride int) { l.l.Set(i, x, stride) }

// Run computes the outputs at all points, at point j with random numbers of keys[j].
// It allocates nothing.
func (l *Lanes) Run(keys []rng.Key) { l.l.Run(keys) }

// Holds reports whether the values of the last Run satisfy at all points what was
// required of them.
func (l *Lanes) Holds() bool {
	for i := range l.required {
		r := &l.required[i]
		for j := range r.values {
			r.values[j].read(l)
		}
		for _, holds := range r.holds {
			if !holds() {
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
