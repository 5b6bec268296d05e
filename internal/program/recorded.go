package program

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro/rng"
)

// Recorded is a program: the operations of a tape that its outputs need and
// that vary with its variables and random numbers, in order, each with the
// buffer for its result. Running it again evaluates just these; everything else
// was computed when it was recorded. It is used from one goroutine at a time.
type Recorded struct {
	nodes   []node
	values  []Array
	attrs   []Attr
	draws   []draw
	mem     memory // holds the buffers
	scratch memory
	code    []instruction
	outs    []Ref
	call    call
	in      [8]*Array
	params  [][]float64
}

// instruction is one operation with its operands looked up.
type instruction struct {
	kind instructionKind
	code Code
	at   Ref
	k    float64
	dst  []float64
	a, b []float64
}

type instructionKind uint8

const (
	general  instructionKind = iota // through the table
	refresh                         // a view that had to copy
	random                          // a Draw
	unary64                         // element by element, float64, in row-major order
	binary64                        // operands of equal length
	right64                         // the second operand is a single number
	left64                          // the first one is
)

// Record takes the contents of the tape as a program with the given outputs,
// and leaves the tape empty.
func (t *Tape) Record(outs []Ref) *Recorded {
	p := &Recorded{nodes: t.nodes, values: t.values, attrs: t.attrs, draws: t.draws, mem: t.mem, outs: slices.Clone(outs)}
	t.nodes, t.values, t.attrs, t.draws, t.mem = nil, nil, nil, nil, memory{}
	t.Reset()
	p.compile()
	return p
}

// compile finds the operations to run.
func (p *Recorded) compile() {
	need := make([]bool, len(p.nodes))
	for _, r := range p.outs {
		need[r] = true
	}
	for i := len(p.nodes) - 1; i >= 0; i-- {
		if !need[i] {
			continue
		}
		for _, r := range p.nodes[i].operands() {
			need[r] = true
		}
	}
	same := p.duplicates(need)
	for i := range p.nodes {
		n := &p.nodes[i]
		if !need[i] || !n.varying || n.code == Var || same[i] {
			continue
		}
		p.emit(Ref(i))
	}
}

// duplicates finds operations that equal an earlier one, and lets their values
// share its buffer.
func (p *Recorded) duplicates(need []bool) []bool {
	type key struct {
		code Code
		in   [3]Ref
		attr string
	}
	canon := make([]Ref, len(p.nodes))
	same := make([]bool, len(p.nodes))
	seen := map[key]Ref{}
	for i := range p.nodes {
		canon[i] = Ref(i)
		n := &p.nodes[i]
		if !need[i] || !n.varying || n.code <= Draw || n.more != nil {
			continue
		}
		k := key{code: n.code}
		for j, r := range n.operands() {
			n.in[j] = canon[r]
			k.in[j] = canon[r] + 1
		}
		if n.attr >= 0 {
			a := &p.attrs[n.attr]
			k.attr = fmt.Sprint(math.Float64bits(a.F), a.Dims, a.Flag)
		}
		if old, ok := seen[k]; ok && sameDims(p.values[old].Layout, p.values[i].Layout) {
			canon[i], same[i] = old, true
			p.values[i] = p.values[old]
			continue
		}
		seen[k] = Ref(i)
	}
	return same
}

// emit appends the instruction for a node, if it needs one.
func (p *Recorded) emit(r Ref) {
	n := &p.nodes[r]
	in := instruction{code: n.code, at: r}
	out := &p.values[r]
	switch e := &table[n.code]; {
	case n.code == Draw:
		in.kind = random
	case e.view != nil:
		if p.aliases(r) {
			return
		}
		in.kind = refresh
	case out.DType != Float64 || out.Layout.Size == 0:
	case n.code >= Neg && n.code <= Polygamma:
		if a := &p.values[n.in[0]]; a.Layout.Contig {
			in.kind, in.a = unary64, a.F64[:a.Layout.Size]
		}
	case n.code >= Add && n.code <= LogGammaSampleDa:
		p.emitBinary(&in, n, out.Layout.Size)
	}
	in.dst = out.F64
	if n.attr >= 0 && n.code != Draw {
		in.k = p.attrs[n.attr].F
	}
	p.code = append(p.code, in)
}

func (p *Recorded) emitBinary(in *instruction, n *node, size int) {
	a, b := &p.values[n.in[0]], &p.values[n.in[1]]
	if a.DType != Float64 || b.DType != Float64 || !a.Layout.Contig || !b.Layout.Contig {
		return
	}
	in.a, in.b = a.F64[:a.Layout.Size], b.F64[:b.Layout.Size]
	switch {
	case len(in.a) == size && len(in.b) == size:
		in.kind = binary64
	case len(in.a) == size && len(in.b) == 1 && n.code <= Div:
		in.kind = right64
	case len(in.b) == size && len(in.a) == 1 && n.code <= Div:
		in.kind = left64
	default:
		in.a, in.b = nil, nil
	}
}

// aliases reports whether the value of a view is in the buffer of its operand,
// so that it needs no work.
func (p *Recorded) aliases(r Ref) bool {
	out, in := &p.values[r], &p.values[p.nodes[r].in[0]]
	if out.DType != in.DType {
		return false
	}
	if out.Layout.Size == 0 {
		return true
	}
	if out.DType == Float32 {
		return within(out.F32, in.F32)
	}
	return within(out.F64, in.F64)
}

