package tensor_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// cube is a naive array: elements by position, as a function.
type cube struct {
	dims []int
	at   func(p []int) float64
}

// each calls f with every position, in row-major order.
func (c cube) each(f func(p []int)) {
	p := make([]int, len(c.dims))
	var walk func(d int)
	walk = func(d int) {
		if d == len(p) {
			f(p)
			return
		}
		for i := range c.dims[d] {
			p[d] = i
			walk(d + 1)
		}
	}
	walk(0)
}

func (c cube) check(t *testing.T, what string, x T) {
	t.Helper()
	var want []float64
	c.each(func(p []int) {
		v := c.at(p)
		want = append(want, v)
		if got := x.At(p...); got != v {
			t.Fatalf("%s: element %v is %v, want %v", what, p, got, v)
		}
	})
	equal(t, what, x, c.dims, want...)
}

// ramp returns a tensor of 0, 1, 2, … and the same as a cube.
func ramp(dims []int) (T, cube) {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return tensor.Arange(n).Reshape(dims...), cube{dims, func(p []int) float64 {
		o := 0
		for i, d := range dims {
			o = o*d + p[i]
		}
		return float64(o)
	}}
}

// shapeOf makes a shape of at most 4 dims of sizes 0 to 4 from a number.
func shapeOf(seed uint16) []int {
	dims := make([]int, seed%5)
	seed /= 5
	for i := range dims {
		dims[i] = int((seed + 1) % 5) // 0, mostly not
		seed /= 5
	}
	return dims
}

func FuzzBroadcast(f *testing.F) {
	f.Add(uint16(12), uint16(1201), uint16(7))
	f.Add(uint16(0), uint16(624), uint16(3))
	f.Add(uint16(2), uint16(7), uint16(0))
	f.Fuzz(func(t *testing.T, s, r, u uint16) {
		a, b, c := shapeOf(s), shapeOf(r), shapeOf(u)
		want, fits := naiveBroadcast(a, b, c)
		got, ok := tensor.Broadcast(a, b, c)
		if ok != fits || ok && !slices.Equal(got, want) {
			t.Fatalf("Broadcast(%v, %v, %v) = %v, %v, want %v, %v", a, b, c, got, ok, want, fits)
		}
		x, cx := ramp(a)
		y, cy := ramp(b)
		dims, fits := naiveBroadcast(a, b)
		if !fits {
			if m := message(func() { x.Sub(y) }); m[:7] != "tensor:" {
				t.Fatalf("%v - %v: %s", a, b, m)
			}
			return
		}
		cube{dims, func(p []int) float64 { return cx.broad(p) - 3*cy.broad(p) }}.check(t, "x - 3y", x.Sub(y.MulScalar(3)))
		cube{dims, cx.broad}.check(t, "Expand", x.Expand(dims...))
		back := y.Expand(dims...).SumTo(b...)
		times := 1.0
		for i, d := range dims {
			if j := i - len(dims) + len(b); j < 0 || b[j] != d {
				times *= float64(d)
			}
		}
		cube{b, func(p []int) float64 { return times * cy.at(p) }}.check(t, "SumTo", back)
	})
}

// naiveBroadcast compares sizes from the right; a missing one is 1.
func naiveBroadcast(shapes ...[]int) (out []int, ok bool) {
	ok = true
	for _, s := range shapes {
		for len(out) < len(s) {
			out = append([]int{1}, out...)
		}
	}
	for i := range out {
		for _, s := range shapes {
			j := i - len(out) + len(s)
			switch {
			case j < 0 || s[j] == 1:
			case out[i] == 1:
				out[i] = s[j]
			default:
				ok = ok && out[i] == s[j]
			}
		}
	}
	return out, ok
}

// broad reads at a position of a shape that c broadcasts to.
func (c cube) broad(p []int) float64 {
	q := slices.Clone(p[len(p)-len(c.dims):])
	for i, d := range c.dims {
		if d == 1 {
			q[i] = 0
		}
	}
	return c.at(q)
}

