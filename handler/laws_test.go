package handler_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// run runs a model that is legal.
func run(m pyro.Model) *pyro.Trace { return runWith(m, rng.New(0)) }

func runWith(m pyro.Model, key rng.Key) *pyro.Trace {
	tr, err := pyro.Run(m, key)
	if err != nil {
		panic(err)
	}
	return tr
}

// describe tells of each site all that a law can keep or change.
func describe(tr *pyro.Trace) []string {
	var out []string
	for s := range tr.Sites() {
		line := fmt.Sprintf("%v %s observed=%v plates=%d", s.Kind, s.Name, s.Observed, len(s.Plates))
		if s.Value != nil {
			for _, v := range s.Value.Float64s() {
				line += fmt.Sprintf(" %x", math.Float64bits(v))
			}
		}
		if s.Kind == pyro.SampleSite {
			line += fmt.Sprintf(" lp=%x", math.Float64bits(s.LogProb().Sum().Item()))
		}
		out = append(out, line)
	}
	return out
}

func same(t *testing.T, law string, a, b *pyro.Trace) {
	t.Helper()
	x, y := describe(a), describe(b)
	if !slices.Equal(x, y) {
		t.Errorf("%s:\n%v\n%v", law, x, y)
	}
}

// rich has all kinds of statements.
func rich(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 2))
	b := p.Param("b", tensor.Of(2.0), constraint.Positive)
	q := p.Plate("data", 6, pyro.Subsample(3))
	z := q.Sample("z", dist.Normal(mu, b))
	q.Sample("k", dist.Bernoulli(0.3))
	p.Deterministic("twice", mu.MulScalar(2))
	p.Scale(tensor.Of(0.5)).Factor("f", mu)
	q.Observe("y", dist.Normal(z, 1), q.Subsample(tensor.Arange(6), 0))
}

func scale(p *pyro.P) {
	w := p.Sample("weight", dist.Normal(8.5, 1))
	p.Sample("measurement", dist.Normal(w, 0.75))
}

// scale2 does not know how precise the scale is.
func scale2(p *pyro.P) {
	w := p.Sample("weight", dist.Normal(8.5, 1))
	tolerance := p.Sample("tolerance", dist.Normal(0, 1)).Abs()
	p.Sample("measurement", dist.Normal(w, tolerance))
}

var one = tensor.Of(1.0)

func TestConditionsCommute(t *testing.T) {
	w, m := pyro.Data{"weight": one}, pyro.Data{"measurement": tensor.Of(2.0)}
	a := run(handler.Condition(handler.Condition(scale2, w), m))
	b := run(handler.Condition(handler.Condition(scale2, m), w))
	c := run(handler.Condition(scale2, pyro.Data{"weight": one, "measurement": tensor.Of(2.0)}))
	same(t, "nesting in either order", a, b)
	same(t, "one set of data", a, c)
	if s := a.Site("weight"); !s.Observed || s.Value.Item() != 1 {
		t.Errorf("weight %+v", s)
	}
	if a.Site("tolerance").Observed {
		t.Error("a site that was not named is observed")
	}
}

func TestConditionLeavesTheModelAlone(t *testing.T) {
	before := run(scale)
	conditioned := run(handler.Condition(scale, pyro.Data{"measurement": tensor.Of(8.5)}))
	same(t, "the model after it was conditioned", before, run(scale))
	if a, b := before.Value("weight").Item(), conditioned.Value("weight").Item(); a != b {
		t.Errorf("the draw of another site changed from %v to %v", a, b)
	}
	if s := conditioned.Site("measurement"); !s.Observed || s.Value.Item() != 8.5 {
		t.Errorf("measurement %v, observed %v", s.Value, s.Observed)
	}
}

// A condition deferred to the caller, and one written into the model, are the same.
func TestDeferredAndInline(t *testing.T) {
	deferred := func(v float64) pyro.Model {
		return handler.Condition(scale, pyro.Data{"measurement": tensor.Of(v)})
	}
	inline := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	same(t, "deferred and inline", run(deferred(9.5)), run(inline))
	// log N(w; 8.5, 1) + log N(9.5; w, 0.75) for w = 6.7466.
	tr := run(handler.Substitute(deferred(9.5), pyro.Data{"weight": tensor.Of(6.7466)}))
	z := (9.5 - 6.7466) / 0.75
	want := -0.5*(8.5-6.7466)*(8.5-6.7466) - 0.5*z*z - math.Log(0.75) - math.Log(2*math.Pi)
	if got := tr.LogProb().Item(); math.Abs(got-want) > 8*0x1p-52*math.Abs(want) {
		t.Errorf("log joint %v, want %v", got, want)
	}
}

