package hmc

import (
	"math"
	"math/rand/v2"
)

// NUTS is the no-U-turn sampler of Hoffman and Gelman (2014) in the form of
// Betancourt (2017, appendix A): the new state is drawn from the whole trajectory
// with weights exp(-H), biased away from the start between doublings, and the
// trajectory ends by the generalised criterion, which is also asked across the
// seam of every two subtrees that meet (as Stan does since 2.21).
//
// Departures: within a new subtree the state is drawn by one pass of weighted
// reservoir sampling instead of pairwise merges, which has the same distribution
// and copies less; a stretch of less time than Tuning.MinTime does not end the trajectory;
// weights are kept as numbers relative to the energy at the start, rescaled before
// they overflow, instead of as logarithms; a divergence is an energy error above 1000, as in Stan.
//
// It has an invariant distribution because a subtree that the criterion would
// have stopped, or that diverges, is never drawn from (ibid.): whether it would
// depends on its points alone, and their number, whichever of them it began at.
type NUTS struct {
	maxDepth int

	ends    [2]point // the trajectory's last points, backward and forward
	rho     []float64
	near    [2][]float64 // momentum and velocity of the end about to be extended
	stack   []span       // finished subtrees of the doubling under way
	propose State        // state drawn from the new subtree
	sample  State        // state drawn from the trajectory so far, if it has moved
	moved   bool
	from    []float64
	diverge Divergence

	// Of the transition under way.
	r            *rand.Rand
	s            *State
	t            *Tuning
	free         int     // depth of the smallest subtree that may turn
	dir          int     // of the doubling
	eps          float64 // with its sign
	leaf         int     // steps of the doubling taken
	top          int     // subtrees on the stack
	h0, base     float64 // energy at the start; weights are exp(h0 - h - base)
	treeW, subW  float64
	proposeH     float64
	proposeIndex int
	index        [2]int // places of the ends, the start at 0
	info         Info
}

// span is a stretch of a trajectory: the sum of its momenta, and momentum and
// velocity at its ends, 0 where it was begun and 1 where it stops.
type span struct {
	rho  []float64
	p, v [2][]float64
}

// NewNUTS returns a sampler over dim coordinates; a trajectory has at most
// 2^maxDepth - 1 leapfrog steps, maxDepth ≥ 1 (Stan: 10).
func NewNUTS(dim, maxDepth int) *NUTS {
	vec := func() []float64 { return make([]float64, dim) }
	k := &NUTS{maxDepth: maxDepth, rho: vec(), from: vec(), near: [2][]float64{vec(), vec()}}
	k.ends = [2]point{newPoint(dim), newPoint(dim)}
	k.propose = State{X: vec(), Grad: vec()}
	k.sample = State{X: vec(), Grad: vec()}
	k.stack = make([]span, maxDepth+1)
	for i := range k.stack {
		k.stack[i] = span{rho: vec(), p: [2][]float64{vec(), vec()}, v: [2][]float64{vec(), vec()}}
	}
	return k
}

// Begin implements [Kernel].
func (k *NUTS) Begin(r *rand.Rand, s *State, t *Tuning) *State {
	k.start(r, s, t)
	k.double()
	return k.drift()
}

// Next implements [Kernel].
func (k *NUTS) Next() *State {
	if !k.grow() || k.leaf == 1<<k.info.Depth && !k.whole() {
		k.end()
		return nil
	}
	return k.drift()
}

// Info implements [Kernel].
func (k *NUTS) Info() Info { return k.info }

// start begins a trajectory at s.
func (k *NUTS) start(r *rand.Rand, s *State, t *Tuning) {
	k.r, k.s, k.t = r, s, t
	k.h0 = k.ends[0].place(r, s, &t.Metric)
	k.ends[1].set(&k.ends[0])
	copy(k.rho, k.ends[0].p)
	k.base, k.treeW, k.moved = 0, 1, false
	k.index = [2]int{}
	k.free = t.freeDepth(k.maxDepth)
	k.info = Info{StepSize: t.StepSize, Energy: k.h0}
}

// freeDepth returns the depth, at most limit, of the smallest tree of at least MinTime.
func (t *Tuning) freeDepth(limit int) int {
	depth := 0
	for steps := 0.0; steps*t.StepSize < t.MinTime && depth < limit; steps = 2*steps + 1 {
		depth++
	}
	return depth
}

// double begins to double the trajectory, at one of its ends.
func (k *NUTS) double() { k.extend(int(k.r.Uint64() >> 63)) }

// extend begins to double the trajectory at the end dir. A proposal is drawn on
// the way.
func (k *NUTS) extend(dir int) {
	k.dir, k.eps = dir, k.t.StepSize
	if dir == 0 {
		k.eps = -k.eps
	}
	copy(k.near[0], k.ends[dir].p)
	copy(k.near[1], k.ends[dir].v)
	k.subW, k.leaf, k.top = 0, 0, 0
}

// drift begins a leapfrog step at the end under way.
func (k *NUTS) drift() *State {
	z := &k.ends[k.dir]
	copy(k.from, z.X)
	z.drift(k.eps)
	return &z.State
}

