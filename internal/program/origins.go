package program

import (
	bytes "encoding/binary"
	"slices"
)

// Origins says which of some values each value of a tape was computed from.
type Origins struct {
	set  []int32   // of each value: its position in Sets
	Sets [][]int32 // of sources, in increasing order; the first is empty
	Size []int     // elements of the largest value of each set
}

// Origins follows the sources through the operations on the tape. Values from
// many sources share their sets, so that the time is linear in the number of
// operations where sets are small.
func (t *Tape) Origins(sources []Ref) *Origins {
	o := &Origins{set: make([]int32, len(t.nodes)), Sets: [][]int32{nil}}
	interned := map[string]int32{"": 0}
	intern := func(set []int32) int32 {
		var key []byte
		for _, s := range set {
			key = bytes.LittleEndian.AppendUint32(key, uint32(s))
		}
		id, ok := interned[string(key)]
		if !ok {
			id = int32(len(o.Sets))
			interned[string(key)] = id
			o.Sets = append(o.Sets, set)
		}
		return id
	}
	unions := map[[2]int32]int32{}
	union := func(a, b int32) int32 {
		if a == b || b == 0 {
			return a
		}
		if a == 0 {
			return b
		}
		id, ok := unions[[2]int32{a, b}]
		if !ok {
			both := slices.Concat(o.Sets[a], o.Sets[b])
			slices.Sort(both)
			id = intern(slices.Compact(both))
			unions[[2]int32{a, b}] = id
		}
		return id
	}
	first := len(t.nodes)
	for k, r := range sources {
		o.set[r] = union(o.set[r], intern([]int32{int32(k)}))
		first = min(first, int(r))
	}
	for i := first; i < len(t.nodes); i++ {
		for _, r := range operands(&t.nodes[i], t.lists) {
			o.set[i] = union(o.set[i], o.set[r])
		}
	}
	o.Size = make([]int, len(o.Sets))
	for i := first; i < len(t.nodes); i++ {
		if s := o.set[i]; s != 0 {
			o.Size[s] = max(o.Size[s], t.Layout(Ref(i)).Size)
		}
	}
	return o
}

// Of returns the sources of r, or none of what came later.
func (o *Origins) Of(r Ref) []int32 {
	if int(r) >= len(o.set) {
		return nil
	}
	return o.Sets[o.set[r]]
}

// Unexpanded is the value that r is a broadcast of, r itself if it is none.
func (t *Tape) Unexpanded(r Ref) Ref {
	for t.nodes[r].code == Expand {
		r = t.nodes[r].in[0]
	}
	return r
}
