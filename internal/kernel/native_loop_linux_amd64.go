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

// loop writes a loop over steps, and what is left of their elements after it.
func (w *writer) loop(steps []Step, visible func(*Step) bool) {
	n := steps[0].N
	turn := w.stretch()
	size := turn.piece(n)
	for i := range steps {
		turn.element(&steps[i], 0, size, visible(&steps[i]))
	}
	turn.end()
	r := &w.registers
	r.begin(&w.assembler, turn)
	numbers := 0
	for i := range turn.values {
		if v := &turn.values[i]; v.of != none && turn.values[v.of].made == none && numbers < numberRegisters {
			r.stay(index(i))
			numbers++
		}
	}
	w.bytes(0x31, 0xf6) // XORL SI, SI
	top := len(w.code)
	w.indexed = true
	r.run()
	w.indexed = false
	w.bytes(0x48, 0x83, 0xc6, byte(8*size)) // ADDQ $…, SI
	w.bytes(0x48, 0x81, 0xfe)               // CMPQ SI, $…
	end := n / size * size
	w.bits32(8 * end)
	w.bytes(0x0f, 0x82) // JB top
	w.bits32(top - (len(w.code) + 4))
	rest := w.stretch()
	for off := 8 * uintptr(end); end < n; {
		size := rest.piece(n - end)
		for i := range steps {
			rest.element(&steps[i], off, size, visible(&steps[i]))
		}
		end, off = end+size, off+8*uintptr(size)
	}
	w.straight(rest)
}
