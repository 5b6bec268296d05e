//go:build !purego

package kernel

// Steps of as many elements, more than are written out, that follow each other
// become one loop. What one computes and another reads stays in a register, and
// what only the loop reads is not stored at all, unless registers run out: a pass
// over the memory for each step takes longer than the arithmetic.

// loopSteps is the most steps that one loop computes; all pairs of them are compared.
const loopSteps = 64

// loopable is the number of steps from the first on that one loop can compute.
func loopable(steps []Step) int {
	n := 0
	for n < min(len(steps), loopSteps) && steps[n].N == steps[0].N && elementwise(steps[n].Op) && near(&steps[n], &steps[0]) {
		s := &steps[n]
		for i := range n + 1 {
			if !apart(s, &steps[i]) || !apart(&steps[i], s) {
				return n
			}
		}
		n++
	}
	return n
}

// elementwise reports whether a loop can compute an operation.
func elementwise(op StepOp) bool {
	return op <= StepWhere && op != StepMax && op != StepMin
}

// operands are where a step reads n elements, and where it reads a number.
func (s *Step) operands() (all []uintptr, number uintptr) {
	all = append(all, address(s.X))
	switch op := s.Op; {
	case op <= StepEqual:
		all = append(all, address(s.Y))
	case op <= StepDivBy:
		number = address(s.Y)
	case op == StepWhere:
		all = append(all, address(s.Y), address(s.Z))
	}
	return all, number
}

// near reports whether all elements of a step can be told by their distance from
// where the first one writes.
func near(s, first *Step) bool {
	all, _ := s.operands()
	for _, at := range append(all, address(s.Dst)) {
		if d := int64(at) - int64(address(first.Dst)); d != int64(int32(d)) {
			return false
		}
	}
	return true
}

// apart reports whether what s writes is no part of what o reads or writes, or the
// same elements one by one.
func apart(s, o *Step) bool {
	size := 8 * uintptr(s.N)
	to := address(s.Dst)
	all, number := o.operands()
	for _, at := range append(all, address(o.Dst)) {
		if at != to && at < to+size && to < at+size {
			return false
		}
	}
	return !(to <= number && number < to+size)
}

// numberRegisters is how many single numbers stay in registers during a loop.
const numberRegisters = 7

// loop writes a loop over steps. If they are the last of as many elements, what is
// local to them need not be stored.
func (w *writer) loop(steps []Step, last bool) {
	w.begin(steps[0].Dst)
	numbers := 0
	for i := range steps {
		if p := steps[i].single(); p != nil && numbers < numberRegisters {
			if r := w.number(p); !w.regs[r].stays {
				w.regs[r].stays = true
				numbers++
			}
		}
	}
	n := steps[0].N
	w.bytes(0x31, 0xf6) // XORL SI, SI
	top := len(w.code)
	w.looping = true
	for i := range steps {
		s := &steps[i]
		w.rest = steps[i:]
		r := w.element(s, 0, 4)
		w.rest = steps[i+1:]
		at := address(s.Dst)
		if last && s.Local {
			w.forget(at, n)
			h := &w.regs[r]
			h.at, h.size, h.all, h.only = at, 4, false, true
		} else {
			w.forget(at, n)
			w.store(r, at, 4)
		}
	}
	w.looping, w.rest = false, nil
	end := 32 * (n / 4)
	w.bytes(0x48, 0x83, 0xc6, 32)                                                    // ADDQ $32, SI
	w.bytes(0x48, 0x81, 0xfe, byte(end), byte(end>>8), byte(end>>16), byte(end>>24)) // CMPQ SI, $end
	back := top - (len(w.code) + 6)
	w.bytes(0x0f, 0x82, byte(back), byte(back>>8), byte(back>>16), byte(back>>24)) // JB top
	w.regs = [16]held{}
	for at, left := end, n%4; left > 0; {
		size := piece(left)
		for i := range steps {
			r := w.element(&steps[i], uintptr(at), size)
			w.store(r, address(steps[i].Dst)+uintptr(at), size)
		}
		at, left = at+8*size, left-size
	}
	w.regs = [16]held{}
}

// single is the number that a step reads, if it reads one.
func (s *Step) single() *float64 {
	switch op := s.Op; {
	case op >= StepAddNumber && op <= StepDivBy:
		return s.Y
	case op == StepNeg:
		return &nativeConstants[1]
	case op == StepAbs:
		return &nativeConstants[2]
	case op == StepRecip, op == StepNot, op >= StepLess && op <= StepEqual:
		return &nativeConstants[0]
	}
	return nil
}

// spill stores what is in r alone, if it will be read.
func (w *writer) spill(r int) {
	h := &w.regs[r]
	if !h.only {
		return
	}
	h.only = false
	for i := range w.rest {
		s := &w.rest[i]
		all, _ := s.operands()
		for _, at := range all {
			if at == h.at {
				w.memory(vStore[4], r, 0, h.at)
				return
			}
		}
		if address(s.Dst) == h.at {
			return
		}
	}
}
