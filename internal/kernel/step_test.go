package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

// stepCases lists each step with its number of operands of n elements, and whether y is a number.
func stepCases() (cases []struct {
	op     StepOp
	reads  int
	number bool
},
) {
	for op := StepAdd; op < stepEnd; op++ {
		c := struct {
			op     StepOp
			reads  int
			number bool
		}{op: op, reads: 2}
		switch {
		case op >= StepSumRows:
			c.reads = 1
		case op == StepWhere:
			c.reads = 3
		case op >= StepNeg:
			c.reads = 1
		case op >= StepAddNumber:
			c.number = true
		}
		cases = append(cases, c)
	}
	return cases
}

// edges are values that meet each other in all pairs.
var edges = []float64{0, math.Copysign(0, -1), 1, -1, 0.3, -2.5, 1e-310, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}

// Each step has the bits of its definition, writes its result and nothing else, and the next one
// follows it, in each tier and for each length.
func TestSteps(t *testing.T) {
	const guard = 12345
	for _, c := range stepCases() {
		for _, tr := range tiers() {
			for n := 1; n <= 37; n++ {
				name := fmt.Sprintf("step %d, %v, n = %d", c.op, tr, n)
				rows := 1
				if c.op >= StepSumRows {
					rows = 1 + n%5
				}
				in := [3][]float64{}
				for i := range in {
					in[i] = make([]float64, n*rows)
					for j := range in[i] {
						in[i][j] = edges[(j*(5*i+1)+n*(i+1)+j/12)%len(edges)]
					}
				}
				out := make([]float64, n*rows+2)
				for i := range out {
					out[i] = guard
				}
				var index []int32
				switch c.op {
				case StepGather:
					index = indices(n, n*rows)
				case StepScatterAdd:
					index = indices(n, rows)
				}
				want := stepWant(c.op, in, n, rows, index)
				after := 0.0
				steps := []Step{
					{c.op, n, rows, &out[1], &in[0][0], &in[1][0], &in[2][0], index, false},
					{StepAdd, 1, 1, &after, &out[0], &out[0], nil, nil, false},
				}
				r := tr.routines([][]Step{steps})[0]
				if n%2 == rows%2 { // not as machine code
					r = &Routine{run: tr.threads(steps)}
				}
				r.Run()
				if after != 2*guard {
					t.Fatalf("%s: the next step gives %v", name, after)
				}
				for i, v := range out {
					w := float64(guard)
					if i > 0 && i <= len(want) {
						w = want[i-1]
					}
					if math.Float64bits(v) != math.Float64bits(w) && !(v != v && w != w) {
						t.Fatalf("%s: element %d is %v, want %v; operands %v", name, i-1, v, w, in)
					}
				}
			}
		}
	}
}

// indices are n below size, of which some follow each other.
func indices(n, size int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32((i*i/7 + n) % size)
	}
	return out
}

// stepWant is a step written down element by element.
func stepWant(op StepOp, in [3][]float64, n, rows int, index []int32) []float64 {
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	var want []float64
	switch op {
	case StepGather:
		for _, j := range index {
			want = append(want, in[0][j])
		}
		return want
	case StepScatterAdd:
		want = make([]float64, rows)
		for i, j := range index {
			want[j] += in[0][i]
		}
		return want
	case StepSumRows:
		for i := range n {
			s := 0.0
			for r := range rows {
				s += in[0][r*n+i]
			}
			want = append(want, s)
		}
		return want
	}
	for r := range rows {
		for i := range n {
			x, y, z := in[0][i], in[1][i], in[2][i]
			if op >= StepAddNumber && op <= StepDivBy {
				y = in[1][0]
			}
			want = append(want, map[StepOp]func() float64{
				StepAdd: func() float64 { return x + y }, StepSub: func() float64 { return x - y },
				StepMul: func() float64 { return x * y }, StepDiv: func() float64 { return x / y },
				StepMax: func() float64 { return max(x, y) }, StepMin: func() float64 { return min(x, y) },
				StepLess: func() float64 { return truth(x < y) }, StepLessEqual: func() float64 { return truth(x <= y) },
				StepEqual: func() float64 { return truth(x == y) }, StepAddNumber: func() float64 { return x + y },
				StepSubNumber: func() float64 { return x - y }, StepMulNumber: func() float64 { return x * y },
				StepDivNumber: func() float64 { return x / y }, StepSubFrom: func() float64 { return y - x },
				StepDivBy: func() float64 { return y / x }, StepNeg: func() float64 { return -x },
				StepAbs: func() float64 { return math.Abs(x) }, StepSquare: func() float64 { return x * x },
				StepSqrt: func() float64 { return math.Sqrt(x) }, StepRecip: func() float64 { return 1 / x },
				StepNot: func() float64 { return truth(x == 0) }, StepRepeat: func() float64 { return in[0][i] },
				StepWhere: func() float64 {
					if x != 0 {
						return y
					}
					return z
				},
			}[op]())
			_ = r
		}
	}
	return want
}

