package program

import (
	"iter"
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
	found, swept = map[int]sweep{}, map[Ref]bool{}
	for i := range c.slots {
		b := &c.slots[i]
		if b.n == 0 || b.steps {
			continue
		}
		for first := range c.products(vectors, 0, i) {
			g := first.product
			rows, few := blas.SumRows(g.m, g.n)
			if swept[first.at] || g.trans || g.m != int(b.n) || rows == 0 || rows == g.m && b.shared() || !c.movable(first, first.slot, first.k+1, i, 0) {
				continue
			}
			if second, ok := c.follows(first, vectors, i); ok {
				found[i] = sweep{
					first: g, second: second.product, to: c.p.values[first.at].F64[:g.m], out: c.p.values[second.at].F64[:g.n],
					rows: rows, few: few, sums: c.p.mem.float64s((g.m + rows - 1) / rows * g.n),
					slab: b.slab, slabLength: int(b.pieces) * longest,
				}
				swept[first.at], swept[second.at] = true, true
				break
			}
		}
	}
	return found, swept
}

// placedProduct is one of a matrix and a vector, and where its instruction is.
type placedProduct struct {
	at      Ref // its value
	slot, k int
	product gemv[float64]
}

// products yields those in slots from lo to before hi.
func (c *compiler) products(vectors map[Ref]bool, lo, hi int) iter.Seq[placedProduct] {
	return func(yield func(placedProduct) bool) {
		for i := lo; i < hi; i++ {
			s := &c.slots[i]
			for k, r := range s.refs {
				if vectors[r] && !yield(placedProduct{r, i, k, c.p.calls[s.code[k].at].product}) {
					return
				}
			}
		}
	}
}

// shared reports whether several cores may work on a block.
func (s *slot) shared() bool { return s.n/partOfBlock(len(s.code)) >= leastParts }

// follows returns the product of the transpose of a matrix with a result of the block in
// slot i, if there is one that can be made with the block.
func (c *compiler) follows(first placedProduct, vectors map[Ref]bool, i int) (second placedProduct, ok bool) {
	f := &first.product
	for second := range c.products(vectors, i+1, len(c.slots)) {
		g := &second.product
		if !g.trans || &g.a[0] != &f.a[0] || g.lda != f.lda || g.m != f.m || g.n != f.n {
			continue
		}
		for j := range c.slots[i].code {
			in := &c.slots[i].code[j]
			made := in.dst == &g.x[0] && in.step&1 != 0 || in.kind == twin && in.z == &g.x[0] && in.step&8 != 0
			if made && c.movable(second, i+1, 0, second.slot, second.k) {
				return second, true
			}
		}
	}
	return second, false
}

// movable reports whether a product may as well be made elsewhere: before or after
// all instructions from number k of slot i to before number l of slot j. None of these
// may read its result, or put its own in the place of the vector.
func (c *compiler) movable(p placedProduct, i, k, j, l int) bool {
	free := true
	for ; i < j || i == j && k < l; i, k = i+1, 0 {
		refs := c.slots[i].refs[k:]
		if i == j {
			refs = refs[:l-k]
		}
		for _, r := range refs {
			free = free && !overlap(p.product.x, c.p.values[r].F64)
			c.reads(r, func(x Ref) { free = free && x != p.at })
		}
	}
	return free
}

// overlap reports whether x and y have a number in common.
func overlap(x, y []float64) bool {
	return len(x) > 0 && len(y) > 0 &&
		address(&x[0]) <= address(&y[len(y)-1]) && address(&y[0]) <= address(&x[len(x)-1])
}
