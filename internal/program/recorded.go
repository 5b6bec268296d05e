package program

import (
	"slices"
	"unsafe"

	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/rng"
)

// Recorded is a program: the operations of a tape that its outputs need and
// that vary with its variables and random numbers, in order, each with the
// buffer for its result. Running it again evaluates just these; everything else
// was computed when it was recorded. It is used from one goroutine at a time.
type Recorded struct {
	tape    []node  // as they were recorded
	nodes   []node  // as they are computed
	values  []Array // of duplicates, that of the first
	attrs   []Attr
	lists   []Ref
	draws   []draw
	mem     memory // holds the buffers
	scratch memory
	slots   []slot // what code was made of
	needed  []bool // by the outputs
	code    []instruction
	short   []*kernel.Routine // of steps
	calls   []tableCall       // of instructions that go through the table
	sweeps  []sweep
	natural map[Ref]*naturals // values that do not change, as far as they were looked at; nil if they are none
	outs    []Ref
	flat    [][]float64 // their values, where they are float64 in row-major order
	call    call
	in      []*Array
	params  [][]float64
	run     int     // the number of runs so far, this one included
	root    rng.Key // of this run
	number  [1]float64
}

// instruction is one operation with its operands looked up. Most have float64
// elements in row-major order at dst, x, y and z.
type instruction struct {
	kind instructionKind
	code Code
	step uint8 // in a block: bits of the operands that move along with it; from slabbed on, of those in its slab
	n    int32 // elements; of a block, its instructions; of steps, theirs
	at   int32 // what is in tables of the program; of a block, the pieces of its slab, at dst
	k    float64
	f    func(float64) float64 // of function
	dst  *float64
	x    *float64
	y    *float64
	z    *float64
}

type instructionKind uint8

const (
	general     instructionKind = iota // through the table
	refresh                            // a view that had to copy
	random                             // a Draw
	function                           // f(x) for a single number
	number                             // the same with a parameter
	numbers                            // f(x, y)
	each                               // f(x) of each of n elements
	pairs                              // f(x, y) of each of n elements
	right                              // y is one number
	left                               // x is one number
	chosen                             // Where
	triples                            // f(x, y, z) of each of n elements
	twin                               // Softplus and Sigmoid
	total                              // Sum of n elements
	copied                             // n elements
	steps                              // n steps on few elements
	block                              // the n instructions that follow, piece by piece
	sweeping                           // the same, with a product before and one after
	picked                             // Index, or Gather from a vector, by constants
	put                                // IndexAdd, or ScatterAdd to a vector, by constants
	vector                             // MatMul of a matrix and a vector
	reduced                            // Sum, LogSumExp and the like of a block
	derivatives                        // both of a function of the beta distribution
)

// tableCall is what an instruction needs that goes through the table.
type tableCall struct {
	at   Ref
	attr *Attr
	args []*Array

	rows     []int32       // of picked and put
	product  gemv[float64] // of vector
	block    [3]int        // of reduced: its shape, of which the middle one is reduced
	other    Ref           // of derivatives: the second one
	common   *logCommon    // of products of logarithms
	naturals *naturals     // of Index: the elements that it picks
	times    *rowProduct   // of Index: the product that it makes as well, or nil
}

// Record takes the contents of the tape as a program with the given outputs,
// and leaves the tape empty.
func (t *Tape) Record(outs []Ref) *Recorded {
	for i := range t.nodes {
		t.Value(Ref(i)) // single numbers get an Array
	}
	p := &Recorded{
		tape: t.nodes, nodes: slices.Clone(t.nodes), values: t.values[:len(t.nodes)], attrs: t.attrs, lists: t.lists, draws: t.draws,
		mem: t.mem, outs: slices.Clone(outs),
	}
	*t = Tape{}
	p.compile()
	return p
}

// of is a slice of n elements.
func of(p *float64, n int32) []float64 { return unsafe.Slice(p, n) }

