package hmc_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gopyro/pyro/infer/internal/hmc"
)

// A normal distribution of mean 3 and standard deviation 2.
func Example() {
	f := func(x, grad []float64) (float64, error) {
		z := (x[0] - 3) / 2
		grad[0] = -z / 2
		return -z * z / 2, nil
	}
	start, err := hmc.Init(f, []float64{0})
	if err != nil {
		log.Fatal(err)
	}
	source := func(n int) *rand.Rand { return rand.New(rand.NewPCG(1, uint64(n))) }
	cfg := hmc.Config{Warmup: hmc.Warmup{Iterations: 500}, Draws: 4000}
	chain, err := hmc.Start(hmc.NewNUTS(1, 10), cfg, source, start)
	if err != nil {
		log.Fatal(err)
	}
	mean := 0.0
	for draw, err := range chain.Draws(context.Background(), f) {
		if err != nil {
			log.Fatal(err)
		}
		mean += draw.X[0] / 4000
	}
	fmt.Printf("%.0f\n", mean)
	// Output: 3
}
