package program

import (
	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/rng"
)

// Lanes is a program evaluated at k points at once: each of its numbers that
// varies is k numbers side by side, so that an operation on n elements becomes
// one on n·k. The results have the bits of k runs. What has no such form runs
// for one lane after the other, random numbers among it; so does the whole program
// where its arrays are long, and k of them leave the cache. It is used from one
// goroutine at a time, as the program is.
type Lanes struct {
	p      *Recorded
	k      int
	code   []laneInstruction
	short  []*kernel.Routine // of steps
	inputs []laneInput
	shared []laneCopy // of Vars that are no inputs
	outs   []laneOutput
	count  int
	looped int
	why    string
}

// laneInstruction is an instruction for all lanes.
type laneInstruction struct {
	instruction
	fixed [2]bool    // x and y are the same in all lanes
	loop  bool       // it runs lane by lane:
	takes []laneCopy // the operands that vary
	gives laneCopy   // and the result
}

// laneCopy is a stretch of the program's memory, and its lanes: those of element
// i begin at lanes[i·k].
type laneCopy struct{ one, lanes []float64 }

// laneInput is a Var.
type laneInput struct {
	laneCopy
	x      []float64 // what Set was given, where lanes run by themselves
	stride int
}

// laneOutput is a value; lanes[at[e]] is where the lanes of its element e begin.
type laneOutput struct {
	value *Array
	lanes []float64 // nil where it is the same in all
	at    []int
	own   []float64 // of lane j from j·size on, where lanes run by themselves
}

// Lanes returns the program for k lanes. Vars that are not among inputs are the same
// in all.
func (p *Recorded) Lanes(k int, inputs []Ref) *Lanes {
	l := &Lanes{p: p, k: k}
	if l.why = p.Undivided(); l.why == "" {
		newLaneCompiler(l).compile(inputs)
		return l
	}
	for _, r := range inputs {
		in := laneInput{}
		in.one = p.values[r].F64[:p.values[r].Layout.Size]
		l.inputs = append(l.inputs, in)
	}
	for _, r := range p.outs {
		a := &p.values[r]
		l.outs = append(l.outs, laneOutput{value: a, own: make([]float64, k*a.Layout.Size)})
	}
	l.count = p.Len()
	l.looped = l.count
	return l
}

// laneElements is the size of arrays from which on points are computed one by
// one. Measured on posteriors with arrays of 8, 121, 195 and 434 numbers, eight
// lanes take 0.3, 1.1, 1.1 and 1.3 times the time of eight runs: an operation on a
// hundred numbers takes longer than its call, and its lanes leave the first level
// of cache.
const laneElements = 64

// Undivided tells why a program runs as a whole for each lane.
func (p *Recorded) Undivided() string {
	for i := range p.nodes {
		n := &p.nodes[i]
		if !n.state.is(varying) || !p.needed[i] {
			continue
		}
		switch a := &p.values[i]; {
		case a.DType != Float64:
			return "it computes in float32"
		case a.Layout.Size >= laneElements:
			return "its arrays are long"
		}
	}
	return ""
}

// Set gives the i-th input of all lanes: that of lane j starts at x[j·stride].
// x must stay as it is until Run.
func (l *Lanes) Set(i int, x []float64, stride int) {
	in, k := &l.inputs[i], l.k
	if l.why != "" {
		in.x, in.stride = x, stride
		return
	}
	for e := range in.one {
		to := in.lanes[e*k:][:k]
		for j := range to {
			to[j] = x[j*stride+e]
		}
	}
}

// Copy writes the i-th output of all lanes: that of lane j from dst[j·stride] on.
func (l *Lanes) Copy(i int, dst []float64, stride int) {
	out, k := &l.outs[i], l.k
	n := out.value.Layout.Size
	switch {
	case l.why != "":
		for j := range k {
			copy(dst[j*stride:][:n], out.own[j*n:])
		}
	case out.lanes == nil:
		for j := range k {
			out.value.CopyTo(dst[j*stride:][:n])
		}
	default:
		for e, at := range out.at {
			for j, v := range out.lanes[at:][:k] {
				dst[j*stride+e] = v
			}
		}
	}
}

// Len is the number of instructions, Looped of those that run lane by lane; Why
// says why all do.
func (l *Lanes) Len() int    { return l.count }
func (l *Lanes) Looped() int { return l.looped }
func (l *Lanes) Why() string { return l.why }

// Run evaluates all lanes, with random numbers in lane j whose keys are derived from
// roots[j].
func (l *Lanes) Run(roots []rng.Key) {
	if l.why != "" {
		l.runEach(roots)
		return
	}
	k := int32(l.k)
	for i := range l.shared {
		c := &l.shared[i]
		for e, v := range c.one {
			fill(c.lanes[e*l.k:][:l.k], v)
		}
	}
	for i := range l.code {
		in := &l.code[i]
		if in.loop {
			l.loop(in, roots)
			continue
		}
		switch in.kind {
		case steps:
			l.short[in.at].Run()
		case function:
			dst := of(in.dst, k)
			for j, v := range of(in.x, k) {
				dst[j] = in.f(v)
			}
		case number:
			dst := of(in.dst, k)
			for j, v := range of(in.x, k) {
				dst[j] = number1(in.code, in.k, v)
			}
		case numbers:
			in.pairUp(k)
		default:
			in.whole(in.n)
		}
	}
}

// pairUp computes f(x, y) for single numbers in each lane.
func (in *laneInstruction) pairUp(k int32) {
	step := [2]int{1, 1}
	for i, fixed := range in.fixed {
		if fixed {
			step[i] = 0
		}
	}
	x, y := of(in.x, (k-1)*int32(step[0])+1), of(in.y, (k-1)*int32(step[1])+1)
	for j, dst := 0, of(in.dst, k); j < len(dst); j++ {
		dst[j] = number2(in.code, x[j*step[0]], y[j*step[1]])
	}
}

// loop runs an instruction for one lane after the other, in the program's own
// buffers.
func (l *Lanes) loop(in *laneInstruction, roots []rng.Key) {
	k := l.k
	for j := range k {
		for i := range in.takes {
			c := &in.takes[i]
			for e := range c.one {
				c.one[e] = c.lanes[e*k+j]
			}
		}
		l.p.run++ // nothing is common to lanes
		if in.kind == random {
			l.p.draw(&in.instruction, roots[j])
		} else {
			l.p.eval(&in.instruction)
		}
		for e, v := range in.gives.one {
			in.gives.lanes[e*k+j] = v
		}
	}
}

// runEach runs the whole program for one lane after the other.
func (l *Lanes) runEach(roots []rng.Key) {
	for j := range l.k {
		for i := range l.inputs {
			in := &l.inputs[i]
			copy(in.one, in.x[j*in.stride:])
		}
		l.p.Run(roots[j])
		for i := range l.outs {
			out := &l.outs[i]
			n := out.value.Layout.Size
			out.value.CopyTo(out.own[j*n : (j+1)*n])
		}
	}
}
