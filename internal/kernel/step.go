package kernel

import (
	"runtime"
	"unsafe"

	"github.com/gopyro/pyro/internal/cpu"
)

// Step is one operation of a program on short arrays, its operands looked up: Rows
// is the number of rows of StepSumRows and StepRepeat, or of the elements of StepScatterAdd's result. N and Rows are positive;
// operands that an operation does not have are nil. Dst may be an operand of as
// many elements, and overlaps none otherwise.
type Step struct {
	Op           StepOp
	N, Rows      int
	Dst, X, Y, Z *float64
	Index        []int32 // of StepGather and StepScatterAdd, N of them
	Local        bool    // only steps of the same list read Dst
}

// Routine runs steps without a call for each, so that single numbers and arrays of
// a few elements cost a nanosecond or less each.
type Routine struct {
	run    func()
	memory *machineCode // that run refers to by address
}

// machineCode is memory that runs, and the operands that it has by address only.
type machineCode struct {
	bytes    []byte
	operands []*float64
}

// threaded is a step as the routines of step_amd64.s read it, which jump from one
// to the next.
type threaded struct {
	run       uintptr // address of a routine; in plain Go the operation
	n, rows   uint32
	dst, x, y *float64
	z         unsafe.Pointer // of float64, or the indices
}

// StepOp is what a Step does. Results have the bits of the kernels of that name, Where of [Select].
type StepOp uint8

const (
	StepAdd        StepOp = iota // x + y, each with n elements
	StepSub                      // x - y
	StepMul                      // x * y
	StepDiv                      // x / y
	StepMax                      // as Max
	StepMin                      // as Min
	StepLess                     // 1 where x < y, else 0
	StepLessEqual                // 1 where x <= y, else 0
	StepEqual                    // 1 where x == y, else 0
	StepAddNumber                // x + y, where y is a single number, as in the next
	StepSubNumber                // x - y
	StepMulNumber                // x * y
	StepDivNumber                // x / y
	StepSubFrom                  // y - x
	StepDivBy                    // y / x
	StepNeg                      // -x
	StepAbs                      // |x|
	StepSquare                   // x * x
	StepSqrt                     // √x
	StepRecip                    // 1 / x
	StepNot                      // 1 where x == 0, else 0
	StepWhere                    // y where x is not 0, else z
	StepSumRows                  // the sum of m rows of n elements, from 0 on in order
	StepRepeat                   // m times the n elements of x
	StepGather                   // n of the elements of x, by index
	StepScatterAdd               // m sums of n elements of x, in order: element i goes to that of its index
	stepEnd
	numSteps
)

// NewRoutines returns the routines of lists of steps. On linux and amd64 they are
// machine code, for operations on few elements, where the system lets a program
// write its own.
func NewRoutines(lists [][]Step) []*Routine { return best.routines(lists) }

// Run runs the steps in order.
func (r *Routine) Run() {
	r.run()
	runtime.KeepAlive(r)
}

func (t tier) routines(lists [][]Step) []*Routine {
	rs := make([]*Routine, len(lists))
	for i := range rs {
		rs[i] = &Routine{}
	}
	if t != tier(cpu.Portable) && t.native(rs, lists) {
		return rs
	}
	for i, r := range rs {
		r.run = t.threads(lists[i])
	}
	return rs
}

// threads returns what runs steps by the routines that it looks up.
func (t tier) threads(steps []Step) (run func()) {
	var code []threaded
	for i := range steps {
		code = append(code, t.thread(&steps[i]))
	}
	code = append(code, t.thread(&Step{Op: stepEnd, N: 1}))
	return func() { t.runSteps(code) }
}

// thread looks up the routine of a step.
func (t tier) thread(s *Step) threaded {
	run := uintptr(s.Op)
	if t != tier(cpu.Portable) {
		vector := 1
		if s.N == 1 {
			vector = 0
		}
		run = t.stepRoutines(s.N)[s.Op][vector]
	}
	z := unsafe.Pointer(s.Z)
	if s.Index != nil {
		z = unsafe.Pointer(&s.Index[0])
	}
	return threaded{run, uint32(s.N), uint32(s.Rows), s.Dst, s.X, s.Y, z}
}

