package pyro

import "iter"

// Chain is a Markov chain of a run.
type Chain struct {
	Name    string
	History int // steps that a site may look back
}

// Step is the place of a site in a chain, and in those around it. Chains are equal if
// they are the same turn of the same loop.
type Step struct {
	Chain *Chain
	Index int
	Outer *Step // in the chain around; nil if there is none
}

// MarkovOption changes a chain.
type MarkovOption func(*Chain)

// History lets the sites of a chain depend on those of the last n ≥ 0 steps, in
// place of the last one.
func History(n int) MarkovOption { return func(c *Chain) { c.History = n } }

// Markov is a loop over n ≥ 0 steps in which sites depend on enumerated sites of
// the same and of the previous step, or of as many as History says, and on no
// earlier ones. It yields the step and a handle for its sites, whose names the
// loop must make different. The name is that of the chain, for messages. Loops
// may nest, as for grids, and steps of several may alternate.
//
// Where sites are summed out, the time is linear in n. It is so in loops of any
// other kind, and in functions that call each other, since what matters is what
// the sites depend on. Markov says what they may depend on: inference that sums
// sites out reports one that looks back further, which would make every step
// dearer than the one before it.
func (p *P) Markov(name string, n int, opts ...MarkovOption) iter.Seq2[int, *P] {
	return func(yield func(int, *P) bool) {
		c := &Chain{Name: name, History: 1}
		for _, o := range opts {
			o(c)
		}
		if n < 0 || name == "" {
			panic(p.errorf("Markov: chain %q has %d steps; it needs a name and a number that is not negative", name, n))
		}
		if c.History < 0 {
			panic(p.errorf("Markov: chain %q has a history of %d steps; it must not be negative", name, c.History))
		}
		for t := range n {
			q := p.enter()
			q.step = &Step{c, t, p.step}
			if !yield(t, q) {
				return
			}
		}
	}
}
