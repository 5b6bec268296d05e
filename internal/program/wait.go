package program

import (
	"math"
	"slices"
	"unsafe"

	"github.com/gopyro/pyro/rng"
)

// A tape whose runs are alike, down to the gradient that ends them, computes late.
// An operation on arrays that stands ready is compared and then waits; it is
// computed when its value is asked for, after those before it. What still waits
// when the gradient is taken, mostly the log density, is part of the closing: the
// program that computes both, compiled as a recording is. It gives the same bits.

// canWait reports whether an operation cannot fail on any values, so that an error
// is told where it was made.
func (c Code) canWait() bool {
	switch c {
	case Index, IndexAdd, Gather, ScatterAdd, Cholesky, CholeskyGrad, TriSolve:
		return false
	}
	return c > Draw
}

// wait takes the node that stands ready as the next one, without its value.
func (t *Tape) wait() Ref {
	r := t.accept()
	t.delay(r)
	return r
}

// delay notes that what is at r waits.
func (t *Tape) delay(r Ref) {
	if t.due == 0 {
		t.due = r + 1
		t.masked(t.mask)
	}
}

// waiting returns the node that stands ready for an operation of code on nin operands, of
// which s is known, if it can wait; which operands, and attr, are for the caller to compare.
func (t *Tape) waiting(code Code, nin uint16, s state) *node {
	n := t.stands()
	if n == nil || !t.waits || n.code != code || n.nin != nin || !code.canWait() || (n.state^t.live(s))&(tracked|varying) != 0 {
		return nil
	}
	return n
}

// late reports whether the value at r waits.
func (t *Tape) late(r Ref) bool { return r+1 >= t.due && t.nodes[r].code > Draw }

// catchUp computes all that waits.
func (t *Tape) catchUp() {
	if t.due == 0 {
		return
	}
	for r := t.due - 1; int(r) < len(t.nodes); r++ {
		t.due = r + 1 // its operands are there
		t.evaluate(int(r))
	}
	t.due, t.closed = 0, 0
	t.masked(t.mask)
}

// evaluate computes the operation that stands ready at r.
func (t *Tape) evaluate(r int) {
	if n := &t.nodes[:r+1][r]; n.code > Draw && !t.numberAgain(n, r) {
		t.again(n, r)
	}
}

// closing is the end of a run as a program: the number that the gradient is of and
// the gradient, from the values of first and before. It writes to the buffers of
// the tape.
type closing struct {
	first   Ref
	p       *Recorded
	nums    *float64     // where Tape.nums began
	in      []input      // that may lie elsewhere than they did
	fixed   []held       // what must hold what it held
	numbers []heldNumber // likewise single numbers
	apart   map[Ref]bool // inputs that move from run to run, or do not hold what they did
	early   int          // runs in which operations before first waited as well
	made    int          // how often it was compiled
}

// heldNumber is what a single number was.
type heldNumber struct {
	at    Ref
	value float64
}

// mostClosings is how often the end of a run is compiled anew to take in more of it.
const mostClosings = 4

// pays reports whether it is worth compiling: where long inputs lie elsewhere in each
// run, to copy them takes as long as it saves.
func (c *closing) pays(t *Tape) bool {
	for r := range c.apart {
		if t.Layout(r).Size > mostHeld {
			return false
		}
	}
	return true
}

// covers reports whether the closing takes in all that waits. One that does not for
// some runs has to be compiled anew.
func (c *closing) covers(t *Tape) bool {
	if t.due == 0 || t.due > c.first || c.made >= mostClosings {
		return true
	}
	c.early++
	return c.early < steady/4
}

// input is a value that a closing begins with, and that may move.
type input struct {
	at   Ref
	from unsafe.Pointer // where it lies
	own  *Array         // of one that moves, where it is copied to; nil if it stays
}

