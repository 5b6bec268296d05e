//go:build !purego

package kernel

import "math"

// registers assigns registers to the values of a stretch in one pass over its
// operations. Where none is free, the value goes that is read again last (Belady
// 1966); what it was is in memory, or is put there now, at its own place, which
// nothing else takes as long as the value is read.
type registers struct {
	*assembler
	s     *straight
	state []state   // of values
	holds [32]index // the value in each register, or none
	fixed [32]bool
	count int   // of registers
	now   index // the operation
}

// state is where a value is.
type state struct {
	reg      int // or none
	inMemory bool
	stays    bool  // in its register
	read     index // of it that comes next, or none
}

// begin starts another stretch, in the memory of the last.
func (r *registers) begin(a *assembler, s *straight) {
	*r = registers{assembler: a, s: s, state: r.state[:0], count: 16}
	if a.wide {
		r.count = 32
	}
	for i := range r.holds {
		r.holds[i] = none
	}
	for i := range s.values {
		v := &s.values[i]
		r.state = append(r.state, state{reg: none, inMemory: v.made == none, read: v.first})
	}
}

const never = math.MaxInt32

// next is the operation that reads a value next, or never.
func (r *registers) next(v index) index {
	if i := r.state[v].read; i != none {
		return r.s.reads[i].operation
	}
	return never
}

// take returns a register for a value, or for no value. It is not given away
// during the present operation.
func (r *registers) take(v index) int {
	best, latest := none, index(-1)
	for i := range r.count {
		switch {
		case r.fixed[i]:
		case r.holds[i] == none:
			best, latest = i, never
		case latest < never && !r.state[r.holds[i]].stays && r.next(r.holds[i]) > latest:
			best, latest = i, r.next(r.holds[i])
		}
		if latest == never {
			break
		}
	}
	r.leave(best)
	r.set(best, v)
	return best
}

// set notes that a register holds a value from now on.
func (r *registers) set(reg int, v index) {
	r.holds[reg], r.fixed[reg] = v, true
	if v != none {
		r.state[v].reg = reg
	}
}

// leave takes the value of a register away, to memory if it is only here.
func (r *registers) leave(reg int) {
	v := r.holds[reg]
	if v == none {
		return
	}
	if d := &r.s.values[v]; d.of == none && !r.state[v].inMemory && r.next(v) < never {
		r.put(v)
	}
	r.free(reg)
}

func (r *registers) free(reg int) {
	if v := r.holds[reg]; v != none {
		r.state[v].reg = none
	}
	r.holds[reg] = none
}

// put writes a value to its place.
func (r *registers) put(v index) {
	r.store(r.state[v].reg, r.s.values[v].at, r.s.values[v].size)
	r.state[v].inMemory = true
}

// register returns the register with a value, which it may have to load.
func (r *registers) register(v index) int {
	d, st := &r.s.values[v], &r.state[v]
	switch {
	case st.reg != none:
		r.fixed[st.reg] = true
	case d.of == none:
		r.load(r.take(v), d.at, d.size)
	default:
		from := operand{reg: none, at: d.at}
		if number := &r.state[d.of]; !number.inMemory || number.reg != none && r.s.values[d.of].made != none {
			from = inRegister(r.register(d.of)) // not where it would come back from memory
		}
		r.broadcast(r.take(v), from)
	}
	return st.reg
}

// operand returns a value as an operand: the register that has it, or memory where
// the instruction can read it from there and is the last to do so.
func (r *registers) operand(v index) operand {
	d := &r.s.values[v]
	if r.state[v].reg != none {
		return inRegister(r.register(v))
	}
	_, constant := constant(d.at)
	last := r.s.reads[d.last].operation == r.now
	switch {
	case d.of == none && (constant || last && r.state[v].inMemory && maskOf(d.size) == 0):
		return operand{reg: none, at: d.at}
	case d.of != none && r.wide && last && r.state[d.of].inMemory:
		return operand{reg: none, at: d.at, all: true}
	}
	return inRegister(r.register(v))
}

// release frees the registers of what the present operation reads last.
func (r *registers) release(v index) {
	for ; v != none; v = r.s.values[v].of {
		st := &r.state[v]
		for r.next(v) <= r.now {
			st.read = r.s.reads[st.read].next
		}
		if r.next(v) == never && !st.stays && st.reg != none {
			r.fixed[st.reg] = false
			r.free(st.reg)
		}
	}
}

// stay loads a value into a register where it stays.
func (r *registers) stay(v index) {
	r.register(v)
	r.state[v].stays = true
	r.fixed = [32]bool{}
}
