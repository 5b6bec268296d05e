package program

import (
	"fmt"
	"math"
	"slices"
)

func in(lo, hi float64, v view, dims ...int) operand {
	return operand{dims: dims, lo: lo, hi: hi, view: v}
}

func index(below int, v view, dims ...int) operand {
	return operand{dims: dims, below: below, view: v}
}

// reduce is the reference of reductions.
func reduce(x nd, dims []int, keep bool, f func(v []float64) float64) nd {
	kept := slices.Clone(x.dims)
	for _, d := range dims {
		kept[d] = 1
	}
	y := build(kept, func(at []int) float64 {
		var v []float64
		build(x.dims, func(p []int) float64 {
			for d := range p {
				if !slices.Contains(dims, d) && p[d] != at[d] {
					return 0
				}
			}
			v = append(v, x.at(p...))
			return 0
		})
		return f(v)
	})
	if !keep {
		y.dims = []int{}
		for d, n := range x.dims {
			if !slices.Contains(dims, d) {
				y.dims = append(y.dims, n)
			}
		}
	}
	return y
}

func reduceRows() []*entry {
	var rows []*entry
	kinds := []struct {
		entry
		f func(v []float64) float64
	}{
		{entry{code: Sum, sums: true, ulps: 512}, func(v []float64) float64 {
			s := 0.0
			for _, x := range v {
				s += x
			}
			return s
		}},
		{entry{code: ReduceMax}, slices.Max[[]float64]},
		{entry{code: ReduceMin}, slices.Min[[]float64]},
		{entry{code: ArgMax, flat: true}, func(v []float64) float64 { return float64(slices.Index(v, slices.Max(v))) }},
		// The largest term is 1 and the others have an error of 1 ulp of their exponent.
		{entry{code: LogSumExp, ulps: 64, wide: 8}, func(v []float64) float64 {
			s := 0.0
			for _, x := range v {
				s += math.Exp(x)
			}
			return math.Log(s)
		}},
	}
	for _, k := range kinds {
		for i, c := range []struct {
			x    operand
			dims []int
		}{
			{in(-2, 2, plain), []int{}},
			{in(-2, 2, plain, 5), []int{0}},
			{in(-2, 2, plain, 2, 3), []int{}},
			{in(-2, 2, plain, 2, 3), []int{0}},
			{in(-2, 2, permuted, 2, 3), []int{1}},
			{in(-2, 2, sliced, 2, 3), []int{0, 1}},
			{in(-2, 2, permuted, 2, 2, 3), []int{0, 2}},
			{in(-2, 2, plain, 2, 2, 2), []int{1}},
			{in(-2, 2, plain, 0, 3), []int{1}},
			{in(-2, 2, plain, 3, 0), []int{1}},
			// Long rows, many short rows, columns.
			{in(-2, 2, plain, 2, 19), []int{1}},
			{in(-2, 2, plain, 17, 3), []int{1}},
			{in(-2, 2, permuted, 3, 17), []int{1}},
			{in(-2, 2, plain, 2, 3, 17), []int{1}},
			{in(-2, 2, plain, 3, 2, 9), []int{0, 1}},
		} {
			if sizeOf(c.x.dims) == 0 && c.dims[0] == 1 && c.x.dims[1] == 0 && (k.code == ReduceMax || k.code == ReduceMin || k.code == ArgMax) {
				continue // an error, tested elsewhere
			}
			if k.code == ArgMax && len(c.dims) != 1 {
				continue
			}
			for _, keep := range []bool{false, true} {
				r := k.entry
				r.name = fmt.Sprintf("%d/%v", i, keep)
				r.attr = Attr{Dims: c.dims, Flag: keep}
				r.in = []operand{c.x}
				r.want = func(x []nd) nd { return reduce(x[0], c.dims, keep, k.f) }
				rows = append(rows, &r)
			}
		}
	}
	// Long enough for blocks and their pairwise sum.
	sum := kinds[0]
	sum.name, sum.flat = "long", false
	sum.attr = Attr{Dims: []int{0}}
	sum.in = []operand{{dims: []int{1031}, lo: -2, hi: 2, fixed: true}}
	sum.want = func(x []nd) nd { return reduce(x[0], []int{0}, false, sum.f) }
	rows = append(rows, &sum.entry)
	// Repeated operands: the maximum ties along the expanded dim.
	return append(rows, cumSumRows()...)
}