// Run evaluates the program with the present values of its variables, and with
// random numbers whose keys are derived from root as they were when recording.
func (p *Recorded) Run(root rng.Key) {
	p.run, p.root = p.run+1, root
	for i := 0; i < len(p.code); i++ {
		switch in := &p.code[i]; in.kind {
		case steps:
			p.short[in.at].Run()
		case function:
			*in.dst = in.f(*in.x)
		case block:
			p.blocks(in, p.code[i+1:i+1+int(in.n)])
			i += int(in.n)
		case sweeping:
			p.sweep(in, p.code[i+1:i+1+int(in.n)])
			i += int(in.n)
		default:
			p.single(in)
		}
	}
}

// single runs an instruction of a kind that is rarer or takes longer.
func (p *Recorded) single(in *instruction) {
	switch in.kind {
	case random:
		p.draw(in, p.root)
	case number:
		*in.dst = number1(in.code, in.k, *in.x)
	case numbers:
		*in.dst = number2(in.code, *in.x, *in.y)
	case total:
		*in.dst = sum(of(in.x, in.n))
		if in.k < 0 && *in.dst != 0 { // a sum is never -0
			*in.dst = -*in.dst
		}
	case picked:
		kernel.Gather(of(in.dst, in.n), p.calls[in.at].args[0].F64, p.calls[in.at].rows)
	case put:
		c := &p.calls[in.at]
		to := p.values[c.at].F64
		clear(to)
		kernel.ScatterAdd(to, of(in.x, in.n), c.rows)
	case reduced:
		p.scratch.reset()
		b := &p.calls[in.at].block
		reduceBlock(in.code, &p.scratch, of(in.dst, in.n), of(in.x, in.n*int32(b[1])), b[0], b[1], b[2])
	case derivatives:
		betaDerivatives(in.code, of(in.dst, in.n), p.values[p.calls[in.at].other].F64, of(in.x, in.n), of(in.y, in.n), of(in.z, in.n))
	case vector:
		c := &p.calls[in.at]
		c.product.into(p.values[c.at].F64)
	case general, refresh:
		p.eval(in)
	default:
		in.whole(in.n)
	}
}

// whole computes an element-by-element instruction on n elements.
func (in *instruction) whole(n int32) {
	switch dst := of(in.dst, n); in.kind {
	case each:
		unary(in.code, in.k, dst, of(in.x, n))
	case pairs:
		binary(in.code, dst, of(in.x, n), of(in.y, n))
	case right:
		arithRight(in.code, dst, of(in.x, n), *in.y)
	case left:
		arithLeft(in.code, dst, *in.x, of(in.y, n))
	case chosen:
		choose(dst, of(in.x, n), of(in.y, n), of(in.z, n))
	case triples:
		ternary(in.code, dst, of(in.x, n), of(in.y, n), of(in.z, n))
	case twin:
		x, y := of(in.x, n), of(in.z, n)
		if n < longRun || !shared(stretch[float64]{kind: twin, dst: dst, x: x, y: y}) {
			kernel.SoftplusSigmoid(dst, y, x)
		}
	}
}

// Pieces of a block have 512 elements, so that some operands stay in the first
// level of cache; the last has up to 15 more, so that none is so short that
// single numbers would go another way.
const (
	piece    = 512
	longest  = piece + arithRun - 1
	blockRun = 4 * piece // elements from which on blocks pay

	blockPart = 1 << 16 // elements times instructions of a part of a long block, but a piece at least
	slabbed   = 1 << 4
)

// blocks computes instructions of equal size piece by piece. head tells what
// they have in common.
func (p *Recorded) blocks(head *instruction, code []instruction) {
	n := code[0].n
	b := longBlock{code: code, n: n, per: partOfBlock(len(code)), slab: head.dst, slabLength: int(head.at) * longest}
	if b.parts = int(n / b.per); b.parts < leastParts {
		runBlock(code, 0, n, nil, nil)
		return
	}
	longBlocks.Run(b.parts, b, (*longBlock).run)
}

