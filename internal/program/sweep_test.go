package program

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// glm is a log density of m rows of n covariates, with the linear predictor and
// the gradient.
func glm(t *Tape, family string, w, x, y *Array, m, n int) []Ref {
	v := t.Var(w)
	column := t.Emit(Reshape, Attr{Dims: t.Ints([]int{n, 1})}, v)
	eta := t.Emit(Reshape, Attr{Dims: t.Ints([]int{m})}, t.Emit(MatMul, Attr{}, t.Const(x), column))
	data := t.Const(y)
	var l Ref
	switch family {
	case "logistic":
		l = t.Emit1(Softplus, 0, t.Emit2(Mul, eta, t.Emit1(AddScalar, 1, t.Emit1(MulScalar, -2, data))))
	case "Poisson":
		l = t.Emit2(Sub, t.Emit1(Exp, 0, eta), t.Emit2(Mul, eta, data))
	case "stable": // all elements are read before the block
		most := t.Emit(ReduceMax, Attr{Dims: t.Ints([]int{0})}, eta)
		l = t.Emit1(Exp, 0, t.Emit2(Sub, eta, t.Emit1(Detach, 0, most)))
	case "normal":
		l = t.Emit1(Square, 0, t.Emit2(Sub, eta, data))
	}
	lp := t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, l)
	lp = t.Emit2(Sub, lp, t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit1(Square, 0, v)))
	return append([]Ref{lp, eta}, t.Grad(lp, []Ref{v}, false)...)
}

// TestSweeps: a program that goes through a large matrix once has the bits of the tape,
// which goes through it twice, for matrices of all shapes, with parts of all lengths, and
// on any number of cores, and allocates nothing.
func TestSweeps(t *testing.T) {
	for _, c := range []struct{ m, n, sweeps int }{
		{600_000, 1, 0}, // a product with a number
		{1 << 17, 4, 1},
		{40_011, 16, 1},
		{30_841, 17, 1}, // just so many elements that sums are of parts
		{30_839, 17, 1},
		{5_000, 16, 0}, // tall
		{10_000, 20, 1},
		{2_048, 31, 0}, // too few elements
		{2_049, 32, 1},
		{3_450, 19, 1},
		{26_217, 20, 1}, // the rest of the last part is one row
		{13_107*2 + 66, 20, 1},
		{5_301, 100, 1},
		{2_048, 512, 1},
		{2_051, 512, 1},
		{2_100, 2_047, 1},
		{2_100, 2_048, 0}, // sums are not of rows
		{2_047, 400, 0},   // no block
	} {
		m, n := c.m, c.n
		x, y, w := NewArray(make([]float64, m*n), m, n), NewArray(make([]float64, m), m), NewArray(make([]float64, n), n)
		rng.New(1).Normals(x.F64)
		rng.New(2).Normals(w.F64)
		for i := range y.F64 {
			y.F64[i] = float64(i * 7 % 3 / 2)
		}
		for i := range w.F64 {
			w.F64[i] /= float64(n)
		}
		for _, family := range []string{"logistic", "Poisson", "normal", "stable"} {
			var tape Tape
			p := tape.Record(glm(&tape, family, w, x, y, m, n))
			want := c.sweeps
			if family == "stable" {
				want = 0
			}
			if len(p.sweeps) != want {
				t.Errorf("%s, [%d %d]: %d sweeps", family, m, n, len(p.sweeps))
			}
			w.F64[0] += 0.25
			onCores(t, fmt.Sprint(family, " on ", m, "×", n), func() []float64 {
				p.Run(rng.New(1))
				got := flat(p.Output)
				// Beyond two cores, where there may be fewer, goroutines wait all the time.
				if runtime.GOMAXPROCS(0) <= 2 && !raceEnabled {
					if a := allocations(func() { p.Run(rng.New(1)) }); a != 0 {
						t.Errorf("%s on %d×%d: a run allocates %v times", family, m, n, a)
					}
				}
				tape.Reset()
				refs := glm(&tape, family, w, x, y, m, n)
				if want := flat(func(i int) *Array { return tape.Value(refs[i]) }); !slices.EqualFunc(got, want, same) {
					t.Errorf("%s on %d×%d: not the bits of the tape", family, m, n)
				}
				return got
			})
		}
	}
}
