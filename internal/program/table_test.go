package program

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// entry is a check of one operation with given operands.
type entry struct {
	code Code
	name string
	attr Attr
	in   []operand
	want func(in []nd) nd
	// pre makes the operands of the operation from those of the row.
	pre func(t *Tape, in []Ref) []Ref
	// path replaces the operation in differences, at the point base.
	path func(base, in []nd) nd
	// flat operations have gradient 0; derivatives of last resort have none and
	// say so when asked.
	flat, last bool
	// ulps bounds the error of a value, in units of 2⁻⁵³ of it, or of the
	// operation on absolute values with sums set.
	ulps float64
	sums bool
	// wide bounds the error in float32 in units of 2⁻²⁴ of the largest value,
	// where it is more than a rounding, and ulps32 in ulp of each value.
	wide, ulps32 float64
}

func (r *entry) String() string {
	return fmt.Sprintf("%s %s", r.code, r.name)
}

func (r *entry) emit(t *Tape, in []Ref) Ref {
	if r.pre != nil {
		in = r.pre(t, in)
	}
	return t.Emit(r.code, r.attr, in...)
}

func allRows() []*entry {
	return slices.Concat(unaryRows(), binaryRows(), ternaryRows(), reduceRows(), shapeRows(), indexRows(), matrixRows(), logMatMulRows())
}

// TestTable checks every operation in every row, and that none is without one.
func TestTable(t *testing.T) {
	seen := map[Code]bool{Const: true, Var: true, Draw: true} // what Emit does not make
	for _, r := range allRows() {
		seen[r.code] = true
		t.Run(strings.ReplaceAll(r.String(), " ", "/"), func(t *testing.T) {
			x := samples(r.String(), r.in)
			r.checkValue(t, x)
			r.checkFloat32(t, x)
			switch {
			case r.last:
				r.checkLast(t, x)
			case r.flat:
				r.checkFlat(t, x)
			default:
				r.checkGradient(t, x, false)
				r.checkGradient(t, x, true)
			}
		})
	}
	for c := range numCodes {
		if !seen[c] {
			t.Errorf("operation %s has no row", c)
		}
		if table[c].name == "" {
			t.Errorf("code %d has no entry in the table", c)
		}
	}
}

// checkValue compares the operation on its strided operands, on a tape and
// outside, with the reference.
func (r *entry) checkValue(t *testing.T, x []nd) {
	want := r.want(x)
	size := want
	if r.sums {
		size = r.want(mapND(x, nd.abs))
	}
	var tape Tape
	for range 2 { // the second time in used memory
		tape.Reset()
		var in []Ref
		for i, o := range r.in {
			in = append(in, tape.Const(x[i].array(o.view)))
		}
		out := tape.Value(r.emit(&tape, in))
		compare(t, "value", naive(out), want, func(i int) float64 { return r.ulps * 0x1p-53 * math.Abs(size.data[i]) })
		if l := out.Layout; l.Size != sizeOf(l.Dims) {
			t.Errorf("layout says %d elements for shape %v", l.Size, l.Dims)
		}
	}
	if r.pre == nil {
		var in []*Array
		for i, o := range r.in {
			in = append(in, x[i].array(o.view))
		}
		compare(t, "value outside a tape", naive(Apply(r.code, r.attr, in...)), naive(tape.Value(Ref(tape.Len()-1))), exact)
	}
}

func exact(int) float64 { return 0 }

func mapND(x []nd, f func(nd) nd) []nd {
	out := make([]nd, len(x))
	for i := range x {
		out[i] = f(x[i])
	}
	return out
}

