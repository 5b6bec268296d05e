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
	state []state // of values
	holds [32]int // the value in each register, or none
	fixed [32]bool
	count int // of registers
	now   int // the operation
}

// state is where a value is.
type state struct {
	reg      int // or none
	inMemory bool
	stays    bool // in its register
	done     int  // of its reads
}

func newRegisters(a *assembler, s *straight) *registers {
	r := &registers{assembler: a, s: s, state: make([]state, len(s.values)), count: 16}
	if a.wide {
		r.count = 32
	}
	for i := range r.holds {
		r.holds[i] = none
	}
	for i := range s.values {
		r.state[i] = state{reg: none, inMemory: s.values[i].made == none}
	}
	return r
}

// next is the operation that reads a value next.
func (r *registers) next(v int) int {
	if reads := r.s.values[v].reads[r.state[v].done:]; len(reads) > 0 {
		return reads[0]
	}
	return math.MaxInt
}

// take returns a register for a value, or for no value. It is not given away
// during the present operation.
func (r *registers) take(v int) int {
	best, latest := none, -1
	for i := range r.count {
		switch {
		case r.fixed[i]:
		case r.holds[i] == none:
			best, latest = i, math.MaxInt
		case latest < math.MaxInt && !r.state[r.holds[i]].stays && r.next(r.holds[i]) > latest:
			best, latest = i, r.next(r.holds[i])
		}
		if latest == math.MaxInt {
			break
		}
	}
	r.leave(best)
	r.set(best, v)
	return best
}

// set notes that a register holds a value from now on.
func (r *registers) set(reg, v int) {
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
	if d := &r.s.values[v]; d.of == none && !r.state[v].inMemory && r.next(v) < math.MaxInt {
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
func (r *registers) put(v int) {
	r.store(r.state[v].reg, r.s.values[v].at, r.s.values[v].size)
	r.state[v].inMemory = true
}

// register returns the register with a value, which it may have to load.
func (r *registers) register(v int) int {
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
func (r *registers) operand(v int) operand {
	d := &r.s.values[v]
	if r.state[v].reg != none {
		return inRegister(r.register(v))
	}
	_, constant := constant(d.at)
	last := d.reads[len(d.reads)-1] == r.now
	switch {
	case d.of == none && (constant || last && r.state[v].inMemory && maskOf(d.size) == 0):
		return operand{reg: none, at: d.at}
	case d.of != none && r.wide && last && r.state[d.of].inMemory:
		return operand{reg: none, at: d.at, all: true}
	}
	return inRegister(r.register(v))
}

// release frees the registers of what the present operation reads last.
func (r *registers) release(v int) {
	for ; v != none; v = r.s.values[v].of {
		st := &r.state[v]
		for r.next(v) <= r.now {
			st.done++
		}
		if r.next(v) == math.MaxInt && !st.stays && st.reg != none {
			r.fixed[st.reg] = false
			r.free(st.reg)
		}
	}
}

// stay loads a value into a register where it stays.
func (r *registers) stay(v int) {
	r.register(v)
	r.state[v].stays = true
	r.fixed = [32]bool{}
}