func cumSumRows() []*entry {
	var rows []*entry
	for i, c := range []struct {
		x   operand
		dim int
	}{
		{in(-2, 2, plain, 4), 0},
		{in(-2, 2, permuted, 2, 3), 0},
		{in(-2, 2, sliced, 2, 3), 1},
		{in(-2, 2, expanded, 2, 2, 2), 1},
		{in(-2, 2, plain, 2, 0), 1},
		{in(-2, 2, plain, 0, 2), 1},
	} {
		for _, back := range []bool{false, true} {
			rows = append(rows, &entry{
				code: CumSum, name: fmt.Sprintf("%d/%v", i, back), sums: true, ulps: 8,
				attr: Attr{Dims: []int{c.dim}, Flag: back}, in: []operand{c.x},
				want: func(x []nd) nd {
					return build(x[0].dims, func(at []int) float64 {
						s, p := 0.0, slices.Clone(at)
						for k := range x[0].dims[c.dim] {
							if k == at[c.dim] || k < at[c.dim] != back {
								p[c.dim] = k
								s += x[0].at(p...)
							}
						}
						return s
					})
				},
			})
		}
	}
	return rows
}

func shapeRows() []*entry {
	var rows []*entry
	add := func(code Code, attr Attr, x operand, want func(x nd) nd) {
		rows = append(rows, &entry{
			code: code, name: fmt.Sprint(x.dims, x.view, attr.Dims), attr: attr,
			in: []operand{x}, want: func(in []nd) nd { return want(in[0]) },
		})
	}
	for _, x := range []operand{in(-2, 2, plain, 2, 6), in(-2, 2, permuted, 3, 4), in(-2, 2, sliced, 3, 4), in(-2, 2, expanded, 4, 3)} {
		for _, dims := range [][]int{{12}, {3, 4}, {2, 1, 6}} {
			add(Reshape, Attr{Dims: dims}, x, func(x nd) nd { return nd{dims: dims, data: x.data} })
		}
	}
	add(Reshape, Attr{Dims: []int{}}, in(-2, 2, plain, 1, 1), func(x nd) nd { return nd{dims: []int{}, data: x.data} })
	add(Reshape, Attr{Dims: []int{3, 0}}, in(-2, 2, plain, 0, 2), func(x nd) nd { return nd{dims: []int{3, 0}} })
	for _, c := range []struct {
		x  operand
		to []int
	}{
		{in(-2, 2, plain), []int{2, 3}},
		{in(-2, 2, plain, 3), []int{2, 3}},
		{in(-2, 2, sliced, 2, 1), []int{2, 3}},
		{in(-2, 2, permuted, 2, 1, 3), []int{2, 2, 2, 3}},
		{in(-2, 2, plain, 1), []int{0}},
		{in(-2, 2, plain, 2), []int{2}},
	} {
		add(Expand, Attr{Dims: c.to}, c.x, func(x nd) nd { return build(c.to, func(at []int) float64 { return x.at(at...) }) })
	}
	for _, c := range []struct {
		x  operand
		to []int
	}{
		{in(-2, 2, plain, 2, 3), []int{}},
		{in(-2, 2, permuted, 2, 3), []int{3}},
		{in(-2, 2, plain, 2, 3), []int{2, 1}},
		{in(-2, 2, sliced, 2, 2, 2), []int{2, 1, 2}},
		{in(-2, 2, plain, 0, 2), []int{2}},
		{in(-2, 2, plain, 2, 2), []int{2, 2}},
	} {
		add(SumTo, Attr{Dims: c.to}, c.x, func(x nd) nd {
			y := build(c.to, func([]int) float64 { return 0 })
			build(x.dims, func(at []int) float64 { y.data[y.offset(at)] += x.at(at...); return 0 })
			return y
		})
		rows[len(rows)-1].sums, rows[len(rows)-1].ulps = true, 8
	}
	for _, c := range []struct {
		x operand
		p []int
	}{
		{in(-2, 2, plain, 2, 3), []int{1, 0}},
		{in(-2, 2, sliced, 2, 1, 3), []int{2, 0, 1}},
		{in(-2, 2, expanded, 2, 2, 3), []int{1, 2, 0}},
		{in(-2, 2, permuted, 0, 2), []int{1, 0}},
		{in(-2, 2, plain), []int{}},
	} {
		add(Permute, Attr{Dims: c.p}, c.x, func(x nd) nd {
			dims := make([]int, len(c.p))
			for i, d := range c.p {
				dims[i] = x.dims[d]
			}
			return build(dims, func(at []int) float64 {
				p := make([]int, len(at))
				for i, d := range c.p {
					p[d] = at[i]
				}
				return x.at(p...)
			})
		})
	}
	return append(rows, sliceRows()...)
}

