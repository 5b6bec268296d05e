// Package disttest is a battery of tests that every distribution should pass,
// those of package dist and those that programs define themselves.
//
//	func TestTriangular(t *testing.T) {
//		disttest.Run(t, Triangular(1, 3), disttest.Options{
//			Make:   func(p []*tensor.Tensor) dist.Distribution { return Triangular(p[0], p[1]) },
//			Params: []*tensor.Tensor{tensor.Of(1.0), tensor.Of(3.0)},
//		})
//	}
//
// It finds out what the distribution can do (draw with gradients, enumerate,
// give moments, …) and holds each against the others: the log density against
// its integral, the draws against the log density, moments, distribution
// function and entropy against the integral of the density, gradients against
// differences. Everything is a function of one key: what passes once passes
// always.
package disttest

import (
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Options says what Run cannot find out itself.
type Options struct {
	// Make builds the distribution from parameters, and Params are the ones at
	// which it is tested: inside their sets, without batch dims, and such that
	// small changes of each number leave them there. Without Make nothing about
	// parameters is tested.
	Make   func(p []*tensor.Tensor) dist.Distribution
	Params []*tensor.Tensor
	// MeanPath says that a draw is made of several random numbers, so that its
	// gradient agrees with the density's on average only and not draw by draw.
	MeanPath bool
	// MovingSupport says that the support depends on the parameters. Where it
	// does the mean gradient of the log density is not zero.
	MovingSupport bool
	// FirstOrder says that the log density has no second derivatives, which
	// Newton's method and the Laplace approximation ask for.
	FirstOrder bool
	// Allocs is how many allocations LogProb may make on a tape that has run
	// before, when value and parameters are on it; default 0.
	Allocs int
	// Key is where all random numbers come from.
	Key rng.Key
}

// Run runs the battery on d, whose batch shape must be [].
func Run(t *testing.T, d dist.Distribution, o Options) {
	t.Helper()
	if len(d.BatchShape()) != 0 {
		t.Fatalf("disttest: %v has batch shape %v; the battery expands it itself", d, d.BatchShape())
	}
	b := &battery{Options: o, d: d}
	if !t.Run("Shapes", b.shapes) {
		return // the rest takes them for granted
	}
	for _, test := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"String", b.str},
		{"Keys", b.keys},
		{"Support", b.support},
		{"Enumeration", b.enumeration},
		{"Mass", b.mass},
		{"Density", b.density},
		{"Draws", b.draws},
		{"Gradient", b.gradient},
		{"Curvature", b.curvature},
		{"Path", b.path},
		{"Allocations", b.allocations},
	} {
		t.Run(test.name, test.run)
	}
}

type battery struct {
	Options
	d dist.Distribution
}

// number reports whether draws are single numbers.
func (b *battery) number() bool { return len(b.d.EventShape()) == 0 }

func (b *battery) discrete() bool { return b.d.Support().Discrete() }

var nameAndParams = regexp.MustCompile(`^\w+\(.*\)$`)

func (b *battery) str(t *testing.T) {
	if s := b.d.String(); !nameAndParams.MatchString(s) {
		t.Errorf("String is %q, not Name(param: value, …)", s)
	}
	if b.Make == nil {
		return
	}
	if got, want := b.Make(b.Params).String(), b.d.String(); got != want {
		t.Errorf("Make(Params) is %s, not %s", got, want)
	}
}

// shapes checks the shapes of draws and log densities, and that those of an
// expanded distribution are those of the present one.
func (b *battery) shapes(t *testing.T) {
	for _, batch := range [][]int{{}, {3}, {2, 1}} {
		e := b.d.Expand(batch...)
		if !slices.Equal(e.BatchShape(), batch) || !slices.Equal(e.EventShape(), b.d.EventShape()) {
			t.Errorf("Expand(%v) has batch shape %v and event shape %v", batch, e.BatchShape(), e.EventShape())
			continue
		}
		for _, sample := range [][]int{{}, {4}, {2, 3}} {
			x := e.Sample(b.Key, sample...)
			if want := slices.Concat(sample, batch, b.d.EventShape()); !slices.Equal(x.Shape(), want) {
				t.Fatalf("a draw of shape %v of batch %v has shape %v, want %v", sample, batch, x.Shape(), want)
			}
			logp := e.LogProb(x)
			if want := slices.Concat(sample, batch); !slices.Equal(logp.Shape(), want) {
				t.Fatalf("the log density of %v draws of batch %v has shape %v, want %v", sample, batch, logp.Shape(), want)
			}
			if one := b.d.LogProb(x); !equal(one, logp) {
				t.Errorf("expanded to %v the log density is %v, not %v", batch, logp, one)
			}
		}
		// One value for the whole batch.
		if s := e.LogProb(b.d.Sample(b.Key)).Shape(); !slices.Equal(s, batch) {
			t.Errorf("the log density of one value under batch %v has shape %v", batch, s)
		}
	}
	if e := recovered(func() { b.d.Expand(3).Expand(2) }); e == nil {
		t.Error("Expand from batch [3] to [2] does not panic")
	} else if _, ok := e.(*tensor.Error); !ok {
		t.Errorf("Expand from batch [3] to [2] panics with %T, not *tensor.Error", e)
	}
	b.paramShapes(t)
}