func compare(t *testing.T, what string, got, want nd, tolerance func(i int) float64) {
	t.Helper()
	if !slices.Equal(got.dims, want.dims) {
		t.Errorf("%s has shape %v, want %v", what, got.dims, want.dims)
		return
	}
	for i, w := range want.data {
		g := got.data[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		if tol := tolerance(i); !(math.Abs(g-w) <= tol) {
			t.Errorf("%s at element %d: %v, want %v, off by %.3g, allowed %.3g", what, i, g, w, math.Abs(g-w), tol)
		}
	}
}

// checkFloat32 compares float32 with float64 on the same numbers: one rounding
// apart, or as stated in the row; and the gradients.
func (r *entry) checkFloat32(t *testing.T, x []nd) {
	x = mapND(x, float32s)
	run := func(d DType) (y nd, grads []nd) {
		var tape Tape
		in, xs := r.vars(&tape, x, d)
		out := r.emit(&tape, in)
		if got := tape.Value(out).DType; got != d && r.code != Cast {
			t.Fatalf("result has type %v for operands of type %v", got, d)
		}
		y = naive(tape.Value(out))
		if r.last || r.flat || r.code == Cast {
			return y, nil
		}
		c := tape.Const(ones(tape.Value(out)))
		for i, g := range tape.Grad(r.total(&tape, c, out), xs, false) {
			if got := tape.Value(g).DType; got != d {
				t.Fatalf("gradient of operand %d has type %v for operands of type %v", i, got, d)
			}
			grads = append(grads, naive(tape.Value(g)))
		}
		return y, grads
	}
	y64, g64 := run(Float64)
	y32, g32 := run(Float32)
	size, top := y64, largest(y64)
	if r.sums {
		size = r.want(mapND(x, nd.abs))
	}
	n := 0
	for _, a := range x {
		n += len(a.data)
	}
	compare(t, "float32", y32, y64, func(i int) float64 {
		switch {
		case r.wide > 0:
			return r.wide * 0x1p-24 * top
		case r.ulps32 > 0: // an ulp is up to two units
			return 2*r.ulps32*0x1p-24*(1+0x1p-20)*math.Abs(y64.data[i]) + 0x1p-149
		case r.sums:
			return float64(n) * 0x1p-23 * math.Abs(size.data[i])
		}
		return 0x1p-24*(1+0x1p-20)*math.Abs(y64.data[i]) + 0x1p-149
	})
	// A rule is up to eight operations on numbers of the size of its operands,
	// results and gradients, each with a rounding or the 4 ulp, 8 units, of a
	// kernel: 64 units of the largest bound their errors. Where the operation itself
	// has wide errors, the rule multiplies what has them.
	for k := range g32 {
		scale := largest(g64[k]) + float64(len(y64.data))*(1+top)
		compare(t, fmt.Sprintf("float32 gradient %d", k), g32[k], g64[k], func(int) float64 {
			return 64 * max(1, r.wide) * 0x1p-24 * scale
		})
	}
}

func largest(x nd) float64 {
	m := 0.0
	for _, v := range x.data {
		m = max(m, math.Abs(v))
	}
	return m
}

func ones(a *Array) *Array {
	b := a.Clone()
	for i := range b.F64 {
		b.F64[i] = 1
	}
	for i := range b.F32 {
		b.F32[i] = 1
	}
	return b
}

// vars puts operands on a tape: variables, but constants where they are fixed.
func (r *entry) vars(tape *Tape, x []nd, d DType) (in, xs []Ref) {
	for i, o := range r.in {
		a := x[i].array(o.view)
		indexes := slices.Contains([]Code{Index, IndexAdd, Gather, ScatterAdd}, r.code) && i > 0
		if d == Float32 && !indexes {
			b := castTo(nil, a, Float32)
			a = &b
		}
		if o.below > 0 {
			in = append(in, tape.Const(a))
			continue
		}
		v := tape.Var(a)
		in = append(in, v)
		if !o.fixed {
			xs = append(xs, v)
		}
	}
	return in, xs
}

// total is Σ c·y.
func (r *entry) total(tape *Tape, c, y Ref) Ref {
	p := tape.Emit(Mul, Attr{}, c, y)
	return tape.Emit(Sum, Attr{Dims: upTo(len(tape.Value(p).Layout.Dims))}, p)
}

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// checkFlat: the gradient is 0.
func (r *entry) checkFlat(t *testing.T, x []nd) {
	var tape Tape
	in, xs := r.vars(&tape, x, Float64)
	y := r.emit(&tape, in)
	c := tape.Const(ones(tape.Value(y)))
	for i, g := range tape.Grad(r.total(&tape, c, y), xs, true) {
		compare(t, fmt.Sprint("gradient of flat operand ", i), naive(tape.Value(g)),
			build(x[i].dims, func([]int) float64 { return 0 }), exact)
	}
}

// checkLast: the operation has no derivative and says so.
func (r *entry) checkLast(t *testing.T, x []nd) {
	var tape Tape
	in, xs := r.vars(&tape, x, Float64)
	y := r.emit(&tape, in)
	if tape.Value(y).Layout.Size == 0 {
		return
	}
	c := tape.Const(ones(tape.Value(y)))
	s := r.total(&tape, c, y)
	want := fmt.Sprintf("tensor: %s: has no derivative of its own (second-order gradients stop here)", r.code)
	if got := message(func() { tape.Grad(s, xs, false) }); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

// message returns what f panics with.
func message(f func()) (s string) {
	defer func() {
		v := recover()
		err, _ := v.(error)
		var e *Error
		if errors.As(err, &e) {
			s = e.Error()
		} else if v != nil {
			s = fmt.Sprint("foreign panic: ", v)
		}
	}()
	f()
	return "no panic"
}

// checkGradient compares gradients with differences: of Σ c·y in the operands,
// or, for second order, of Σ h·∇ in the operands and in c.
func (r *entry) checkGradient(t *testing.T, x []nd, second bool) {
	f := &functional{entry: r, second: second, base: x, x: slices.Clone(x)}
	rnd := rand.New(rand.NewPCG(7, 7))
	random := func(dims []int) nd {
		return build(dims, func([]int) float64 { return math.Round((2*rnd.Float64()-1)*0x1p10) * 0x1p-10 })
	}
	f.c = random(r.want(x).dims)
	for i, o := range r.in {
		if !o.fixed && o.below == 0 && !(second && o.once) {
			f.free = append(f.free, i)
			f.h = append(f.h, random(x[i].dims))
		}
	}
	if len(f.free) == 0 {
		return
	}
	_, size, grads := f.eval(true)
	for k, g := range grads {
		name := "gradient of the cotangent"
		if k < len(f.free) {
			name = fmt.Sprint("gradient of operand ", f.free[k])
		}
		if second {
			name = "second order: " + name
		}
		f.compareDifferences(t, name, k, g, size)
	}
}

// functional is a function whose gradient is checked.
type functional struct {
	*entry
	second  bool
	base, x []nd
	c       nd
	free    []int
	h       []nd
}

// at returns the array of the k-th argument: a free operand, or c.
func (f *functional) arg(k int) *nd {
	if k < len(f.free) {
		return &f.x[f.free[k]]
	}
	return &f.c
}

// eval returns the value, the sum of its absolute terms, and its gradients.
func (f *functional) eval(withGrads bool) (value, size float64, grads []nd) {
	if f.path != nil && !withGrads && !f.second {
		y := f.path(f.base, f.x)
		for i, v := range y.data {
			value += v * f.c.data[i]
			size += math.Abs(v * f.c.data[i])
		}
		return value, size, nil
	}
	var tape Tape
	var in, xs []Ref
	for i, o := range f.in {
		a := f.x[i].array(o.view)
		if o.view == expanded && !withGrads {
			a = f.x[i].array(plain) // elements move one by one
		}
		if slices.Contains(f.free, i) {
			in = append(in, tape.Var(a))
			xs = append(xs, in[i])
		} else {
			in = append(in, tape.Const(a))
		}
	}
	y := f.emit(&tape, in)
	terms := []Ref{y}
	weights := []Ref{tape.Var(f.c.array(plain))}
	if f.second {
		s := f.total(&tape, weights[0], y)
		terms = slices.Clone(tape.Grad(s, xs, true))
		xs = append(xs, weights[0])
		weights = nil
		for _, h := range f.h {
			weights = append(weights, tape.Const(h.array(plain)))
		}
	}
	sum := tape.Scalar(0)
	for k, term := range terms {
		a, b := naive(tape.Value(term)), naive(tape.Value(weights[k]))
		for i := range a.data {
			size += math.Abs(a.data[i] * b.data[i])
		}
		sum = tape.Emit(Add, Attr{}, sum, f.total(&tape, weights[k], term))
	}
	value = tape.Value(sum).F64[0]
	if withGrads {
		for _, g := range tape.Grad(sum, xs, false) {
			grads = append(grads, naive(tape.Value(g)))
		}
	}
	return value, size, grads
}

// compareDifferences compares g with central differences in the k-th argument
// at three steps, extrapolated twice (Richardson). Allowed is the last change of
// the extrapolation, which bounds the truncation error, with the roundings of
// the values, of which the extrapolation keeps 6.6/h, and those of the rule.
func (f *functional) compareDifferences(t *testing.T, name string, k int, g nd, size float64) {
	x := f.arg(k)
	if !slices.Equal(g.dims, x.dims) {
		t.Errorf("%s has shape %v, want %v", name, g.dims, x.dims)
		return
	}
	const h = 0x1p-6
	u := (f.ulps + 2) * 0x1p-53
	if f.second {
		u *= 16
	}
	scale := size + largest(f.c)*float64(len(f.c.data))
	saved := *x
	defer func() { *x = saved }()
	for i := range saved.data {
		*x = saved.clone()
		slope := func(h float64) float64 {
			x.data[i] = saved.data[i] + h
			up, _, _ := f.eval(false)
			x.data[i] = saved.data[i] - h
			down, _, _ := f.eval(false)
			return (up - down) / (2 * h)
		}
		d1, d2, d3 := slope(h), slope(h/2), slope(h/4)
		r1, r2 := (4*d2-d1)/3, (4*d3-d2)/3
		want := (16*r2 - r1) / 15
		truncation := math.Abs(want - r2)
		tol := truncation + 6.6*u/h*scale + 16*u*(math.Abs(want)+scale)
		if truncation > 1e-4*(scale+math.Abs(want)) {
			t.Errorf("%s at element %d: differences do not settle: %v, %v", name, i, r1, r2)
		}
		if !(math.Abs(g.data[i]-want) <= tol) {
			t.Errorf("%s at element %d: %v, differences give %v, off by %.3g, allowed %.3g",
				name, i, g.data[i], want, math.Abs(g.data[i]-want), tol)
		}
	}
}
