package dist_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// linear is a linear Gaussian model of 2 dims seen in 2 whose parts change with
// time, given by parts of shape […, T, …].
type linear struct {
	steps                      int
	mean0, cov0                *tensor.Tensor
	matrix, push, spread       *tensor.Tensor
	output, base, noise, shown *tensor.Tensor // shown is a mask of the steps, or nil
}

func newLinear(steps int) *linear {
	normals := func(label uint64, shape ...int) *tensor.Tensor { return tensor.Normals(rng.New(label), shape...) }
	covariance := func(label uint64, shape ...int) *tensor.Tensor { // eigenvalues of 0.3 and more
		a := normals(label, append(shape, 2, 2)...).MulScalar(0.5)
		return a.MatMul(a.T()).Add(tensor.Eye(2).MulScalar(0.3))
	}
	return &linear{
		steps: steps, mean0: normals(1, 2), cov0: covariance(2),
		matrix: normals(3, steps, 2, 2).MulScalar(0.5), push: normals(4, steps, 2), spread: covariance(5, steps),
		output: normals(6, steps, 2, 2), base: normals(7, steps, 2), noise: covariance(8, steps),
	}
}

func (l *linear) dist() dist.Distribution {
	observation := dist.MultivariateNormal(l.base, l.noise)
	if l.shown != nil {
		observation = dist.Masked(observation, l.shown)
	}
	return dist.GaussianHMM(dist.MultivariateNormal(l.mean0, l.cov0), l.matrix, dist.MultivariateNormal(l.push, l.spread), l.output, observation, l.steps)
}

// dense returns mean and covariance of all states, and of all that they show, side
// by side: [4T], states first.
func (l *linear) dense() (mean, cov *tensor.Tensor) {
	n := 2 * l.steps
	// Each is a linear map of the noises e = (x₀, pushes, noises) of [2 + 4T].
	pad := func(x *tensor.Tensor, at, size int) *tensor.Tensor {
		return tensor.Cat(-1, tensor.Zeros(2, at), x, tensor.Zeros(2, size-at-x.Dim(-1)))
	}
	size := 2 + 2*n
	var states, seen, means, shows, blocks []*tensor.Tensor
	state, m := pad(tensor.Eye(2), 0, size), l.mean0.Unsqueeze(-1)
	blocks = append(blocks, pad(l.cov0, 0, size))
	var late []*tensor.Tensor
	for t := range l.steps {
		f, h := l.matrix.Select(0, t).T(), l.output.Select(0, t).T()
		state = f.MatMul(state).Add(pad(tensor.Eye(2), 2+2*t, size))
		m = f.MatMul(m).Add(l.push.Select(0, t).Unsqueeze(-1))
		states, means = append(states, state), append(means, m)
		seen = append(seen, h.MatMul(state).Add(pad(tensor.Eye(2), 2+n+2*t, size)))
		shows = append(shows, h.MatMul(m).Add(l.base.Select(0, t).Unsqueeze(-1)))
		blocks = append(blocks, pad(l.spread.Select(0, t), 2+2*t, size))
		late = append(late, pad(l.noise.Select(0, t), 2+n+2*t, size))
	}
	maps := tensor.Cat(0, append(states, seen...)...)
	e := tensor.Cat(0, append(blocks, late...)...)
	return tensor.Cat(0, append(means, shows...)...).Squeeze(-1), maps.MatMul(e).MatMul(maps.T())
}

// given is the distribution of the first dims of a normal one given some others.
func given(mean, cov *tensor.Tensor, want, seen []int, y *tensor.Tensor) (m, c *tensor.Tensor) {
	w, s := tensor.Of(want), tensor.Of(seen)
	block := func(a, b *tensor.Tensor) *tensor.Tensor { return cov.Index(a).T().Index(b).T() }
	l := block(s, s).Cholesky()
	cross := block(s, w)
	gap := y.Sub(mean.Index(s)).Unsqueeze(-1)
	return mean.Index(w).Add(cross.T().MatMul(l.CholeskySolve(gap)).Squeeze(-1)), block(w, w).Sub(cross.T().MatMul(l.CholeskySolve(cross)))
}

func span(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}

func closeTo(t *testing.T, what string, got, want *tensor.Tensor, tol float64) {
	t.Helper()
	if d := got.Sub(want).Abs().Max().Item(); !(d <= tol*(1+want.Abs().Max().Item())) {
		t.Errorf("%s is off by %g: %v, want %v", what, d, got, want)
	}
}

