package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// keyed returns a source whose generators depend on seed and transition alone.
func keyed(seed uint64) Source {
	pcg := &rand.PCG{}
	r := rand.New(pcg)
	return func(n int) *rand.Rand {
		pcg.Seed(seed, uint64(n)*0x9e3779b97f4a7c15+1)
		return r
	}
}

// step takes one transition, and stops where the density fails.
func step(f LogDensity, k Kernel, r *rand.Rand, s *State, t *Tuning) (Info, error) {
	for at := k.Begin(r, s, t); at != nil; at = k.Next() {
		logp, err := f(at.X, at.Grad)
		if at.LogP, err = settle(at.X, logp, err); err != nil {
			return Info{}, err
		}
	}
	return k.Info(), nil
}

// double doubles the trajectory at the end dir; false where the new half turns within
// itself or diverges.
func double(t *testing.T, f LogDensity, k *NUTS, dir int) bool {
	t.Helper()
	for k.extend(dir); k.leaf < 1<<k.info.Depth; {
		s := k.drift()
		s.LogP = at(t, f, s)
		if !k.grow() {
			return false
		}
	}
	return true
}

// normal returns the log density of independent normals with the given sds.
func normal(sd ...float64) LogDensity {
	return func(x, g []float64) (float64, error) {
		lp := 0.0
		for i, s := range sd {
			g[i] = -x[i] / (s * s)
			lp += x[i] * g[i] / 2
		}
		return lp, nil
	}
}

// trajectory is the textbook form of NUTS's stopping rule, on stored points.
type trajectory struct {
	p, v  [][]float64
	least int // points of which at least a stretch may turn
}

// turns asks the criterion of points i…j: ends against the sum of momenta.
func (o *trajectory) turns(i, j int, sum []float64) bool {
	return dot(sum, o.v[i]) <= 0 || dot(sum, o.v[j]) <= 0
}

func (o *trajectory) sum(i, j int) []float64 {
	s := make([]float64, len(o.p[0]))
	for ; i <= j; i++ {
		axpy(1, o.p[i], s)
	}
	return s
}

// joined asks the three criteria of the seam between i…m-1 and m…j.
func (o *trajectory) joined(i, m, j int) bool {
	return o.turns(i, j, o.sum(i, j)) || o.turns(i, m, o.sum(i, m)) || o.turns(m-1, j, o.sum(m-1, j))
}

// valid reports whether no subtree of the balanced tree on i…j turns.
func (o *trajectory) valid(i, j int) bool {
	if i == j {
		return true
	}
	m := (i + j + 1) / 2
	return o.valid(i, m-1) && o.valid(m, j) && !(j-i+1 >= o.least && o.joined(i, m, j))
}

// The streaming tree must accept, reject and sum exactly as the recursion over
// stored points does, in both directions.
func TestTreeAgainstRecursion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := normal(1, 2, 0.7)
	tuning := Tuning{StepSize: 0.23, Metric: Diagonal([]float64{1, 2, 1})}
	rejected, accepted := 0, 0
	for n := range 300 {
		tuning.MinTime = 0.23 * float64(n%3) * 5 // stretches of at least 1, 8 and 16 points
		least := []int{1, 8, 16}[n%3]
		x := []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
		s, err := Init(f, x)
		if err != nil {
			t.Fatal(err)
		}
		k := NewNUTS(3, 6)
		k.start(r, s, &tuning)
		o := &trajectory{p: [][]float64{clone(k.ends[0].p)}, v: [][]float64{clone(k.ends[0].v)}}
		for k.info.Depth < 6 {
			dir := r.IntN(2)
			n := 1 << k.info.Depth
			side := walk(t, f, &k.ends[dir], &tuning, dir, n) // before extend moves the end
			side.least = least
			got := double(t, f, k, dir)
			if want := side.valid(0, n-1); got != want {
				t.Fatalf("doubling %d: valid %v, recursion says %v", k.info.Depth, got, want)
			}
			if !got {
				rejected++
				break
			}
			accepted++
			for i, v := range side.sum(0, n-1) {
				if math.Abs(v-k.stack[0].rho[i]) > 1e-12*float64(n) {
					t.Fatalf("sum of momenta %g, want %g", k.stack[0].rho[i], v)
				}
			}
			o.append(side, dir)
			k.info.Depth++
		}
	}
	if rejected < 50 || accepted < 500 {
		t.Errorf("weak test: %d rejected, %d accepted", rejected, accepted)
	}
}

func clone(x []float64) []float64 { return append([]float64(nil), x...) }

// walk stores n points beyond z, in the order of integration, leaving z alone.
func walk(t *testing.T, f LogDensity, z *point, tuning *Tuning, dir, n int) *trajectory {
	t.Helper()
	at := newPoint(len(z.X))
	at.set(z)
	o := &trajectory{}
	for range n {
		leapfrog(t, f, &at, &tuning.Metric, tuning.StepSize*float64(2*dir-1))
		o.p, o.v = append(o.p, clone(at.p)), append(o.v, clone(at.v))
	}
	return o
}

func (o *trajectory) append(side *trajectory, dir int) {
	for i := range side.p {
		if dir == 1 {
			o.p, o.v = append(o.p, side.p[i]), append(o.v, side.v[i])
		} else {
			o.p, o.v = append([][]float64{side.p[i]}, o.p...), append([][]float64{side.v[i]}, o.v...)
		}
	}
}