// partOfBlock is the number of elements of a part of a block of so many instructions.
func partOfBlock(instructions int) int32 { return max(1, blockPart/piece/int32(instructions)) * piece }

// runBlock computes the elements from lo to hi, with another slab in the place
// of the program's.
func runBlock(code []instruction, lo, hi int32, slab, other *float64) {
	for at := lo; at < hi; {
		m := int32(piece)
		if hi-at <= longest {
			m = hi - at
		}
		for i := range code {
			in := code[i]
			in.dst = in.along(0, in.dst, at, slab, other)
			in.x = in.along(1, in.x, at, slab, other)
			in.y = in.along(2, in.y, at, slab, other)
			in.z = in.along(3, in.z, at, slab, other)
			in.whole(m)
		}
		at += m
	}
}

// along is where an operand goes on at an element.
func (in *instruction) along(bit int, p *float64, at int32, slab, other *float64) *float64 {
	switch {
	case in.step>>bit&1 != 0:
		return (*float64)(unsafe.Add(unsafe.Pointer(p), 8*int(at)))
	case other != slab && in.step>>bit&slabbed != 0:
		return (*float64)(unsafe.Add(unsafe.Pointer(other), uintptr(unsafe.Pointer(p))-uintptr(unsafe.Pointer(slab))))
	}
	return p
}

// eval runs an instruction through the table.
func (p *Recorded) eval(in *instruction) {
	p.scratch.reset()
	t := &p.calls[in.at]
	c := &p.call
	p.in = append(p.in[:0], t.args...) // unify puts converted operands there
	c.code, c.attr, c.in, c.m, c.common, c.naturals, c.times, c.turn = in.code, t.attr, p.in, &p.scratch, t.common, t.naturals, t.times, p.run
	c.unify()
	e := &table[in.code]
	if in.kind == refresh {
		v := e.view(c)
		materialise(&p.values[t.at], &v, p.values[t.at].Layout)
		return
	}
	c.out = p.values[t.at]
	e.eval(c)
}

func (p *Recorded) draw(in *instruction, root rng.Key) {
	p.scratch.reset()
	t := &p.calls[in.at]
	d := &p.draws[p.nodes[t.at].attr]
	p.params = p.params[:0]
	for _, a := range t.args {
		p.params = append(p.params, wide(&p.scratch, a))
	}
	d.fill(d.key.Rederive(root), p.values[t.at].F64, p.params)
}

// Output returns the i-th output, valid until the next Run.
func (p *Recorded) Output(i int) *Array { return &p.values[p.outs[i]] }

// CopyOutput writes the i-th output to dst.
func (p *Recorded) CopyOutput(i int, dst []float64) {
	switch x := p.flat[i]; {
	case x == nil:
		p.Output(i).CopyTo(dst)
	case len(x) == 1:
		dst[0] = x[0]
	default:
		copy(dst[:len(x)], x)
	}
}

// CopyOutputs writes the outputs from the i-th on to dst.
func (p *Recorded) CopyOutputs(i int, dst [][]float64) {
	for j, x := range p.flat[i:][:len(dst)] {
		switch to := dst[j]; {
		case len(x) == 1:
			to[0] = x[0]
		case x != nil:
			copy(to[:len(x)], x)
		default:
			p.CopyOutput(i+j, to)
		}
	}
}

// Number returns the i-th output, a single number.
func (p *Recorded) Number(i int) float64 {
	if x := p.flat[i]; len(x) == 1 {
		return x[0]
	}
	p.Output(i).CopyTo(p.number[:])
	return p.number[0]
}

// Len is the number of instructions.
func (p *Recorded) Len() int {
	n := 0
	for i := range p.code {
		switch in := &p.code[i]; in.kind {
		case block:
		case steps:
			n += int(in.n)
		case sweeping: // two products
			n += 2
		default:
			n++
		}
	}
	return n
}

// Bytes is the size of the program's buffers.
func (p *Recorded) Bytes() int { return p.mem.bytes() + p.scratch.bytes() }
