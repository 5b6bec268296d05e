package program

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// sameAsRuns compares the lanes of a program with its runs, bit by bit.
func sameAsRuns(t *testing.T, what string, p *Recorded, k int, inputs []Ref, point func(lane, element int) float64) *Lanes {
	t.Helper()
	l := p.Lanes(k, inputs)
	for round := range 2 {
		var x [][]float64
		for i, r := range inputs {
			n := p.values[r].Layout.Size
			v := make([]float64, n*k)
			for j := range v {
				v[j] = point(j/n+round, i+j%n)
			}
			x = append(x, v)
			l.Set(i, v, n)
		}
		l.Run(make([]rng.Key, k))
		got := make([][]float64, len(p.outs))
		for i := range p.outs {
			n := p.Output(i).Layout.Size
			got[i] = make([]float64, n*k)
			l.Copy(i, got[i], n)
		}
		for j := range k {
			for i, r := range inputs {
				a := &p.values[r]
				copy(a.F64, x[i][j*a.Layout.Size:][:a.Layout.Size])
			}
			p.Run(rng.Key{})
			for i := range p.outs {
				a := p.Output(i)
				want := make([]float64, a.Layout.Size)
				a.CopyTo(want)
				for e, w := range want {
					if g := got[i][j*len(want)+e]; math.Float64bits(g) != math.Float64bits(w) && !(g != g && w != w) {
						t.Errorf("%s: output %d of lane %d of %d, element %d: %v, a run gives %v", what, i, j, k, e, g, w)
						return l
					}
				}
			}
		}
	}
	return l
}

// TestLanesOfElements: each operation element by element, and operands that meet
// single numbers and constants.
func TestLanesOfElements(t *testing.T) {
	values := []float64{0.3, -0.7, 0, math.Copysign(0, -1), 2.5, 40, 1e9, math.Inf(1), math.NaN(), 0.999, -30, 1e-310}
	point := func(lane, e int) float64 { return values[(5*lane+e)%len(values)] }
	for code := Neg; code <= BetaSampleDb; code++ {
		if code == Cast || code == Detach {
			continue
		}
		operands := 1
		if code >= Where {
			operands = 3
		} else if code >= Add {
			operands = 2
		}
		for _, sizes := range [][3]int{{1, 1, 1}, {9, 9, 9}, {20, 20, 20}, {9, 1, 9}, {1, 9, 9}, {9, 9, 1}, {1, 1, 9}} {
			for constant := -1; constant < operands; constant++ {
				if constant == 0 && operands == 1 {
					continue
				}
				var tape Tape
				var refs, inputs []Ref
				for i, n := range sizes[:operands] {
					a := NewArray(make([]float64, n), n)
					if n == 1 {
						a = NewArray(make([]float64, 1))
					}
					for j := range a.F64 {
						a.F64[j] = values[(j+i)%5]
					}
					if i == constant {
						refs = append(refs, tape.Const(a))
						continue
					}
					r := tape.Var(a)
					refs, inputs = append(refs, r), append(inputs, r)
				}
				p := tape.Record([]Ref{tape.Emit(code, Attr{F: 2}, refs...)})
				for _, k := range []int{1, 3, 8} {
					sameAsRuns(t, code.String(), p, k, inputs, point)
				}
			}
		}
	}
}

// TestLanesOfPrograms: sums of each length, rows picked and added, conditions,
// views, matrix products, long arrays.
func TestLanesOfPrograms(t *testing.T) {
	for _, n := range []int{1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 100, laneElements - 1, laneElements, laneElements + 1} {
		x := NewArray(make([]float64, n), n)
		for i := range x.F64 {
			x.F64[i] = math.Sin(float64(3*i) + 0.1)
		}
		w := NewArray([]float64{0.1, -0.2, 0.3, 0.5, -0.4, 0.2, 0.7}, 7)
		var tape Tape
		outs := likelihood(&tape, w, x, n)
		p := tape.Record(outs)
		for _, k := range []int{1, 2, 5, 8, 16} {
			l := sameAsRuns(t, "likelihood", p, k, []Ref{0}, func(lane, e int) float64 { return math.Cos(float64(7*lane + e)) })
			keys := make([]rng.Key, k)
			if a := testing.AllocsPerRun(10, func() { l.Run(keys) }); a != 0 && !raceEnabled {
				t.Errorf("%d lanes of %d elements: a run allocates %v times", k, n, a)
			}
			if looped := l.Why() != ""; looped != (n >= laneElements) {
				t.Errorf("arrays of %d elements: looped %v, %s", n, looped, l.Why())
			}
		}
	}
}

