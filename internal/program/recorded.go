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
	nodes   []node  // as they were recorded
	values  []Array // of duplicates, that of the first
	attrs   []Attr
	lists   []Ref
	draws   []draw
	mem     memory // holds the buffers
	scratch memory
	code    []instruction
	outs    []Ref
	call    call
	args    []*Array
	params  [][]float64
}

// instruction is one operation with its operands looked up.
type instruction struct {
	kind    instructionKind
	code    Code
	at      Ref
	k       float64
	dst     []float64
	a, b, c []float64
	args    []*Array
	attr    *Attr
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
	where64                         // three operands of equal length
	sum64                           // of all elements
)

// Record takes the contents of the tape as a program with the given outputs,
// and leaves the tape empty.
func (t *Tape) Record(outs []Ref) *Recorded {
	for i := range t.nodes {
		t.Value(Ref(i)) // single numbers get an Array
	}
	p := &Recorded{
		nodes: t.nodes, values: t.values[:len(t.nodes)], attrs: t.attrs, lists: t.lists, draws: t.draws,
		mem: t.mem, outs: slices.Clone(outs),
	}
	*t = Tape{}
	p.compile()
	return p
}

// compile finds the operations to run: it joins equal ones, drops those that
// only pass an operand on, and keeps what the outputs need.
func (p *Recorded) compile() {
	canon := p.simplify()
	need := make([]bool, len(p.nodes))
	for _, r := range p.outs {
		need[canon[r]] = true
	}
	for i := len(p.nodes) - 1; i >= 0; i-- {
		if !need[i] {
			continue
		}
		for _, r := range operands(&p.nodes[i], p.lists) {
			need[canon[r]] = true
		}
	}
	for i, r := range p.outs {
		p.outs[i] = canon[r]
	}
	for i := range p.nodes {
		if n := &p.nodes[i]; need[i] && n.state.is(varying) && n.code != Var {
			p.emit(Ref(i), canon)
		}
	}
}

// simplify returns, for each value, the first one that is always equal to it.
func (p *Recorded) simplify() []Ref {
	type key struct {
		code Code
		in   [3]Ref
		attr string
	}
	canon := make([]Ref, len(p.nodes))
	seen := map[key]Ref{}
	for i := range p.nodes {
		canon[i] = Ref(i)
		n := &p.nodes[i]
		if !n.state.is(varying) || n.code <= Draw || n.nin > 3 {
			continue
		}
		k := key{code: n.code}
		for j, r := range operands(n, p.lists) {
			k.in[j] = canon[r] + 1
		}
		a := attrOf(n, p.attrs)
		k.attr = fmt.Sprint(math.Float64bits(a.F), a.Dims, a.Flag)
		r, ok := p.passes(n, canon)
		if !ok {
			r, ok = seen[k]
		}
		if ok && sameDims(p.values[r].Layout, p.values[i].Layout) && p.values[r].DType == p.values[i].DType {
			canon[i] = r
			p.values[i] = p.values[r]
			continue
		}
		seen[k] = Ref(i)
	}
	return canon
}

// passes returns the operand that n always equals, bit for bit.
func (p *Recorded) passes(n *node, canon []Ref) (Ref, bool) {
	switch n.code {
	case Detach:
		return canon[n.in[0]], true
	case Where: // on a condition that does not vary
		cond := canon[n.in[0]]
		if p.nodes[cond].state.is(varying) {
			break
		}
		if p.all(cond, func(v float64) bool { return v != 0 }) {
			return canon[n.in[1]], true
		}
		if p.all(cond, func(v float64) bool { return v == 0 }) {
			return canon[n.in[2]], true
		}
	case Mul, Div: // by a constant one
		if p.isOne(canon[n.in[1]]) {
			return canon[n.in[0]], true
		}
		if n.code == Mul && p.isOne(canon[n.in[0]]) {
			return canon[n.in[1]], true
		}
	case MulScalar:
		if n.k == 1 {
			return canon[n.in[0]], true
		}
	}
	return none, false
}

func (p *Recorded) isOne(r Ref) bool {
	return !p.nodes[r].state.is(varying) && p.all(r, func(v float64) bool { return v == 1 })
}

// all reports whether f holds for all elements of a value, of which there is one.
func (p *Recorded) all(r Ref, f func(float64) bool) bool {
	a := &p.values[r]
	ok := a.Layout.Size > 0
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { ok = ok && f(a.at(o)) })
	return ok
}

// emit appends the instruction for a node, if it needs one.
func (p *Recorded) emit(r Ref, canon []Ref) {
	n := &p.nodes[r]
	attr := attrOf(n, p.attrs)
	in := instruction{code: n.code, at: r, attr: &attr, k: n.k}
	for _, x := range operands(n, p.lists) {
		in.args = append(in.args, &p.values[canon[x]])
	}
	out := &p.values[r]
	in.dst = out.F64
	switch {
	case n.code == Draw:
		in.kind = random
	case table[n.code].view != nil:
		if aliases(out, in.args[0]) || p.rebind(&in) {
			return
		}
		in.kind, in.dst = refresh, out.F64
	case out.DType == Float64 && out.Layout.Size > 0:
		in.specialise(out.Layout.Size)
	}
	p.code = append(p.code, in)
}