func TestUncondition(t *testing.T) {
	same(t, "condition, then uncondition",
		run(handler.Uncondition(handler.Condition(scale, pyro.Data{"measurement": one}))), run(scale))
	tr := run(handler.Uncondition(rich))
	if tr.Site("y").Observed || !tr.Site("f").Observed {
		t.Error("data are latent, factors stay")
	}
	v := tensor.Of(3.0)
	same(t, "uncondition, then condition",
		run(handler.Condition(handler.Uncondition(handler.Condition(scale, pyro.Data{"weight": one})), pyro.Data{"weight": v})),
		run(handler.Condition(scale, pyro.Data{"weight": v})))
}

func TestReplayReproduces(t *testing.T) {
	tr := run(rich)
	again := runWith(handler.Replay(rich, tr), rng.New(99))
	same(t, "replay under another key", tr, again)
	same(t, "replay of a replay", tr, runWith(handler.Replay(rich, again), rng.New(5)))
	if slices.Equal(describe(tr), describe(runWith(rich, rng.New(99)))) {
		t.Error("another key gives the same run")
	}
	// Sites that the trace lacks are drawn.
	part := run(handler.Expose(rich, "mu"))
	mixed := runWith(handler.Replay(rich, part), rng.New(99))
	if mixed.Value("mu").Item() != tr.Value("mu").Item() || mixed.Value("z").At(0) == tr.Value("z").At(0) {
		t.Error("replay of a part")
	}
}

func TestSubstitute(t *testing.T) {
	tr := run(handler.Substitute(rich, pyro.Data{"mu": one, "b": tensor.Of(5.0)}))
	if s := tr.Site("mu"); s.Observed || s.Value.Item() != 1 {
		t.Errorf("mu %v, observed %v", s.Value, s.Observed)
	}
	if v := tr.Value("b").Item(); v != 5 {
		t.Errorf("parameter %v", v)
	}
	ps := pyro.NewParams()
	tr = run(handler.Substitute(ps.Bind(rich), pyro.Data{"b": tensor.Of(5.0)}))
	if v := tr.Value("b").Item(); v != 5 {
		t.Errorf("bound parameter %v", v)
	}
	if v := ps.Get("b").Item(); v != 2 {
		t.Errorf("the store has %v", v)
	}
	// A parameter that is read twice is one name.
	run(handler.Substitute(func(p *pyro.P) { p.Param("a", one); p.Param("a", one) }, pyro.Data{"a": one}))
}

func TestAllowMissing(t *testing.T) {
	data := pyro.Data{"nothing": one}
	for name, m := range map[string]pyro.Model{
		"Condition":  handler.Condition(scale, data, handler.AllowMissing),
		"Substitute": handler.Substitute(scale, data, handler.AllowMissing),
		"Do":         handler.Do(scale, data, handler.AllowMissing),
	} {
		same(t, name, run(m), run(scale))
	}
	observed := handler.Condition(scale, pyro.Data{"weight": one})
	same(t, "Substitute of an observed site",
		run(handler.Substitute(observed, pyro.Data{"weight": tensor.Of(3.0)}, handler.AllowMissing)), run(observed))
}

// probability sums the joint probability over all values of binary latent sites.
func probability(t *testing.T, m pyro.Model) (sum float64) {
	t.Helper()
	var names []string
	for s := range run(m).Latents() {
		names = append(names, s.Name)
	}
	for bits := range 1 << len(names) {
		data := pyro.Data{}
		for i, n := range names {
			data[n] = tensor.Of(bits >> i & 1)
		}
		sum += math.Exp(run(handler.Substitute(m, data)).LogProb().Item())
	}
	return sum
}

// confounded is a model where z makes both x and y likelier.
func confounded(p *pyro.P) {
	z := p.Sample("z", dist.Bernoulli(0.5))
	x := p.Sample("x", dist.Bernoulli(z.MulScalar(0.6).AddScalar(0.2)))
	p.Sample("y", dist.Bernoulli(x.MulScalar(0.3).Add(z.MulScalar(0.4)).AddScalar(0.1)))
}

