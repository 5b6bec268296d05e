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
	reads      []read
	memory     elements
}

// index is of a value, an operation or a read of a stretch, or none; it is small, as
// there are thousands of each.
type index int32

const none = -1

// place is size elements of memory.
type place struct {
	at   uintptr
	size int
}

// value is what a register can hold: the elements at a place, as they are for some
// time, or a number in all elements.
type value struct {
	place
	of          index // the value that has the number, or none
	all         index // the value that has this number in all elements, or none
	made        index // the operation that makes it, or none: it is in memory from the beginning
	before      index // where it is in memory: the operation before which it was first read
	older       index // and the value that was read there before, or none
	first, last index // the reads of it, or none
	visible     bool  // its place is read after the stretch, unless something is written there before
	kept        bool  // it is written to its place when it is made
}

// read is an operation that reads a value, and the next read of that value.
type read struct{ operation, next index }

// operation makes a value of others.
type operation struct {
	do      action
	to      index
	x, y, z index
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

// clear begins another stretch, in the memory of the last.
func (s *straight) clear() {
	s.operations, s.values, s.reads = s.operations[:0], s.values[:0], s.reads[:0]
	s.memory.clear()
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

func (s *straight) add(v value) index {
	v.all, v.first, v.last = none, none, none
	s.values = append(s.values, v)
	return index(len(s.values) - 1)
}

// value returns what is at a place now.
func (s *straight) value(at uintptr, size int) index {
	first := *s.memory.of(at)
	whole := true
	last := index(none) // operation that wrote there
	for i := range size {
		e := s.memory.of(at + 8*uintptr(i))
		whole = whole && e.written == first.written && e.at == int32(i)
		if e.written != none {
			last = max(last, s.values[e.written].made)
		}
	}
	if whole && first.written != none && s.values[first.written].size == size {
		return first.written
	}
	if last != none {
		s.flush(at, size)
	}
	for v := first.read; v != none; v = s.values[v].older {
		if s.values[v].size == size && s.values[v].before > last {
			return v
		}
	}
	v := s.add(value{place: place{at, size}, of: none, made: none, before: index(len(s.operations)), older: first.read})
	s.memory.of(at).read = v
	return v
}

// flush keeps what was written to a place, so that it can be read from memory.
func (s *straight) flush(at uintptr, size int) {
	for i := range size {
		if e := s.memory.of(at + 8*uintptr(i)); e.written != none {
			s.values[e.written].kept = true
		}
	}
}

// number returns the value with the number that is at an address now in all elements.
func (s *straight) number(at uintptr) index {
	of := s.value(at, 1)
	if s.values[of].all == none {
		all := s.add(value{place: s.values[of].place, of: of, made: none})
		s.values[of].all = all
	}
	return s.values[of].all
}

// constant returns a value with one of the constants in all elements.
func (s *straight) constant(i, size int) index { return s.value(address(&constants[i][0]), size) }

// make appends an operation, whose result belongs at a place but is not there yet.
func (s *straight) make(o operation, at uintptr, size int) index {
	now := index(len(s.operations))
	for _, v := range [3]index{o.x, o.y, o.z} {
		s.isRead(v, now)
	}
	o.to = s.add(value{place: place{at, size}, of: none, made: now})
	s.operations = append(s.operations, o)
	return o.to
}

// isRead notes that an operation reads v, and the number that v is made from.
func (s *straight) isRead(v, operation index) {
	for ; v != none; v = s.values[v].of {
		x, now := &s.values[v], index(len(s.reads))
		if x.first == none {
			x.first = now
		} else {
			s.reads[x.last].next = now
		}
		x.last = now
		s.reads = append(s.reads, read{operation, none})
	}
}

// write notes that a value is now at its place.
func (s *straight) write(v index, visible bool) {
	x := &s.values[v]
	x.visible = visible
	for i := range x.size {
		e := s.memory.of(x.at + 8*uintptr(i))
		e.written, e.at = v, int32(i)
	}
}

// end keeps what is read after the stretch.
func (s *straight) end() {
	for i := range s.memory.all {
		if e := &s.memory.all[i]; e.written != none && s.values[e.written].visible {
			s.values[e.written].kept = true
		}
	}
}

// elements are what a stretch knows of memory. They are kept page by page, since
// steps go from one to the next.
type elements struct {
	pages map[uintptr]int // where each page is in all
	all   []element
	page  uintptr // the last one that was asked for
	from  int     // where it is
}

// element is one element of memory.
type element struct {
	written index // the value that was written last
	at      int32 // which of its elements this is
	read    index // the value that was read last from here on, from memory
}

const (
	pageElements = 16
	pageBytes    = 8 * pageElements
)

func (e *elements) clear() {
	if e.pages == nil {
		e.pages = map[uintptr]int{}
	}
	clear(e.pages)
	e.all, e.page = e.all[:0], 0
}

// of returns the element at an address, until it is asked for another one.
func (e *elements) of(at uintptr) *element {
	if page := at / pageBytes; page != e.page {
		from, ok := e.pages[page]
		if !ok {
			from = len(e.all)
			e.pages[page] = from
			for range pageElements {
				e.all = append(e.all, element{written: none, read: none})
			}
		}
		e.page, e.from = page, from
	}
	return &e.all[e.from+int(at%pageBytes/8)]
}