// The destination may be an operand, but for rows.
func TestStepsInPlace(t *testing.T) {
	for _, tr := range tiers() {
		for _, n := range []int{1, 3, 8, 13} {
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], y[i] = float64(i)+0.5, 3
			}
			r := tr.routines([][]Step{{{StepSub, n, 1, &y[0], &x[0], &y[0], nil, nil, false}, {StepSquare, n, 1, &y[0], &y[0], nil, nil, nil, false}}})[0]
			r.Run()
			for i, v := range y {
				if w := (x[i] - 3) * (x[i] - 3); v != w {
					t.Errorf("%v: n = %d: %v, want %v", tr, n, v, w)
				}
			}
		}
	}
}

func BenchmarkSteps(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := make([]float64, 3*n)
			var steps []Step
			for range 64 {
				steps = append(steps, Step{Op: StepAdd, N: n, Dst: &x[0], X: &x[n], Y: &x[2*n]})
			}
			r := NewRoutines([][]Step{steps})[0]
			for b.Loop() {
				r.Run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/step")
		})
	}
}

// Programs of many steps that read what others wrote, whole and in part, have the
// bits of plain Go in each tier.
func TestRandomSteps(t *testing.T) {
	const room = 96
	r := rand.New(rand.NewPCG(1, 2))
	cases := stepCases()
	for program := range 400 {
		memory := map[tier][]float64{}
		var list []func(x []float64) Step
		for range 1 + r.IntN(60) {
			c := cases[r.IntN(len(cases))]
			n, rows := 1+r.IntN(20), 1
			if r.IntN(2) == 0 {
				n = []int{1, 1, 2, 4, 8}[r.IntN(5)]
			}
			if c.op >= StepSumRows {
				n = 1 + n%6
				rows = 1 + r.IntN(5)
			}
			reads, writes := n, n
			switch c.op {
			case StepSumRows:
				reads = n * rows
			case StepRepeat:
				writes = n * rows
			case StepGather:
				reads = rows
			case StepScatterAdd:
				writes = rows
			}
			var index []int32
			if c.op == StepGather || c.op == StepScatterAdd {
				index = indices(n, rows)
			}
			dst := r.IntN(room - writes)
			operand := func(size int) int { // apart from the result, or the same
				for {
					at := r.IntN(room - size)
					if at+size <= dst || dst+writes <= at || at == dst && size == writes && rows == 1 && c.op < StepSumRows {
						return at
					}
				}
			}
			x, y, z := operand(reads), operand(n), operand(n)
			if c.number {
				y = operand(1)
			}
			list = append(list, func(m []float64) Step { return Step{c.op, n, rows, &m[dst], &m[x], &m[y], &m[z], index, false} })
		}
		for _, tr := range tiers() {
			m, steps := someSteps(room, program, list)
			routine := tr.routines([][]Step{steps})[0]
			if program%4 == 0 { // not as machine code
				routine = &Routine{run: tr.threads(steps)}
			}
			for range 2 {
				routine.Run()
			}
			memory[tr] = m
			for i, v := range m {
				if w := memory[tiers()[0]][i]; math.Float64bits(v) != math.Float64bits(w) && !(v != v && w != w) {
					t.Fatalf("program %d, %v: number %d is %v, in plain Go %v", program, tr, i, v, w)
				}
			}
		}
	}
}

