package program

import (
	"sync"
	"unsafe"

	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/internal/parallel"
)

// Long operations are computed in parts, on several cores if there are some.
// Where they are cut depends on their size alone, and an element does not depend
// on where that is.

// Elements of a part, so many that it takes some tens of microseconds, and an
// operation is cut from eight parts on: what a loop costs, a microsecond or two,
// does not count beside that, and neither does, where cores have more to do, the
// time until a core that was asleep or busy begins.
const (
	arithPart   = 1 << 16 // sums, products, comparisons
	mathPart    = 1 << 15 // exp, log, …
	specialPart = 1 << 8  // functions that have no kernel
	leastParts  = 8
	longRun     = leastParts * specialPart // what is shorter is never cut
)

// stretch is an element-by-element operation.
type stretch[T float] struct {
	kind       instructionKind // of a recorded instruction; general is an operation of three operands
	code       Code
	k          float64
	s          T // the operand that is one number, of left and right
	dst        []T
	x, y, z    []T
	parts, per int
}

var (
	stretches64 parallel.Loop[stretch[float64]]
	stretches32 parallel.Loop[stretch[float32]]
)

// shared computes a long operation in parts, or reports that it is not long.
func shared[T float](s stretch[T]) bool {
	n := len(s.dst)
	s.per = partOf(s.kind, s.code)
	if s.parts = n / s.per; s.parts < leastParts {
		return false
	}
	if single[T]() {
		stretches32.Run(s.parts, *(*stretch[float32])(unsafe.Pointer(&s)), (*stretch[float32]).run)
	} else {
		stretches64.Run(s.parts, *(*stretch[float64])(unsafe.Pointer(&s)), (*stretch[float64]).run)
	}
	return true
}

// partOf is the number of elements of a part.
func partOf(kind instructionKind, code Code) int {
	run := 0
	switch {
	case kind == each && code < Add:
		run = unaryKernels[code].min
	case kind == pairs && code < Where:
		run = binaryKernels[code].min
	}
	switch {
	case run == arithRun, kind == right, kind == left, kind == chosen:
		return arithPart
	case run == mathRun, kind == twin:
		return mathPart
	}
	switch code {
	case AddScalar, MulScalar, Outside, GammaSample, LogGammaSample, BetaSample:
		return arithPart
	case Sign, Floor, Not:
		return mathPart
	}
	return specialPart
}

// bounds of part i out of so many of per elements, of which the last has the
// rest of n as well: no part is so short that it would take another way.
func bounds(i, parts, per, n int) (lo, hi int) {
	if i == parts-1 {
		return i * per, n
	}
	return i * per, (i + 1) * per
}

func (s *stretch[T]) run(part int) {
	lo, hi := bounds(part, s.parts, s.per, len(s.dst))
	dst, x := s.dst[lo:hi], s.x[lo:hi]
	switch s.kind {
	case each:
		unary(s.code, s.k, dst, x)
	case pairs:
		binary(s.code, dst, x, s.y[lo:hi])
	case right:
		arithRight(s.code, dst, x, s.s)
	case left:
		arithLeft(s.code, dst, s.s, x)
	case chosen:
		choose(dst, x, s.y[lo:hi], s.z[lo:hi])
	case twin:
		kernel.SoftplusSigmoid(as64(dst), as64(s.y[lo:hi]), as64(x))
	case general:
		ternary(s.code, dst, x, s.y[lo:hi], s.z[lo:hi])
	}
}

var (
	reductions64 parallel.Loop[reduction[float64]]
	reductions32 parallel.Loop[reduction[float32]]
)

// reduceParts computes a reduction in parts of whole rows if it is long.
func reduceParts[T float](c *reduction[T]) {
	part := longSum / leastParts
	if c.code == LogSumExp {
		part = mathPart
	}
	if len(c.x) < leastParts*part || len(c.dst) < 2 {
		c.per = len(c.dst)
		c.run(0)
		return
	}
	c.per = max(1, part/c.n)
	parts := (len(c.dst) + c.per - 1) / c.per
	if single[T]() {
		reductions32.Run(parts, *(*reduction[float32])(unsafe.Pointer(c)), (*reduction[float32]).run)
	} else {
		reductions64.Run(parts, *(*reduction[float64])(unsafe.Pointer(c)), (*reduction[float64]).run)
	}
}

