package program

import (
	"slices"
	"unsafe"
)

// Results of element-by-element operations on longer arrays take the place of an
// operand that nothing reads any more, so that more of what is in use stays
// in cache. Below reuseRun elements it makes no difference.
const reuseRun = 64

// buffer is the memory of a value and of the views of it.
type buffer struct {
	data   []float64
	last   int     // instruction that reads it last
	pinned bool    // it is read from outside, or not all of it is written at each run
	place  *buffer // that it takes, if not its own
}

// reuser finds buffers by address.
type reuser struct {
	p       *Recorded
	buffers []*buffer // by address
}

func address(p *float64) uintptr { return uintptr(unsafe.Pointer(p)) }

// find returns the buffer that p points into, or nil.
func (u *reuser) find(p *float64) *buffer {
	at := address(p)
	i, found := slices.BinarySearchFunc(u.buffers, at, func(b *buffer, at uintptr) int { return int(address(&b.data[0])) - int(at) })
	if !found {
		i--
	}
	if p == nil || i < 0 || int(at-address(&u.buffers[i].data[0])) >= 8*len(u.buffers[i].data) {
		return nil
	}
	return u.buffers[i]
}

// add notes the memory of a value, unless it is a part of what is noted.
func (u *reuser) add(a *Array) {
	n := a.Layout.extent()
	if n == 0 || a.DType != Float64 || u.find(&a.F64[0]) != nil {
		return
	}
	i, _ := slices.BinarySearchFunc(u.buffers, address(&a.F64[0]), func(b *buffer, at uintptr) int { return int(address(&b.data[0])) - int(at) })
	u.buffers = slices.Insert(u.buffers, i, &buffer{data: a.F64[:n], last: -1})
}

// pin keeps the memory of a value as it is.
func (u *reuser) pin(p *float64) {
	if b := u.find(p); b != nil {
		b.pinned = true
	}
}

// reuse lets results take the place of operands.
func (c *compiler) reuse() {
	p := c.p
	longer := false
	c.every(func(in *instruction) { longer = longer || in.reusable() })
	if !longer {
		return
	}
	u := &reuser{p: p}
	for i := range p.nodes {
		if n := &p.nodes[i]; c.need[i] && n.state.is(varying) {
			u.add(&p.values[i])
		}
	}
	for i := range p.nodes {
		if n := &p.nodes[i]; n.code == Var || n.code == Unslice || n.code == Cat {
			u.pinValue(Ref(i))
		}
	}
	for _, r := range p.outs {
		u.pinValue(r)
	}
	at := 0
	c.every(func(in *instruction) {
		for _, q := range u.reads(in) {
			if b := u.find(q); b != nil {
				b.last = at
			}
		}
		at++
	})
	at = 0
	c.every(func(in *instruction) {
		u.inPlace(in, at)
		for _, q := range []**float64{&in.dst, &in.x, &in.y, &in.z} {
			*q = u.moved(*q)
		}
		at++
	})
	for i := range p.values {
		if a := &p.values[i]; a.DType == Float64 && a.Layout.Size > 0 {
			if to := u.moved(&a.F64[0]); to != &a.F64[0] {
				a.F64 = unsafe.Slice(to, len(a.F64))
			}
		}
	}
}

// moved is where what was at q is now.
func (u *reuser) moved(q *float64) *float64 {
	b := u.find(q)
	if b == nil || b.place == nil {
		return q
	}
	return &b.root().data[(address(q)-address(&b.data[0]))/8]
}

// root is the buffer whose place b takes.
func (b *buffer) root() *buffer {
	for b.place != nil {
		b = b.place
	}
	return b
}

func (u *reuser) pinValue(r Ref) {
	if a := &u.p.values[r]; a.Layout.Size > 0 && a.DType == Float64 {
		u.pin(&a.F64[0])
	}
}

// every calls f with the instructions in order.
func (c *compiler) every(f func(in *instruction)) {
	for i := range c.slots {
		for j := range c.slots[i].code {
			f(&c.slots[i].code[j])
		}
	}
}

// reads lists where the operands of an instruction are.
func (u *reuser) reads(in *instruction) []*float64 {
	var at []*float64
	if in.kind <= random || in.kind >= picked {
		for _, a := range u.p.calls[in.at].args {
			if a.DType == Float64 && a.Layout.Size > 0 {
				at = append(at, &a.F64[0])
			}
		}
	}
	at = append(at, in.x, in.y)
	if in.kind != twin { // whose z is a result
		at = append(at, in.z)
	}
	return at
}

// reusable reports whether the result of an instruction may take the place of an
// operand.
func (in *instruction) reusable() bool {
	return in.kind >= each && in.kind <= twin && in.n >= reuseRun && in.n < blockRun &&
		in.code != XLogY // which reads its operands once more when it has the logarithms
}

// inPlace makes the result of an instruction take the place of an operand, if it
// can.
func (u *reuser) inPlace(in *instruction, at int) {
	if !in.reusable() {
		return
	}
	dst := u.find(in.dst)
	if dst == nil || dst.pinned || &dst.data[0] != in.dst || len(dst.data) != int(in.n) {
		return
	}
	operands := []*float64{in.x, in.y, in.z}
	if in.kind == twin {
		operands = operands[:1]
	}
	for _, q := range operands {
		b := u.find(q)
		if b == nil || b == dst || &b.data[0] != q || len(b.data) != int(in.n) {
			continue
		}
		if r := b.root(); !r.pinned && r.last == at {
			dst.place, r.last = r, dst.last
			return
		}
	}
}