// By the filter (up to 7 steps) and by scan the density is that of the dense normal
// distribution, with its gradients in all parts. The covariances have condition
// numbers below 10³, and some 10² terms are added.
func TestGaussianHMMOfChangingPartsIsDense(t *testing.T) {
	for _, steps := range []int{1, 5, 8, 13, 16} {
		y := tensor.Normals(rng.New(20), steps, 2)
		parts := func(l *linear) []**tensor.Tensor {
			return []**tensor.Tensor{&l.mean0, &l.cov0, &l.matrix, &l.push, &l.spread, &l.output, &l.base, &l.noise}
		}
		for k := range parts(new(linear)) {
			value := func(dense bool) (float64, *tensor.Tensor) {
				at := *parts(newLinear(steps))[k]
				symmetric := k == 1 || k == 4 || k == 7
				return tensor.ValueAndGrad(func(v *tensor.Tensor) *tensor.Tensor {
					l := newLinear(steps)
					if symmetric {
						v = v.Add(v.T()).MulScalar(0.5)
					}
					*parts(l)[k] = v
					if !dense {
						return l.dist().LogProb(y)
					}
					mean, cov := l.dense()
					n := 2 * steps
					return dist.MultivariateNormal(mean.Slice(0, n, 2*n), cov.Slice(0, n, 2*n).Slice(1, n, 2*n)).LogProb(y.Reshape(n))
				}, at)
			}
			want, wantGrad := value(true)
			got, grad := value(false)
			if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("%d steps: log density %v, want %v", steps, got, want)
			}
			closeTo(t, fmt.Sprintf("%d steps: gradient in part %d", steps, k), grad, wantGrad, 1e-10)
		}
	}
}

// Filtered, smoothed and drawn states are those of the dense normal distribution
// given what was shown.
func TestGaussianHMMStates(t *testing.T) {
	const steps = 9
	l := newLinear(steps)
	d := l.dist().(dist.StateSpace)
	mean, cov := l.dense()
	for _, k := range []int{1, 4, steps} {
		y := tensor.Normals(rng.New(21), k, 2)
		seen := span(2*steps, 2*k)
		m, c := given(mean, cov, span(2*(k-1), 2), seen, y.Reshape(2*k))
		f := d.Filter(y).(dist.Moments)
		closeTo(t, "filtered mean", f.Mean(), m, 1e-12)
		closeTo(t, "filtered variance", f.Variance(), c.Diag(), 1e-12)

		m, c = given(mean, cov, span(0, 2*k), seen, y.Reshape(2*k))
		s := d.Smooth(y).(dist.Moments)
		closeTo(t, "smoothed mean", s.Mean(), m.Reshape(k, 2), 1e-12)
		closeTo(t, "smoothed variance", s.Variance(), c.Diag().Reshape(k, 2), 1e-12)

		for _, p := range []dist.Distribution{f, s} {
			if err := dist.Validate(p); err != nil {
				t.Error(err)
			}
		}
		if k < steps {
			if err := dist.Validate(d.Condition(y)); err != nil {
				t.Error(err)
			}
		}

		// Of n draws the mean of element i has variance cᵢᵢ/n, and the covariance of
		// i and j (cᵢᵢcⱼⱼ + cᵢⱼ²)/n.
		const n = 4000
		x := d.SampleStates(rng.New(22), y, n).Reshape(n, 2*k).Sub(m)
		got := x.T().MatMul(x).DivScalar(n)
		for i := range 2 * k {
			if e := x.Mean(0).At(i); math.Abs(e) > 5*math.Sqrt(c.At(i, i)/n) {
				t.Errorf("%d steps: the mean of drawn element %d is off by %v", k, i, e)
			}
			for j := range 2 * k {
				if se := math.Sqrt((c.At(i, i)*c.At(j, j) + c.At(i, j)*c.At(i, j)) / n); math.Abs(got.At(i, j)-c.At(i, j)) > 5*se {
					t.Errorf("%d steps: covariance %d, %d of draws is %v ± %v, want %v", k, i, j, got.At(i, j), se, c.At(i, j))
				}
			}
		}
	}
}