// goSteps runs steps in plain Go. The commonest for single numbers take no call.
func goSteps(steps []threaded) {
	for i := range steps {
		s := &steps[i]
		op := StepOp(s.run)
		if s.n > 1 {
			s.all(op)
			continue
		}
		switch op {
		case StepAdd, StepAddNumber:
			*s.dst = *s.x + *s.y
		case StepSub, StepSubNumber:
			*s.dst = *s.x - *s.y
		case StepMul, StepMulNumber:
			*s.dst = *s.x * *s.y
		case StepDiv, StepDivNumber:
			*s.dst = *s.x / *s.y
		case StepNeg:
			*s.dst = -*s.x
		case StepSquare:
			*s.dst = *s.x * *s.x
		case StepSumRows:
			sum := 0.0
			for _, v := range unsafe.Slice(s.x, s.rows) {
				sum += v
			}
			*s.dst = sum
		case stepEnd:
			return
		default:
			s.all(op)
		}
	}
}

func (s *threaded) all(op StepOp) {
	n := int(s.n)
	of := func(p *float64) []float64 { return unsafe.Slice(p, n) }
	switch op {
	case StepAdd:
		goAdd(of(s.dst), of(s.x), of(s.y))
	case StepSub:
		goSub(of(s.dst), of(s.x), of(s.y))
	case StepMul:
		goMul(of(s.dst), of(s.x), of(s.y))
	case StepDiv:
		goDiv(of(s.dst), of(s.x), of(s.y))
	case StepMax:
		goMax(of(s.dst), of(s.x), of(s.y))
	case StepMin:
		goMin(of(s.dst), of(s.x), of(s.y))
	case StepLess:
		goLess(of(s.dst), of(s.x), of(s.y))
	case StepLessEqual:
		goLessEqual(of(s.dst), of(s.x), of(s.y))
	case StepEqual:
		goEqual(of(s.dst), of(s.x), of(s.y))
	case StepAddNumber:
		goAddScalar(of(s.dst), of(s.x), *s.y)
	case StepSubNumber:
		goAddScalar(of(s.dst), of(s.x), -*s.y) // the same in every bit
	case StepMulNumber:
		goMulScalar(of(s.dst), of(s.x), *s.y)
	case StepDivNumber:
		goDivScalar(of(s.dst), of(s.x), *s.y)
	case StepSubFrom:
		goSubScalarFrom(of(s.dst), of(s.x), *s.y)
	case StepDivBy:
		goDivScalarBy(of(s.dst), of(s.x), *s.y)
	case StepNeg:
		goNeg(of(s.dst), of(s.x))
	case StepAbs:
		goAbs(of(s.dst), of(s.x))
	case StepSquare:
		goSquare(of(s.dst), of(s.x))
	case StepSqrt:
		goSqrt(of(s.dst), of(s.x))
	case StepRecip:
		goRecip(of(s.dst), of(s.x))
	case StepNot:
		goNot(of(s.dst), of(s.x))
	case StepWhere:
		goSelect(of(s.dst), of(s.x), of(s.y), of((*float64)(s.z)))
	case StepSumRows:
		goSumRows(of(s.dst), unsafe.Slice(s.x, n*int(s.rows)))
	case StepRepeat:
		goRepeat(unsafe.Slice(s.dst, n*int(s.rows)), of(s.x))
	case StepGather:
		dst := of(s.dst)
		for i, j := range s.index() {
			dst[i] = *elementOf(s.x, j)
		}
	case StepScatterAdd:
		sums := unsafe.Slice(s.dst, s.rows)
		clear(sums)
		scatterAdd(sums, of(s.x), s.index())
	}
}

// index is the indices of a step that has them.
func (s *threaded) index() []int32 {
	return unsafe.Slice((*int32)(s.z), s.n)
}

// elementOf is element i from x on.
func elementOf(x *float64, i int32) *float64 {
	return (*float64)(unsafe.Add(unsafe.Pointer(x), 8*int(i)))
}

func goNot(dst, x []float64) {
	for i, v := range x {
		dst[i] = 0
		if v == 0 {
			dst[i] = 1
		}
	}
}

func goSumRows(dst, rows []float64) {
	clear(dst)
	for ; len(rows) > 0; rows = rows[len(dst):] {
		goAdd(dst, dst, rows[:len(dst)])
	}
}

func goRepeat(dst, x []float64) {
	for ; len(dst) > 0; dst = dst[len(x):] {
		copy(dst, x)
	}
}
