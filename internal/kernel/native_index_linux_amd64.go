//go:build !purego

package kernel

import "slices"

// gather adds the moves of elements, as many at a time as have one index.
func (s *straight) gather(st *Step, visible bool) {
	x := func(i int) uintptr { return address(elementOf(st.X, st.Index[i])) }
	for i := 0; i < st.N; {
		same := 1
		for i+same < st.N && st.Index[i+same] == st.Index[i] {
			same++
		}
		at := address(elementOf(st.Dst, int32(i)))
		switch n := s.piece(same); {
		case n > 1:
			s.move(s.number(x(i)), at, n, visible)
			i += n
		case i+1 < st.N:
			from := [2]uintptr{x(i), x(i + 1)}
			s.flush(from[0], 1)
			s.flush(from[1], 1)
			s.write(s.make(operation{do: doPair, x: none, y: none, z: none, from: from}, at, 2), visible)
			i += 2
		default:
			s.move(s.value(x(i), 1), at, 1, visible)
			i++
		}
	}
}

// scatterAdd adds sums of elements, several at a time, since an addition waits for
// the one before. They begin with 0, so that none is -0.
func (s *straight) scatterAdd(st *Step, visible bool) {
	next, first := make([]int32, st.N), make([]int32, st.Rows) // the elements of each sum, as lists
	for i := range first {
		first[i] = none
	}
	for i, j := range slices.Backward(st.Index) {
		next[i], first[j] = first[j], int32(i)
	}
	const together = 4
	for from := 0; from < st.Rows; from += together {
		var sums [together]index
		n := min(together, st.Rows-from)
		dst := func(k int) uintptr { return address(elementOf(st.Dst, int32(from+k))) }
		for k := range n {
			sums[k] = s.make(operation{do: doMove, x: s.constant(constantZero, 1), y: none, z: none}, dst(k), 1)
		}
		for more := true; more; {
			more = false
			for k := range n {
				if i := first[from+k]; i != none {
					x := s.value(address(elementOf(st.X, i)), 1)
					sums[k] = s.make(operation{do: doAdd, x: sums[k], y: x, z: none}, dst(k), 1)
					first[from+k], more = next[i], true
				}
			}
		}
		for k := range n {
			s.write(sums[k], visible)
		}
	}
}