// Routines run in many goroutines while others are collected, with their code.
func TestRoutinesComeAndGo(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				x := []float64{float64(i), 2, 3, 4, 5}
				r := NewRoutines([][]Step{
					{{StepMulNumber, 4, 1, &x[0], &x[0], &x[4], nil, nil, false}, {StepSumRows, 1, 4, &x[4], &x[0], nil, nil, nil, false}},
					{{StepNeg, 1, 1, &x[0], &x[4], nil, nil, nil, false}, {StepSquare, 1, 1, &x[1], &x[0], nil, nil, nil, false}},
				})
				if i%20 == 0 {
					runtime.GC()
				}
				r[0].Run()
				r[1].Run()
				if want := float64(5*i + 45); x[4] != want || x[0] != -want || x[1] != want*want {
					t.Errorf("%v, want %v", x, want)
				}
			}
		})
	}
	wg.Wait()
}

// Steps of as many elements, more than are written out, have the bits of plain Go as
// a loop: with operands apart, the same, and shifted against each other, with more
// numbers and results than registers, and where local results are not stored.
func TestLoops(t *testing.T) {
	const arrays, numbers = 24, 12
	r := rand.New(rand.NewPCG(3, 4))
	for program := range 300 {
		n := 65 + r.IntN(100)
		room := arrays*(n+2) + numbers
		var list []func(m []float64) Step
		before := 0
		for range 1 + r.IntN(40) {
			op := StepOp(r.IntN(int(StepWhere) + 1))
			array := func() int { return r.IntN(arrays) * (n + 2) }
			dst, x, y, z := array(), array(), array(), array()
			if before != dst && r.IntN(20) == 0 {
				x = before + 1
			}
			before = dst
			if op >= StepAddNumber && op <= StepDivBy {
				y = arrays*(n+2) + r.IntN(numbers)
				if r.IntN(30) == 0 {
					y = array()
				}
			}
			size := n
			if r.IntN(50) == 0 {
				size = 1
			}
			list = append(list, func(m []float64) Step {
				return Step{Op: op, N: size, Rows: 1, Dst: &m[dst], X: &m[x], Y: &m[y], Z: &m[z]}
			})
		}
		var plain []float64
		for _, tr := range tiers() {
			m, steps := someSteps(room, program, list)
			last := map[*float64]int{} // step that writes an array last
			for i := range steps {
				last[steps[i].Dst] = i
			}
			markLocal(steps, last)
			routine := tr.routines([][]Step{steps})[0]
			routine.Run()
			for i := range steps { // local results that stay need not be in memory
				if s := &steps[i]; s.Local && last[s.Dst] == i {
					clear(unsafe.Slice(s.Dst, n))
				}
			}
			if plain == nil {
				plain = m
			}
			for i, v := range m {
				if w := plain[i]; math.Float64bits(v) != math.Float64bits(w) && !(v != v && w != w) {
					t.Fatalf("program %d, %v: number %d is %v, in plain Go %v", program, tr, i, v, w)
				}
			}
		}
	}
}

// markLocal finds the steps whose results only those of as many elements read that
// follow at once.
func markLocal(steps []Step, last map[*float64]int) {
	for i := range steps {
		s := &steps[i]
		s.Local = true
		lo := uintptr(unsafe.Pointer(s.Dst))
		hi := lo + 8*uintptr(s.N)
		together, over := true, false
		for j := i + 1; j < len(steps) && !over; j++ {
			o := &steps[j]
			together = together && o.N == s.N
			for _, p := range []*float64{o.X, o.Y, o.Z} {
				at := uintptr(unsafe.Pointer(p))
				if at < hi && lo < at+8*uintptr(o.N) && (!together || at != lo) {
					s.Local = false
				}
			}
			over = o.Dst == s.Dst && o.N == s.N
		}
		if last[s.Dst] != i {
			s.Local = s.Local && over
		}
	}
}

