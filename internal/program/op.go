// Package program holds the operations on arrays, their gradients, and the
// tapes they are recorded on.
//
//	var t program.Tape
//	x := t.Var(program.NewArray([]float64{1, 2, 3}, 3))
//	y := t.Emit(program.Sum, program.Attr{Dims: t.Ints([]int{0})}, t.Emit1(program.Square, 0, x))
//	dx := t.Grad(y, []program.Ref{x}, false)[0]
//	fmt.Println(t.Value(y).F64, t.Value(dx).F64) // [14] [2 4 6]
//
// There is one table of operations (table.go). An entry says what layout the
// result has, how its elements are computed, and how a gradient passes back
// through it; the last is written in operations of the same table, so that
// gradients of gradients exist. A Tape evaluates operations as they are
// emitted and remembers them as a flat list: it is a program that has just
// been run.
package program

import (
	"fmt"
	"strings"
)

// Code names an operation of the table.
type Code uint8

const (
	Const Code = iota // a value from outside
	Var               // a value from outside that gradients reach
	Draw              // random numbers, made from the values of its operands

	// One operand, element by element.
	Neg
	Abs
	Sign
	Square
	Sqrt
	Recip
	Exp
	Expm1
	Log
	Log1p
	Sin
	Cos
	Atan
	Tanh
	Sigmoid
	Softplus
	Erf
	Erfc
	Erfinv
	Lgamma
	Digamma
	NormCDF
	LogNormCDF
	NormRatio // φ(x)/Φ(x), the derivative of LogNormCDF
	NormQuantile
	Log1pSquare  // log(1 + x²)
	Log1pSquareD // its derivative 2x/(1 + x²)
	LogBesselI0e // log(e⁻|x| I0(x))
	BesselRatio  // I1(x)/I0(x)
	Floor
	Not
	AddScalar // x + F
	MulScalar // x · F
	PowScalar // x ^ F
	Polygamma // ψ⁽ⁿ⁾(x), n = F
	Cast      // to the number type F
	Detach    // the value without its history

	// Two operands that broadcast, element by element.
	Add
	Sub
	Mul
	Div
	Pow
	Max
	Min
	Equal
	Less
	LessEqual
	LogAddExp
	XLogY // x·log y, 0 where x = 0
	XLog1pY
	Lbeta  // log B(x, y)
	GammaP // regularised lower incomplete gamma function P(a, x)
	GammaPDa
	GammaQ          // 1 - P(a, x)
	GammaPInv       // x with P(a, x) = p
	GammaQInv       // x with Q(a, x) = q
	StudentCDF      // Student's distribution function at t for ν degrees of freedom
	StudentCDFDnu   // its derivative in ν
	StudentQuantile // t with StudentCDF(ν, t) = p
	GammaSample     // x, a draw of Gamma(a, 1), as a function of a
	GammaSampleDa
	LogGammaSample // x, the logarithm of a draw of Gamma(a, 1), as a function of a
	LogGammaSampleDa

	// Three operands that broadcast, element by element.
	Where    // condition, x, y
	Outside  // 1 where x < lo or x > hi, else 0
	BetaInc  // regularised incomplete beta function I_x(a, b)
	BetaIncC // 1 - I_x(a, b)
	BetaIncDa
	BetaIncDb
	BetaIncInv // x with I_x(a, b) = p
	BetaSample // x, a draw of Beta(a, b), as a function of a and b
	BetaSampleDa
	BetaSampleDb

	// Along dims.
	Sum
	ReduceMax
	ReduceMin
	ArgMax
	LogSumExp
	CumSum

	// Shape.
	Reshape
	Expand
	SumTo
	Permute
	Slice
	Unslice
	Flip
	Cat

	// Indexing by arrays.
	Index
	IndexAdd
	Gather
	ScatterAdd

	// Linear algebra on the last two dims.
	MatMul
	LogMatMul     // log Σ exp(a + b)
	LogMatMulGrad // its gradient in a
	Cholesky
	CholeskyGrad
	TriSolve
	Tril
	Diag
	DiagEmbed

	numCodes
)

// Attr holds the operands of an operation that are not arrays; each entry of
// the table says which it uses.
type Attr struct {
	F    float64
	Dims []int
	Flag bool
}

// info is an entry of the table.
type info struct {
	name string
	// layout returns the layout of the result.
	layout func(c *call) *Layout
	// eval computes c.out, whose buffer is uninitialised.
	eval func(c *call)
	// view returns the result as a window on the operand, in place of layout and eval.
	view func(c *call) Array
	// grad passes the gradient of the result on to the operands; nil where the
	// operation is flat or not differentiable.
	grad func(g *gradient)
}

