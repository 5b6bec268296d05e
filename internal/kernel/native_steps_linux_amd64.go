//go:build !purego

package kernel

// step adds the operations of a step. Its result is visible if something but them
// reads it from memory.
func (s *straight) step(st *Step, visible bool) {
	switch st.Op {
	case StepSumRows:
		s.sum(st, visible)
	case StepRepeat:
		s.repeat(st, visible)
	case StepGather:
		s.gather(st, visible)
	case StepScatterAdd:
		s.scatterAdd(st, visible)
	default:
		s.pieces(st.N, func(off uintptr, size int) { s.element(st, off, size, visible) })
	}
}

// element adds a step on size elements from a distance on.
func (s *straight) element(st *Step, off uintptr, size int, visible bool) {
	o := operation{x: s.value(address(st.X)+off, size), y: none, z: none}
	switch op := st.Op; {
	case op <= StepEqual || op == StepWhere:
		o.y = s.value(address(st.Y)+off, size)
	case op <= StepDivBy && size == 1:
		o.y = s.value(address(st.Y), 1)
	case op <= StepDivBy:
		o.y = s.number(address(st.Y))
	}
	switch st.Op {
	case StepAdd, StepAddNumber:
		o.do = doAdd
	case StepSub, StepSubNumber:
		o.do = doSub
	case StepMul, StepMulNumber:
		o.do = doMul
	case StepDiv, StepDivNumber:
		o.do = doDiv
	case StepMax:
		o.do = doMax
	case StepMin:
		o.do = doMin
	case StepLess:
		o.do = doLess
	case StepLessEqual:
		o.do = doLessEqual
	case StepEqual:
		o.do = doEqual
	case StepSubFrom:
		o.do, o.x, o.y = doSub, o.y, o.x
	case StepDivBy:
		o.do, o.x, o.y = doDiv, o.y, o.x
	case StepNeg:
		o.do, o.y = doXor, s.constant(constantSign, size)
	case StepAbs:
		o.do, o.y = doAnd, s.constant(constantAllButSign, size)
	case StepSquare:
		o.do, o.y = doMul, o.x
	case StepSqrt:
		o.do = doSqrt
	case StepRecip:
		o.do, o.x, o.y = doDiv, s.constant(constantOne, size), o.x
	case StepNot:
		o.do, o.y = doEqual, s.constant(constantZero, size)
	case StepWhere:
		o.do, o.z = doWhere, s.value(address(st.Z)+off, size)
	}
	s.write(s.make(o, address(st.Dst)+off, size), visible)
}

// sum adds the sums of rows. They begin with 0, so that none is -0.
func (s *straight) sum(st *Step, visible bool) {
	dst, x := address(st.Dst), address(st.X)
	if st.N == 1 {
		sum := s.constant(constantZero, 1)
		s.pieces(st.Rows, func(off uintptr, size int) {
			sum = s.make(operation{do: doAddAll, x: sum, y: s.value(x+off, size), z: none}, dst, 1)
		})
		s.write(sum, visible)
		return
	}
	s.pieces(st.N, func(off uintptr, size int) {
		sum := s.constant(constantZero, size)
		for row := range st.Rows {
			sum = s.make(operation{do: doAdd, x: sum, y: s.value(x+off+8*uintptr(row*st.N), size), z: none}, dst+off, size)
		}
		s.write(sum, visible)
	})
}

// repeat adds the copies of a row.
func (s *straight) repeat(st *Step, visible bool) {
	if st.N == 1 {
		x := s.value(address(st.X), 1)
		if st.Rows > 1 {
			x = s.number(address(st.X))
		}
		s.pieces(st.Rows, func(off uintptr, size int) { s.move(x, address(st.Dst)+off, size, visible) })
		return
	}
	s.pieces(st.N, func(off uintptr, size int) {
		x := s.value(address(st.X)+off, size)
		for row := range st.Rows {
			s.move(x, address(st.Dst)+off+8*uintptr(row*st.N), size, visible)
		}
	})
}

// move adds a copy.
func (s *straight) move(x index, at uintptr, size int, visible bool) {
	s.write(s.make(operation{do: doMove, x: x, y: none, z: none}, at, size), visible)
}