// What follows the first steps has the density of all over that of these.
func TestConditionIsTheRest(t *testing.T) {
	normals := func(label uint64, shape ...int) *tensor.Tensor { return tensor.Normals(rng.New(label), shape...) }
	const steps = 12
	constant := func(first dist.Distribution, n int) dist.Distribution {
		unit := dist.MultivariateNormal(tensor.Zeros(2), tensor.Eye(2))
		if first == nil {
			first = unit
		}
		return dist.GaussianHMM(first, ssmMatrix, unit, ssmOutput, unit, n)
	}
	changing := newLinear(steps)
	cut := newLinear(steps)
	cut.shown = tensor.Of([]bool{true, true, false, true, false, false, true, true, true, false, true, true})
	prefix := func(l *linear, k int) dist.Distribution {
		p := *l
		p.steps = k
		p.matrix, p.push, p.spread = l.matrix.Slice(0, 0, k), l.push.Slice(0, 0, k), l.spread.Slice(0, 0, k)
		p.output, p.base, p.noise = l.output.Slice(0, 0, k), l.base.Slice(0, 0, k), l.noise.Slice(0, 0, k)
		if l.shown != nil {
			p.shown = l.shown.Slice(0, 0, k)
		}
		return p.dist()
	}
	first, locs := normals(30, 3), normals(32, steps, 3)
	next := normals(31, steps, 3, 3)
	discrete := func(k int) dist.Distribution {
		return dist.DiscreteHMM(first, next.Slice(0, 0, k), dist.Normal(locs.Slice(0, 0, k), 1), k)
	}
	one := func(k int) dist.Distribution {
		return dist.DiscreteHMM(first, next.Select(0, 0), dist.Normal(locs.Select(0, 0), 1), k)
	}
	for name, c := range map[string]struct {
		whole  dist.Distribution
		prefix func(k int) dist.Distribution
		y      *tensor.Tensor
	}{
		"constant": {constant(nil, steps), func(k int) dist.Distribution { return constant(nil, k) }, normals(23, 4, steps, 2)},
		"changing": {changing.dist(), func(k int) dist.Distribution { return prefix(changing, k) }, normals(23, 4, steps, 2)},
		"masked":   {cut.dist(), func(k int) dist.Distribution { return prefix(cut, k) }, normals(23, 4, steps, 2)},
		"batch": {
			constant(dist.MultivariateNormal(normals(24, 4, 2), tensor.Eye(2)), steps),
			func(k int) dist.Distribution {
				return constant(dist.MultivariateNormal(normals(24, 4, 2), tensor.Eye(2)), k)
			}, normals(23, 4, steps, 2),
		},
		"discrete":           {discrete(steps), discrete, normals(33, 4, steps)},
		"discrete, constant": {one(steps), one, normals(33, 4, steps)},
	} {
		timeDim := -len(c.whole.EventShape())
		for k := 1; k < steps; k++ {
			x, rest := c.y.Slice(timeDim, 0, k), c.y.Slice(timeDim, k, steps)
			d := c.whole.(dist.StateSpace).Condition(x)
			got := c.prefix(k).LogProb(x).Add(d.LogProb(rest))
			closeTo(t, fmt.Sprintf("%s: log density of %d steps and the rest", name, k), got, c.whole.LogProb(c.y), 1e-12)
			if s := d.Sample(rng.New(1)).Shape(); s[len(s)+timeDim] != steps-k {
				t.Errorf("%s: draws of what follows %d steps have shape %v", name, k, s)
			}
		}
		wide := c.whole.Expand(4).(dist.StateSpace)
		one := c.y.Select(0, 0).Slice(timeDim, 0, 3)
		for what, p := range map[string]dist.Distribution{"Filter": wide.Filter(one), "Condition": wide.Condition(one)} {
			if b := p.BatchShape(); len(b) != 1 || b[0] != 4 {
				t.Errorf("%s: batch shape %v of %s", name, b, what)
			}
		}
		if s := wide.SampleStates(rng.New(1), one, 5).Shape(); len(s) < 3 || s[0] != 5 || s[1] != 4 || s[2] != 3 {
			t.Errorf("%s: states of shape %v", name, s)
		}
		for _, k := range []int{0, steps, steps + 1} {
			bad := tensor.Normals(rng.New(1), append([]int{max(k, 1)}, c.whole.EventShape()[1:]...)...)
			if k == 0 {
				bad = bad.Slice(0, 0, 0)
			}
			var e *tensor.Error
			if err, ok := caught(func() { c.whole.(dist.StateSpace).Condition(bad) }).(error); !ok || !errors.As(err, &e) {
				t.Errorf("%s: Condition on %d of %d steps: %v", name, k, steps, err)
			}
		}
	}
}