// call is one evaluation of an operation.
type call struct {
	code Code
	attr *Attr
	in   []*Array
	out  Array
	m    *memory
	cast []Array // operands that had to change their type
	own  Attr    // of an operation that is another one with an Attr it finds

	// Of a program.
	common   *logCommon  // of a product of logarithms
	naturals *naturals   // of Index: the elements that it picks
	times    *rowProduct // of Index: the product that it makes as well
	turn     int         // number of the run
}

// Error is a mistake in the use of an operation. Operations panic with it.
type Error struct {
	Op     string  // the operation, such as "Add"
	Shapes [][]int // shapes of its operands
	Reason string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("tensor: ")
	b.WriteString(e.Op)
	if e.Shapes != nil {
		b.WriteByte('[')
		for i, s := range e.Shapes {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprint(&b, s)
		}
		b.WriteByte(']')
	}
	b.WriteString(": ")
	b.WriteString(e.Reason)
	return b.String()
}

// fail panics with an Error about this call.
func (c *call) fail(format string, args ...any) {
	e := &Error{Op: table[c.code].name, Reason: fmt.Sprintf(format, args...)}
	for _, a := range c.in {
		e.Shapes = append(e.Shapes, append([]int{}, a.Layout.Dims...))
	}
	panic(e)
}

// run evaluates the call into c.out.
func (c *call) run() {
	e := &table[c.code]
	c.unify()
	if e.view != nil {
		c.out = e.view(c)
		return
	}
	weak := c.in[0].Weak
	for _, a := range c.in[1:] {
		weak = weak && a.Weak
	}
	c.out = c.m.array(e.layout(c), c.in[0].DType)
	c.out.Weak = weak
	e.eval(c)
}

// unify gives all operands one number type: plain numbers take that of what
// they meet; anything else that differs is an error.
func (c *call) unify() {
	c.cast = c.cast[:0]
	want, strong := c.in[0].DType, !c.in[0].Weak
	same := true
	switch c.code {
	case Index, IndexAdd, Gather, ScatterAdd: // index arrays have a type of their own
		return
	case Where: // so has a condition, unless it chooses between plain numbers
		mixed := c.in[0].DType != c.in[1].DType || c.in[0].DType != c.in[2].DType
		if mixed && !(c.in[1].Weak && c.in[2].Weak) {
			cond := *c.in[0]
			cond.Weak = true
			c.in[0] = c.keep(cond)
			want, strong = c.in[1].DType, !c.in[1].Weak
		}
	}
	for _, a := range c.in[1:] {
		if a.DType != want {
			same = false
			if !strong && !a.Weak {
				want = a.DType
			}
		}
		strong = strong || !a.Weak
	}
	if same && c.in[0].DType == want {
		return
	}
	for i, a := range c.in {
		if a.DType == want {
			continue
		}
		if !a.Weak {
			c.fail("operands of types %v and %v do not mix; convert one with To", want, a.DType)
		}
		c.in[i] = c.keep(castTo(c.m, a, want))
	}
}

// keep gives an array a place that the next call uses again.
func (c *call) keep(a Array) *Array {
	c.cast = append(c.cast, a)
	return &c.cast[len(c.cast)-1]
}

func castTo(m *memory, a *Array, d DType) Array {
	out := m.array(a.Layout.contiguous(m), d)
	buf := m.float64s(a.Layout.Size)
	a.CopyTo(buf)
	if d == Float32 {
		for i, v := range buf {
			out.F32[i] = float32(v)
		}
	} else {
		copy(out.F64, buf)
	}
	return out
}

// Apply1 is Apply for a function of a single number, or ok is false.
func Apply1(code Code, k float64, x *Array) (y float64, ok bool) {
	if x.Layout != scalarLayout || x.DType != Float64 || code > Polygamma {
		return 0, false
	}
	var buf [1]float64
	unaryLoop(code, k, buf[:], x.F64[:1])
	return buf[0], true
}

// Apply2 is Apply for a function of two single numbers, or ok is false.
func Apply2(code Code, x, y *Array) (z float64, ok bool) {
	if x.Layout != scalarLayout || y.Layout != scalarLayout || x.DType|y.DType != Float64 ||
		code < Add || code > LogGammaSampleDa {
		return 0, false
	}
	var buf [1]float64
	binaryLoop(code, buf[:], x.F64[:1], y.F64[:1])
	return buf[0], true
}

// Apply evaluates an operation outside any tape; the result is on the heap.
func Apply(code Code, attr Attr, in ...*Array) *Array {
	c := &call{code: code, attr: &attr, in: append([]*Array(nil), in...)}
	c.run()
	return &c.out
}