// Programs in which more values are in use at once than there are registers, and some
// that only the program reads, have the bits of plain Go where others read: arrays of
// n elements and single numbers, results in the place of operands, and both in
// turn in lists that not all of can be machine code.
func TestPressure(t *testing.T) {
	const arrays, numbers = 48, 24
	r := rand.New(rand.NewPCG(5, 6))
	for program := range 400 {
		n := 1 + program%17
		if program%9 == 0 {
			n = 1 + r.IntN(80)
		}
		private := func(slot int) bool { return slot%3 != 0 }
		var written [arrays + numbers]bool
		place := func(slot int) int {
			if slot < arrays {
				return slot * n
			}
			return arrays*n + slot - arrays
		}
		pick := func(from, to int) int { // a slot that can be read
			for {
				if slot := from + r.IntN(to-from); !private(slot) || written[slot] {
					return slot
				}
			}
		}
		var list []func(m []float64) Step
		for range 20 + r.IntN(150) {
			from, to, size, rows := 0, arrays, n, 1
			op := StepOp(r.IntN(int(StepRepeat) + 1))
			if r.IntN(3) == 0 && op < StepSumRows {
				from, to, size = arrays, arrays+numbers, 1
			}
			dst, x, y, z := from+r.IntN(to-from), pick(from, to), pick(from, to), pick(from, to)
			switch {
			case op >= StepAddNumber && op <= StepDivBy:
				if y = pick(arrays, arrays+numbers); size == n && y == dst {
					continue
				}
			case op == StepSumRows:
				dst, size, rows = arrays+r.IntN(numbers), 1, n
			case op == StepRepeat:
				x, size, rows = pick(arrays, arrays+numbers), 1, n
			}
			written[dst] = true
			list = append(list, func(m []float64) Step {
				return Step{Op: op, N: size, Rows: rows, Dst: &m[place(dst)], X: &m[place(x)], Y: &m[place(y)], Z: &m[place(z)], Local: private(dst)}
			})
		}
		var plain []float64
		for _, tr := range tiers() {
			m, steps := someSteps(arrays*n+numbers, program, list)
			routine := tr.routines([][]Step{steps})[0]
			for range 2 {
				routine.Run()
			}
			if plain == nil {
				plain = m
			}
			for slot := range arrays + numbers {
				if private(slot) {
					continue
				}
				at, size := place(slot), n
				if slot >= arrays {
					size = 1
				}
				for i := at; i < at+size; i++ {
					if v, w := m[i], plain[i]; math.Float64bits(v) != math.Float64bits(w) && !(v != v && w != w) {
						t.Fatalf("program %d, %v, n = %d: number %d of slot %d is %v, in plain Go %v", program, tr, n, i-at, slot, v, w)
					}
				}
			}
		}
	}
}

// Sums, copies and indices read and write parts of what is in registers.
func TestParts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for program := range 200 {
		const room = 64
		var list []func(m []float64) Step
		for range 30 {
			op := []StepOp{StepAdd, StepMulNumber, StepSumRows, StepRepeat, StepGather, StepScatterAdd, StepNeg, StepMax}[r.IntN(8)]
			n, rows := 1+r.IntN(8), 1+r.IntN(4)
			dst, x, y := r.IntN(room), room+r.IntN(room), room+r.IntN(room)
			if r.IntN(2) == 0 {
				dst, x, y = x, dst, dst
			}
			index := indices(n, rows)
			list = append(list, func(m []float64) Step {
				return Step{Op: op, N: n, Rows: rows, Dst: &m[2*dst], X: &m[2*x], Y: &m[2*y], Index: index}
			})
		}
		var plain []float64
		for _, tr := range tiers() {
			m := make([]float64, 4*room+64)
			for i := range m {
				m[i] = math.Cos(float64(i*i + program))
			}
			var steps []Step
			for _, f := range list {
				s := f(m)
				if s.Op < StepGather {
					s.Index = nil
				}
				if s.Op < StepSumRows {
					s.Rows = 1
				}
				if address := func(p *float64) uintptr { return uintptr(unsafe.Pointer(p)) }; address(s.Dst) < address(s.X)+8*32 && address(s.X) < address(s.Dst)+8*32 {
					continue // they would overlap
				}
				steps = append(steps, s)
			}
			tr.routines([][]Step{steps})[0].Run()
			if plain == nil {
				plain = m
			}
			for i, v := range m {
				if w := plain[i]; math.Float64bits(v) != math.Float64bits(w) && !(v != v && w != w) {
					t.Fatalf("program %d, %v: number %d is %v, in plain Go %v", program, tr, i, v, w)
				}
			}
		}
	}
}

// someSteps makes the steps of a program on memory of so many numbers.
func someSteps(room, program int, list []func(m []float64) Step) (m []float64, steps []Step) {
	m = make([]float64, room)
	for i := range m {
		m[i] = math.Sin(float64(i*i+program)) * 3
	}
	for _, f := range list {
		steps = append(steps, f(m))
	}
	return m, steps
}