func sliceRows() []*entry {
	var rows []*entry
	add := func(code Code, dims []int, want func(in []nd) nd, x ...operand) {
		rows = append(rows, &entry{code: code, name: fmt.Sprint(len(rows), dims), attr: Attr{Dims: dims}, in: x, want: want})
	}
	move := func(at []int, dim, i int) []int {
		p := slices.Clone(at)
		p[dim] = i
		return p
	}
	resize := func(dims []int, dim, n int) []int { return move(dims, dim, n) }
	for _, c := range []struct {
		x                      operand
		dim, start, stop, step int
	}{
		{in(-2, 2, plain, 5), 0, 1, 4, 1},
		{in(-2, 2, plain, 5), 0, 0, 5, 2},
		{in(-2, 2, permuted, 2, 5), 1, 1, 5, 3},
		{in(-2, 2, sliced, 3, 2), 0, 1, 3, 1},
		{in(-2, 2, expanded, 3, 2), 0, 1, 3, 1},
		{in(-2, 2, plain, 3, 2), 0, 3, 3, 1},
		{in(-2, 2, plain, 3, 0), 0, 1, 3, 1},
	} {
		n := (c.stop - c.start + c.step - 1) / c.step
		add(Slice, []int{c.dim, c.start, c.stop, c.step}, func(in []nd) nd {
			return build(resize(in[0].dims, c.dim, n), func(at []int) float64 {
				return in[0].at(move(at, c.dim, c.start+at[c.dim]*c.step)...)
			})
		}, c.x)
		back := c.x
		full := c.x.dims[c.dim]
		back.dims = resize(c.x.dims, c.dim, n)
		add(Unslice, []int{c.dim, c.start, c.step, full}, func(in []nd) nd {
			y := build(resize(in[0].dims, c.dim, full), func([]int) float64 { return 0 })
			build(in[0].dims, func(at []int) float64 {
				y.data[y.offset(move(at, c.dim, c.start+at[c.dim]*c.step))] = in[0].at(at...)
				return 0
			})
			return y
		}, back)
	}
	for _, c := range []struct {
		x   operand
		dim int
	}{{in(-2, 2, plain, 4), 0}, {in(-2, 2, permuted, 2, 3), 0}, {in(-2, 2, sliced, 2, 3), 1}, {in(-2, 2, plain, 0, 2), 1}} {
		add(Flip, []int{c.dim}, func(in []nd) nd {
			return build(in[0].dims, func(at []int) float64 {
				return in[0].at(move(at, c.dim, in[0].dims[c.dim]-1-at[c.dim])...)
			})
		}, c.x)
	}
	cat := func(dim int) func(in []nd) nd {
		return func(in []nd) nd {
			n := 0
			for _, x := range in {
				n += x.dims[dim]
			}
			return build(resize(in[0].dims, dim, n), func(at []int) float64 {
				i := at[dim]
				for _, x := range in {
					if i < x.dims[dim] {
						return x.at(move(at, dim, i)...)
					}
					i -= x.dims[dim]
				}
				panic("beyond the end")
			})
		}
	}
	a, b, c := in(-2, 2, permuted, 2, 3), in(-2, 2, sliced, 2, 1), in(-2, 2, expanded, 2, 2)
	add(Cat, []int{1}, cat(1), a, b, c)
	add(Cat, []int{0}, cat(0), in(-2, 2, plain, 2, 2), in(-2, 2, plain, 0, 2), in(-2, 2, plain, 1, 2))
	add(Cat, []int{0}, cat(0), in(-2, 2, plain, 3))
	many := slices.Repeat([]operand{in(-2, 2, plain, 1)}, 10) // more than a node holds
	add(Cat, []int{0}, cat(0), many...)
	return rows
}