// A whole step must double exactly as often as the rule allows.
func TestStepStopsByTheRule(t *testing.T) {
	f := normal(1, 3)
	tuning := Tuning{StepSize: 0.1, Metric: Identity(2)}
	k := NewNUTS(2, 10)
	for seed := range uint64(200) {
		tuning.MinTime = 5 * float64(seed%2)
		s, err := Init(f, []float64{1, -1})
		if err != nil {
			t.Fatal(err)
		}
		info, err := step(f, k, rand.New(rand.NewPCG(seed, 0)), s, &tuning)
		if err != nil {
			t.Fatal(err)
		}
		// Rebuild the trajectory from where it started: index[0] steps back to index[1] on.
		k2 := NewNUTS(2, 10)
		s2, _ := Init(f, []float64{1, -1})
		k2.start(rand.New(rand.NewPCG(seed, 0)), s2, &tuning)
		back := walk(t, f, &k2.ends[0], &tuning, 0, -k.index[0])
		ahead := walk(t, f, &k2.ends[1], &tuning, 1, k.index[1])
		whole := &trajectory{p: [][]float64{clone(k2.ends[0].p)}, v: [][]float64{clone(k2.ends[0].v)}}
		if tuning.MinTime > 0 {
			whole.least = 64
		}
		whole.append(ahead, 1)
		whole.append(back, 0)
		if n := len(whole.p); n == 1<<info.Depth { // the last doubling was complete: it must have turned at the top
			if whole.valid(0, n-1) {
				t.Fatalf("seed %d: stopped at depth %d without a turn", seed, info.Depth)
			}
		} else if n < whole.least {
			t.Fatalf("seed %d: stopped after %d points", seed, n)
		} else if info.Leapfrogs+1 != n {
			t.Fatalf("seed %d: %d steps, %d points", seed, info.Leapfrogs, n)
		}
		if info.Index < k.index[0] || info.Index > k.index[1] {
			t.Fatalf("drawn from place %d of %v", info.Index, k.index)
		}
	}
}

func TestNUTSInfo(t *testing.T) {
	f := normal(1)
	s, err := Init(f, []float64{0.1})
	if err != nil {
		t.Fatal(err)
	}
	k := NewNUTS(1, 3)
	info, err := step(f, k, keyed(1)(1), s, &Tuning{StepSize: 1e-3, Metric: Identity(1)})
	if err != nil {
		t.Fatal(err)
	}
	if !info.Saturated || info.Depth != 3 || info.Leapfrogs != 7 || info.Divergence != nil {
		t.Errorf("tiny step: %+v", info)
	}
	if info.Accept < 0.999 || info.Accept > 1 {
		t.Errorf("acceptance %g", info.Accept)
	}
	before := clone(s.X)
	info, err = step(f, k, keyed(1)(2), s, &Tuning{StepSize: 1e3, Metric: Identity(1)})
	if err != nil {
		t.Fatal(err)
	}
	d := info.Divergence
	if d == nil || d.From[0] != before[0] || d.Error < maxEnergyError || info.Accept > 1e-12 || s.X[0] != before[0] {
		t.Errorf("huge step: %+v", info)
	}
}

// Weights span more than the range of float64 when a chain comes from far out.
func TestNUTSFromFar(t *testing.T) {
	f := normal(1)
	s, err := Init(f, []float64{100})
	if err != nil {
		t.Fatal(err)
	}
	k := NewNUTS(1, 10)
	for n := range 50 {
		if _, err := step(f, k, keyed(3)(n), s, &Tuning{StepSize: 1.9, Metric: Identity(1)}); err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(s.X[0]) || math.IsNaN(s.LogP) {
			t.Fatalf("step %d: %+v", n, s)
		}
	}
	if math.Abs(s.X[0]) > 6 {
		t.Errorf("still at %g", s.X[0])
	}
}

// Once warm, no kernel allocates.
func TestNoAllocations(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	const dim = 8
	f := normal(1, 2, 1, 2, 1, 2, 1, 2)
	for _, m := range someMetrics(t, r, dim) {
		for name, k := range map[string]Kernel{
			"NUTS": NewNUTS(dim, 10), "static": NewStatic(dim, 1, 0.5),
			"Metropolis": NewMetropolis(dim), "slice": NewSlice(dim, 20),
		} {
			s, err := Init(f, make([]float64, dim))
			if err != nil {
				t.Fatal(err)
			}
			tuning := &Tuning{StepSize: 0.1, Metric: m}
			if n := testing.AllocsPerRun(100, func() {
				if _, err := step(f, k, r, s, tuning); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s, %v metric: %g allocations a step", name, m.Kind(), n)
			}
		}
	}
}

func BenchmarkLeapfrog(b *testing.B) {
	for _, dim := range []int{10, 100} {
		r := rand.New(rand.NewPCG(1, 1))
		f := func(x, g []float64) (float64, error) {
			for i, v := range x {
				g[i] = -v
			}
			return -dot(x, x) / 2, nil
		}
		s, err := Init(f, make([]float64, dim))
		if err != nil {
			b.Fatal(err)
		}
		k := NewNUTS(dim, 10)
		tuning := &Tuning{StepSize: 0.1, Metric: Identity(dim)}
		b.Run(map[int]string{10: "10", 100: "100"}[dim], func(b *testing.B) {
			leaps := 0
			for b.Loop() {
				info, err := step(f, k, r, s, tuning)
				if err != nil {
					b.Fatal(err)
				}
				leaps += info.Leapfrogs
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(leaps), "ns/leapfrog")
		})
	}
}