// A long sum has one partial sum for each of the parts that halving it some times
// gives, and adds them as one goroutine would.
const (
	sumHalvings = 4
	sumParts    = 1 << sumHalvings
	longSum     = 1 << 21
)

type longSumOf[T float] struct {
	x    []T
	sums [sumParts]T
}

var (
	sums64 parallel.Loop[longSumOf[float64]]
	sums32 parallel.Loop[longSumOf[float32]]
)

func (s *longSumOf[T]) run(part int) {
	x := s.x
	for bit := sumParts / 2; bit > 0; bit /= 2 {
		if h := halfSum(len(x)); part&bit == 0 {
			x = x[:h]
		} else {
			x = x[h:]
		}
	}
	s.sums[part] = sumBlocks(x)
}

func sumShared[T float](x []T) T {
	s := longSumOf[T]{x: x}
	if single[T]() {
		r := sums32.Run(sumParts, longSumOf[float32]{x: as32(x)}, (*longSumOf[float32]).run)
		s = *(*longSumOf[T])(unsafe.Pointer(&r))
	} else {
		r := sums64.Run(sumParts, longSumOf[float64]{x: as64(x)}, (*longSumOf[float64]).run)
		s = *(*longSumOf[T])(unsafe.Pointer(&r))
	}
	for n := sumParts / 2; n > 0; n /= 2 {
		for i := range n {
			s.sums[i] = s.sums[2*i] + s.sums[2*i+1]
		}
	}
	return s.sums[0]
}

// columnSums is a long sum of rows of m, with the same parts.
type columnSums[T float] struct {
	x            []T
	m            int
	sums, halves []T // of each part: the sum, and room for its halves
}

var (
	columnSums64 parallel.Loop[columnSums[float64]]
	columnSums32 parallel.Loop[columnSums[float32]]
)

func (c *columnSums[T]) run(part int) {
	x, m := c.x, c.m
	for bit := sumParts / 2; bit > 0; bit /= 2 {
		if h := halfRows(len(x)/m) * m; part&bit == 0 {
			x = x[:h]
		} else {
			x = x[h:]
		}
	}
	room := len(c.halves) / sumParts
	columns[T]{code: Sum}.sumHalves(c.sums[part*m:][:m], x, m, c.halves[part*room:][:room])
}

// sumColumns adds the rows into dst.
func sumColumns[T float](c columnSums[T], dst []T) {
	if single[T]() {
		columnSums32.Run(sumParts, *(*columnSums[float32])(unsafe.Pointer(&c)), (*columnSums[float32]).run)
	} else {
		columnSums64.Run(sumParts, *(*columnSums[float64])(unsafe.Pointer(&c)), (*columnSums[float64]).run)
	}
	m := c.m
	for n := sumParts / 2; n > 0; n /= 2 {
		for i := range n {
			binary(Add, c.sums[i*m:][:m], c.sums[2*i*m:][:m], c.sums[(2*i+1)*m:][:m])
		}
	}
	copy(dst, c.sums[:m])
}

// longBlock is a block of a recorded program: instructions of n elements each.
type longBlock struct {
	code       []instruction
	n, per     int32
	parts      int
	slab       *float64 // of the values that only the block uses, a piece of each
	slabLength int
}

var (
	longBlocks parallel.Loop[longBlock]
	spareSlabs slabs
)

// run computes a part in a slab of its own.
func (b *longBlock) run(part int) {
	mine := spareSlabs.take(b.slabLength)
	lo, hi := bounds(part, b.parts, int(b.per), int(b.n))
	runBlock(b.code, int32(lo), int32(hi), b.slab, unsafe.SliceData(mine))
	spareSlabs.give(mine)
}

// slabs are those that no core uses at present; there are never more than cores.
type slabs struct {
	lock  sync.Mutex
	spare [][]float64
}

func (s *slabs) take(n int) (slab []float64) {
	s.lock.Lock()
	if k := len(s.spare); k > 0 {
		slab, s.spare = s.spare[k-1], s.spare[:k-1]
	}
	s.lock.Unlock()
	if len(slab) < n {
		slab = make([]float64, n)
	}
	return slab
}

func (s *slabs) give(slab []float64) {
	s.lock.Lock()
	s.spare = append(s.spare, slab)
	s.lock.Unlock()
}
