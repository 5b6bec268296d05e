package mcmc_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func coin(p *pyro.P) {
	fairness := p.Sample("fairness", dist.Beta(10, 10))
	flips := p.Plate("flips", 10)
	flips.Observe("heads", dist.Bernoulli(fairness), tensor.Of([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}))
}

func ExampleNUTS() {
	result, err := mcmc.NUTS{Draws: 2000}.Run(context.Background(), rng.New(0), coin)
	if err != nil {
		log.Fatal(err)
	}
	row := result.Summary().Rows[0]
	fmt.Printf("%s is %.2f ± %.2f\n", row.Name, row.Mean, row.SD) // exactly 0.533 ± 0.090
	fmt.Println(result.Dims("fairness"), result.Var("fairness").Shape())
	fmt.Println("to be trusted:", result.Diagnose().OK())
	// Output:
	// fairness is 0.53 ± 0.09
	// [chain draw] [4 2000]
	// to be trusted: true
}

func ExampleNUTS_All() {
	above, n := 0, 0
	for d, err := range (mcmc.NUTS{Draws: 500, Chains: 2}).All(context.Background(), rng.New(0), coin) {
		if err != nil {
			log.Fatal(err)
		}
		if n++; d.Value("fairness").Item() > 0.5 {
			above++
		}
	}
	fmt.Printf("probability that heads come more often: %.1f\n", float64(above)/float64(n)) // exactly 0.644
	// Output:
	// probability that heads come more often: 0.6
}

func ExampleHMC() {
	hmc := mcmc.HMC{Time: 2, NUTS: mcmc.NUTS{Draws: 2000, Streaming: true}}
	result, err := hmc.Run(context.Background(), rng.New(0), coin)
	if err != nil {
		log.Fatal(err)
	}
	row := result.Summary().Rows[0]
	fmt.Printf("%s is %.2f ± %.2f\n", row.Name, row.Mean, row.SD)
	// Output:
	// fairness is 0.53 ± 0.09
}
