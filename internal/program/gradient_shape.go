package program

import "math"

// keepDims returns the shape of operand 0 with size 1 along the reduced dims,
// and v, a value of the result's shape, in that shape.
func (g *gradient) keepDims(v Ref) Ref {
	a := g.attr()
	if a.Flag {
		return v
	}
	dims := g.t.Ints(g.dims(g.in(0)))
	for _, d := range a.Dims {
		dims[d] = 1
	}
	return g.t.Emit(Reshape, Attr{Dims: dims}, v)
}

func gradSum(g *gradient) {
	g.add(0, g.t.Emit(Expand, Attr{Dims: g.dims(g.in(0))}, g.keepDims(g.out)))
}

// gradExtremum shares the gradient equally among ties.
func gradExtremum(g *gradient) {
	a := g.attr()
	hit := g.emit(Equal, g.in(0), g.keepDims(g.at))
	count := g.t.Emit(Sum, Attr{Dims: a.Dims, Flag: true}, hit)
	g.add(0, g.mul(g.keepDims(g.out), g.div(hit, count)))
}

func gradLogSumExp(g *gradient) {
	y := g.keepDims(g.at)
	// exp(x - y) is 0/0 where all of a row is -Inf; such a row gets no gradient.
	empty := g.emit(Equal, y, g.t.scalar(math.Inf(-1)))
	y = g.emit(Where, empty, g.t.scalar(0), y)
	g.add(0, g.mul(g.keepDims(g.out), g.emit(Exp, g.sub(g.in(0), y))))
}

func gradCumSum(g *gradient) {
	a := g.attr()
	a.Flag = !a.Flag
	g.add(0, g.t.Emit(CumSum, a, g.out))
}

func gradReshape(g *gradient) {
	g.add(0, g.t.Emit(Reshape, Attr{Dims: g.dims(g.in(0))}, g.out))
}

func gradSumTo(g *gradient) {
	in := g.dims(g.in(0))
	g.add(0, g.t.Emit(Expand, Attr{Dims: in}, g.out))
}

func gradPermute(g *gradient) {
	p := g.attr().Dims
	inverse := g.t.Ints(p)
	for i, d := range p {
		inverse[d] = i
	}
	g.add(0, g.t.Emit(Permute, Attr{Dims: inverse}, g.out))
}

func gradSlice(g *gradient) {
	d := g.attr().Dims
	size := g.dims(g.in(0))[d[0]]
	g.add(0, g.t.Emit(Unslice, Attr{Dims: g.t.Ints([]int{d[0], d[1], d[3], size})}, g.out))
}

func gradUnslice(g *gradient) {
	d := g.attr().Dims // dim, start, step, full size
	n := g.dims(g.in(0))[d[0]]
	g.add(0, g.t.Emit(Slice, Attr{Dims: g.t.Ints([]int{d[0], d[1], d[1] + (n-1)*d[2] + 1, d[2]})}, g.out))
}

func gradCat(g *gradient) {
	dim := g.attr().Dims[0]
	at := 0
	for i := range operands(&g.node, g.t.lists) {
		n := g.dims(g.in(i))[dim]
		if g.needs(i) {
			g.add(i, g.t.Emit(Slice, Attr{Dims: g.t.Ints([]int{dim, at, at + n, 1})}, g.out))
		}
		at += n
	}
}

// with returns v followed by the index operands.
func (g *gradient) with(v Ref) []Ref {
	g.t.refs = append(append(g.t.refs[:0], v), operands(&g.node, g.t.lists)[1:]...)
	return g.t.refs
}

func gradIndex(g *gradient) {
	g.add(0, g.t.Emit(IndexAdd, Attr{Dims: g.dims(g.in(0))}, g.with(g.out)...))
}

func gradIndexAdd(g *gradient) { g.add(0, g.t.Emit(Index, Attr{}, g.with(g.out)...)) }

func gradGather(g *gradient) {
	d := g.attr().Dims[0]
	x := g.dims(g.in(0))
	to := append(append(g.t.mem.intSlice(len(x) + 2)[:0], d, x[len(x)+d]), x...)
	g.add(0, g.t.Emit(ScatterAdd, Attr{Dims: to}, g.out, g.in(1)))
}

func gradScatterAdd(g *gradient) {
	d := g.attr().Dims[0]
	v := g.t.Emit(Gather, Attr{Dims: g.t.Ints([]int{d})}, g.out, g.in(1))
	if full, _ := broadcast(&g.t.mem, g.dims(v), g.dims(g.in(0))); rowSize(full) != rowSize(g.dims(v)) {
		v = g.t.Emit(Expand, Attr{Dims: full}, v) // along what was added up
	}
	g.add(0, v)
}