// within reports whether a is a part of b's array. A part that does not start
// where b does still ends where it does.
func within[T any](a, b []T) bool {
	return &a[:cap(a)][cap(a)-1] == &b[:cap(b)][cap(b)-1]
}

// Run evaluates the program with the present values of its variables, and with
// random numbers whose keys are derived from root as they were when recording.
func (p *Recorded) Run(root rng.Key) {
	for i := range p.code {
		in := &p.code[i]
		switch in.kind {
		case unary64:
			unary(in.code, in.k, in.dst, in.a)
		case binary64:
			binary(in.code, in.dst, in.a, in.b)
		case right64:
			arithRight(in.code, in.dst, in.a, in.b[0])
		case left64:
			arithLeft(in.code, in.dst, in.a[0], in.b)
		case random:
			p.draw(in.at, root)
		default:
			p.eval(in)
		}
	}
}

// eval runs an instruction through the table.
func (p *Recorded) eval(in *instruction) {
	p.scratch.reset()
	n := &p.nodes[in.at]
	c := &p.call
	*c = call{code: in.code, attr: &noAttr, in: p.in[:0], m: &p.scratch}
	if n.attr >= 0 {
		c.attr = &p.attrs[n.attr]
	}
	for _, r := range n.operands() {
		c.in = append(c.in, &p.values[r])
	}
	c.unify()
	e := &table[in.code]
	if in.kind == refresh {
		v := e.view(c)
		materialise(&p.values[in.at], &v, p.values[in.at].Layout)
		return
	}
	c.out = p.values[in.at]
	e.eval(c)
}

func (p *Recorded) draw(r Ref, root rng.Key) {
	p.scratch.reset()
	n := &p.nodes[r]
	d := &p.draws[n.attr]
	p.params = p.params[:0]
	for _, a := range n.operands() {
		p.params = append(p.params, wide(&p.scratch, &p.values[a]))
	}
	d.fill(d.key.Rederive(root), p.values[r].F64, p.params)
}

// Output returns the i-th output, valid until the next Run.
func (p *Recorded) Output(i int) *Array { return &p.values[p.outs[i]] }

// Len is the number of instructions.
func (p *Recorded) Len() int { return len(p.code) }

// Bytes is the size of the program's buffers.
func (p *Recorded) Bytes() int { return p.mem.bytes() + p.scratch.bytes() }

// Difference describes where two recordings of one computation differ, or
// returns "". Variables may have other values, and random numbers other roots.
func (p *Recorded) Difference(q *Recorded) string {
	if len(p.nodes) != len(q.nodes) {
		return fmt.Sprintf("one run has %d operations, another %d", len(p.nodes), len(q.nodes))
	}
	for i := range p.nodes {
		a, b := &p.nodes[i], &q.nodes[i]
		if a.code != b.code || !slices.Equal(a.operands(), b.operands()) {
			return fmt.Sprintf("operation %d is %v in one run, %v in another", i, a.code, b.code)
		}
		if !sameDims(p.values[i].Layout, q.values[i].Layout) {
			return fmt.Sprintf("the result of %v (operation %d) has shape %v in one run, %v in another",
				a.code, i, p.values[i].Layout.Dims, q.values[i].Layout.Dims)
		}
		switch {
		case a.code == Draw:
			if !p.draws[a.attr].key.SameTrail(q.draws[b.attr].key) {
				return fmt.Sprintf("the random numbers of operation %d have keys of different origin", i)
			}
		case a.attr >= 0 && b.attr >= 0:
			x, y := &p.attrs[a.attr], &q.attrs[b.attr]
			if math.Float64bits(x.F) != math.Float64bits(y.F) || x.Flag != y.Flag || !slices.Equal(x.Dims, y.Dims) {
				return fmt.Sprintf("a number or dim that %v (operation %d) takes differs between runs", a.code, i)
			}
		case a.attr != b.attr && (a.attr < 0) != (b.attr < 0):
			return fmt.Sprintf("a number or dim that %v (operation %d) takes differs between runs", a.code, i)
		}
		if a.code == Const && !sameContent(&p.values[i], &q.values[i]) {
			return fmt.Sprintf("constant %d, of shape %v, which %s, differs between runs",
				i, p.values[i].Layout.Dims, p.use(Ref(i)))
		}
	}
	return ""
}

// use says what first takes r.
func (p *Recorded) use(r Ref) string {
	for i := range p.nodes {
		if slices.Contains(p.nodes[i].operands(), r) {
			return "goes into " + p.nodes[i].code.String()
		}
	}
	return "goes nowhere"
}

func sameContent(a, b *Array) bool {
	n := a.Layout.Size
	if n == 0 {
		return true
	}
	if a.DType != b.DType {
		return false
	}
	if a.DType == Float64 && &a.F64[0] == &b.F64[0] && a.Layout.Contig && b.Layout.Contig {
		return true
	}
	x, y := make([]float64, n), make([]float64, n)
	a.CopyTo(x)
	b.CopyTo(y)
	for i, v := range x {
		if math.Float64bits(v) != math.Float64bits(y[i]) {
			return false
		}
	}
	return true
}
