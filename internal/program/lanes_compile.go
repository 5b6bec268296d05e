package program

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/gopyro/pyro/internal/kernel"
)

// laneCompiler turns the instructions of a program into those for k lanes. An
// operand is told by its address: in memory of the program that varies, whose
// lanes are at the same place of memory k times as large, or else constant.
type laneCompiler struct {
	l      *Lanes
	k      int
	areas  []area // by address
	filled map[filling]*float64
	list   []kernel.Step // those that follow each other
	short  [][]kernel.Step
}

// area is a stretch of memory that varies.
type area struct{ laneCopy }

func (a *area) start() uintptr { return uintptr(unsafe.Pointer(&a.one[0])) }

// filling is something that had to be put in n·k numbers: of n constants k copies
// of each, of the lanes of a single number n copies.
type filling struct {
	at *float64
	n  int32
}

func newLaneCompiler(l *Lanes) *laneCompiler {
	return &laneCompiler{l: l, k: l.k, filled: map[filling]*float64{}}
}

func (c *laneCompiler) compile(inputs []Ref) {
	p := c.l.p
	var vary, same []*Array
	for i := range p.nodes {
		n := &p.nodes[i]
		input := n.code == Var && slices.Contains(inputs, Ref(i))
		if n.state.is(varying) && p.needed[i] || input {
			vary = append(vary, &p.values[i])
		}
		if n.code == Var && p.needed[i] && !input {
			same = append(same, &p.values[i])
		}
	}
	c.findAreas(vary)
	for _, a := range same {
		c.share(a)
	}
	for _, r := range inputs {
		in := laneInput{}
		in.one = p.values[r].F64[:p.values[r].Layout.Size]
		if len(in.one) > 0 {
			in.lanes = c.lanesOf(&in.one[0], int32(len(in.one)))
		}
		c.l.inputs = append(c.l.inputs, in)
	}
	for i := range p.slots {
		for _, in := range p.slots[i].code {
			c.lower(in)
		}
	}
	c.close()
	c.l.short = kernel.NewRoutines(c.short)
	for _, r := range p.outs {
		c.l.outs = append(c.l.outs, c.output(&p.values[r]))
	}
}

// findAreas notes the memory of values, of which some may be parts of others.
func (c *laneCompiler) findAreas(values []*Array) {
	for _, a := range values {
		if n := a.Layout.extent(); n > 0 {
			c.areas = append(c.areas, area{laneCopy{one: a.F64[:n]}})
		}
	}
	slices.SortStableFunc(c.areas, func(a, b area) int {
		return cmp.Or(cmp.Compare(a.start(), b.start()), cmp.Compare(len(b.one), len(a.one)))
	})
	n, end := 0, uintptr(0)
	for _, a := range c.areas {
		if a.start() < end { // a part of the one before
			continue
		}
		end = a.start() + 8*uintptr(len(a.one))
		a.lanes = c.l.p.mem.float64s(len(a.one) * c.k)
		for i, v := range a.one { // what is never written is as it was recorded
			fill(a.lanes[i*c.k:][:c.k], v)
		}
		c.areas[n] = a
		n++
	}
	c.areas = c.areas[:n]
}

// share notes a variable that is the same in all lanes.
func (c *laneCompiler) share(a *Array) {
	if n := a.Layout.extent(); n > 0 {
		c.l.shared = append(c.l.shared, laneCopy{a.F64[:n], c.lanesOf(&a.F64[0], int32(n))})
	}
}

// isShared reports whether the number at p is of a variable that is the same in all
// lanes. Other programs may read it meanwhile, so it is never written.
func (c *laneCompiler) isShared(p *float64) bool {
	at := uintptr(unsafe.Pointer(p))
	return slices.ContainsFunc(c.l.shared, func(v laneCopy) bool {
		first := uintptr(unsafe.Pointer(&v.one[0]))
		return at >= first && at < first+8*uintptr(len(v.one))
	})
}

// extent is the number of elements from the first to the last.
func (l *Layout) extent() int {
	if l.Size == 0 {
		return 0
	}
	n := 1
	for i, d := range l.Dims {
		n += (d - 1) * l.Strides[i]
	}
	return n
}

// lane is where the lanes of the number at p begin, if it varies.
func (c *laneCompiler) lane(p *float64) (*float64, bool) {
	at := uintptr(unsafe.Pointer(p))
	i, found := slices.BinarySearchFunc(c.areas, at, func(a area, at uintptr) int { return int(a.start()) - int(at) })
	if !found {
		i--
	}
	if p == nil || i < 0 {
		return nil, false
	}
	a := &c.areas[i]
	e := int(at-a.start()) / 8
	if e >= len(a.one) {
		return nil, false
	}
	return &a.lanes[e*c.k], true
}

