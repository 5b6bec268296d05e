package program

import (
	"math"

	"github.com/gopyro/pyro/internal/blas"
)

// LogMatMul is the matrix product of a [m, k] and b [k, n] in the semiring of
// logarithms: c[i,j] = log Σ_l exp(a[i,l] + b[l,j]). The dims before the last
// two are a batch and broadcast.
//
// Rows of a and columns of b are taken relative to their largest elements, so
// that the exponentials are those of m·k + k·n numbers, and their product is an
// ordinary one. Where all its terms are so small that their digits may be lost,
// and where operands are not finite, an element is summed by itself.

// faint is the least sum of scaled exponentials that has all its digits: terms
// lost to underflow add less than k·2⁻¹⁰²² (k·2⁻¹²⁶ in float32) to it.
func faint[T float]() T {
	if single[T]() {
		return T(math.Float32frombits(27 << 23)) // 2⁻¹⁰⁰
	}
	return T(math.Float64frombits((1023 - 900) << 52)) // 2⁻⁹⁰⁰
}

func evalLogMatMul(c *call) {
	if c.out.DType == Float32 {
		logMatMulAs(c, c.out.F32)
		return
	}
	logMatMulAs(c, c.out.F64)
}

// logPair is the operands of a product with what their scaling takes.
type logPair[T float] struct {
	m, n, k    int
	a, b       []T // of one batch element: rows of a, rows of b
	ea, eb     []T // exponentials, scaled
	rows, cols []T // largest elements
	terms      []T
	common     *logCommon // in a program, what others compute as well
	run        int
}

func newLogPair[T float](c *call, m, n, k int) logPair[T] {
	p := logPair[T]{m: m, n: n, k: k, terms: floats[T](c.m, k), common: c.common, run: c.turn}
	if s := c.common; s != nil {
		p.ea, p.rows = from64[T](s.a.exps), from64[T](s.a.tops)
		p.eb, p.cols = from64[T](s.b.exps), from64[T](s.b.tops)
		return p
	}
	p.ea, p.rows = floats[T](c.m, m*k), floats[T](c.m, m)
	p.eb, p.cols = floats[T](c.m, k*n), floats[T](c.m, n)
	return p
}

// setA scales the rows of a, setB the columns of b.
func (p *logPair[T]) setA(a []T) {
	p.a = a
	if p.common != nil && !p.common.a.begin(p.run) {
		return
	}
	for i := range p.m {
		row := a[i*p.k : (i+1)*p.k]
		p.rows[i] = finiteOr0(maximum(row))
		arithRight(Sub, p.ea[i*p.k:(i+1)*p.k], row, p.rows[i])
	}
	unary(Exp, 0, p.ea, p.ea)
}

func (p *logPair[T]) setB(b []T) {
	p.b = b
	if p.common != nil && !p.common.b.begin(p.run) {
		return
	}
	copy(p.cols, b)
	for l := 1; l < p.k; l++ {
		binary(Max, p.cols, p.cols, b[l*p.n:(l+1)*p.n])
	}
	for j, v := range p.cols {
		p.cols[j] = finiteOr0(v)
	}
	for l := range p.k {
		binary(Sub, p.eb[l*p.n:(l+1)*p.n], b[l*p.n:(l+1)*p.n], p.cols)
	}
	unary(Exp, 0, p.eb, p.eb)
}

func finiteOr0[T float](v T) T {
	if v-v != 0 {
		return 0
	}
	return v
}

// exact is element i, j of the product.
func (p *logPair[T]) exact(i, j int) T {
	for l := range p.k {
		p.terms[l] = p.a[i*p.k+l] + p.b[l*p.n+j]
	}
	return logSumExp(p.terms)
}

func logMatMulAs[T float](c *call, dst []T) {
	d := c.out.Layout.Dims
	batch, m, n := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	ad := c.in[0].Layout.Dims
	k, count := ad[len(ad)-1], rowSize(batch)
	switch {
	case len(dst) == 0:
		return
	case k == 0:
		fill(dst, T(math.Inf(-1)))
		return
	}
	a, b, oneB := logOperands[T](c, batch, k, n)
	if oneB { // many rows, one matrix
		m, count = m*count, 1
	}
	p := newLogPair[T](c, m, n, k)
	for s := range count {
		p.setA(a[s*m*k : (s+1)*m*k])
		p.setB(b[s*k*n : (s+1)*k*n])
		p.product(dst[s*m*n : (s+1)*m*n])
	}
}

