//go:build !purego

package kernel

// instructions of operations that are one.
var instructions = [...][2]opcode{doAdd: vAdd, doSub: vSub, doMul: vMul, doDiv: vDiv, doXor: vXor, doAnd: vAnd, doSqrt: vSqrt}

var predicates = [...]int{doLess: isLess, doLessEqual: isLessEqual, doEqual: isEqual}

// run writes the operations of the stretch.
func (r *registers) run() {
	for i := range r.s.operations {
		o := &r.s.operations[i]
		v := &r.s.values[o.to]
		r.now = index(i)
		if v.first != none || v.kept {
			r.operation(o, v.size)
		}
		r.finish(o)
	}
}

// finish frees what is no longer read and keeps the result.
func (r *registers) finish(o *operation) {
	r.release(o.x)
	r.release(o.y)
	r.release(o.z)
	if r.state[o.to].reg != none {
		if r.s.values[o.to].kept {
			r.put(o.to)
		}
		r.release(o.to)
	}
	r.fixed = [32]bool{}
}

// operation writes an operation on size elements.
func (r *registers) operation(o *operation, size int) {
	switch o.do {
	case doAdd, doMul:
		x, y := o.x, o.y
		if r.state[x].reg == none && r.state[y].reg != none { // the other may be in memory
			x, y = y, x
		}
		r.simple(o, size, x, y)
	case doSub, doDiv, doXor, doAnd:
		r.simple(o, size, o.x, o.y)
	case doSqrt:
		x := 0
		if size == 1 { // the other element
			x = r.register(o.x)
		}
		y := inRegister(r.register(o.x))
		r.emit(vSqrt, size, r.take(o.to), x, y, noImmediate)
	case doLess, doLessEqual, doEqual:
		r.truth(o, size)
	case doMax, doMin:
		r.extreme(o, size)
	case doWhere:
		r.where(o, size)
	case doMove:
		r.move(o, size)
	case doAddAll:
		r.addAll(o)
	case doPair:
		to := r.take(o.to)
		r.load(to, o.from[0], 1)
		r.emit(vLoadHigh, 2, to, to, operand{reg: none, at: o.from[1]}, noImmediate)
	}
}

// simple writes an operation that is one instruction, which may write its result
// where an operand was.
func (r *registers) simple(o *operation, size int, x, y index) {
	a := r.register(x)
	b := r.operand(y)
	r.release(o.x)
	r.release(o.y)
	r.emit(instructions[o.do], size, r.take(o.to), a, b, noImmediate)
}

// truth writes 1 where a comparison holds, else 0.
func (r *registers) truth(o *operation, size int) {
	x := r.register(o.x)
	y := r.operand(o.y)
	one := operand{reg: none, at: address(&constants[constantOne][0])}
	to := r.take(o.to)
	if r.wide {
		r.emit(vCompareMask, size, choosing, x, y, predicates[o.do])
		r.write(vMove[0], size, to, 0, one, masked{k: choosing, zero: true}, noImmediate)
		return
	}
	r.emit(vCompare, size, to, x, y, predicates[o.do])
	r.emit(vAnd, size, to, to, one, noImmediate)
}

// blend writes y where a comparison of a and b holds, else x.
func (r *registers) blend(size, to, a int, b operand, predicate, x, y int) {
	if r.wide {
		r.emit(vCompareMask, size, choosing, a, b, predicate)
		r.write(vBlendMask, size, to, x, inRegister(y), masked{k: choosing}, noImmediate)
		return
	}
	mask := r.take(none)
	r.emit(vCompare, size, mask, a, b, predicate)
	r.write(vBlend, size, to, x, inRegister(y), masked{}, mask<<4)
}

// where writes a choice.
func (r *registers) where(o *operation, size int) {
	x, y, z := r.register(o.x), r.register(o.y), r.register(o.z)
	zero := operand{reg: none, at: address(&constants[constantZero][0])}
	r.blend(size, r.take(o.to), x, zero, isNotEqual, z, y)
}

// extreme writes the larger or smaller of two: of zeros of either sign by their
// bits, and NaN where one is.
func (r *registers) extreme(o *operation, size int) {
	op, join := vMax, vAnd
	if o.do == doMin {
		op, join = vMin, vOr
	}
	x, y := r.register(o.x), r.register(o.y)
	to, other := r.take(o.to), r.take(none)
	r.emit(op, size, to, x, inRegister(y), noImmediate)
	r.emit(op, size, other, y, inRegister(x), noImmediate)
	r.emit(join, size, to, to, inRegister(other), noImmediate)
	r.emit(vAdd, size, other, x, inRegister(y), noImmediate)
	r.blend(size, to, x, inRegister(y), isUnordered, to, other)
}

// move writes a copy: to memory, or by giving the register a new name.
func (r *registers) move(o *operation, size int) {
	x := r.register(o.x)
	v := &r.s.values[o.to]
	if v.first == none {
		r.store(x, v.at, size)
		r.state[o.to].inMemory = true
		return
	}
	r.release(o.x)
	if r.holds[x] == none {
		r.set(x, o.to)
		return
	}
	r.write(vMove[0], size, r.take(o.to), 0, inRegister(x), masked{}, noImmediate)
}

// addAll writes the sum of a number and the elements of a value, one after the
// other.
func (r *registers) addAll(o *operation) {
	y := &r.s.values[o.y]
	if r.state[o.y].reg == none {
		sum, to := r.register(o.x), r.take(o.to)
		for i := range y.size {
			r.emit(vAdd, 1, to, sum, operand{reg: none, at: y.at + 8*uintptr(i)}, noImmediate)
			sum = to
		}
		return
	}
	all := r.register(o.y)
	sum, to, upper, odd := r.operand(o.x), r.take(o.to), r.take(none), r.take(none)
	two := all
	for i := range y.size {
		if i > 0 && i%2 == 0 {
			r.write(vUpper, y.size, all, 0, inRegister(upper), masked{}, i/2)
			two = upper
		}
		e := two
		if i%2 == 1 {
			r.emit(vUnpackHigh, 2, odd, two, inRegister(two), noImmediate)
			e = odd
		}
		r.emit(vAdd, 1, to, e, sum, noImmediate)
		sum = inRegister(to)
	}
}