// lanesOf are the lanes of n numbers at p, which vary.
func (c *laneCompiler) lanesOf(p *float64, n int32) []float64 {
	q, _ := c.lane(p)
	return of(q, n*int32(c.k))
}

// full is n·k numbers: the lanes of the n at p, or k copies of each constant.
func (c *laneCompiler) full(p *float64, n int32) *float64 {
	if q, ok := c.lane(p); ok || p == nil {
		return q
	}
	key := filling{p, n}
	if q := c.filled[key]; q != nil {
		return q
	}
	q := c.l.p.mem.float64s(int(n) * c.k)
	for i, v := range of(p, n) {
		fill(q[i*c.k:][:c.k], v)
	}
	c.filled[key] = &q[0]
	return &q[0]
}

// repeated is n times the lanes of the single number at p, which varies.
func (c *laneCompiler) repeated(p *float64, n int32) *float64 {
	q, _ := c.lane(p)
	key := filling{p, n}
	if n == 1 {
		return q
	}
	if r := c.filled[key]; r != nil {
		return r
	}
	r := &c.l.p.mem.float64s(int(n) * c.k)[0]
	c.step(kernel.StepRepeat, int(n), c.k, r, q, nil, nil)
	c.filled[key] = r
	return r
}

// step appends a step.
func (c *laneCompiler) step(op kernel.StepOp, rows, n int, dst, x, y, z *float64) {
	c.list = append(c.list, kernel.Step{Op: op, N: n, Rows: rows, Dst: dst, X: x, Y: y, Z: z})
}

// close ends a list of steps.
func (c *laneCompiler) close() {
	if len(c.list) == 0 {
		return
	}
	in := laneInstruction{}
	in.kind, in.at = steps, int32(len(c.short))
	c.l.code, c.short, c.list = append(c.l.code, in), append(c.short, c.list), nil
}

// lower makes the instructions for one instruction.
func (c *laneCompiler) lower(in instruction) {
	c.l.count++
	n := in.n
	if in.isStep() {
		c.lowerStep(&in)
		return
	}
	switch in.kind {
	case total:
		c.sum(&in)
		return
	case reduced:
		t := &c.l.p.calls[in.at]
		if in.code == Sum && t.block[2] == 1 {
			c.sumRows(&in, int32(t.block[1]))
			return
		}
		in.kind, in.code = general, c.l.p.nodes[t.at].code
		c.lowerLoop(in)
		return
	case general, refresh, random:
		c.lowerLoop(in)
		return
	}
	if in.kind == derivatives { // one after the other
		c.l.count--
		in.kind = triples
		second := in
		second.code, second.dst = in.code+1, &c.l.p.values[c.l.p.calls[in.at].other].F64[0]
		c.lower(in)
		in = second
	}
	out := laneInstruction{instruction: in}
	out.dst, _ = c.lane(in.dst)
	out.n = n * int32(c.k)
	switch in.kind {
	case function, number:
		out.x, _ = c.lane(in.x)
	case numbers:
		out.x, out.y = c.same(in.x, &out.fixed[0]), c.same(in.y, &out.fixed[1])
	case twin: // z is a result
		out.x, out.z = c.full(in.x, n), c.full(in.z, n)
	default:
		out.x, out.y, out.z = c.full(in.x, n), c.full(in.y, n), c.full(in.z, n)
	}
	c.close()
	c.l.code = append(c.l.code, out)
}

// same is the lanes of the number at p, or p itself, which is then fixed.
func (c *laneCompiler) same(p *float64, fixed *bool) *float64 {
	if q, ok := c.lane(p); ok {
		return q
	}
	*fixed = true
	return p
}

func (c *laneCompiler) lowerStep(in *instruction) {
	n := in.n
	m := int(n) * c.k
	dst, _ := c.lane(in.dst)
	switch in.kind {
	case each:
		x := c.full(in.x, n)
		var k *float64
		if in.code == AddScalar || in.code == MulScalar {
			k = c.number(in.k)
		}
		c.step(unarySteps[in.code]-1, 1, m, dst, x, k, nil)
	case pairs:
		c.binary(in, dst, in.x, in.y, false, false)
	case right:
		c.binary(in, dst, in.x, in.y, false, true)
	case left:
		c.binary(in, dst, in.x, in.y, true, false)
	case copied:
		c.step(kernel.StepRepeat, 1, m, dst, c.full(in.x, n), nil, nil)
	case chosen:
		x, y, z := c.full(in.x, n), c.full(in.y, n), c.full(in.z, n)
		c.step(kernel.StepWhere, 1, m, dst, x, y, z)
	case total:
		x := c.full(in.x, n)
		c.step(kernel.StepSumRows, int(n), c.k, dst, x, nil, nil)
		c.negate(in, dst)
	case picked:
		c.step(kernel.StepGather, 1, m, dst, c.full(in.x, 1), nil, nil)
		c.list[len(c.list)-1].Index = c.rows(in)
	case put:
		sums := c.l.p.values[c.l.p.calls[in.at].at].Layout.Size
		c.step(kernel.StepScatterAdd, sums*c.k, m, dst, c.full(in.x, n), nil, nil)
		c.list[len(c.list)-1].Index = c.rows(in)
	}
}