// logOperands returns the matrices, broadcast to batch, as contiguous blocks,
// and whether there is one b for all.
func logOperands[T float](c *call, batch []int, k, n int) (a, b []T, oneB bool) {
	a = matrices[T](c.m, c.in[0], batch)
	if c.in[1].Layout.Size == k*n {
		return a, read[T](c.m, c.in[1], c.in[1].Layout.contiguous(c.m)), true
	}
	return a, matrices[T](c.m, c.in[1], batch), false
}

func (p *logPair[T]) product(dst []T) {
	blas.Gemm(false, false, p.m, p.n, p.k, 1, p.ea, p.k, p.eb, p.n, 0, dst, p.n)
	least, most := faint[T](), T(math.Inf(1))
	bad := false
	for _, s := range dst {
		bad = bad || !(s >= least && s < most)
	}
	if bad { // rare: mark them by NaN, which their logarithm is too
		for i, s := range dst {
			if !(s >= least && s < most) {
				dst[i] = T(math.NaN())
			}
		}
	}
	unary(Log, 0, dst, dst)
	for i := range p.m {
		row, top := dst[i*p.n:(i+1)*p.n], p.rows[i]
		for j, v := range row {
			row[j] = v + (top + p.cols[j])
			if v != v {
				row[j] = p.exact(i, j)
			}
		}
	}
}

func gradLogMatMul(g *gradient) {
	a, b := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.emit(LogMatMulGrad, a, b, g.at, g.out))
	}
	if g.needs(1) {
		g.add(1, g.t.Emit(LogMatMulGrad, Attr{Flag: true}, a, b, g.at, g.out))
	}
}

// LogMatMulGrad is the gradient of LogMatMul in a or, with Flag, in b: of
// operands a, b, the product c and the gradient g in it, with the terms
// p[i,l,j] = g[i,j]·exp(a[i,l] + b[l,j] - c[i,j]), it is Σ_j p[i,l,j], or
// Σ_i p[i,l,j]. Where c is -Inf, terms are 0. Of one b for a whole batch, the
// gradient is the sum over the batch.
func logMatMulGradLayout(c *call) *Layout {
	a, b, out := c.in[0].Layout.Dims, c.in[1].Layout.Dims, c.in[2].Layout.Dims
	if c.attr.Flag && c.in[1].Layout.Size == rowSize(b[len(b)-2:]) {
		return c.m.layout(b)
	}
	dims := append(c.m.intSlice(len(out))[:0], out...)
	if c.attr.Flag {
		dims[len(dims)-2] = a[len(a)-1]
	} else {
		dims[len(dims)-1] = a[len(a)-1]
	}
	return c.m.layout(dims)
}

func evalLogMatMulGrad(c *call) {
	if c.out.DType == Float32 {
		logMatMulGradAs(c, c.out.F32)
		return
	}
	logMatMulGradAs(c, c.out.F64)
}

func logMatMulGradAs[T float](c *call, dst []T) {
	d := c.in[2].Layout.Dims
	batch, m, n := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	ad := c.in[0].Layout.Dims
	k, count := ad[len(ad)-1], rowSize(batch)
	if len(dst) == 0 || m == 0 || n == 0 || count == 0 {
		clear(dst)
		return
	}
	a, b, oneB := logOperands[T](c, batch, k, n)
	full := c.in[2].Layout.contiguous(c.m)
	y, g := read[T](c.m, c.in[2], full), read[T](c.m, c.in[3], full)
	if oneB {
		m, count = m*count, 1
	}
	p := newLogPair[T](c, m, n, k)
	var ratio []T
	if c.common == nil {
		ratio = floats[T](c.m, m*n)
	}
	for s := range count {
		p.setA(a[s*m*k : (s+1)*m*k])
		p.setB(b[s*k*n : (s+1)*k*n])
		h := dst[s*len(dst)/count : (s+1)*len(dst)/count]
		p.gradient(h, y[s*m*n:(s+1)*m*n], g[s*m*n:(s+1)*m*n], ratio, c.attr.Flag)
	}
}

