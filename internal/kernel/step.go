package kernel

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/cpu"
)

// Step is one operation of a program on short arrays, with its operands looked up. [RunSteps] takes
// no call for an operation, so that single numbers and arrays of a few elements cost a nanosecond or
// two each.
type Step struct {
	run          uintptr // address of a routine; in plain Go the operation
	n, m         uint32
	dst, x, y, z *float64
}

// StepOp is what a Step does. Results have the bits of the kernels of that name, Where of [Select].
type StepOp uint8

const (
	StepAdd       StepOp = iota // x + y, each with n elements
	StepSub                     // x - y
	StepMul                     // x * y
	StepDiv                     // x / y
	StepMax                     // as Max
	StepMin                     // as Min
	StepLess                    // 1 where x < y, else 0
	StepLessEqual               // 1 where x <= y, else 0
	StepEqual                   // 1 where x == y, else 0
	StepAddNumber               // x + y, where y is a single number, as in the next
	StepSubNumber               // x - y
	StepMulNumber               // x * y
	StepDivNumber               // x / y
	StepSubFrom                 // y - x
	StepDivBy                   // y / x
	StepNeg                     // -x
	StepAbs                     // |x|
	StepSquare                  // x * x
	StepSqrt                    // √x
	StepRecip                   // 1 / x
	StepNot                     // 1 where x == 0, else 0
	StepWhere                   // y where x is not 0, else z
	StepSumRows                 // the sum of m rows of n elements, from 0 on in order
	StepRepeat                  // m times the n elements of x
	stepEnd
	numSteps
)

// NewStep returns an operation on n > 0 elements. Operands that it does not have are nil; dst may be
// an operand of as many elements, and overlap none otherwise.
func NewStep(op StepOp, n int, dst, x, y, z *float64) Step { return best.step(op, n, 1, dst, x, y, z) }

// NewRows returns StepSumRows or StepRepeat for m > 0 rows of n > 0 elements.
func NewRows(op StepOp, m, n int, dst, x *float64) Step { return best.step(op, n, m, dst, x, nil, nil) }

// EndStep returns the last Step of a list.
func EndStep() Step { return best.step(stepEnd, 1, 1, nil, nil, nil, nil) }

// RunSteps runs steps, the last of which is [EndStep], in order.
func RunSteps(steps []Step) { best.runSteps(steps) }

func (t tier) step(op StepOp, n, m int, dst, x, y, z *float64) Step {
	run := uintptr(op)
	if t != tier(cpu.Portable) {
		vector := 1
		if n == 1 {
			vector = 0
		}
		run = t.stepRoutines(n)[op][vector]
	}
	return Step{run, uint32(n), uint32(m), dst, x, y, z}
}

// goSteps runs steps in plain Go.
func goSteps(steps []Step) {
	for i := range steps {
		s := &steps[i]
		op := StepOp(s.run)
		if op == stepEnd {
			return
		}
		if s.n == 1 && op <= StepRepeat {
			s.one(op)
			continue
		}
		s.all(op)
	}
}

// one runs the commonest steps for a single number.
func (s *Step) one(op StepOp) {
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
	default:
		s.all(op)
	}
}

func (s *Step) all(op StepOp) {
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
		goSelect(of(s.dst), of(s.x), of(s.y), of(s.z))
	case StepSumRows:
		goSumRows(of(s.dst), unsafe.Slice(s.x, n*int(s.m)))
	case StepRepeat:
		goRepeat(unsafe.Slice(s.dst, n*int(s.m)), of(s.x))
	}
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
