package program

import (
	"slices"

	"github.com/gopyro/pyro/internal/kernel"
)

// compiler turns the nodes of a program into instructions.
type compiler struct {
	p     *Recorded
	canon []Ref // the value that each value always equals
	need  []bool
	order []Ref          // of what is computed
	taken map[string]Ref // values that were made of others for operations that take them so
	spent int            // picks made so
	at    Ref            // the value whose instruction is being made
	slots []slot         // in the order of the program
	slot  []int32        // of the instruction that makes a value, -1 if none does
	onces map[onceKey]*once
	short [][]kernel.Step
	minus []bool // sums of what is taken as it is in place of its negative
	own   []bool // values that instructions make
	local []bool // values that need not be stored
}

// slot is several instructions one after the other, or several of n elements each that
// run as a block, or several that run as steps.
type slot struct {
	code  []instruction
	refs  []Ref // the values they make
	n     int32
	steps bool

	slab   *float64 // of the values that only the block uses
	pieces int32    // in it
}

// compile finds the operations to run: it joins equal ones, drops those that
// only pass an operand on, and keeps what the outputs need.
func (p *Recorded) compile() {
	c := &compiler{p: p, canon: p.simplify(), onces: map[onceKey]*once{}}
	c.moveSigns()
	for i, r := range p.outs {
		p.outs[i] = c.canon[r]
	}
	for i := range p.nodes {
		c.order = append(c.order, Ref(i))
	}
	c.findNeeded()
	c.lower()
	c.findNeeded()
	c.slot = make([]int32, len(p.nodes))
	fill(c.slot, -1)
	for _, r := range c.order {
		if n := &p.nodes[r]; c.need[r] && n.state.is(varying) && n.code != Var {
			c.emit(r)
		}
	}
	c.arrange()
	c.bringRows()
	c.together()
	c.shareBlocks()
	c.reuse()
	c.findLocal()
	p.slots, p.needed = c.slots, c.need
	vectors := c.findVectors()
	found, swept := c.findSweeps(vectors)
	for i := range c.slots {
		s := &c.slots[i]
		if s.steps {
			p.code = append(p.code, c.steps(s))
			continue
		}
		if w, ok := found[i]; ok {
			p.code = append(p.code, instruction{kind: sweeping, n: int32(len(s.code)), at: int32(len(p.sweeps))})
			p.sweeps = append(p.sweeps, w)
		} else if s.n > 0 && len(s.code) > 1 {
			p.code = append(p.code, instruction{kind: block, n: int32(len(s.code)), dst: s.slab, at: s.pieces})
		}
		for j, in := range s.code {
			if swept[s.refs[j]] {
				continue
			}
			if vectors[s.refs[j]] {
				if in.kind = vector; c.multipliesRows(&in) {
					continue
				}
			}
			p.code = append(p.code, in)
		}
	}
	p.short = kernel.NewRoutines(c.short)
	p.flat = make([][]float64, len(p.outs))
	for i, r := range p.outs {
		if a := &p.values[r]; a.DType == Float64 && a.Layout.Contig {
			p.flat[i] = a.F64[:a.Layout.Size]
		}
	}
}

// findNeeded finds the values that the outputs need.
func (c *compiler) findNeeded() {
	p := c.p
	c.need = make([]bool, len(p.nodes))
	for _, r := range p.outs {
		c.need[r] = true
	}
	for _, i := range slices.Backward(c.order) {
		if c.need[i] {
			for _, r := range operands(&p.nodes[i], p.lists) {
				c.need[c.canon[r]] = true
			}
		}
	}
}

// emit makes the instruction for a value, if it needs one.
func (c *compiler) emit(r Ref) {
	p := c.p
	c.at = r
	n := &p.nodes[r]
	var args []*Array
	last := int32(-1) // slot after which it can run
	for _, x := range operands(n, p.lists) {
		x = c.canon[x]
		args = append(args, &p.values[x])
		last = max(last, c.slot[x])
	}
	out := &p.values[r]
	in := instruction{code: n.code, k: n.k}
	switch {
	case n.code == Draw:
		in.kind = random
	case table[n.code].view != nil:
		if aliases(out, args[0]) || c.rebind(r, args) {
			c.slot[r] = last
			return
		}
		in.kind = refresh
	case n.code == Sigmoid && c.joins(r), (n.code == BetaSampleDb || n.code == BetaIncDb) && c.joinsDerivative(r):
		return
	case (n.code == Unslice || n.code == Cat) && c.copies(r, args):
		return
	case out.DType == Float64 && out.Layout.Size > 0:
		c.specialise(&in, n, out, args)
	}
	if in.kind <= random || in.kind >= picked {
		attr := attrOf(n, p.attrs)
		t := tableCall{at: r, attr: &attr, args: args}
		switch in.kind {
		case picked, put:
			t.rows = c.rows(n, out, args)
		case reduced:
			t.block, _ = c.block(n, out, args[0])
		}
		if n.code == LogMatMul || n.code == LogMatMulGrad {
			t.common = c.logCommon(n, args)
		}
		if n.code == Index {
			t.naturals = c.naturals(n, args)
		}
		in.at = int32(len(p.calls))
		p.calls = append(p.calls, t)
	}
	c.place(in, r, last)
}

