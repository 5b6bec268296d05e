package program

import (
	"slices"

	"github.com/gopyro/pyro/rng"
)

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
	t.drawn++
	if old := t.stands(); old != nil {
		if t.drawsAgain(old, dims, in) {
			t.draws[old.attr] = draw{key: key, fill: fill}
			out := &t.values[len(t.nodes)]
			fill(key.Untraced(), out.F64, t.drawParams(in))
			r := t.accept()
			if old.state.is(scalar) {
				t.nums[r] = out.F64[0]
			}
			return r
		}
		t.depart()
	}
	n := node{code: Draw, state: varying, nin: uint16(len(in)), attr: int32(len(t.draws))}
	copy(n.in[:], in)
	if len(in) > len(n.in) {
		n.in = [3]Ref{Ref(len(t.lists))}
		t.lists = append(t.lists, in...)
	}
	t.draws = append(t.draws, draw{key: key, fill: fill})
	out := t.mem.array(t.mem.layout(dims), Float64)
	fill(key.Untraced(), out.F64, t.drawParams(in))
	return t.push(n, &out)
}

// drawsAgain reports whether n draws an array of shape dims from the values of in.
func (t *Tape) drawsAgain(n *node, dims []int, in []Ref) bool {
	if n.code != Draw || !slices.Equal(operands(n, t.lists), in) {
		return false
	}
	return len(dims) == 0 && n.state.is(scalar) || len(dims) > 0 && slices.Equal(t.values[len(t.nodes)].Layout.Dims, dims)
}

// drawParams are the values of in, each in row-major order.
func (t *Tape) drawParams(in []Ref) [][]float64 {
	t.params = t.params[:0]
	for _, r := range in {
		t.params = append(t.params, wide(&t.scratch, t.Value(r)))
	}
	return t.params
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