// Filtered, smoothed and drawn states of a DiscreteHMM are those of the sum over
// all paths.
func TestDiscreteHMMStates(t *testing.T) {
	const k, steps = 3, 4
	first := tensor.Normals(rng.New(1), k).Softmax(-1)
	next := tensor.Normals(rng.New(2), steps, k, k).Softmax(-1)
	locs := tensor.Normals(rng.New(3), steps, k)
	y := tensor.Normals(rng.New(4), steps)
	d := dist.DiscreteHMM(first.Log(), next.Log(), dist.Normal(locs, 1), steps).(dist.StateSpace)
	for shown := 1; shown <= steps; shown++ {
		paths := 1
		for range shown {
			paths *= k
		}
		prob, total := make([]float64, paths), 0.0
		marginal := make([][k]float64, shown)
		for p := range paths {
			z := func(t int) int { // of step t
				q := p
				for range t {
					q /= k
				}
				return q % k
			}
			for z0 := range k {
				w, last := first.At(z0), z0
				for t := range shown {
					u := y.At(t) - locs.At(t, z(t))
					w *= next.At(t, last, z(t)) * math.Exp(-u*u/2)
					last = z(t)
				}
				prob[p] += w
			}
			total += prob[p]
			for t := range shown {
				marginal[t][z(t)] += prob[p]
			}
		}
		x := y.Slice(0, 0, shown)
		filter, smooth := d.Filter(x), d.Smooth(x)
		for z := range k {
			at := func(p dist.Distribution, t int) float64 {
				v := p.LogProb(tensor.Of(z))
				if t < 0 {
					return math.Exp(v.Item())
				}
				return math.Exp(v.At(t))
			}
			if got, want := at(filter, -1), marginal[shown-1][z]/total; math.Abs(got-want) > 1e-14 {
				t.Errorf("%d steps: filtered probability %v, want %v", shown, got, want)
			}
			for s := range shown {
				if got, want := at(smooth, s), marginal[s][z]/total; math.Abs(got-want) > 1e-14 {
					t.Errorf("%d steps: smoothed probability %v at %d, want %v", shown, got, s, want)
				}
			}
		}
		// Frequencies of n draws stay within √(2p(1-p)L/n) + L/3n of the probability
		// but for a chance of 2exp(-L) (Bernstein).
		const n, bound = 10_000, 25.0
		count := make([]float64, paths)
		for _, row := range rowsOf(d.SampleStates(rng.New(5), x, n)) {
			p := 0
			for t := shown - 1; t >= 0; t-- {
				p = p*k + int(row[t])
			}
			count[p]++
		}
		for p, v := range prob {
			v /= total
			if tol := math.Sqrt(2*v*(1-v)*bound/n) + bound/(3*n); math.Abs(count[p]/n-v) > tol {
				t.Errorf("%d steps: path %d has frequency %v, want %v ± %v", shown, p, count[p]/n, v, tol)
			}
		}
	}
}

func rowsOf(x *tensor.Tensor) [][]float64 {
	out := make([][]float64, x.Dim(0))
	v := x.Float64s()
	for i := range out {
		out[i] = v[i*x.Dim(1) : (i+1)*x.Dim(1)]
	}
	return out
}

// Sequences of several lengths in one batch, masked beyond, where values are
// missing: each has the density of its own length, with its gradient.
func TestRaggedHMM(t *testing.T) {
	nan := math.NaN()
	lengths := []int{1, 5, 9, 12}
	for _, longest := range []int{6, 12} { // by the filter, by the scan
		var mask [][]float64
		var short []int
		for _, n := range lengths {
			row := make([]float64, longest)
			for i := range min(n, longest) {
				row[i] = 1
			}
			mask, short = append(mask, row), append(short, min(n, longest))
		}
		m := tensor.Of(mask)
		unit := dist.MultivariateNormal(tensor.Zeros(2), tensor.Eye(2))
		gaussian := func(f *tensor.Tensor, n int, m *tensor.Tensor) dist.Distribution {
			noise := dist.Distribution(dist.MultivariateNormal([]float64{0.2, -0.1}, [][]float64{{0.5, 0.1}, {0.1, 0.2}}))
			if m != nil {
				noise = dist.Masked(noise, m)
			}
			return dist.GaussianHMM(unit, f, unit, ssmOutput, noise, n)
		}
		discrete := func(f *tensor.Tensor, n int, m *tensor.Tensor) dist.Distribution {
			seen := dist.Distribution(dist.Normal([]float64{-1, 2}, 1))
			if m != nil {
				seen = dist.Masked(seen, m.Unsqueeze(-1))
			}
			return dist.DiscreteHMM([]float64{0.1, 0.4}, f, seen, n)
		}
		for name, c := range map[string]struct {
			build func(f *tensor.Tensor, n int, m *tensor.Tensor) dist.Distribution
			y     *tensor.Tensor
			mask  *tensor.Tensor
		}{
			"Gaussian": {gaussian, tensor.Normals(rng.New(6), len(lengths), longest, 2), m.Unsqueeze(-1)},
			"discrete": {discrete, tensor.Normals(rng.New(6), len(lengths), longest), m},
		} {
			missing := c.mask.Where(c.y, tensor.Of(nan))
			got, grad := tensor.ValueAndGrad(func(f *tensor.Tensor) *tensor.Tensor {
				d := c.build(f, longest, m)
				if b := d.BatchShape(); len(b) != 1 || b[0] != len(lengths) {
					t.Fatalf("%s: batch shape %v", name, b)
				}
				return d.LogProb(missing).Sum()
			}, tensor.Of(ssmMatrix))
			want, wantGrad := tensor.ValueAndGrad(func(f *tensor.Tensor) *tensor.Tensor {
				total := tensor.Of(0.0)
				for i, n := range short {
					total = total.Add(c.build(f, n, nil).LogProb(c.y.Select(0, i).Slice(0, 0, n)))
				}
				return total
			}, tensor.Of(ssmMatrix))
			if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("%s, %d steps: log density %v, want %v", name, longest, got, want)
			}
			closeTo(t, name+": gradient", grad, wantGrad, 1e-11)
			s := c.build(tensor.Of(ssmMatrix), longest, m).(dist.StateSpace)
			if b := s.Smooth(missing).BatchShape(); len(b) != 2 || b[0] != len(lengths) || b[1] != longest {
				t.Errorf("%s: smoothed batch shape %v", name, b)
			}
		}
	}
}

