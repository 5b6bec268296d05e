// Package pyro is a language for probabilistic programs. A model is an ordinary
// Go function whose random choices have names:
//
//	func scale(p *pyro.P, guess float64) *tensor.Tensor {
//		weight := p.Sample("weight", dist.Normal(guess, 1))
//		return p.Sample("measurement", dist.Normal(weight, 0.75))
//	}
//
//	func main() {
//		model := func(p *pyro.P) { scale(p, 8.5) }
//		read := handler.Condition(model, pyro.Data{"measurement": tensor.Of(9.5)})
//		tr, err := pyro.Run(read, rng.New(101))
//		if err != nil {
//			log.Fatal(err)
//		}
//		for s := range tr.Sites() {
//			fmt.Println(s.Name, s.Dist, s.Value, s.Observed)
//		}
//		fmt.Println("log joint", tr.LogProb())
//	}
//
// # Models
//
// The methods of [P] are the statements: [P.Sample] and [P.Observe] for random
// variables and data, [P.Param] for trainable numbers, [P.Plate] for independent
// repetitions, [P.Factor], [P.Deterministic], and loops, scales, masks and scopes.
// They are called from branches, loops, recursion and closures alike. Plates and
// the like return a new handle, and what is drawn from it is inside:
//
//	cluster := p.Plate("cluster", 2)
//	mu := cluster.Sample("mu", dist.Normal(0, 10)) // shape [2]
//	obs := p.Plate("data", data.Len())
//	z := obs.Sample("z", dist.Categorical(probs))
//	obs.Observe("x", dist.Normal(mu.Index(z), 1), data)
//
// A dim of a distribution or of data belongs to a plate, or to one draw (see
// [dist.Independent]); one that belongs to neither is an error.
//
// # Runs
//
// [Run] runs a [Model] and returns its [Trace]: the [Site] of each statement, in
// order, with distribution, value and log probability. Draws depend on the key
// and on the name of the site alone. Nothing is global: models run in parallel,
// and each fit has a [Params] of its own.
//
// # Handlers
//
// A [Handler] changes what the statements of a model do: fixes values, hides
// sites, enumerates choices. Package handler has them as functions from model to
// model, and inference is built on them; [With] applies those of users.
//
// # Mistakes
//
// Inside a model they panic with a [*SiteError], so that a model reads like its
// mathematics; Run, and all inference, returns it as an error that names the
// statement, its line, what was wanted and what was found. Other panics pass
// through.
//
// This package has no inference: see packages infer and infer/mcmc.
package pyro
