package data_test

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro/data"
)

func ExampleIris() {
	iris := data.Iris()
	sum, n := map[string]float64{}, map[string]float64{}
	for i, species := range iris.Species {
		sum[species] += iris.PetalLength[i]
		n[species]++
	}
	for _, species := range []string{"setosa", "versicolor", "virginica"} {
		fmt.Printf("%-10s %.3f cm\n", species, sum[species]/n[species])
	}
	// Output:
	// setosa     1.462 cm
	// versicolor 4.260 cm
	// virginica  5.552 cm
}

// The estimate that takes all schools for one.
func ExampleEightSchools() {
	schools := data.EightSchools()
	weighted, precision := 0.0, 0.0
	for i, y := range schools.Effect {
		w := 1 / (schools.StdErr[i] * schools.StdErr[i])
		weighted += w * y
		precision += w
	}
	fmt.Printf("%.1f ± %.1f points\n", weighted/precision, 1/math.Sqrt(precision))
	// Output: 7.7 ± 4.1 points
}

func ExampleBaseball() {
	b := data.Baseball()
	fmt.Printf("%s: %.0f of %.0f, then %.3f in %.0f\n",
		b.Player[0], b.Hits[0], b.AtBats[0], b.RemainderAverage[0], b.RemainderAtBats[0])
	// Output: Clemente: 18 of 45, then 0.346 in 367
}

func ExampleBaseballTable_RemainderHits() {
	b := data.Baseball()
	fmt.Println(b.RemainderHits()[:3])
	// Output: [127 127 144]
}