// grow ends the leapfrog step and lets the leaf compete for the proposal; false where
// it diverges or the new half turns within itself.
func (k *NUTS) grow() bool {
	z := &k.ends[k.dir]
	h := z.kick(&k.t.Metric, k.eps)
	k.index[k.dir] += 2*k.dir - 1
	d := h - k.h0
	w := k.info.count(d)
	if d > maxEnergyError {
		k.diverge = Divergence{From: k.from, To: z.X, Error: d}
		k.info.Divergence = &k.diverge
		return false
	}
	if -d-k.base > maxExponent {
		shrink := math.Exp(k.base + d)
		k.treeW, k.subW, k.base = k.treeW*shrink, k.subW*shrink, -d
	}
	switch {
	case k.base != 0:
		w = math.Exp(-d - k.base)
	case d < 0: // e^-d from e^-|d|: exponentials cost as much as a small leapfrog step
		w = 1 / w
	}
	k.subW += w
	if k.r.Float64()*k.subW < w {
		k.propose.set(&z.State)
		k.proposeH, k.proposeIndex = h, k.index[k.dir]
	}
	return k.store(z)
}

// store puts the leaf z on the stack and joins the subtrees that it completes: leaf i
// as many as i has trailing ones. False where one of them turns.
func (k *NUTS) store(z *point) bool {
	leaf := k.leaf
	k.leaf++
	switch {
	case k.info.Depth == 0:
		k.stack[0].single(z)
		return true
	case leaf&1 == 0:
		k.stack[k.top].begin(z)
		k.top++
		return true
	case k.stack[k.top-1].pair(z) && k.free <= 1:
		return false
	}
	for i, depth := leaf>>1, 2; i&1 == 1; i, depth = i>>1, depth+1 {
		a, b := &k.stack[k.top-2], &k.stack[k.top-1]
		if depth >= k.free && turn(a, b) {
			return false
		}
		a.join(b)
		k.top--
	}
	return true
}

// whole joins the new half to the trajectory and begins to double it again; false
// where that is its end.
func (k *NUTS) whole() bool {
	k.info.Depth++
	if k.r.Float64()*k.treeW < k.subW { // biased progressive sampling
		k.accept()
	}
	k.treeW += k.subW
	old := span{
		rho: k.rho,
		p:   [2][]float64{k.ends[1-k.dir].p, k.near[0]},
		v:   [2][]float64{k.ends[1-k.dir].v, k.near[1]},
	}
	turned := k.info.Depth >= k.free && turn(&old, &k.stack[0])
	axpy(1, k.stack[0].rho, k.rho)
	k.info.Saturated = !turned && k.info.Depth == k.maxDepth
	if turned || k.info.Saturated {
		return false
	}
	k.double()
	return true
}

// accept takes the proposal for the sample.
func (k *NUTS) accept() {
	k.moved = true
	k.sample, k.propose = k.propose, k.sample
	k.info.Energy, k.info.EnergyError = k.proposeH, k.proposeH-k.h0
	k.info.Index = k.proposeIndex
}

// end moves the chain. Until then its state is as it was.
func (k *NUTS) end() {
	if k.moved {
		*k.s, k.sample = k.sample, *k.s
	}
	k.info.average()
}

// maxExponent keeps sums of 2^maxDepth weights below the largest float64.
const maxExponent = 600

// single makes s the stretch of the one point z.
func (s *span) single(z *point) {
	copy(s.rho, z.p)
	for i := range 2 {
		copy(s.p[i], z.p)
		copy(s.v[i], z.v)
	}
}

// begin makes z the first point of s, which is a stretch once it has a pair.
func (s *span) begin(z *point) {
	copy(s.p[0], z.p)
	copy(s.v[0], z.v)
}

// pair makes s the stretch of its first point and z, and reports whether that has
// made a U-turn: of single points the three criteria of turn are one.
func (s *span) pair(z *point) bool {
	p, v := z.p, z.v
	v, rho := v[:len(p)], s.rho[:len(p)]
	p0, p1, v0, v1 := s.p[0][:len(p)], s.p[1][:len(p)], s.v[0][:len(p)], s.v[1][:len(p)]
	var w0, w1 float64
	for i := range p {
		whole := p0[i] + p[i]
		w0 += whole * v0[i]
		w1 += whole * v[i]
		rho[i], p1[i], v1[i] = whole, p[i], v[i]
	}
	return !(w0 > 0 && w1 > 0)
}

// join appends o to s; o is left with s's old inner end.
func (s *span) join(o *span) {
	axpy(1, o.rho, s.rho)
	s.p[1], o.p[1] = o.p[1], s.p[1]
	s.v[1], o.v[1] = o.v[1], s.v[1]
}

// turn reports whether a followed by b has made a U-turn: the sum of momenta
// points against the velocity at an end of the whole, of a with the first point
// of b, or of the last point of a with b.
func turn(a, b *span) bool {
	n := len(a.rho)
	ra, rb := a.rho, b.rho[:n]
	pa, pb := a.p[1][:n], b.p[0][:n]
	va, vaEnd, vbStart, vb := a.v[0][:n], a.v[1][:n], b.v[0][:n], b.v[1][:n]
	var w0, w1, l0, l1, r0, r1 float64
	for i := range ra {
		whole, left, right := ra[i]+rb[i], ra[i]+pb[i], pa[i]+rb[i]
		w0 += whole * va[i]
		w1 += whole * vb[i]
		l0 += left * va[i]
		l1 += left * vbStart[i]
		r0 += right * vaEnd[i]
		r1 += right * vb[i]
	}
	return !(w0 > 0 && w1 > 0 && l0 > 0 && l1 > 0 && r0 > 0 && r1 > 0)
}