// rebind makes the value of a view anew, since its operand was joined with one
// that lies elsewhere, or had to be copied. It reports whether the view is now
// in the buffer of the operand; otherwise it is a contiguous copy.
func (p *Recorded) rebind(in *instruction) bool {
	c := call{code: in.code, attr: in.attr, in: in.args, m: &p.mem}
	p.values[in.at] = table[in.code].view(&c)
	return aliases(&p.values[in.at], in.args[0])
}

// specialise chooses a loop without look-ups where the operands allow it.
func (in *instruction) specialise(size int) {
	for _, a := range in.args {
		if a.DType != Float64 || !a.Layout.Contig {
			return
		}
	}
	data := func(i int) []float64 { return in.args[i].F64[:in.args[i].Layout.Size] }
	switch {
	case in.code >= Neg && in.code <= Polygamma:
		in.kind, in.a = unary64, data(0)
	case in.code >= Add && in.code <= LogGammaSampleDa:
		a, b := data(0), data(1)
		switch {
		case len(a) == size && len(b) == size:
			in.kind = binary64
		case len(a) == size && len(b) == 1 && in.code <= Div:
			in.kind = right64
		case len(b) == size && len(a) == 1 && in.code <= Div:
			in.kind = left64
		default:
			return
		}
		in.a, in.b = a, b
	case in.code == Where:
		a, b, c := data(0), data(1), data(2)
		if len(a) == size && len(b) == size && len(c) == size {
			in.kind, in.a, in.b, in.c = where64, a, b, c
		}
	case in.code == Sum && size == 1, in.code == SumTo && size == 1:
		in.kind, in.a = sum64, data(0)
	}
}

// aliases reports whether the value of a view is in the buffer of its operand,
// so that it needs no work.
func aliases(out, in *Array) bool {
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
		case where64:
			choose(in.dst, in.a, in.b, in.c)
		case sum64:
			in.dst[0] = sum(in.a)
		case random:
			p.draw(in, root)
		default:
			p.eval(in)
		}
	}
}

// eval runs an instruction through the table.
func (p *Recorded) eval(in *instruction) {
	p.scratch.reset()
	c := &p.call
	p.args = append(p.args[:0], in.args...) // unify puts converted operands there
	*c = call{code: in.code, attr: in.attr, in: p.args, m: &p.scratch}
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

func (p *Recorded) draw(in *instruction, root rng.Key) {
	p.scratch.reset()
	d := &p.draws[p.nodes[in.at].attr]
	p.params = p.params[:0]
	for _, a := range in.args {
		p.params = append(p.params, wide(&p.scratch, a))
	}
	d.fill(d.key.Rederive(root), in.dst, p.params)
}

// Output returns the i-th output, valid until the next Run.
func (p *Recorded) Output(i int) *Array { return &p.values[p.outs[i]] }

// Len is the number of instructions.
func (p *Recorded) Len() int { return len(p.code) }

// Bytes is the size of the program's buffers.
func (p *Recorded) Bytes() int { return p.mem.bytes() + p.scratch.bytes() }

// Difference describes where what is on the tape differs from what was
// recorded, or returns "". Variables may have other values, and random numbers
// other roots.
func (p *Recorded) Difference(q *Tape) string {
	if len(p.nodes) != len(q.nodes) {
		return fmt.Sprintf("one run has %d operations, another %d", len(p.nodes), len(q.nodes))
	}
	for i := range p.nodes {
		a, b := &p.nodes[i], &q.nodes[i]
		if a.code != b.code || !slices.Equal(operands(a, p.lists), operands(b, q.lists)) {
			return fmt.Sprintf("operation %d is %v in one run, %v in another", i, a.code, b.code)
		}
		if !sameDims(p.values[i].Layout, q.Layout(Ref(i))) {
			return fmt.Sprintf("the result of %v (operation %d) has shape %v in one run, %v in another",
				a.code, i, p.values[i].Layout.Dims, q.Layout(Ref(i)).Dims)
		}
		x, y := attrOf(a, p.attrs), attrOf(b, q.attrs)
		switch {
		case a.code == Draw:
			if !p.draws[a.attr].key.SameTrail(q.draws[b.attr].key) {
				return fmt.Sprintf("the random numbers of operation %d have keys of different origin", i)
			}
		case math.Float64bits(x.F) != math.Float64bits(y.F) || x.Flag != y.Flag || !slices.Equal(x.Dims, y.Dims):
			return fmt.Sprintf("a number or dim that %v (operation %d) takes differs between runs", a.code, i)
		}
		if a.code == Const && !sameContent(&p.values[i], q.Value(Ref(i))) {
			return fmt.Sprintf("constant %d, of shape %v, which %s, differs between runs",
				i, p.values[i].Layout.Dims, p.use(Ref(i)))
		}
	}
	return ""
}

// use says what first takes r.
func (p *Recorded) use(r Ref) string {
	for i := range p.nodes {
		if slices.Contains(operands(&p.nodes[i], p.lists), r) {
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