func indexRows() []*entry {
	var rows []*entry
	for i, c := range []struct {
		x   operand
		idx []operand
	}{
		{in(-2, 2, plain, 4), []operand{index(4, plain)}},
		{in(-2, 2, plain, 4), []operand{index(4, plain, 5)}},
		{in(-2, 2, permuted, 3, 2), []operand{index(3, sliced, 2, 2)}},
		{in(-2, 2, sliced, 3, 2), []operand{index(3, plain, 4), index(2, plain)}},
		{in(-2, 2, plain, 2, 3, 2), []operand{index(2, plain, 2, 1), index(3, permuted, 3)}},
		{in(-2, 2, expanded, 2, 2, 2), []operand{index(2, plain, 2), index(2, plain, 2), index(2, plain, 2)}},
		{in(-2, 2, plain, 2, 2), []operand{index(2, plain, 0)}},
		{in(-2, 2, plain, 2, 0), []operand{index(2, plain, 3)}},
		{in(-2, 2, plain, 1, 1, 1, 2), []operand{index(1, plain), index(1, plain), index(1, plain, 2), index(2, plain, 2)}},
	} {
		picked := func(idx []nd) func(at []int) []int {
			s := len(broadcastDims(idx...))
			return func(at []int) []int {
				var p []int
				for _, a := range idx {
					p = append(p, int(a.at(at[:s]...)))
				}
				return append(p, at[s:]...)
			}
		}
		want := func(in []nd) nd {
			to := append(broadcastDims(in[1:]...), in[0].dims[len(in)-1:]...)
			pick := picked(in[1:])
			return build(to, func(at []int) float64 { return in[0].at(pick(at)...) })
		}
		rows = append(rows, &entry{code: Index, name: fmt.Sprint(i), in: append([]operand{c.x}, c.idx...), want: want})
		value := c.x
		var shapes []nd
		for _, o := range c.idx {
			shapes = append(shapes, nd{dims: o.dims})
		}
		full := c.x.dims
		value.dims = append(broadcastDims(shapes...), full[len(c.idx):]...)
		if value.view == expanded {
			value.view = plain
		}
		rows = append(rows, &entry{
			code: IndexAdd, name: fmt.Sprint(i), in: append([]operand{value}, c.idx...),
			attr: Attr{Dims: full}, sums: true, ulps: 8, want: func(in []nd) nd {
				y := build(full, func([]int) float64 { return 0 })
				pick := picked(in[1:])
				build(in[0].dims, func(at []int) float64 { y.data[y.offset(pick(at))] += in[0].at(at...); return 0 })
				return y
			},
		})
	}
	return append(rows, gatherRows()...)
}

