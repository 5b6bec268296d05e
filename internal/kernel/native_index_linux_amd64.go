//go:build !purego

package kernel

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
	from := make([][]uintptr, st.Rows) // the elements of each sum
	for i, j := range st.Index {
		from[j] = append(from[j], address(elementOf(st.X, int32(i))))
	}
	const together = 4
	for first := 0; first < st.Rows; first += together {
		var sums [together]int
		n := min(together, st.Rows-first)
		dst := func(k int) uintptr { return address(elementOf(st.Dst, int32(first+k))) }
		for k := range n {
			sums[k] = s.make(operation{do: doMove, x: s.constant(constantZero, 1), y: none, z: none}, dst(k), 1)
		}
		for i, more := 0, true; more; i++ {
			more = false
			for k := range n {
				if x := from[first+k]; i < len(x) {
					sums[k] = s.make(operation{do: doAdd, x: sums[k], y: s.value(x[i], 1), z: none}, dst(k), 1)
					more = true
				}
			}
		}
		for k := range n {
			s.write(sums[k], visible)
		}
	}
}
