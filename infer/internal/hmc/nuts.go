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
// and copies less; weights are kept as numbers relative to the energy at the start,
// rescaled before they overflow, instead of as logarithms; a divergence is an energy error above 1000, as in Stan.
//
// It has an invariant distribution because a subtree that the criterion would
// have stopped, or that diverges, is never drawn from (ibid.).
type NUTS struct {
	f        LogDensity
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

	// Of the trajectory under way.
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

// NewNUTS returns a sampler of f over dim coordinates; a trajectory has at most
// 2^maxDepth - 1 leapfrog steps (Stan: 10).
func NewNUTS(f LogDensity, dim, maxDepth int) *NUTS {
	vec := func() []float64 { return make([]float64, dim) }
	k := &NUTS{f: f, maxDepth: maxDepth, rho: vec(), from: vec(), near: [2][]float64{vec(), vec()}}
	k.ends = [2]point{newPoint(dim), newPoint(dim)}
	k.propose = State{X: vec(), Grad: vec()}
	k.sample = State{X: vec(), Grad: vec()}
	k.stack = make([]span, maxDepth+1)
	for i := range k.stack {
		k.stack[i] = span{rho: vec(), p: [2][]float64{vec(), vec()}, v: [2][]float64{vec(), vec()}}
	}
	return k
}

// Step implements [Kernel].
func (k *NUTS) Step(r *rand.Rand, s *State, t *Tuning) (Info, error) {
	k.begin(r, s, t)
	for k.info.Depth < k.maxDepth {
		dir := int(r.Uint64() >> 63)
		end := &k.ends[dir]
		copy(k.near[0], end.p)
		copy(k.near[1], end.v)
		whole, err := k.extend(r, t, dir)
		if err != nil {
			return Info{}, err
		}
		if !whole {
			break
		}
		k.info.Depth++
		if r.Float64()*k.treeW < k.subW { // biased progressive sampling
			k.accept()
		}
		k.treeW += k.subW
		old := span{
			rho: k.rho,
			p:   [2][]float64{k.ends[1-dir].p, k.near[0]},
			v:   [2][]float64{k.ends[1-dir].v, k.near[1]},
		}
		turned := turn(&old, &k.stack[0])
		axpy(1, k.stack[0].rho, k.rho)
		if turned {
			break
		}
		k.info.Saturated = k.info.Depth == k.maxDepth
	}
	if k.moved { // not before: a failed step leaves s as it was
		*s, k.sample = k.sample, *s
	}
	k.info.average()
	return k.info, nil
}

// begin starts a trajectory at s.
func (k *NUTS) begin(r *rand.Rand, s *State, t *Tuning) {
	k.h0 = k.ends[0].place(r, s, &t.Metric)
	k.ends[1].set(&k.ends[0])
	copy(k.rho, k.ends[0].p)
	k.base, k.treeW, k.moved = 0, 1, false
	k.index = [2]int{}
	k.info = Info{StepSize: t.StepSize, Energy: k.h0}
}

// accept takes the proposal for the sample.
func (k *NUTS) accept() {
	k.moved = true
	k.sample, k.propose = k.propose, k.sample
	k.info.Energy, k.info.EnergyError = k.proposeH, k.proposeH-k.h0
	k.info.Index = k.proposeIndex
}

// extend doubles the trajectory at the end dir, drawing a proposal on the way;
// false where the new half turns within itself or diverges. Leaves arrive one by
// one; leaf i completes as many subtrees as i has trailing ones.
func (k *NUTS) extend(r *rand.Rand, t *Tuning, dir int) (bool, error) {
	eps := t.StepSize
	if dir == 0 {
		eps = -eps
	}
	k.subW = 0
	top := 0
	for leaf := range 1 << k.info.Depth {
		ok, err := k.grow(r, t, dir, eps)
		if !ok || err != nil {
			return false, err
		}
		k.stack[top].leaf(&k.ends[dir])
		for i := leaf; i&1 == 1; i >>= 1 {
			a, b := &k.stack[top-1], &k.stack[top]
			if turn(a, b) {
				return false, nil
			}
			a.join(b)
			top--
		}
		top++
	}
	return true, nil
}

// grow takes one leapfrog step at the end dir and lets it compete for the
// proposal; false where it diverges.
func (k *NUTS) grow(r *rand.Rand, t *Tuning, dir int, eps float64) (bool, error) {
	z := &k.ends[dir]
	copy(k.from, z.x)
	h, err := z.leapfrog(k.f, &t.Metric, eps)
	if err != nil {
		return false, err
	}
	k.index[dir] += 2*dir - 1
	d := h - k.h0
	w := k.info.count(d)
	if d > maxEnergyError {
		k.diverge = Divergence{From: k.from, To: z.x, Error: d}
		k.info.Divergence = &k.diverge
		return false, nil
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
	if r.Float64()*k.subW < w {
		copy(k.propose.X, z.x)
		copy(k.propose.Grad, z.g)
		k.propose.LogP, k.proposeH, k.proposeIndex = z.logp, h, k.index[dir]
	}
	return true, nil
}

// maxExponent keeps sums of 2^maxDepth weights below the largest float64.
const maxExponent = 600

// leaf makes s the stretch of the single point z.
func (s *span) leaf(z *point) {
	copy(s.rho, z.p)
	for i := range 2 {
		copy(s.p[i], z.p)
		copy(s.v[i], z.v)
	}
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