func gatherRows() []*entry {
	var rows []*entry
	for i, c := range []struct {
		x, idx operand
		dim    int
	}{
		{in(-2, 2, plain, 4), index(4, plain, 3), -1},
		{in(-2, 2, permuted, 2, 4), index(4, plain, 2, 3), -1},
		{in(-2, 2, sliced, 3, 2), index(3, plain, 4, 2), -2},
		{in(-2, 2, plain, 4), index(4, permuted, 2, 3), -1},
		{in(-2, 2, plain, 2, 1, 3), index(3, plain, 2, 1), -1},
		{in(-2, 2, expanded, 2, 3, 2), index(3, sliced, 2, 2), -2},
		{in(-2, 2, plain, 2, 3), index(3, plain, 2, 0), -1},
	} {
		d := func(dims []int) int { return len(dims) + c.dim }
		broadcastApart := func(x, y nd) []int {
			a, b := slices.Clone(x.dims), slices.Clone(y.dims)
			a[d(a)], b[d(b)] = 1, 1
			return broadcastDims(nd{dims: a}, nd{dims: b})
		}
		rows = append(rows, &entry{
			code: Gather, name: fmt.Sprint(i), attr: Attr{Dims: []int{c.dim}}, in: []operand{c.x, c.idx},
			want: func(in []nd) nd {
				to := broadcastApart(in[0], in[1])
				to[d(to)] = in[1].dims[d(in[1].dims)]
				return build(to, func(at []int) float64 {
					p := slices.Clone(at)
					p[d(p)] = int(in[1].at(at...))
					return in[0].at(p...)
				})
			},
		})
	}
	for i, c := range []struct {
		v, idx operand
		dim    int
		size   int
		to     []int // the result's dims, if they are not those of the operands
	}{
		{in(-2, 2, plain, 3), index(4, plain, 3), -1, 4, nil},
		{in(-2, 2, permuted, 2, 3), index(2, plain, 3), -1, 2, nil},
		{in(-2, 2, plain, 3), index(2, sliced, 2, 3), -1, 2, nil},
		{in(-2, 2, sliced, 3, 2), index(2, plain, 3, 2), -2, 2, nil},
		{in(-2, 2, plain, 2, 0), index(2, plain, 2, 0), -1, 2, nil},
		{in(-2, 2, plain, 2, 3, 1), index(4, plain, 3, 1), -1, 4, []int{2, 1, 4}},
		{in(-2, 2, permuted, 3, 2), index(3, plain, 2), -1, 3, []int{3}},
		{in(-2, 2, plain, 4, 2), index(3, plain, 4, 1), -2, 3, []int{3, 1}},
	} {
		rows = append(rows, &entry{
			code: ScatterAdd, name: fmt.Sprint(i), attr: Attr{Dims: append([]int{c.dim, c.size}, c.to...)},
			in: []operand{c.v, c.idx}, sums: true, ulps: 8, want: func(in []nd) nd {
				from := broadcastDims(in...)
				to := slices.Clone(from)
				to[len(to)+c.dim] = c.size
				if c.to != nil {
					to = c.to
				}
				y := build(to, func([]int) float64 { return 0 })
				build(from, func(at []int) float64 {
					p := slices.Clone(at)
					p[len(p)+c.dim] = int(in[1].at(at...))
					p = p[len(p)-len(to):]
					y.data[y.offset(p)] += in[0].at(at...)
					return 0
				})
				return y
			},
		})
	}
	return rows
}

// matrices as references: naive loops on the last two dims.

func matMul(a, b nd) nd {
	batch := func(x nd) nd { return nd{dims: x.dims[:len(x.dims)-2]} }
	n := len(a.dims)
	dims := append(broadcastDims(batch(a), batch(b)), a.dims[n-2], b.dims[len(b.dims)-1])
	return build(dims, func(at []int) float64 {
		s, r := 0.0, len(at)
		p, q := slices.Clone(at), slices.Clone(at)
		for k := range a.dims[n-1] {
			p[r-1], q[r-2] = k, k
			s += a.at(p...) * b.at(q...)
		}
		return s
	})
}

func transposed(a nd) nd {
	dims := slices.Clone(a.dims)
	n := len(dims)
	dims[n-1], dims[n-2] = dims[n-2], dims[n-1]
	return build(dims, func(at []int) float64 {
		p := slices.Clone(at)
		p[n-1], p[n-2] = p[n-2], p[n-1]
		return a.at(p...)
	})
}

// lower is the Cholesky factor by the textbook recursion.
func lower(a nd) nd {
	l := build(a.dims, func([]int) float64 { return 0 })
	r := len(a.dims)
	build(a.dims, func(at []int) float64 { // row-major: what is needed is there
		i, j := at[r-2], at[r-1]
		if j > i {
			return 0
		}
		get := func(i, j int) float64 {
			p := slices.Clone(at)
			p[r-2], p[r-1] = i, j
			return l.at(p...)
		}
		s := a.at(at...)
		for k := range j {
			s -= get(i, k) * get(j, k)
		}
		if i == j {
			s = math.Sqrt(s)
		} else {
			s /= get(j, j)
		}
		l.data[l.offset(at)] = s
		return 0
	})
	return l
}

