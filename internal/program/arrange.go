package program

import "slices"

// arrange moves steps to the last list that they can be in, so that there are few lists,
// and values stay in registers from one step to the next. What is no step runs as soon
// as its operands are there, and before it the steps that it waits for.
func (c *compiler) arrange() {
	p := c.p
	c.own = make([]bool, len(p.nodes))
	for i := range c.slots {
		for _, r := range c.slots[i].refs {
			c.own[r] = true
		}
	}
	first := make([]int, len(p.nodes)) // list that the steps of a value can be in, at the earliest
	after := make([]int, len(c.slots)) // list that a slot of no steps follows; -1: none
	lists := 1
	for i := range c.slots {
		s := &c.slots[i]
		after[i] = -1
		for _, r := range s.refs {
			c.reads(r, func(x Ref) {
				at, made := first[x], int(c.slot[x])
				if !c.slots[made].steps {
					at = after[made]
				}
				switch {
				case !s.steps:
					after[i] = max(after[i], at)
				case c.slots[made].steps:
					first[r] = max(first[r], at)
				default:
					first[r] = max(first[r], at+1)
				}
			})
			lists = max(lists, first[r]+1)
		}
	}
	last := make([]int, len(p.nodes))
	for r := range last {
		last[r] = lists - 1
	}
	for i, s := range slices.Backward(c.slots) {
		for _, r := range slices.Backward(s.refs) {
			c.reads(r, func(x Ref) {
				if s.steps {
					last[x] = min(last[x], last[r])
				} else {
					last[x] = min(last[x], after[i])
				}
			})
		}
	}
	c.rearrange(last, after, lists)
}

// rearrange makes slots of as many lists of steps and of what follows each.
func (c *compiler) rearrange(last, after []int, lists int) {
	old := c.slots
	steps, others := make([]slot, lists), make([][]int, lists+1)
	for i := range old {
		s := &old[i]
		if !s.steps {
			others[after[i]+1] = append(others[after[i]+1], i)
			continue
		}
		for j, r := range s.refs {
			to := &steps[last[r]]
			to.steps, to.code, to.refs = true, append(to.code, s.code[j]), append(to.refs, r)
		}
	}
	c.slots = nil
	moved, listed := make([]int32, len(old)), make([]int32, lists)
	for l := range others {
		if l > 0 && steps[l-1].steps {
			listed[l-1] = int32(len(c.slots))
			c.slots = append(c.slots, steps[l-1])
		}
		for _, i := range others[l] {
			moved[i] = int32(len(c.slots))
			c.slots = append(c.slots, old[i])
		}
	}
	for r, at := range c.slot {
		if at < 0 {
			continue
		}
		if !old[at].steps {
			c.slot[r] = moved[at]
		} else {
			c.slot[r] = listed[last[c.made(Ref(r))]]
		}
	}
}

// made is the value that instructions make of which r is a view, or r.
func (c *compiler) made(r Ref) Ref {
	for r = c.canon[r]; !c.own[r] && c.slot[r] >= 0 && table[c.p.nodes[r].code].view != nil; {
		r = c.canon[c.p.nodes[r].in[0]]
	}
	return r
}

// reads calls f with the values that instructions make of which r is made.
func (c *compiler) reads(r Ref, f func(x Ref)) {
	for _, x := range operands(&c.p.nodes[r], c.p.lists) {
		if x = c.made(x); c.slot[x] >= 0 {
			f(x)
		}
	}
}

// findLocal notes the values that only steps of the list read that makes them.
func (c *compiler) findLocal() {
	p := c.p
	const nothing, something = -1, -2
	reader := make([]int32, len(p.nodes)) // the slot of steps that reads a value
	for r := range reader {
		reader[r] = nothing
	}
	read := func(x Ref, by int32) {
		if reader[x] != nothing && reader[x] != by {
			by = something
		}
		reader[x] = by
	}
	for _, r := range p.outs {
		read(c.made(r), something)
	}
	for i := range p.nodes {
		if r := Ref(i); !c.need[i] || c.made(r) != r { // of views, what reads them counts
			continue
		}
		by := c.slot[i]
		if by < 0 || !c.slots[by].steps {
			by = something
		}
		c.reads(Ref(i), func(x Ref) { read(x, by) })
	}
	c.local = make([]bool, len(p.nodes))
	for i := range c.local {
		at := c.slot[i]
		c.local[i] = c.own[i] && c.slots[at].steps && reader[i] == at
	}
}