// FuzzViews applies chains of operations on the shape, on a tape and without,
// and compares with positions computed one by one.
func FuzzViews(f *testing.F) {
	f.Add(uint16(619), []byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add(uint16(1208), []byte{3, 9, 1, 17, 2, 40, 0, 99, 11})
	f.Add(uint16(44), []byte{2, 2, 5, 5, 1, 1, 4})
	f.Fuzz(func(t *testing.T, s uint16, ops []byte) {
		x, c := ramp(shapeOf(s))
		tape := tensor.NewTape()
		v := tape.Var(x)
		start := v
		for _, op := range ops[:min(len(ops), 8)] {
			x, v, c = step(x, v, c, int(op))
			c.check(t, "without a tape", x)
			c.check(t, "on a tape", v)
		}
		// Each element of the sum has its own path back: the gradient counts them.
		counts := make([]float64, start.Size())
		c.each(func(p []int) { counts[int(c.at(p))]++ })
		equal(t, "gradient", tensor.Grad(v.Sum(), start)[0], start.Shape(), counts...)
	})
}

// step applies the operation that a number stands for.
func step(x, v T, c cube, op int) (T, T, cube) {
	n := len(c.dims)
	kind, arg := op%6, op/6
	if n == 0 && kind != 5 {
		kind = 4
	}
	old := c.at
	switch kind {
	case 0: // rotate the dims
		p, dims := make([]int, n), make([]int, n)
		for i := range p {
			p[i] = (i + arg) % n
			dims[i] = c.dims[p[i]]
		}
		return x.Permute(p...), v.Permute(p...), cube{dims, func(at []int) float64 {
			q := make([]int, n)
			for i, d := range p {
				q[d] = at[i]
			}
			return old(q)
		}}
	case 1: // slice
		d := arg % n
		lo, by := arg%(c.dims[d]+1), 1+arg%3
		dims := slices.Clone(c.dims)
		dims[d] = (c.dims[d] - lo + by - 1) / by
		hi := c.dims[d]
		return x.SliceStep(d, lo, hi, by), v.SliceStep(d-n, lo, hi, by), cube{dims, func(at []int) float64 {
			q := slices.Clone(at)
			q[d] = lo + at[d]*by
			return old(q)
		}}
	case 2: // flip
		d := arg % n
		return x.Flip(d), v.Flip(d), cube{c.dims, func(at []int) float64 {
			q := slices.Clone(at)
			q[d] = c.dims[d] - 1 - q[d]
			return old(q)
		}}
	case 3: // join the last two dims
		if n < 2 {
			return x, v, c
		}
		dims := append(slices.Clone(c.dims[:n-2]), c.dims[n-2]*c.dims[n-1])
		return x.Reshape(dims...), v.Reshape(dims...), cube{dims, func(at []int) float64 {
			last := c.dims[n-1]
			return old(append(slices.Clone(at[:n-2]), at[n-2]/last, at[n-2]%last))
		}}
	case 4: // repeat
		if n > 4 {
			return x, v, c
		}
		dims := append([]int{1 + arg%2}, c.dims...)
		return x.Expand(dims...), v.Expand(dims...), cube{dims, func(at []int) float64 { return old(at[1:]) }}
	}
	d := arg % (n + 1)
	if n > 5 {
		return x, v, c
	}
	return x.Unsqueeze(d), v.Unsqueeze(d), cube{slices.Insert(slices.Clone(c.dims), d, 1), func(at []int) float64 {
		return old(slices.Delete(slices.Clone(at), d, d+1))
	}}
}

// FuzzIndex compares indexing by one or two tensors, and along a dim, with
// positions computed one by one; wrong indices must be found.
func FuzzIndex(f *testing.F) {
	f.Add(uint16(619), uint16(7), []byte{0, 1, 2, 3, 0, 1})
	f.Add(uint16(613), uint16(12), []byte{1, 1, 0, 2, 9, 0})
	f.Add(uint16(44), uint16(0), []byte{2})
	f.Fuzz(func(t *testing.T, s, r uint16, numbers []byte) {
		x, c := ramp(shapeOf(s))
		i, ci := ramp(shapeOf(r))
		if len(c.dims) == 0 || len(numbers) == 0 {
			return
		}
		number := func(p []int) int { return int(numbers[int(ci.at(p))%len(numbers)]) % 5 }
		data := make([]float64, 0, i.Size())
		fits := true
		ci.each(func(p []int) {
			data = append(data, float64(number(p)))
			fits = fits && number(p) < c.dims[0]
		})
		idx := tensor.New(data, ci.dims...)
		if !fits {
			if m := message(func() { x.Index(idx) }); m[:13] != "tensor: Index" {
				t.Fatalf("index beyond the end: %s", m)
			}
			return
		}
		k := len(ci.dims)
		cube{append(slices.Clone(ci.dims), c.dims[1:]...), func(p []int) float64 {
			return c.at(append([]int{number(p[:k])}, p[k:]...))
		}}.check(t, "Index", x.Index(idx))
		if len(c.dims) > 1 && c.dims[1] > 0 { // a second index of zeros
			cube{append(slices.Clone(ci.dims), c.dims[2:]...), func(p []int) float64 {
				return c.at(append([]int{number(p[:k]), 0}, p[k:]...))
			}}.check(t, "Index by two", x.Index(idx, tensor.Of(0)))
		}
		// Gather along the first dim of x by index numbers laid out along it.
		flat := idx.Reshape(idx.Size())
		shape := slices.Repeat([]int{1}, len(c.dims))
		shape[0] = idx.Size()
		dims := slices.Clone(c.dims)
		dims[0] = idx.Size()
		g := x.Gather(0, flat.Reshape(shape...))
		cube{dims, func(p []int) float64 {
			q := slices.Clone(p)
			q[0] = int(flat.At(p[0]))
			return c.at(q)
		}}.check(t, "Gather", g)
		sums := make([]float64, x.Size())
		cube{dims: dims}.each(func(p []int) {
			q := slices.Clone(p)
			q[0] = int(flat.At(p[0]))
			sums[int(c.at(q))]++
		})
		equal(t, "ScatterAdd", tensor.Ones(dims...).ScatterAdd(0, c.dims[0], flat.Reshape(shape...)), c.dims, sums...)
	})
}