// paramShapes checks that parameters broadcast.
func (b *battery) paramShapes(t *testing.T) {
	if b.Make == nil {
		return
	}
	p, want := slices.Clone(b.Params), []int{3}
	p[0] = widen(p[0], 3)
	if last := len(p) - 1; last > 0 {
		p[last], want = widen(p[last], 2, 1), []int{2, 3}
	}
	e := b.Make(p)
	if !slices.Equal(e.BatchShape(), want) {
		t.Errorf("parameters of batch shapes [3] and [2 1] give batch shape %v", e.BatchShape())
		return
	}
	x := e.Sample(b.Key, 4)
	if s := slices.Concat([]int{4}, want, b.d.EventShape()); !slices.Equal(x.Shape(), s) {
		t.Errorf("a draw has shape %v, want %v", x.Shape(), s)
		return
	}
	// Functions of one number and of many are different code, each good to 4 ulp or,
	// for log Γ, to 1e-14 of max(1, |log Γ|). A density has up to five of these, on
	// either side: 1e-13 of terms that at the parameters of the batteries are about
	// as large as the result, or 1.
	if got, one := e.LogProb(x), b.d.LogProb(x); !alike(got, one, 1e-13) {
		t.Errorf("with batched parameters the log density is %v, not %v", got, one)
	}
}

// widen adds batch dims to a parameter.
func widen(p *tensor.Tensor, batch ...int) *tensor.Tensor {
	return p.Expand(slices.Concat(batch, p.Shape())...)
}

// keys checks that draws are a function of key and position alone.
func (b *battery) keys(t *testing.T) {
	x := b.d.Sample(b.Key, 7)
	if y := b.d.Sample(b.Key, 7); !equal(x, y) {
		t.Error("the same key gives other draws the second time")
	}
	if y := b.d.Sample(b.Key, 4); !equal(x.Slice(0, 0, 4), y) {
		t.Errorf("the first 4 of 7 draws are %v, 4 draws are %v", x.Slice(0, 0, 4), y)
	}
	y := b.d.Sample(b.Key.Fold(1), 7)
	for i := 1; i < 7 && !b.discrete(); i++ {
		if equal(x.Select(0, i), x.Select(0, 0)) || equal(x.Select(0, i), y.Select(0, i)) {
			t.Errorf("draw %d is not independent: %v", i, x.Select(0, i))
		}
	}
	if !dist.HasRSample(b.d) {
		return
	}
	if r := b.d.(dist.Reparam).RSample(b.Key, 7); !equal(r, x) {
		t.Errorf("RSample gives %v where Sample gives %v", r, x)
	}
}

// allocations checks that a log density of variables costs no garbage.
func (b *battery) allocations(t *testing.T) {
	if b.Make == nil {
		t.Skip("no parameters")
	}
	tape := tensor.NewTape()
	x := b.d.Sample(b.Key)
	vars := make([]*tensor.Tensor, len(b.Params))
	run := func(f func(d dist.Distribution, x *tensor.Tensor)) float64 {
		return testing.AllocsPerRun(200, func() {
			tape.Reset()
			for i, p := range b.Params {
				vars[i] = tape.Var(p)
			}
			f(b.Make(vars), tape.Var(x))
		})
	}
	without := run(func(dist.Distribution, *tensor.Tensor) {})
	with := run(func(d dist.Distribution, x *tensor.Tensor) { d.LogProb(x) })
	if n := int(with - without); n > b.Allocs {
		t.Errorf("LogProb on a tape allocates %d times", n)
	}
}

// equal reports whether x and y hold the same numbers in the same shape.
func equal(x, y *tensor.Tensor) bool {
	return slices.Equal(x.Shape(), y.Shape()) && slices.Equal(x.Float64s(), y.Float64s())
}

// alike is equal up to a relative error, or an absolute one below 1.
func alike(x, y *tensor.Tensor, tol float64) bool {
	return slices.EqualFunc(x.Float64s(), y.Float64s(), func(a, b float64) bool {
		return a == b || math.Abs(a-b) <= tol*max(1, math.Abs(b))
	}) && slices.Equal(x.Shape(), y.Shape())
}

func recovered(f func()) (e any) {
	defer func() { e = recover() }()
	f()
	return nil
}
