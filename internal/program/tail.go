package program

import "slices"

// tail is the gradient at the end of a run. Its operations follow from those
// before it, so that they can be computed again without their rules. Where run
// after run ends in the same one, it is compiled together with what waits for it.
type tail struct {
	y        Ref
	xs, out  []Ref
	from, to int // none if from is negative
	made     int // how often since all was laid out; each time takes memory
	repeats  int // how often it was computed again
	passes   int // how often that of y, at the end of passedAt values, was taken off the tape
	passedAt int
	closing  *closing
	open     bool // it is not compiled any more
}

// mostTails is how often a gradient is laid out before Reset starts from nothing:
// runs that take several would otherwise take memory without end.
const mostTails = 2

// steady is the number of runs that end in the same gradient after which operations
// wait: compiling takes as long as a few dozen runs.
const steady = 32

// forget makes l none.
func (l *tail) forget() { *l = tail{from: -1, xs: l.xs, out: l.out} }

// The number of values of a run up to which its gradient is compiled. Of single
// numbers, machine code for many more would only push others out of the cache.
const (
	longestClosing = 1 << 14
	longestNumbers = 1 << 9
)

// pays reports whether the gradient of y is worth having on the tape. Of single
// numbers it is not: their adjoints take less time off it, and what is left of the
// gradient then is little. It is where run after run ends in it, since it is then
// compiled.
func (l *tail) pays(t *Tape, y Ref) bool {
	n := len(t.nodes)
	if l.from == n || 4*(t.known-n) > n {
		return true
	}
	if l.passes++; l.passedAt != n || l.y != y {
		l.passes, l.passedAt, l.y = 0, n, y
	}
	return l.passes > steady && n < longestNumbers
}

// run puts the gradients of y in each of xs on the tape, where all before them
// stood ready, and writes them to dst.
func (l *tail) run(t *Tape, dst [][]float64, y Ref, xs []Ref) {
	if l.from != len(t.nodes) || l.to > t.known || l.y != y || !slices.Equal(l.xs, xs) {
		l.lay(t, y, xs)
		l.copy(t, dst)
		return
	}
	if !l.open && l.closing != nil && l.closing.covers(t) && l.closing.run(t, dst) {
		return
	}
	first := Ref(len(t.nodes))
	if t.due != 0 {
		first = t.due - 1
	}
	t.catchUp()
	for r := l.from; r < l.to; r++ {
		t.evaluate(r)
		t.accept()
	}
	l.copy(t, dst)
	switch l.repeats++; {
	case l.closing != nil && !l.closing.pays(t):
		t.waits, l.open = false, true
	case t.waits:
		l.closing = newClosing(t, first, l.closing)
	case l.repeats+l.passes >= steady && l.to < longestClosing && !l.open:
		t.waits = true
	}
}

// lay puts the gradient on the tape by its rules.
func (l *tail) lay(t *Tape, y Ref, xs []Ref) {
	t.catchUp()
	t.known, t.quick, t.queue, t.waits = len(t.nodes), 0, 0, false // what comes next was made another way
	t.epoch++
	l.made++
	t.departed = l.made > mostTails
	l.from, l.y, l.xs, l.repeats, l.closing = len(t.nodes), y, append(l.xs[:0], xs...), 0, nil
	l.out = append(l.out[:0], t.Grad(y, xs, false)...)
	l.to = len(t.nodes)
}

// copy writes the gradients to dst.
func (l *tail) copy(t *Tape, dst [][]float64) {
	for i, r := range l.out {
		if t.nodes[r].state.is(scalar) {
			dst[i][0] = t.nums[r]
		} else {
			t.values[r].CopyTo(dst[i])
		}
	}
}