// gram is x·xᵀ + 2, positive definite, in operations.
func gram(t *Tape, x []Ref) []Ref {
	d := t.Value(x[0]).Layout.Dims
	p := upTo(len(d))
	p[len(d)-1], p[len(d)-2] = len(d)-2, len(d)-1
	s := t.Emit(MatMul, Attr{}, x[0], t.Emit(Permute, Attr{Dims: p}, x[0]))
	two := NewArray(slices.Clone(eye(d[len(d)-2], 2).data), d[len(d)-2], d[len(d)-2])
	two.Weak = true
	return []Ref{t.Emit(Add, Attr{}, s, t.Const(two))}
}

func eye(n int, v float64) nd {
	return build([]int{n, n}, func(at []int) float64 { return v * truthOf(at[0] == at[1]) })
}

func gramND(x nd) nd {
	return zip(func(v []float64) float64 { return v[0] + v[1] }, matMul(x, transposed(x)), eye(x.dims[len(x.dims)-2], 2))
}

func matrixRows() []*entry {
	var rows []*entry
	for i, c := range [][2]operand{
		{in(-2, 2, plain, 2, 3), in(-2, 2, plain, 3, 2)},
		{in(-2, 2, permuted, 2, 3), in(-2, 2, sliced, 3, 2)},
		{in(-2, 2, plain, 2, 1, 2, 2), in(-2, 2, expanded, 2, 2, 1)},
		{in(-2, 2, plain, 1, 3), in(-2, 2, plain, 2, 3, 1)},
		{in(-2, 2, plain, 2, 0), in(-2, 2, plain, 0, 2)},
		{in(-2, 2, plain, 0, 2, 2), in(-2, 2, plain, 2, 1)},
	} {
		rows = append(rows, &entry{
			code: MatMul, name: fmt.Sprint(i), in: c[:], sums: true, ulps: 8,
			want: func(in []nd) nd { return matMul(in[0], in[1]) },
		})
	}
	for i, x := range []operand{in(-1, 1, plain, 1, 1), in(-1, 1, plain, 3, 3), in(-1, 1, permuted, 2, 2, 2), in(-1, 1, sliced, 3, 2), in(-1, 1, plain, 0, 2, 2)} {
		// Conditions are below 10, so errors below 10·n·2⁻⁵³ of the largest.
		rows = append(rows, &entry{
			code: Cholesky, name: fmt.Sprint(i), in: []operand{x}, pre: gram, ulps: 1024, wide: 64,
			want: func(in []nd) nd { return lower(gramND(in[0])) },
		})
	}
	for i, c := range [][2]operand{
		{in(-1, 1, plain, 1, 1), in(-1, 1, plain, 1, 1)},
		{in(-1, 1, permuted, 2, 3, 3), in(-1, 1, permuted, 2, 3, 3)},
	} {
		rows = append(rows, &entry{
			code: CholeskyGrad, name: fmt.Sprint(i), in: c[:], last: true, ulps: 1 << 12, wide: 1 << 8,
			pre: func(t *Tape, x []Ref) []Ref { return []Ref{t.Emit(Cholesky, Attr{}, gram(t, x[:1])...), x[1]} },
			want: func(in []nd) nd { // the rule in operations
				var t Tape
				a := t.Var(gramND(in[0]).array(plain))
				y := t.Emit(Mul, Attr{}, t.Emit(Cholesky, Attr{}, a), t.Const(in[1].array(plain)))
				s := t.Emit(Sum, Attr{Dims: upTo(len(in[1].dims))}, y)
				return naive(t.Value(t.Grad(s, []Ref{a}, true)[0]))
			},
		})
	}
	for i, c := range [][2]operand{
		{in(0.5, 1.5, plain, 1, 1), in(-2, 2, plain, 1, 1)},
		{in(0.5, 1.5, plain, 3, 3), in(-2, 2, plain, 3, 2)},
		{in(0.5, 1.5, permuted, 2, 2, 2), in(-2, 2, sliced, 2, 2)},
		{in(0.5, 1.5, sliced, 2, 2), in(-2, 2, permuted, 2, 1, 2, 1)},
		{in(0.5, 1.5, plain, 2, 2), in(-2, 2, plain, 2, 0)},
	} {
		for _, trans := range []bool{false, true} {
			rows = append(rows, &entry{
				code: TriSolve, name: fmt.Sprint(i, trans), in: c[:], attr: Attr{Flag: trans}, ulps: 1 << 14, wide: 1 << 8,
				want: func(in []nd) nd { return triSolve(in[0], in[1], trans) },
			})
		}
	}
	for i, x := range []operand{in(-2, 2, plain, 3, 3), in(-2, 2, permuted, 2, 4), in(-2, 2, sliced, 2, 3, 2), in(-2, 2, plain, 0, 3), in(-2, 2, expanded, 3, 3)} {
		for _, k := range []int{0, 1, -1, -9, 9} {
			for _, upper := range []bool{false, true} {
				rows = append(rows, &entry{
					code: Tril, name: fmt.Sprint(i, k, upper), in: []operand{x}, attr: Attr{Dims: []int{k}, Flag: upper},
					want: func(in []nd) nd {
						return build(in[0].dims, func(at []int) float64 {
							off := at[len(at)-1] - at[len(at)-2]
							if off == k || off < k != upper {
								return in[0].at(at...)
							}
							return 0
						})
					},
				})
			}
		}
	}
	for i, x := range []operand{in(-2, 2, plain, 3, 3), in(-2, 2, permuted, 2, 2, 2), in(-2, 2, sliced, 2, 2), in(-2, 2, expanded, 2, 3, 3), in(-2, 2, plain, 2, 0, 0)} {
		rows = append(rows, &entry{code: Diag, name: fmt.Sprint(i), in: []operand{x}, want: func(in []nd) nd {
			return build(in[0].dims[:len(in[0].dims)-1], func(at []int) float64 {
				return in[0].at(append(slices.Clone(at), at[len(at)-1])...)
			})
		}})
	}
	for i, x := range []operand{in(-2, 2, plain, 3), in(-2, 2, permuted, 2, 3), in(-2, 2, expanded, 2, 2), in(-2, 2, plain, 2, 0), in(-2, 2, sliced, 2)} {
		rows = append(rows, &entry{code: DiagEmbed, name: fmt.Sprint(i), in: []operand{x}, want: func(in []nd) nd {
			d := in[0].dims
			return build(append(slices.Clone(d), d[len(d)-1]), func(at []int) float64 {
				return truthOf(at[len(at)-1] == at[len(at)-2]) * in[0].at(at[:len(at)-1]...)
			})
		}})
	}
	return rows
}