// binary makes a step of two operands, of which one may be a single number. A
// constant one stays so.
func (c *laneCompiler) binary(in *instruction, dst, px, py *float64, oneX, oneY bool) {
	n := in.n
	m := int(n) * c.k
	_, variesX := c.lane(px)
	_, variesY := c.lane(py)
	arithmetic := in.code <= Div
	switch {
	case arithmetic && !variesY && (oneY || n == 1):
		c.step(rightSteps[in.code], 1, m, dst, c.full(px, n), py, nil)
		return
	case arithmetic && !variesX && (oneX || n == 1):
		c.step(leftSteps[in.code], 1, m, dst, c.full(py, n), px, nil)
		return
	}
	var x, y *float64
	if x = px; oneX {
		x = c.repeated(px, n)
	} else {
		x = c.full(px, n)
	}
	if y = py; oneY {
		y = c.repeated(py, n)
	} else {
		y = c.full(py, n)
	}
	c.step(binarySteps[in.code]-1, 1, m, dst, x, y, nil)
}

// number is a place with the number v.
func (c *laneCompiler) number(v float64) *float64 {
	s := c.l.p.mem.float64s(1)
	s[0] = v
	return &s[0]
}

// negate ends a sum of what is taken as it is in place of its negative.
func (c *laneCompiler) negate(in *instruction, dst *float64) {
	if in.k < 0 {
		c.step(kernel.StepSubFrom, 1, c.k, dst, dst, c.number(0), nil)
	}
}

// sum adds in the order of kernel.Sum: element i to partial sum i mod 32, then
// the upper half of the partial sums to the lower, until one is left.
func (c *laneCompiler) sum(in *instruction) {
	const partials = 32
	k, n := c.k, int(in.n)
	dst, _ := c.lane(in.dst)
	x := of(c.full(in.x, in.n), int32(n*k))
	acc := c.l.p.mem.float64s(partials * k)
	clear(acc) // those that get no element stay so
	c.step(kernel.StepAddNumber, 1, min(n, partials)*k, &acc[0], &x[0], c.number(0), nil)
	for i := partials; i < n; i += partials {
		c.step(kernel.StepAdd, 1, min(n-i, partials)*k, &acc[0], &acc[0], &x[i*k], nil)
	}
	for h := partials / 2; h > 1; h /= 2 {
		c.step(kernel.StepAdd, 1, h*k, &acc[0], &acc[0], &acc[h*k], nil)
	}
	c.step(kernel.StepAdd, 1, k, dst, &acc[0], &acc[k], nil)
	c.negate(in, dst)
}

// sumRows makes the sum of each row of n elements.
func (c *laneCompiler) sumRows(in *instruction, n int32) {
	for i := range in.n {
		row := instruction{kind: total, n: n, dst: along(in.dst, i), x: along(in.x, i*n)}
		if row.isStep() {
			c.lowerStep(&row)
		} else {
			c.sum(&row)
		}
	}
}

// rows makes indices of those of elements.
func (c *laneCompiler) rows(in *instruction) (rows []int32) {
	k := int32(c.k)
	for _, r := range c.l.p.calls[in.at].rows {
		for j := range k {
			rows = append(rows, r*k+j)
		}
	}
	return rows
}

// lowerLoop makes an instruction run lane by lane.
func (c *laneCompiler) lowerLoop(in instruction) {
	p := c.l.p
	t := &p.calls[in.at]
	out := laneInstruction{instruction: in, loop: true}
	for _, a := range t.args {
		n := a.Layout.extent()
		if n == 0 || a.DType != Float64 {
			continue
		}
		if _, ok := c.lane(&a.F64[0]); ok && !c.isShared(&a.F64[0]) {
			out.takes = append(out.takes, laneCopy{a.F64[:n], c.lanesOf(&a.F64[0], int32(n))})
		}
	}
	if a := &p.values[t.at]; a.Layout.Size > 0 {
		out.gives = laneCopy{a.F64[:a.Layout.Size], c.lanesOf(&a.F64[0], int32(a.Layout.Size))}
	}
	c.close()
	c.l.code = append(c.l.code, out)
	c.l.looped++
}

// output finds the lanes of a value.
func (c *laneCompiler) output(a *Array) laneOutput {
	out := laneOutput{value: a}
	n := a.Layout.extent()
	if n == 0 {
		return out
	}
	if _, ok := c.lane(&a.F64[0]); !ok {
		return out
	}
	out.lanes = c.lanesOf(&a.F64[0], int32(n))
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { out.at = append(out.at, o*c.k) })
	return out
}
