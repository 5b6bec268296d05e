package blas

// Block sizes of the packed product (Goto and van de Geijn 2008): blockRows×depth
// elements of A stay in the second-level cache while they meet every strip of
// the blockCols×depth elements of B, which stay in the third. Both are multiples
// of every tile's sides.
const (
	blockRows = 96
	blockCols = 1024
)

// gemmPacked copies blocks of A and B into the order in which the kernel reads
// them. Rows are independent: a caller may split them without changing a bit.
func gemmPacked[F Float](alpha F, a, b view[F], beta F, c view[F]) {
	m, n, k := c.rows, c.cols, a.cols
	mr, nr := tile[F]()
	kc := min(k, depth)
	sizeA := roundUp(min(m, blockRows), mr) * kc
	buf, packed := borrow[F](sizeA + roundUp(min(n, blockCols), nr)*kc)
	packedA, packedB := packed[:sizeA], packed[sizeA:]
	for j := 0; j < n; j += blockCols {
		w := min(blockCols, n-j)
		betaP := beta
		for p := 0; p < k; p += depth {
			kc := min(depth, k-p)
			pack(b.block(p, j, kc, w).t(), nr, packedB)
			for i := 0; i < m; i += blockRows {
				h := min(blockRows, m-i)
				pack(a.block(i, p, h, kc), mr, packedA)
				for s := 0; s < w; s += nr {
					strip(h, min(nr, w-s), kc, alpha, packedA, 1, mr, mr*kc,
						packedB[s*kc:], nr, betaP, c.data[i*c.rs+j+s:], c.rs)
				}
			}
			betaP = 1
		}
	}
	buf.release()
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// pack copies v in strips of width rows: strip s is the matrix [v.cols, width]
// of the transposed rows s*width and following. The last strip may have unused
// places, whose content is undefined and not used.
func pack[F Float](v view[F], width int, dst []F) {
	for i := 0; i < v.rows; i += width {
		h := min(width, v.rows-i)
		part := view[F]{dst[i*v.cols:], h, v.cols, 1, width}
		v.block(i, 0, h, v.cols).copyTo(part)
	}
}