// triSolve is substitution by unrolled definition: X[i] = (B[i] - Σ L·X)/L[i,i].
func triSolve(l, b nd, trans bool) nd {
	lb, bb := nd{dims: l.dims[:len(l.dims)-2]}, nd{dims: b.dims[:len(b.dims)-2]}
	n, k := b.dims[len(b.dims)-2], b.dims[len(b.dims)-1]
	x := build(append(broadcastDims(lb, bb), n, k), func([]int) float64 { return 0 })
	build(append(slices.Clone(x.dims[:len(x.dims)-2]), 1, k), func(at []int) float64 {
		r := len(at)
		place := func(i, j int) []int {
			p := slices.Clone(at)
			p[r-2], p[r-1] = i, j
			return p
		}
		for step := range n {
			i := step
			if trans {
				i = n - 1 - step
			}
			s := b.at(place(i, at[r-1])...)
			for j := range n {
				switch {
				case trans && j > i:
					s -= l.at(place(j, i)...) * x.at(place(j, at[r-1])...)
				case !trans && j < i:
					s -= l.at(place(i, j)...) * x.at(place(j, at[r-1])...)
				}
			}
			x.data[x.offset(place(i, at[r-1]))] = s / l.at(place(i, i)...)
		}
		return 0
	})
	return x
}
