package program

import "github.com/gopyro/pyro/rng"

// Fill makes random numbers: it fills dst from the key and the values of its
// operands, each in row-major order. It must depend on nothing else.
type Fill func(key rng.Key, dst []float64, params [][]float64)

// draw is what a Draw node has beside its operands.
type draw struct {
	key  rng.Key
	fill Fill
}

// Draw puts random numbers of shape dims on the tape, made by fill from the
// values of in. They carry no gradient.
func (t *Tape) Draw(key rng.Key, fill Fill, dims []int, in ...Ref) Ref {
	n := node{code: Draw, state: varying, nin: uint16(len(in)), attr: int32(len(t.draws))}
	copy(n.in[:], in)
	if len(in) > len(n.in) {
		n.in = [3]Ref{Ref(len(t.lists))}
		t.lists = append(t.lists, in...)
	}
	t.draws = append(t.draws, draw{key: key, fill: fill})
	out := t.mem.array(t.mem.layout(dims), Float64)
	t.params = t.params[:0]
	for _, r := range in {
		t.params = append(t.params, wide(&t.mem, t.Value(r)))
	}
	fill(key, out.F64, t.params)
	return t.push(n, &out)
}

// wide reads a as float64.
func wide(m *memory, a *Array) []float64 {
	if a.DType == Float32 {
		b := castTo(m, a, Float64)
		a = &b
	}
	return read[float64](m, a, a.Layout.contiguous(m))
}

// DrawApply is Draw outside any tape.
func DrawApply(key rng.Key, fill Fill, dims []int, in ...*Array) *Array {
	var m *memory
	out := m.array(m.layout(dims), Float64)
	params := make([][]float64, len(in))
	for i, a := range in {
		params[i] = wide(m, a)
	}
	fill(key, out.F64, params)
	return &out
}