// rebind makes the value of a view anew, since its operand was joined with one
// that lies elsewhere, or had to be copied. It reports whether the view is now
// in the buffer of the operand; otherwise it is a contiguous copy.
func (c *compiler) rebind(r Ref, args []*Array) bool {
	n := &c.p.nodes[r]
	attr := attrOf(n, c.p.attrs)
	v := call{code: n.code, attr: &attr, in: args, m: &c.p.mem}
	c.p.values[r] = table[n.code].view(&v)
	return aliases(&c.p.values[r], args[0])
}

// joins makes the Softplus of the same operand, if there is one, compute the
// Sigmoid r as well, which takes no further exponential.
func (c *compiler) joins(r Ref) bool {
	x := c.canon[c.p.nodes[r].in[0]]
	for i := len(c.slots) - 1; i >= 0; i-- {
		s := &c.slots[i]
		for j := range s.code {
			in, soft := &s.code[j], s.refs[j]
			if in.kind == each && in.code == Softplus && c.canon[c.p.nodes[soft].in[0]] == x && in.n >= mathRun {
				in.kind, in.z = twin, &c.p.values[r].F64[0]
				in.step |= 8
				c.slot[r] = c.slot[soft]
				return true
			}
		}
		if int32(i) == c.slot[x] {
			break
		}
	}
	return false
}

// joinsDerivative makes the derivative of a function of the beta distribution in a, if
// there is one, compute that in b, r, as well, which takes the same series.
func (c *compiler) joinsDerivative(r Ref) bool {
	n := &c.p.nodes[r]
	for i := range c.slots {
		s := &c.slots[i]
		for j := range s.code {
			in, first := &s.code[j], s.refs[j]
			if in.kind != triples || in.code != n.code-1 || in.n >= blockRun {
				continue
			}
			same, args := true, []*Array(nil)
			for k, x := range c.p.nodes[first].in {
				same = same && c.canon[x] == c.canon[n.in[k]]
				args = append(args, &c.p.values[c.canon[x]])
			}
			if same {
				in.kind, in.at = derivatives, int32(len(c.p.calls))
				c.p.calls = append(c.p.calls, tableCall{at: first, args: args, other: r})
				c.slot[r] = c.slot[first]
				return true
			}
		}
	}
	return false
}

// place appends an instruction, to a block or to steps if it can be part of them.
func (c *compiler) place(in instruction, r Ref, last int32) {
	if in.isStep() {
		i := max(last, 0)
		for int(i) < len(c.slots) && !c.slots[i].steps {
			i++
		}
		if int(i) == len(c.slots) {
			c.slots = append(c.slots, slot{steps: true})
		}
		s := &c.slots[i]
		s.code, s.refs, c.slot[r] = append(s.code, in), append(s.refs, r), i
		return
	}
	n := int32(0)
	if in.kind >= each && in.kind <= twin && in.n >= blockRun {
		n = in.n
	}
	i := max(last, 0)
	if in.kind <= random { // in the order that was recorded, in which operands are still in cache
		i = int32(len(c.slots))
	}
	for int(i) < len(c.slots) && (c.slots[i].steps || c.slots[i].n != n) {
		i++
	}
	if int(i) == len(c.slots) {
		c.slots = append(c.slots, slot{n: n})
	}
	s := &c.slots[i]
	s.code, s.refs, c.slot[r] = append(s.code, in), append(s.refs, r), i
}

// shareBlocks gives values that only their own block uses room for one piece,
// which stays in cache, in place of all.
func (c *compiler) shareBlocks() {
	p := c.p
	outside := make([]bool, len(p.nodes)) // used by another slot, or a view, or an output
	for _, r := range p.outs {
		outside[c.canon[r]] = true
	}
	for i := range p.nodes {
		if n := &p.nodes[i]; c.need[i] {
			for _, x := range operands(n, p.lists) {
				x = c.canon[x]
				outside[x] = outside[x] || c.slot[x] != c.slot[i] || table[n.code].view != nil
			}
		}
	}
	var own []*float64 // where the values are that a block alone uses
	for i := range c.slots {
		s := &c.slots[i]
		if s.n == 0 || len(s.code) == 1 {
			continue
		}
		own = own[:0]
		for j, r := range s.refs {
			if !outside[r] {
				own = append(own, s.code[j].dst)
			}
		}
		if len(own) == 0 {
			continue
		}
		slab := p.mem.float64s(len(own) * longest)
		s.slab, s.pieces = &slab[0], int32(len(own))
		for j, old := range own {
			for k := range s.code {
				s.code[k].move(old, &slab[j*longest])
			}
		}
	}
}

// move makes operands at old be at own, which holds one piece of a slab.
func (in *instruction) move(old, own *float64) {
	for bit, p := range []**float64{&in.dst, &in.x, &in.y, &in.z} {
		if *p == old {
			*p = own
			in.step = in.step&^(1<<bit) | slabbed<<bit
		}
	}
}