func TestDoIsNotCondition(t *testing.T) {
	x, y := pyro.Data{"x": one}, pyro.Data{"y": one}
	both := pyro.Data{"x": one, "y": one}
	see := probability(t, handler.Condition(confounded, both)) / probability(t, handler.Condition(confounded, x))
	// 0.5·0.8·0.8 + 0.5·0.2·0.4 = 0.36 of 0.5.
	if math.Abs(see-0.72) > 1e-15 {
		t.Errorf("P(y | x = 1) = %v, want 0.72", see)
	}
	set := probability(t, handler.Condition(handler.Do(confounded, x), y))
	if math.Abs(set-0.6) > 1e-15 { // 0.5·0.8 + 0.5·0.4
		t.Errorf("P(y | do(x = 1)) = %v, want 0.6", set)
	}
	// The two mix in either order.
	if other := probability(t, handler.Do(handler.Condition(confounded, y), x)); math.Abs(other-set) > 1e-15 {
		t.Errorf("in the other order %v, want %v", other, set)
	}
	if total := probability(t, handler.Do(confounded, x)); math.Abs(total-1) > 1e-15 {
		t.Errorf("the probabilities after an intervention sum to %v", total)
	}
}

func TestDoCutsTheSite(t *testing.T) {
	plain, tr := run(confounded), run(handler.Do(confounded, pyro.Data{"x": one}))
	if want := []string{"z", "x__CF", "y"}; !slices.Equal(tr.Names(), want) {
		t.Fatalf("sites %v, want %v", tr.Names(), want)
	}
	if tr.Value("z").Item() != plain.Value("z").Item() {
		t.Error("an ancestor changed")
	}
	// The natural value can be seen: a counterfactual.
	c := run(handler.Condition(handler.Do(confounded, pyro.Data{"x": one}), pyro.Data{"x__CF": tensor.Of(0.0)}))
	if s := c.Site("x__CF"); !s.Observed || s.Value.Item() != 0 {
		t.Errorf("natural site %v", s.Value)
	}
	// In a scope all names stay in it.
	tr = run(handler.Scope(handler.Do(confounded, pyro.Data{"x": one}), "a"))
	if want := []string{"a.z", "a.x__CF", "a.y"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v, want %v", tr.Names(), want)
	}
}

func TestBlockHidesAndNothingElse(t *testing.T) {
	full := run(rich)
	for name, hide := range map[string]handler.Selector{
		"names":     handler.Names("z", "f"),
		"all but":   handler.Except("mu", "y"),
		"kinds":     handler.Kinds(pyro.ParamSite, pyro.PlateSite),
		"predicate": func(s *pyro.Site) bool { return s.Observed },
		"nothing":   handler.Names(),
	} {
		blocked := run(handler.Block(rich, hide))
		want := []string{}
		for i, line := range describe(full) {
			s := full.Site(full.Names()[i])
			if !hide(s) {
				want = append(want, line)
			}
		}
		if got := describe(blocked); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, got, want)
		}
	}
	// Handlers inside see what is hidden outside.
	var tr pyro.Trace
	run(handler.Block(handler.Record(rich, &tr), handler.Kinds(pyro.SampleSite)))
	same(t, "record inside block", &tr, full)
	// A condition outside does not reach it.
	_, err := pyro.Run(handler.Condition(handler.Block(scale, handler.Names("weight")), pyro.Data{"weight": one}), rng.New(0))
	if err == nil {
		t.Error("a hidden site can be conditioned on")
	}
}

func TestExpose(t *testing.T) {
	tr := run(handler.Expose(rich, "mu", "k"))
	if want := []string{"mu", "b", "data", "k", "twice"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v, want %v", tr.Names(), want)
	}
}

func TestRecord(t *testing.T) {
	var tr pyro.Trace
	same(t, "record is the trace of the run", run(handler.Record(rich, &tr)), &tr)
	var inside pyro.Trace
	outer := run(handler.Condition(handler.Record(scale, &inside), pyro.Data{"weight": one}))
	same(t, "record sees what handlers further out do", &inside, outer)
	var scoped pyro.Trace
	run(handler.Scope(handler.Record(scale, &scoped), "a"))
	if want := []string{"a.weight", "a.measurement"}; !slices.Equal(scoped.Names(), want) {
		t.Errorf("sites %v, want %v", scoped.Names(), want)
	}
	var params pyro.Trace
	run(handler.Record(func(p *pyro.P) { p.Param("a", one); p.Param("a", one) }, &params))
	if params.Len() != 1 {
		t.Errorf("sites %v", params.Names())
	}
}

