package program

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/blas"
	"github.com/gopyro/pyro/internal/parallel"
)

// The gradient of a regression multiplies the design matrix by the coefficients, does
// something with each element, and multiplies the transpose by the result. Where the
// matrix does not fit the first cache, reading it takes much of the time, so that a
// program goes through it once: some rows at a time, which are still in cache for the
// second product. The parts, and so the bits, are those of the two products alone.

// sweep is a block with the products before and after it.
type sweep struct {
	first, second gemv[float64]
	to, out       []float64 // their results
	rows, few     int       // of a sum of rows of the second; that it adds at a time
	sums          []float64

	code       []instruction // of the block
	slab       *float64
	slabLength int
}

var sweeps parallel.Loop[sweep]

// sweep runs a block with its products.
func (p *Recorded) sweep(head *instruction, code []instruction) {
	s := &p.sweeps[head.at]
	s.code = code
	sweeps.Run(max(1, len(s.to)/s.rows), *s, (*sweep).run)
	clear(s.out)
	for at := 0; at < len(s.sums); at += len(s.out) {
		for j, v := range s.sums[at:][:len(s.out)] {
			s.out[j] += v
		}
	}
}

// run computes a part: the rows of a partial sum, of the last part the rest as well.
func (s *sweep) run(part int) {
	lo, hi := bounds(part, max(1, len(s.to)/s.rows), s.rows, len(s.to))
	slab := spareSlabs.take(s.slabLength)
	for at := lo; at < hi; {
		n := s.few
		if hi-at < 2*n {
			n = hi - at
		}
		s.some(at, at+n, unsafe.SliceData(slab))
		at += n
	}
	spareSlabs.give(slab)
}

// some computes the rows from lo to hi.
func (s *sweep) some(lo, hi int, slab *float64) {
	g, n := &s.first, len(s.out)
	blas.DotRows(hi-lo, n, g.a[lo*g.lda:], g.lda, g.x, s.to[lo:hi])
	runBlock(s.code, int32(lo), int32(hi), s.slab, slab)
	g = &s.second
	for lo < hi {
		i := lo / s.rows
		sum, end := s.sums[i*n:][:n], min(lo+s.few, (i+1)*s.rows, hi)
		if lo == i*s.rows {
			clear(sum)
		}
		blas.AddRows(end-lo, n, g.a[lo*g.lda:], g.lda, g.x[lo:end], sum)
		lo = end
	}
}

// findSweeps finds the blocks that are swept together with two products, by their slots,
// and the products, which then have no instruction of their own.
func (c *compiler) findSweeps(vectors map[Ref]bool) (found map[int]sweep, swept map[Ref]bool) {
	p := c.p
	found, swept = map[int]sweep{}, map[Ref]bool{}
	for i := range c.slots {
		b := &c.slots[i]
		if b.n == 0 || b.steps {
			continue
		}
		for j, s := range c.slots[:i] {
			for k, r := range s.refs {
				if _, ok := found[i]; ok || !vectors[r] || swept[r] {
					continue
				}
				first := p.calls[s.code[k].at].product
				rows, few := blas.SumRows(first.m, first.n)
				if first.trans || first.m != int(b.n) || rows == 0 || rows == first.m && b.shared() || !c.movable(r, j, k+1, i, 0) {
					continue
				}
				if last, second := c.after(i, first, vectors); last != none {
					w := sweep{
						first: first, second: second, to: p.values[r].F64[:first.m], out: p.values[last].F64[:first.n],
						rows: rows, few: few, sums: p.mem.float64s((first.m + rows - 1) / rows * first.n),
						slab: b.slab, slabLength: int(b.pieces) * longest,
					}
					found[i], swept[r], swept[last] = w, true, true
				}
			}
		}
	}
	return found, swept
}

// shared reports whether several cores may work on a block.
func (s *slot) shared() bool { return s.n/partOfBlock(len(s.code)) >= leastParts }

// after returns the product of the transpose of a matrix with a result of the block in
// slot i, which can be made with the block; none if there is none.
func (c *compiler) after(i int, first gemv[float64], vectors map[Ref]bool) (Ref, gemv[float64]) {
	b := &c.slots[i]
	for j := i + 1; j < len(c.slots); j++ {
		s := &c.slots[j]
		for k, r := range s.refs {
			if !vectors[r] {
				continue
			}
			g := c.p.calls[s.code[k].at].product
			if !g.trans || &g.a[0] != &first.a[0] || g.lda != first.lda || g.m != first.m || g.n != first.n {
				continue
			}
			for l := range b.code {
				in := &b.code[l]
				made := in.dst == &g.x[0] && in.step&1 != 0 || in.kind == twin && in.z == &g.x[0] && in.step&8 != 0
				if made && c.movable(r, i+1, 0, j, k) {
					return r, g
				}
			}
		}
	}
	return none, gemv[float64]{}
}

// movable reports whether the product r may as well be made elsewhere: before or after
// all instructions from number k of slot i to before number l of slot j. None of these
// may use its result, or write to its vector.
func (c *compiler) movable(r Ref, i, k, j, l int) bool {
	g := &c.p.calls[c.call(r)].product
	out, x := regionOf(c.p.values[r].F64), regionOf(g.x)
	for ; i < j || i == j && k < l; i, k = i+1, 0 {
		code := c.slots[i].code[k:]
		if i == j {
			code = code[:l-k]
		}
		for n := range code {
			in := &code[n]
			free := true
			c.touched(in, func(at region, written bool) {
				free = free && !at.meets(out) && !(written && at.meets(x))
			})
			if !free {
				return false
			}
		}
	}
	return true
}

// call is the number of the call that makes r.
func (c *compiler) call(r Ref) int32 {
	s := &c.slots[c.slot[r]]
	for k, made := range s.refs {
		if made == r {
			return s.code[k].at
		}
	}
	panic("no instruction makes the value")
}

// touched calls f with where an instruction reads and writes numbers.
func (c *compiler) touched(in *instruction, f func(at region, written bool)) {
	if in.kind <= random || in.kind >= picked {
		t := &c.p.calls[in.at]
		f(regionOf(c.p.values[t.at].F64), true)
		if in.kind == derivatives {
			f(regionOf(c.p.values[t.other].F64), true)
		}
		for _, a := range t.args {
			f(regionOf(a.F64), false)
		}
	}
	for i, p := range []*float64{in.dst, in.x, in.y, in.z} {
		if p == nil {
			continue
		}
		n := int(max(in.n, 1))
		if i == 0 && in.kind == total || i == 1 && in.kind == left || i == 2 && in.kind == right {
			n = 1
		}
		f(region{address(p), n}, i == 0 || i == 3 && in.kind == twin)
	}
}

// region is where numbers lie.
type region struct {
	at uintptr
	n  int
}

func regionOf(x []float64) region { return region{address(unsafe.SliceData(x)), len(x)} }

// meets reports whether regions have a number in common.
func (s region) meets(o region) bool {
	return s.at < o.at+8*uintptr(o.n) && o.at < s.at+8*uintptr(s.n)
}