// newClosing compiles the end of the run that is on the tape, of which all is
// computed; old is one that did not fit, or nil.
func newClosing(t *Tape, first Ref, old *closing) *closing {
	l := &t.tail
	c := &closing{first: first, nums: unsafe.SliceData(t.nums), apart: map[Ref]bool{}}
	if old != nil {
		c.apart, c.made = old.apart, old.made
	}
	c.made++
	p := &Recorded{
		nodes: slices.Clone(t.nodes[:l.to]), values: make([]Array, l.to), attrs: t.attrs, lists: t.lists,
		outs: append([]Ref{l.y}, l.out...),
	}
	fixed := c.constants(t, first)
	for i := range p.nodes {
		r, n := Ref(i), &p.nodes[i]
		p.values[i] = *t.Value(r)
		if fixed[r] && (r < first || n.code == Const) {
			*n = node{code: Const, attr: -1, state: n.state &^ (varying | tracked)}
			if t.nodes[r].state.is(scalar) {
				p.values[i] = p.mem.copied(t.array(r))
				c.numbers = append(c.numbers, heldNumber{r, t.nums[r]})
				continue
			}
			k := t.keep(r)
			p.values[i] = k.array
			c.fixed = append(c.fixed, held{ref: r, kept: k})
			continue
		}
		if r >= first && n.code > Draw {
			n.state &^= varying
			for _, x := range operands(n, p.lists) {
				n.state |= p.nodes[x].state & varying
			}
			if table[n.code].view != nil { // on what the closing has of its operand
				attr := attrOf(n, p.attrs)
				p.values[i] = table[n.code].view(&call{code: n.code, attr: &attr, in: []*Array{&p.values[n.in[0]]}, m: &p.mem})
			}
			continue
		}
		if i >= l.from { // a number of the gradient's rules
			n.state &^= varying
			continue
		}
		*n = node{code: Var, attr: -1, state: n.state | varying}
		if c.apart[r] {
			p.values[i] = p.mem.copied(&p.values[i])
		}
	}
	p.compile()
	for i := range p.nodes {
		a := &p.values[i]
		if !p.needed[i] || p.nodes[i].code != Var || a.Layout.Size == 0 {
			continue
		}
		in := input{at: Ref(i)}
		switch {
		case c.apart[in.at]:
			in.own = a
		case t.nodes[i].moves():
			in.from = start(a)
		default:
			continue
		}
		c.in = append(c.in, in)
	}
	c.p = p
	return c
}

// constants are the values that cannot vary and that the closing knows, which are
// compared in each run: those that indices follow from, for with fixed indices Index
// and its like take a quicker way, and those that something is computed from which
// depends on nothing else, as the sign of a response does, or the log of a scale.
func (c *closing) constants(t *Tape, first Ref) map[Ref]bool {
	stays := make([]bool, t.tail.to) // of those that cannot vary, ones that hold what they did
	for i := range stays {
		r, n := Ref(i), &t.nodes[i]
		stays[i] = !n.state.is(varying) && !c.apart[r]
		if r >= first && n.code != Const {
			for _, x := range operands(n, t.lists) {
				stays[i] = stays[i] && stays[x]
			}
		}
	}
	fixed := map[Ref]bool{}
	for r := Ref(t.tail.to) - 1; r >= 0; r-- {
		n := &t.nodes[r]
		switch {
		case fixed[r] && r >= first:
			for _, x := range operands(n, t.lists) {
				fixed[x] = true
			}
		case n.code >= Index && n.code <= ScatterAdd && (r >= first || int(r) >= t.tail.from):
			if x := n.in[1]; stays[x] {
				fixed[x] = true
			}
		case n.code > Draw && r >= first && int(r) < t.tail.from && stays[r]:
			fixed[r] = true
			for _, x := range operands(n, t.lists) {
				fixed[x] = true
			}
		}
	}
	return fixed
}

// moves reports whether the array of n may lie elsewhere in another run, as those may that
// are put on the tape, and windows on them.
func (n *node) moves() bool {
	return n.code == Const || n.code == Var || table[n.code].view != nil
}

// start is where the elements of a begin, of which there is one.
func start(a *Array) unsafe.Pointer {
	if a.DType == Float32 {
		return unsafe.Pointer(unsafe.SliceData(a.F32))
	}
	return unsafe.Pointer(unsafe.SliceData(a.F64))
}

// begins is where the elements of the value at r begin, of which there is one.
func (t *Tape) begins(r Ref) unsafe.Pointer {
	if !t.nodes[r].state.is(boxed) {
		return unsafe.Pointer(&t.nums[r])
	}
	return start(&t.values[r])
}

// run computes the end of the run and writes the gradients to dst; ok is false if
// an input lies elsewhere than it did.
func (c *closing) run(t *Tape, dst [][]float64) (ok bool) {
	if t.due != 0 { // more may wait than did
		for r := t.due - 1; r < c.first; r++ {
			t.due = r + 1
			t.evaluate(int(r))
		}
	}
	ok = unsafe.SliceData(t.nums) == c.nums
	for i := range c.in {
		in := &c.in[i]
		switch {
		case in.own != nil:
			materialise(in.own, t.array(in.at), in.own.Layout)
		case t.begins(in.at) != in.from:
			ok, c.apart[in.at] = false, true
		}
	}
	for i := range c.numbers {
		if f := &c.numbers[i]; math.Float64bits(t.nums[f.at]) != math.Float64bits(f.value) {
			ok, c.apart[f.at] = false, true
		}
	}
	for i := range c.fixed {
		if f := &c.fixed[i]; t.keep(f.ref) != f.kept {
			ok, c.apart[f.ref] = false, true
		}
	}
	t.due = c.first + 1 // what was computed beyond, the closing may write over
	if !ok {
		return false
	}
	c.p.Run(rng.Key{})
	for i, d := range dst {
		c.p.CopyOutput(i+1, d)
	}
	l := &t.tail
	if t.nodes[l.y].state.is(scalar) {
		t.nums[l.y], t.closed = c.p.Output(0).F64[0], l.y+1
	}
	t.nodes, t.nums = t.nodes[:l.to], t.nums[:l.to]
	t.quick, t.queue = 0, 0
	return true
}