// TestLanesOfViews: operations that run lane by lane read what varies through
// views, among constants.
func TestLanesOfViews(t *testing.T) {
	var tape Tape
	v := tape.Var(NewArray(make([]float64, 12), 3, 4))
	s := tape.Var(NewArray(make([]float64, 1)))
	c := tape.Const(NewArray([]float64{1, 2, 3, 4, 5, 6}, 2, 3))
	flipped := tape.Emit(Permute, Attr{Dims: tape.Ints([]int{1, 0})}, v)  // [4, 3]
	part := tape.Emit(Slice, Attr{Dims: tape.Ints([]int{1, 1, 4, 2})}, v) // [3, 2]
	product := tape.Emit(MatMul, Attr{}, c, part)                         // [2, 2]
	scaled := tape.Emit2(Mul, flipped, s)                                 // [4, 3]
	rows := tape.Emit(Sum, Attr{Dims: tape.Ints([]int{1})}, scaled)       // [4]
	wide := tape.Emit(Expand, Attr{Dims: tape.Ints([]int{2, 4})}, rows)   // [2, 4]
	most := tape.Emit(LogSumExp, Attr{Dims: tape.Ints([]int{1})}, wide)   // [2]
	y := tape.Emit(Sum, Attr{Dims: tape.Ints([]int{0})}, tape.Emit2(Add, most, tape.Emit(Sum, Attr{Dims: tape.Ints([]int{1})}, tape.Emit1(Exp, 0, product))))
	joined := tape.Emit(Cat, Attr{Dims: tape.Ints([]int{0})}, rows, tape.Const(NewArray([]float64{7, 8}, 2)), tape.Emit1(Exp, 0, rows), rows)
	y = tape.Emit2(Add, y, tape.Emit(Sum, Attr{Dims: tape.Ints([]int{0})}, tape.Emit1(Square, 0, joined)))
	middle := tape.Emit(Slice, Attr{Dims: tape.Ints([]int{0, 3, 9, 1})}, joined)
	y = tape.Emit2(Mul, y, tape.Emit(Sum, Attr{Dims: tape.Ints([]int{0})}, tape.Emit1(Sin, 0, middle)))
	outs := append([]Ref{y, flipped, wide, c, joined}, tape.Grad(y, []Ref{v, s}, false)...)
	p := tape.Record(outs)
	for _, k := range []int{1, 3, 8} {
		l := sameAsRuns(t, "views", p, k, []Ref{v, s}, func(lane, e int) float64 { return math.Cos(float64(3*lane*lane + 2*e)) })
		keys := make([]rng.Key, 4)
		if a := testing.AllocsPerRun(10, func() { l.Run(keys) }); a != 0 && !raceEnabled {
			t.Errorf("%d lanes of views: a run allocates %v times", k, a)
		}
		if l.Looped() == 0 || l.Looped() >= l.Len() {
			t.Errorf("%d of %d instructions are looped", l.Looped(), l.Len())
		}
	}
}

// TestLanesShare: a variable that is no input is the same in all lanes, also when it
// has changed.
func TestLanesShare(t *testing.T) {
	var tape Tape
	data := []float64{2, 3, 4}
	x, shared := tape.Var(NewArray(make([]float64, 3), 3)), tape.Var(NewArray(data, 3))
	p := tape.Record([]Ref{tape.Emit2(Mul, x, tape.Emit1(Exp, 0, shared)), shared})
	for round := range 2 {
		l := sameAsRuns(t, "shared", p, 4, []Ref{x}, func(lane, e int) float64 { return float64(lane + e) })
		if l.Why() != "" || l.Looped() != 0 {
			t.Errorf("%d looped: %q", l.Looped(), l.Why())
		}
		data[1] += float64(round)
	}
}

// TestLanesDraw: each lane draws from keys of its own, also from parameters that
// vary and where the whole program runs lane by lane.
func TestLanesDraw(t *testing.T) {
	const k = 5
	for _, n := range []int{1, 7, laneElements} {
		root := rng.New(1).Trace(t)
		fill := func(key rng.Key, dst []float64, params [][]float64) {
			key.Normals(dst)
			for i := range dst {
				dst[i] *= params[0][i]
			}
		}
		var tape Tape
		x := tape.Var(NewArray(make([]float64, n), n))
		a := tape.Draw(root.FoldName("a"), fill, []int{n}, x)
		b := tape.Draw(root.FoldName("b").Fold(2), fill, []int{n}, tape.Emit1(Exp, 0, a))
		p := tape.Record([]Ref{a, tape.Emit2(Add, a, b)})
		l := p.Lanes(k, []Ref{x})
		points, keys, got := make([]float64, k*n), make([]rng.Key, k), make([]float64, k*n)
		for j := range keys {
			keys[j] = rng.New(uint64(10 + j))
		}
		for i := range points {
			points[i] = float64(i)
		}
		l.Set(0, points, n)
		l.Run(keys)
		for out := range 2 {
			l.Copy(out, got, n)
			for j, key := range keys {
				copy(p.values[x].F64, points[j*n:][:n])
				p.Run(key)
				for e, want := range p.Output(out).F64[:n] {
					if got[j*n+e] != want {
						t.Errorf("%d numbers: output %d of lane %d is %v, a run gives %v", n, out, j, got[j*n+e], want)
					}
				}
				l.Run(keys) // the run took the program's buffers
			}
		}
		if a := testing.AllocsPerRun(10, func() { l.Run(keys) }); a != 0 && !raceEnabled {
			t.Errorf("%d numbers: a run allocates %v times", n, a)
		}
	}
}
