//go:build !purego

package kernel

// straight is what a stretch of steps computes: operations on registers, in the
// order of the steps. Each result is a value of its own, which later operations
// read where the steps read the memory that it belongs in. So that memory is
// written only if something else reads it.
type straight struct {
	wide       bool // AVX-512
	operations []operation
	values     []value
	written    map[uintptr]element // what the steps so far have written
	found      map[place]found     // what the steps so far have read from memory
	numbers    map[int]int         // values that have the number of another one in all elements
}

// place is size elements of memory.
type place struct {
	at   uintptr
	size int
}

// value is what a register can hold: the elements at a place, as they are for some
// time, or a number in all elements.
type value struct {
	place
	of      int   // the value that has the number, or none
	made    int   // the operation that makes it, or none: it is in memory from the beginning
	reads   []int // the operations that read it
	visible bool  // its place is read after the stretch, unless something is written there before
	kept    bool  // it is written to its place when it is made
}

// element is one of a value.
type element struct{ value, at int }

// found is a value that was read from memory before an operation.
type found struct{ value, before int }

const none = -1

// operation makes a value of others.
type operation struct {
	do      action
	to      int
	x, y, z int
	from    [2]uintptr // of doPair
}

type action uint8

const (
	doAdd       action = iota // x + y
	doSub                     // x - y
	doMul                     // x * y
	doDiv                     // x / y
	doMax                     // as Max
	doMin                     // as Min
	doLess                    // 1 where x < y, else 0
	doLessEqual               // 1 where x ≤ y, else 0
	doEqual                   // 1 where x = y, else 0
	doXor                     // of bits
	doAnd                     // of bits
	doSqrt                    // √x
	doWhere                   // y where x is not 0, else z
	doMove                    // x
	doAddAll                  // x + each element of y, in order
	doPair                    // two numbers in memory
)

func newStraight(wide bool) *straight {
	return &straight{wide: wide, written: map[uintptr]element{}, found: map[place]found{}, numbers: map[int]int{}}
}

// piece is how many of n elements go at once. Registers of 512 bits would keep one of
// two vector units from working.
func (s *straight) piece(n int) int {
	switch {
	case s.wide:
		return min(n, 4)
	case n >= 4:
		return 4
	case n >= 2:
		return 2
	}
	return 1
}

// pieces calls f with each piece of n elements: its distance in bytes, its size.
func (s *straight) pieces(n int, f func(off uintptr, size int)) {
	for off := uintptr(0); n > 0; {
		size := s.piece(n)
		f(off, size)
		off += 8 * uintptr(size)
		n -= size
	}
}

func (s *straight) add(v value) int {
	s.values = append(s.values, v)
	return len(s.values) - 1
}

// value returns what is at a place now.
func (s *straight) value(at uintptr, size int) int {
	var first element
	whole := true
	last := none // operation that wrote there
	for i := range size {
		e, ok := s.written[at+8*uintptr(i)]
		if i == 0 {
			first = e
		}
		if whole = whole && ok && e == (element{first.value, i}); ok {
			last = max(last, s.values[e.value].made)
		}
	}
	if whole && s.values[first.value].size == size {
		return first.value
	}
	if last != none {
		s.flush(at, size)
	}
	p := place{at, size}
	if f, ok := s.found[p]; ok && f.before > last {
		return f.value
	}
	v := s.add(value{place: p, of: none, made: none})
	s.found[p] = found{v, len(s.operations)}
	return v
}

// flush keeps what was written to a place, so that it can be read from memory.
func (s *straight) flush(at uintptr, size int) {
	for i := range size {
		if e, ok := s.written[at+8*uintptr(i)]; ok {
			s.values[e.value].kept = true
		}
	}
}

// number returns the value with the number that is at an address now in all elements.
func (s *straight) number(at uintptr) int {
	of := s.value(at, 1)
	if v, ok := s.numbers[of]; ok {
		return v
	}
	v := s.add(value{place: s.values[of].place, of: of, made: none})
	s.numbers[of] = v
	return v
}

// constant returns a value with one of the constants in all elements.
func (s *straight) constant(i, size int) int { return s.value(address(&constants[i][0]), size) }

// make appends an operation, whose result belongs at a place but is not there yet.
func (s *straight) make(o operation, at uintptr, size int) int {
	now := len(s.operations)
	for _, v := range [3]int{o.x, o.y, o.z} {
		s.reads(v, now)
	}
	o.to = s.add(value{place: place{at, size}, of: none, made: now})
	s.operations = append(s.operations, o)
	return o.to
}

// reads notes that an operation reads v, and the number that v is made from.
func (s *straight) reads(v, operation int) {
	for ; v != none; v = s.values[v].of {
		s.values[v].reads = append(s.values[v].reads, operation)
	}
}

// write notes that a value is now at its place.
func (s *straight) write(v int, visible bool) {
	s.values[v].visible = visible
	for i := range s.values[v].size {
		s.written[s.values[v].at+8*uintptr(i)] = element{v, i}
	}
}

// end keeps what is read after the stretch.
func (s *straight) end() {
	for _, e := range s.written {
		if v := &s.values[e.value]; v.visible {
			v.kept = true
		}
	}
}