// Steps in the middle that show nothing: the density of the others, which is that of
// a part of the dense normal distribution.
func TestGaussianHMMWithGaps(t *testing.T) {
	for _, steps := range []int{5, 14} {
		l := newLinear(steps)
		mask := make([]bool, steps)
		var seen []int
		for i := range mask {
			if mask[i] = i%3 != 1; mask[i] {
				seen = append(seen, 2*(steps+i), 2*(steps+i)+1)
			}
		}
		l.shown = tensor.Of(mask)
		y := tensor.Normals(rng.New(9), steps, 2)
		mean, cov := l.dense()
		at := tensor.Of(seen)
		shown := tensor.Cat(0, tensor.Zeros(2*steps), y.Reshape(2*steps)).Index(at)
		want := dist.MultivariateNormal(mean.Index(at), cov.Index(at).T().Index(at).T()).LogProb(shown).Item()
		if got := l.dist().LogProb(y).Item(); math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("%d steps: log density %v, want %v", steps, got, want)
		}
		m, c := given(mean, cov, span(0, 2*steps), seen, shown)
		s := l.dist().(dist.StateSpace).Smooth(y).(dist.Moments)
		closeTo(t, "smoothed mean", s.Mean(), m.Reshape(steps, 2), 1e-12)
		closeTo(t, "smoothed variance", s.Variance(), c.Diag().Reshape(steps, 2), 1e-12)
	}
}

// The operations for a long sequence grow with the logarithm of its length. Its
// density is that of pieces of a few steps each, by the filter.
func TestGaussianHMMIsLinear(t *testing.T) {
	unit := dist.MultivariateNormal(tensor.Zeros(2), tensor.Eye(2))
	build := func(f *tensor.Tensor, n int) dist.Distribution {
		return dist.GaussianHMM(unit, f, unit, ssmOutput, unit, n)
	}
	operations := func(n int) int {
		tape := tensor.NewTape()
		f := tape.Var(tensor.Of(ssmMatrix))
		lp := build(f, n).LogProb(tensor.Normals(rng.New(1), n, 2))
		tensor.Grad(lp, f)
		return tape.Len()
	}
	few, many := operations(100), operations(10_000)
	if many > 3*few {
		t.Errorf("100 steps take %d operations, 10,000 steps %d", few, many)
	}
	const steps = 2000
	y := tensor.Normals(rng.New(1), steps, 2)
	got, want := build(tensor.Of(ssmMatrix), steps).LogProb(y).Item(), 0.0
	d := build(tensor.Of(ssmMatrix), 7)
	for i := 0; i < steps; i += 7 {
		n := min(7, steps-i)
		piece := y.Slice(0, i, i+n)
		if i > 0 {
			d = dist.GaussianHMM(d.(dist.StateSpace).Filter(y.Slice(0, i-7, i)), ssmMatrix, unit, ssmOutput, unit, n)
		}
		want += d.LogProb(piece).Item()
	}
	// Terms of size 4, each right to a few roundings of their sum.
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("log density %v, in pieces %v", got, want)
	}
}
