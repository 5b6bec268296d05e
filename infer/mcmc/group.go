package mcmc

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/rng"
)

// group is the chains that one worker moves. They share a recorded computation,
// and where it is faster to evaluate that at several points at once, they move
// together: in each round, each of them gets the one gradient that it asks for.
// A chain goes on with its own transition as soon as one is over, so none waits for
// the trajectories of others. Draws do not depend on any of this.
type group struct {
	s      *sampler
	key    rng.Key
	p      *potential
	values *values
	most   int           // chains that may move together
	width  int           // chains that do; 0 until there is a recording to tell
	lanes  *replay.Lanes // for width chains; nil if that is one
	least  int           // chains for which lanes are faster, though some stand idle
	idle   []float64     // point of those
	apart  string        // why width is one
	points replay.Points
	live   []*chain
	round  []*chain // those that move now
}

// task is what becomes of the chains of a group.
type task interface {
	next(ctx context.Context, g *group) *chain // opens another chain; nil: there is none
	ready(c *chain) bool                       // whether c may move
	wait(ctx context.Context) bool             // until a chain of the group is ready; false: none will be
	take(c *chain, d Draw) error               // takes a transition
	over(c *chain, err error)                  // takes leave of c
}

// maxLanes bounds the chains that move together: their points leave the first level
// of cache.
const maxLanes = 16

// worthwhile is how much of the time of single evaluations those at once may take.
const worthwhile = 0.95

// group returns an empty group for chains of l.
func (s *sampler) group(l *layout, key rng.Key) *group {
	g := &group{s: s, key: key, p: newPotential(l)}
	g.values = &values{p: g.p}
	g.most = min(maxLanes, (s.Chains+s.Workers-1)/s.Workers)
	if s.Lanes > 0 {
		g.most = min(s.Lanes, s.Chains)
	}
	if g.most == 1 {
		g.width = 1
	}
	g.points = replay.Points{
		Width: l.dim, X: make([]float64, g.most*l.dim), Values: make([]float64, g.most), Grads: make([]float64, g.most*l.dim),
	}
	for _, x := range l.sites {
		g.points.Vars = append(g.points.Vars, replay.Stretch{At: x.at, N: x.n})
	}
	return g
}

// open prepares chain id, from a saved state if there is one.
func (g *group) open(ctx context.Context, id int, saved *savedChain) (*chain, error) {
	c := &chain{id: id, begin: time.Now(), layout: g.p.layout, draw: make([]float64, g.p.size)}
	key := g.key.Fold(id)
	var stream rng.Stream
	random := rand.New(&stream)
	source := func(n int) *rand.Rand {
		stream = key.Fold(n).Stream(0)
		return random
	}
	kernel := g.s.kernel(g.p.dim)
	if saved != nil {
		c.hmc = hmc.Resume(kernel, g.s.config(), source, saved.State)
		return c, g.values.prepare(saved.State.Point.X)
	}
	g.p.count = &c.stats
	state, err := g.p.start(ctx, &g.s.Init, key.FoldName("start"), id)
	if err != nil {
		return nil, err
	}
	if err := g.values.prepare(state.X); err != nil {
		return nil, err
	}
	c.hmc, err = hmc.Start(kernel, g.s.config(), source, state)
	return c, chainError(err, id)
}

// run moves the chains of t until there are none left.
func (g *group) run(ctx context.Context, t task) {
	for {
		g.gather(ctx, t)
		if len(g.round) == 0 {
			if len(g.live) == 0 || !t.wait(ctx) {
				return
			}
			continue
		}
		g.evaluate()
		for _, c := range g.round {
			g.advance(ctx, c, t)
		}
	}
}

// gather chooses the chains that move next.
func (g *group) gather(ctx context.Context, t task) {
	g.round = g.round[:0]
	width := g.choose()
	for _, c := range g.live {
		if len(g.round) < width && t.ready(c) {
			g.round = append(g.round, c)
		}
	}
	for len(g.round) < width {
		c := t.next(ctx, g)
		switch {
		case c == nil:
			return
		case c.hmc.Done(): // it was saved at its end
			t.over(c, nil)
		default:
			g.live, g.round = append(g.live, c), append(g.round, c)
		}
	}
}

// advance tells c its gradient, and t what came of it.
func (g *group) advance(ctx context.Context, c *chain, t task) {
	h, err := c.hmc.Answer(c.logp, c.err)
	if err != nil {
		err = chainError(err, c.id)
	}
	if h != nil {
		d := c.transition(h)
		if !d.Warmup {
			err = g.values.at(h.X, c.draw)
			d.values = c.draw
		}
		if err == nil {
			err = t.take(c, d)
		}
	}
	done := c.hmc.Done()
	if err == nil && !done && c.hmc.Between() {
		err = ctx.Err()
	}
	if err != nil || done {
		g.leave(c)
		t.over(c, err)
	}
}

// leave takes c out of the group.
func (g *group) leave(c *chain) {
	s := g.p.Stats
	c.stats.Why, c.stats.Instructions, c.stats.Bytes = s.Why, s.Instructions, s.Bytes
	c.stats.Lanes = max(c.stats.Lanes, 1)
	if c.stats.Lanes == 1 {
		c.stats.Apart = cmp.Or(s.Why, g.apart)
	}
	g.live = slices.DeleteFunc(g.live, func(o *chain) bool { return o == c })
}

// evaluate gets each chain of the round the gradient that it asks for.
func (g *group) evaluate() {
	for _, c := range g.round {
		c.at = c.hmc.Ask()
	}
	k := len(g.round)
	if g.lanes == nil || k < g.least || !g.atOnce() {
		for _, c := range g.round {
			g.p.count = &c.stats
			c.logp, c.err = g.p.density(c.at.X, c.at.Grad)
		}
		return
	}
	for j, c := range g.round {
		copy(c.at.Grad, g.points.Grads[j*g.p.dim:])
		c.logp, c.err = g.points.Values[j], nil
		c.stats.Replayed++
		c.stats.Lanes = max(c.stats.Lanes, k)
		c.stats.refuse(c.logp, nil)
	}
}

// atOnce evaluates the density at the points of the round.
func (g *group) atOnce() bool {
	for j := range g.width {
		x := g.idle
		if j < len(g.round) {
			x = g.round[j].at.X
		}
		copy(g.points.X[j*g.p.dim:], x)
	}
	return g.lanes.Eval(g.p.key, &g.points)
}

// choose returns the number of chains that move together. Until there is a
// recording it is one; then a measurement tells.
func (g *group) choose() int {
	switch {
	case g.width > 0:
	case g.p.Stats.Why != "":
		g.width = 1
	case g.p.Program() == nil:
		return 1
	default:
		g.measure()
	}
	return g.width
}

// measure compares evaluations at once with single ones, where the last one was.
func (g *group) measure() {
	g.idle = slices.Clone(g.p.x)
	for j := range g.most {
		copy(g.points.X[j*g.p.dim:], g.idle)
	}
	g.width, g.least = g.most, 2
	g.lanes = g.p.Lanes(g.most)
	if g.s.Lanes > 0 {
		return
	}
	cost, why := g.lanes.Cost(g.p.key, &g.points)
	if why == "" && cost > worthwhile {
		why = fmt.Sprintf("%d gradients at once take %.2f of the time of single ones", g.most, cost)
	}
	if g.least = int(cost*float64(g.width)) + 1; why != "" {
		g.width, g.lanes, g.apart = 1, nil, why
	}
}
