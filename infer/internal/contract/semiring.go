package contract

import (
	"github.com/gopyro/pyro/tensor"
)

// factor is what a run of a plan computes with.
type factor struct {
	log    array
	value  array // of an expectation
	plates []int // sorted
}

// semiring says how factors are multiplied, and how a variable is summed out.
type semiring interface {
	times(a, b factor) factor
	// sum sums variable v, which takes n values, out of the product of two
	// factors, the second of which may be without an array.
	sum(a, b factor, v, n int) factor
}

// result is what a run leaves.
type result struct {
	total factor
	rest  []Factor // that vary with variables that are kept
	all   []factor // of every step
}

// run computes a plan.
func (pl *plan) run(ring semiring) result {
	all := append(make([]factor, 0, len(pl.shapes)), pl.in...)
	product := func(ids []int) (f factor) {
		for i, id := range ids {
			if i == 0 {
				f = all[id]
			} else {
				f = ring.times(f, all[id])
			}
		}
		return f
	}
	for i := range pl.steps {
		s := &pl.steps[i]
		f := product(s.left)
		if s.v >= 0 {
			f = ring.sum(f, product(s.right), s.v, pl.sizes[s.v])
		} else {
			f.log = f.log.product(s.plates, pl.problem.Plates)
			f.value = f.value.product(s.plates, pl.problem.Plates)
		}
		f.plates = pl.shapes[s.out].plates
		all = append(all, f)
	}
	r := result{all: all}
	for _, id := range pl.done {
		f := all[id]
		if len(f.plates) > 0 || len(f.log.axes) > 0 {
			r.rest = append(r.rest, Factor{Log: f.log.t, Plates: f.plates, axes: f.log.axes})
			continue
		}
		r.total = ring.times(r.total, f)
	}
	return r
}

// logSum adds.
type logSum struct{}

func (logSum) times(a, b factor) factor { return factor{log: a.log.add(b.log)} }

func (logSum) sum(a, b factor, v, _ int) factor {
	if b.log.t != nil {
		return factor{log: a.log.matMul(b.log, v)}
	}
	return factor{log: a.log.reduce(v, (*tensor.Tensor).LogSumExp)}
}

// largest takes the largest.
type largest struct{ logSum }

func (largest) sum(a, b factor, v, _ int) factor {
	return factor{log: a.log.add(b.log).reduce(v, (*tensor.Tensor).Max)}
}

// expectation adds weights, and averages values by them.
type expectation struct{}

func (expectation) times(a, b factor) factor {
	return factor{log: a.log.add(b.log), value: a.value.add(b.value)}
}

func (r expectation) sum(a, b factor, v, n int) factor {
	f := r.times(a, b)
	if !f.log.has(v) { // all values weigh the same
		f.log = f.log.add(array{t: tensor.Of(float64(n)).Log()})
		if f.value.has(v) {
			f.value = f.value.reduce(v, (*tensor.Tensor).Mean)
		}
		return f
	}
	joined := f.log
	f.log = joined.reduce(v, (*tensor.Tensor).LogSumExp)
	if !f.value.has(v) {
		return f
	}
	// Weights that are all 0 stay 0.
	total := array{f.log.t.LessEqual(impossible).Where(zero, f.log.t), f.log.axes}
	w := joined.add(array{total.t.Neg(), total.axes})
	w.t = w.t.Exp()
	axes := w.union(f.value)
	weight, value := w.over(axes), f.value.over(axes)
	never := weight.Not()
	mean := never.Where(zero, weight.Mul(never.Where(zero, value)))
	f.value = array{mean, axes}.reduce(v, (*tensor.Tensor).Sum)
	return f
}

var zero = tensor.Of(0.0)
