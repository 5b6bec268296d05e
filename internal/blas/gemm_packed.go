package blas

// Block sizes of the packed product (Goto and van de Geijn 2008): blockRows×depth
// elements of A stay in the second-level cache while they meet every strip of
// the blockCols×depth elements of B. Those, a mebibyte of float64, stay there as
// well where it is large and slow beyond, else in the third. Both are multiples
// of every tile's sides.
const (
	blockRows = 96
	blockCols = 512
)

// gemmPacked copies blocks of A and B into the order in which the kernel reads
// them. Rows are independent: a caller may split them without changing a bit.
func gemmPacked[F Float](alpha F, a, b view[F], beta F, c view[F]) {
	m, n, k := c.rows, c.cols, a.cols
	mr, nr := tile[F]()
	buf, packedB := borrow[F](roundUp(min(n, blockCols), nr) * min(k, depth))
	for j := 0; j < n; j += blockCols {
		width := min(blockCols, n-j)
		betaP := beta
		for p := 0; p < k; p += depth {
			kc := min(depth, k-p)
			pack(b.block(p, j, kc, width).t(), nr, packedB)
			w := work[F]{
				alpha: alpha, beta: betaP, a: a.block(0, p, m, kc), c: c.block(0, j, m, width), packed: packedB,
				per: partOf(width*kc, blockRows),
			}
			if m*width*kc < sharedProducts {
				w.packedRows(0, m, mr, nr)
			} else {
				share(parts(m, w.per), w, (*work[float64]).somePackedRows, (*work[float32]).somePackedRows)
			}
			betaP = 1
		}
	}
	buf.release()
}

// somePackedRows is a part of the product with a block of B.
func (w *work[F]) somePackedRows(part int) {
	mr, nr := tile[F]()
	lo, hi := w.part(part, w.c.rows)
	w.packedRows(lo, hi, mr, nr)
}

func (w *work[F]) packedRows(lo, hi, mr, nr int) {
	k, n := w.a.cols, w.c.cols
	buf, packedA := borrow[F](roundUp(min(hi-lo, blockRows), mr) * k)
	for i := lo; i < hi; i += blockRows {
		h := min(blockRows, hi-i)
		pack(w.a.block(i, 0, h, k), mr, packedA)
		for s := 0; s < n; s += nr {
			strip(h, min(nr, n-s), k, w.alpha, packedA, 1, mr, mr*k, w.packed[s*k:], nr, w.beta, w.c.data[i*w.c.rs+s:], w.c.rs)
		}
	}
	buf.release()
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// pack copies v in strips of width rows: strip s is the matrix [v.cols, width]
// of the transposed rows s*width and following. The last strip may have unused
// places, whose content is undefined and not used.
func pack[F Float](v view[F], width int, dst []F) {
	if v.rs == 1 { // all strips at once, so that memory is read along its rows
		for j := range v.cols {
			column := v.data[j*v.cs:][:v.rows]
			for to := j * width; len(column) >= width; to += width * v.cols {
				copy(dst[to:], column[:width])
				column = column[width:]
			}
			if n := len(column); n > 0 {
				copy(dst[(v.rows-n)*v.cols+j*width:], column)
			}
		}
		return
	}
	for i := 0; i < v.rows; i += width {
		h := min(width, v.rows-i)
		part := view[F]{dst[i*v.cols:], h, v.cols, 1, width}
		v.block(i, 0, h, v.cols).copyTo(part)
	}
}