func TestScaleMaskAndPlatesMultiply(t *testing.T) {
	y := tensor.Of([]float64{1, 2, 3})
	m := func(p *pyro.P) {
		q := p.Plate("data", 6, pyro.Indices(tensor.Of([]int{0, 2, 4})))
		q.Observe("y", dist.Normal(0, 1), y)
	}
	mask := tensor.Of([]bool{true, false, true})
	base := run(m).Site("y").LogProb().Float64s()
	for name, h := range map[string]pyro.Model{
		"scale outside": handler.Scale(handler.Mask(m, mask), tensor.Of(3)),
		"mask outside":  handler.Mask(handler.Scale(m, tensor.Of(3)), mask),
		"two scales":    handler.Scale(handler.Scale(handler.Mask(m, mask), tensor.Of(1.5)), tensor.Of(2)),
	} {
		got := run(h).Site("y").LogProb().Float64s()
		want := []float64{3 * base[0], 0, 3 * base[2]}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 4*0x1p-52*math.Abs(want[i]) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}

func TestSeed(t *testing.T) {
	key := rng.New(7)
	same(t, "the key of the run does not matter",
		runWith(handler.Seed(rich, key), rng.New(1)), runWith(handler.Seed(rich, key), rng.New(2)))
	same(t, "seed is a run with that key", run(handler.Seed(rich, key)), runWith(rich, key))
	same(t, "the innermost decides", run(handler.Seed(handler.Seed(rich, key), rng.New(8))), runWith(rich, key))
}

func TestLift(t *testing.T) {
	m := func(p *pyro.P) {
		b := p.Param("b", tensor.Ones(3), constraint.Positive)
		p.Deterministic("again", p.Param("b", tensor.Ones(3), constraint.Positive))
		p.Plate("data", 3).Sample("x", dist.Normal(0, b))
	}
	ps := pyro.NewParams()
	tr := run(ps.Bind(handler.Lift(m, map[string]dist.Distribution{"b": dist.Gamma(tensor.Full(2, 3), 1)})))
	s := tr.Site("b")
	if s.Kind != pyro.SampleSite || s.Observed || !slices.Equal(s.Value.Shape(), []int{3}) {
		t.Errorf("site %v of shape %v", s.Kind, s.Value.Shape())
	}
	want := 0.0
	for _, v := range s.Value.Float64s() {
		want += math.Log(v) - v // Gamma(2, 1)
	}
	if got := s.LogProb().Item(); math.Abs(got-want) > 16*0x1p-52*(math.Abs(want)+6) {
		t.Errorf("log probability %v, want %v", got, want)
	}
	if !slices.Equal(tr.Value("again").Float64s(), s.Value.Float64s()) {
		t.Error("a second read has another value")
	}
	if len(ps.Names()) != 0 {
		t.Errorf("the store has %v", ps.Names())
	}
}

// What a handler did in a rehearsal is not done to the run.
func TestRehearsal(t *testing.T) {
	m := func(p *pyro.P) {
		b := p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.Sample("x", dist.Normal(0, b))
	}
	rehearsed := func(p *pyro.P) {
		tr, err := p.Rehearse(m, func(m pyro.Model) pyro.Model { return m })
		if err != nil {
			t.Fatal(err)
		}
		if tr.Len() != 2 {
			t.Errorf("the rehearsal has sites %v", tr.Names())
		}
		m(p)
	}
	priors := map[string]dist.Distribution{"b": dist.Gamma(2, 1)}
	data := pyro.Data{"x": tensor.Of(0.5)}
	all := func(m pyro.Model) pyro.Model {
		return handler.Expose(handler.Condition(handler.Lift(handler.NonCentered(m), priors), data), "b", "x")
	}
	same(t, "a rehearsal before", run(all(rehearsed)), run(all(m)))
	if k := run(all(rehearsed)).Site("b").Kind; k != pyro.SampleSite {
		t.Errorf("b is a %v site", k)
	}
}

func TestConfig(t *testing.T) {
	tr := run(handler.Config(rich, func(s *pyro.Site) { s.NoReparam = true; s.Enumerate = pyro.EnumNever }))
	for s := range tr.Sites() {
		if s.NoReparam != (s.Kind == pyro.SampleSite) || (s.Enumerate == pyro.EnumNever) != (s.Kind == pyro.SampleSite) {
			t.Errorf("%v site %s: %v, %v", s.Kind, s.Name, s.NoReparam, s.Enumerate)
		}
	}
}

// Enumerated values are those of the support, along a dim of their own, and the
// sum over them of all joint probabilities is 1.
func TestEnumSumsToOne(t *testing.T) {
	tr := run(handler.Enum(confounded, -3))
	for i, name := range []string{"z", "x", "y"} {
		s := tr.Site(name)
		want := append([]int{2}, slices.Repeat([]int{1}, 2+i)...)
		if s.EnumDim != -3-i || !slices.Equal(s.Value.Shape(), want) {
			t.Errorf("%s lists values of shape %v along %d, want %v along %d", name, s.Value.Shape(), s.EnumDim, want, -3-i)
		}
	}
	joint := tr.Site("z").LogProb().Add(tr.Site("x").LogProb()).Add(tr.Site("y").LogProb())
	if joint.Size() != 8 {
		t.Fatalf("joint of shape %v", joint.Shape())
	}
	if sum := joint.Exp().Sum().Item(); math.Abs(sum-1) > 1e-15 {
		t.Errorf("probabilities sum to %v", sum)
	}
	// P(y = 1) = Σ over z, x, exactly as by explicit runs.
	want := probability(t, handler.Condition(confounded, pyro.Data{"y": one}))
	seen := run(handler.Enum(handler.Condition(confounded, pyro.Data{"y": one}), -3))
	lp := seen.Site("z").LogProb().Add(seen.Site("x").LogProb()).Add(seen.Site("y").LogProb())
	if got := lp.LogSumExp().Exp().Item(); math.Abs(got-want) > 1e-15 {
		t.Errorf("P(y = 1) = %v, want %v", got, want)
	}
	none := run(handler.Enum(func(p *pyro.P) {
		p.Sample("a", dist.Bernoulli(0.5), pyro.NoEnum)
		p.Sample("b", dist.Normal(0, 1))
		p.Observe("c", dist.Bernoulli(0.5), one)
		p.Sample("d", dist.Poisson(3))
	}, -2))
	for s := range none.Sites() {
		if s.EnumDim != 0 {
			t.Errorf("%s is enumerated", s.Name)
		}
	}
}

// In a plate z·scale + loc has the density of the site itself.
func TestNonCentered(t *testing.T) {
	loc := tensor.Of([]float64{1, -2, 3})
	m := func(p *pyro.P) {
		s := p.Sample("s", dist.Gamma(2, 1))
		p.Scale(tensor.Of(2)).Plate("data", 3).Sample("x", dist.Normal(loc, s))
	}
	tr := run(handler.NonCentered(m, "x"))
	if want := []string{"s", "data", "x_decentered", "x"}; !slices.Equal(tr.Names(), want) {
		t.Fatalf("sites %v, want %v", tr.Names(), want)
	}
	x, z, s := tr.Site("x"), tr.Site("x_decentered"), tr.Value("s").Item()
	if x.Kind != pyro.DeterministicSite || len(z.Plates) != 1 || !slices.Equal(z.Dist.BatchShape(), []int{3}) {
		t.Errorf("x is %v, z in %v with batch shape %v", x.Kind, z.Plates, z.Dist.BatchShape())
	}
	centred := run(handler.Substitute(m, pyro.Data{"s": tensor.Of(s), "x": x.Value})).Site("x")
	for i := range 3 {
		want := z.Value.At(i)*s + loc.At(i)
		if x.Value.At(i) != want {
			t.Errorf("x[%d] = %v, want %v", i, x.Value.At(i), want)
		}
		// Each counts twice; log N(z; 0, 1) = log N(x; loc, s) + log s, where x - loc
		// has lost the digits of z below an ulp of loc.
		got, want := z.LogProb().At(i), centred.LogProb().At(i)+2*math.Log(s)
		if math.Abs(got-want) > 1e-14*(1+math.Abs(want)) {
			t.Errorf("log probability %v, want %v", got, want)
		}
	}
}

func TestScopeAndHandlers(t *testing.T) {
	sub := handler.Condition(scale, pyro.Data{"measurement": tensor.Of(9.5)})
	// A model under a handler can be part of another one, several times.
	tr := run(func(p *pyro.P) {
		handler.Scope(sub, "left")(p)
		sub(p.Scope("right"))
	})
	want := []string{"left.weight", "left.measurement", "right.weight", "right.measurement"}
	if !slices.Equal(tr.Names(), want) {
		t.Fatalf("sites %v, want %v", tr.Names(), want)
	}
	if !tr.Site("left.measurement").Observed || !tr.Site("right.measurement").Observed {
		t.Error("conditions inside scopes")
	}
	if tr.Value("left.weight").Item() == tr.Value("right.weight").Item() {
		t.Error("scopes share draws")
	}
	// From outside names are full.
	tr = run(handler.Condition(handler.Scope(scale, "a"), pyro.Data{"a.weight": one}))
	if !tr.Site("a.weight").Observed {
		t.Error("a condition from outside")
	}
	// Hidden sites of different scopes draw apart too.
	var left, right pyro.Trace
	run(func(p *pyro.P) {
		handler.Block(handler.Record(scale, &left), handler.Names("weight", "measurement"))(p.Scope("left"))
		handler.Block(handler.Record(scale, &right), handler.Names("weight", "measurement"))(p.Scope("right"))
	})
	if x, y := left.Value("weight").Item(), right.Value("weight").Item(); x == y {
		t.Errorf("hidden sites of two scopes have the same draw %v", x)
	}
	// Seeds inside do not depend on the scope.
	key := rng.New(3)
	if a, b := run(handler.Scope(handler.Seed(scale, key), "a")).Value("a.weight").Item(), runWith(scale, key).Value("weight").Item(); a != b {
		t.Errorf("seeded in a scope %v, alone %v", a, b)
	}
	// A store inside is shared by the scopes, one outside keeps them apart.
	ps := pyro.NewParams()
	net := func(p *pyro.P) { p.Param("w", one) }
	run(func(p *pyro.P) { ps.Bind(net)(p.Scope("a")); ps.Bind(net)(p.Scope("b")) })
	run(ps.Bind(func(p *pyro.P) { net(p.Scope("a")); net(p.Scope("b")) }))
	if want := []string{"w", "a.w", "b.w"}; !slices.Equal(ps.Names(), want) {
		t.Errorf("parameters %v, want %v", ps.Names(), want)
	}
}

// counter is a handler of a user: it counts sites, in both directions.
type counter struct{ log *[]string }

func (c counter) Process(_ *pyro.P, s *pyro.Site) { *c.log = append(*c.log, "in "+s.Name) }
func (c counter) PostProcess(s *pyro.Site)        { *c.log = append(*c.log, "out "+s.Name) }
func (c counter) Finish(outer *pyro.P)            { *c.log = append(*c.log, "end") }
func counted(m pyro.Model, log *[]string) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return counter{log} })
}