// gradient sets h, where ratio has room for a matrix like c, unless there is
// common room.
func (p *logPair[T]) gradient(h, c, g, ratio []T, inB bool) {
	clean := true
	if p.common == nil {
		clean = p.ratios(ratio, c, g)
	} else {
		o := p.common.ratio
		ratio = from64[T](o.exps)
		if o.begin(p.run) {
			o.clean = p.ratios(ratio, c, g)
		}
		clean = o.clean
	}
	if inB {
		blas.Gemm(true, false, p.k, p.n, p.m, 1, p.ea, p.k, ratio, p.n, 0, h, p.n)
		binary(Mul, h, h, p.eb)
	} else {
		blas.Gemm(false, true, p.m, p.k, p.n, 1, ratio, p.n, p.eb, p.n, 0, h, p.k)
		binary(Mul, h, h, p.ea)
	}
	if !clean {
		p.rest(h, c, g, inB)
	}
}

// ratios sets ratio to g[i,j]·exp(rows[i] + cols[j] - c[i,j]), and to 0 where that
// is not safe; it reports whether all are.
func (p *logPair[T]) ratios(ratio, c, g []T) (clean bool) {
	for i := range p.m {
		row := ratio[i*p.n : (i+1)*p.n]
		arithRight(Add, row, p.cols, p.rows[i])
		binary(Sub, row, row, c[i*p.n:(i+1)*p.n])
	}
	unary(Exp, 0, ratio, ratio)
	most := 1 / faint[T]()
	clean = true
	for i, r := range ratio {
		ratio[i] = r * g[i]
		if !(r <= most) || c[i]-c[i] != 0 {
			ratio[i], clean = 0, false
		}
	}
	return clean
}

// rest adds the terms of those elements of c that were left out.
func (p *logPair[T]) rest(h, c, g []T, inB bool) {
	most := 1 / faint[T]()
	for i := range p.m {
		for j := range p.n {
			at := i*p.n + j
			if r := p.rows[i] + p.cols[j] - c[at]; c[at] == T(math.Inf(-1)) || T(math.Exp(float64(r))) <= most && c[at]-c[at] == 0 {
				continue
			}
			for l := range p.k {
				to := i*p.k + l
				if inB {
					to = l*p.n + j
				}
				h[to] += g[at] * T(math.Exp(float64(p.a[i*p.k+l]+p.b[l*p.n+j]-c[at])))
			}
		}
	}
}

// gradLogMatMulGrad works with all of exp(a[i,l] + b[l,j] - c[i,j]).
func gradLogMatMulGrad(gr *gradient) {
	a, b, c, g := gr.in(0), gr.in(1), gr.in(2), gr.in(3)
	wide := func(x Ref, dim int) Ref { // inserts a dim, counted from the right
		d := gr.dims(x)
		at := len(d) + 1 - dim
		s := append(gr.t.mem.intSlice(len(d) + 1)[:0], d[:at]...)
		s = append(append(s, 1), d[at:]...)
		return gr.t.Emit(Reshape, Attr{Dims: s}, x)
	}
	sum := func(x Ref, dim int) Ref {
		return gr.t.Emit(Sum, Attr{Dims: gr.t.Ints([]int{len(gr.dims(x)) - dim})}, x)
	}
	empty := gr.emit(Equal, c, gr.t.scalar(math.Inf(-1)))
	y := wide(gr.emit(Where, empty, gr.t.scalar(0), c), 2)
	p := gr.emit(Exp, gr.sub(gr.emit(Add, wide(a, 1), wide(b, 3)), y)) // [i, l, j]
	own, other, at, along := 0, 1, 1, 3
	if gr.attr().Flag {
		own, other, at, along = 1, 0, 3, 1
	}
	u := wide(gr.out, at)
	up := sum(gr.mul(u, p), 2) // [i, j]
	gr.add(own, gr.mul(gr.out, gr.at))
	if gr.needs(other) {
		gr.add(other, sum(gr.mul(gr.mul(u, wide(g, 2)), p), along))
	}
	gr.add(2, gr.neg(gr.mul(g, up)))
	gr.add(3, up)
}
