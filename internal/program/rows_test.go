package program

import (
	"errors"
	"math"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// manyRows is so many that responses are held as naturals.
const manyRows = fewNaturals

// minibatch is a regression on count rows of n covariates, with what else may read the rows.
type minibatch struct {
	count, n int
	dtype    DType
	before   bool // a sum of the rows, ahead of the product
	out      bool // the rows are an output
	twice    bool // they are multiplied by another vector too

	x, w, labels *Array
	bad          *float64 // drawn in place of an index
}

// over takes the data from long lists of numbers.
func (b *minibatch) over(x, labels []float64) {
	b.x, b.labels = NewArray(x[:manyRows*b.n], manyRows, b.n), NewArray(labels, manyRows)
	b.w = NewArray(make([]float64, b.n), b.n, 1)
	for i := range b.w.F64 {
		b.w.F64[i] = math.Cos(float64(i))
	}
}

// someData are numbers for n covariates, and responses.
func someData(n int) (x, labels []float64) {
	x, labels = make([]float64, manyRows*n), make([]float64, manyRows)
	for i := range x {
		x[i] = math.Sin(float64(i) + 0.1)
	}
	for i := range labels {
		labels[i] = float64(i % 3 * i % 3)
	}
	return x, labels
}

// fill draws numbers of rows, every third of which is the first.
func (b *minibatch) fill(key rng.Key, dst []float64, _ [][]float64) {
	key.Uniforms(dst)
	for i, u := range dst {
		if dst[i] = math.Floor(u * manyRows); i%3 == 2 {
			dst[i] = dst[0]
		}
	}
	if b.bad != nil {
		dst[len(dst)/2] = *b.bad
	}
}

func (b *minibatch) run(t *Tape, key rng.Key) []Ref {
	cast := func(r Ref) Ref { return t.Emit1(Cast, float64(b.dtype), r) }
	w := t.Var(b.w)
	index := t.Draw(key, b.fill, []int{b.count})
	rows := t.Emit(Index, Attr{}, cast(t.Const(b.x)), index)
	y := t.Emit(Index, Attr{}, t.Const(b.labels), index)
	var outs []Ref
	if b.before {
		outs = append(outs, t.Emit(Sum, Attr{Dims: t.Ints([]int{0, 1})}, t.Emit1(Exp, 0, rows)))
	}
	beta := cast(t.Emit1(Tanh, 0, w))
	logits := t.Emit1(Cast, float64(Float64), t.Emit(Reshape, Attr{Dims: t.Ints([]int{b.count})}, t.Emit(MatMul, Attr{}, rows, beta)))
	loss := t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, t.Emit2(Sub, t.Emit1(Softplus, 0, logits), t.Emit2(Mul, y, logits)))
	if b.twice {
		outs = append(outs, t.Emit(MatMul, Attr{}, rows, cast(t.Emit1(Sin, 0, w))))
	}
	if b.out {
		outs = append(outs, rows)
	}
	outs = append(outs, loss, logits, y)
	return append(outs, t.Grad(loss, []Ref{w}, false)...)
}

// TestMinibatches: rows that are multiplied where they are picked, and responses held
// in few bits, give the bits of eager runs, in programs and in their lanes.
func TestMinibatches(t *testing.T) {
	x, labels := someData(33)
	for _, n := range []int{1, 3, 8, 15, 16, 17, 20, 23, 32, 33} {
		counts := []int{1, 2, 3, 4, 5, 50, 63, 64, 101, 515}
		if n == 33 {
			counts = append(counts, 2100) // which may be swept
		}
		for _, count := range counts {
			for _, b := range []*minibatch{
				{}, {dtype: Float32}, {before: true}, {out: true}, {twice: true}, {before: true, out: true, twice: true},
			} {
				b.count, b.n = count, n
				b.over(x, labels)
				var tape Tape
				p := tape.Record(b.run(&tape, rng.New(1).Trace(t)))
				products := 0
				for _, in := range p.code {
					if in.code == Index && in.kind == general && p.calls[in.at].times != nil {
						products++
					}
				}
				want := 1
				if b.dtype == Float32 || b.before { // the sum needs them earlier
					want = 0
				}
				if products != want && n > 1 && len(p.sweeps) == 0 {
					t.Errorf("%+v: %d products are made where rows are picked, want %d", *b, products, want)
				}
				for seed := range uint64(3) {
					key := rng.New(seed)
					p.Run(key)
					var eager Tape
					for i, r := range b.run(&eager, key) {
						compare(t, "minibatch", naive(p.Output(i)), naive(eager.Value(r)), exact)
					}
				}
				if a := testing.AllocsPerRun(3, func() { p.Run(rng.New(1)) }); a != 0 && !raceEnabled {
					t.Errorf("%+v: a run allocates %v times", *b, a)
				}
				if count == 5 && b.dtype == Float64 {
					sameAsRuns(t, "minibatch", p, 3, []Ref{0}, func(lane, element int) float64 { return math.Sin(float64(5*lane + element)) })
				}
				if t.Failed() {
					t.Fatalf("%+v", *b)
				}
			}
		}
	}
}

// TestMinibatchErrors: an index that is none is told as by an eager run, but for the data
// that it first met.
func TestMinibatchErrors(t *testing.T) {
	for _, bad := range []float64{-1, manyRows, 0.5, math.NaN(), math.Inf(1), 1e300} {
		b := &minibatch{count: 70, n: 20}
		b.over(someData(20))
		var tape, eager Tape
		p := tape.Record(b.run(&tape, rng.New(1).Trace(t)))
		b.bad = &bad
		told := func(f func()) (e *Error) {
			defer func() {
				if err, _ := recover().(error); !errors.As(err, &e) {
					t.Errorf("index %v: no error, or another one: %v", bad, err)
				}
			}()
			f()
			return nil
		}
		got, want := told(func() { p.Run(rng.New(2)) }), told(func() { b.run(&eager, rng.New(2)) })
		if got == nil || want == nil || got.Op != want.Op || got.Reason != want.Reason {
			t.Errorf("index %v: %v, by an eager run %v", bad, got, want)
		}
		b.bad = nil
		p.Run(rng.New(3))
		var after Tape
		for i, r := range b.run(&after, rng.New(3)) {
			compare(t, "after an error", naive(p.Output(i)), naive(after.Value(r)), exact)
		}
	}
}