// A handler of a user sees sites innermost first, and values outermost first;
// it may make further sites in its outer handle.
func TestHandlersOfUsers(t *testing.T) {
	var log []string
	m := func(p *pyro.P) { p.Sample("x", dist.Normal(0, 1)) }
	run(counted(m, &log))
	if want := []string{"in x", "out x", "end"}; !slices.Equal(log, want) {
		t.Errorf("log %v", log)
	}
	log = nil
	run(counted(pyro.With(counted(m, &log), func() pyro.Handler { return prior{} }), &log))
	want := []string{"in x", "in x.loc", "out x.loc", "in x", "out x", "out x", "end", "end"}
	if !slices.Equal(log, want) {
		t.Errorf("log  %v\nwant %v", log, want)
	}
	tr := run(pyro.With(m, func() pyro.Handler { return prior{} }))
	if want := []string{"x.loc", "x"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v", tr.Names())
	}
	x, loc := tr.Value("x").Item(), tr.Value("x.loc").Item()
	want2 := -0.5*(x-loc)*(x-loc) - 0.5*math.Log(2*math.Pi)
	if got := tr.Site("x").LogProb().Item(); math.Abs(got-want2) > 4*0x1p-52*math.Abs(want2) {
		t.Errorf("log probability %v, want %v", got, want2)
	}
}

// prior gives each sample site a random location.
type prior struct{ pyro.NopHandler }

func (prior) Process(outer *pyro.P, s *pyro.Site) {
	s.Dist = dist.Normal(outer.Sample(s.Name+".loc", dist.Normal(0, 10)), 1)
}

// The same handled model runs in parallel: handlers keep no state between runs.
func TestHandlersInParallel(t *testing.T) {
	m := handler.Condition(handler.NonCentered(scale, "weight"), pyro.Data{"measurement": tensor.Of(9.5)})
	want := run(m).LogProb().Item()
	done := make(chan float64)
	for range 4 {
		go func() {
			var v float64
			for range 20 {
				v = run(m).LogProb().Item()
			}
			done <- v
		}()
	}
	for range 4 {
		if got := <-done; got != want {
			t.Errorf("log joint %v, want %v", got, want)
		}
	}
}
