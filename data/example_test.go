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

func ExampleStopping() {
	d := data.Stopping()
	fmt.Printf("from %.0f mph %.0f feet, from %.0f mph %.0f feet\n", d.Speed[0], d.Distance[0], d.Speed[49], d.Distance[49])
	// Output: from 4 mph 2 feet, from 25 mph 85 feet
}

// Open surgery is better for either size of stones.
func ExampleStones() {
	d := data.Stones()
	for i, n := range d.Patients {
		fmt.Printf("%s stones, %-12s %.0f %%\n", d.Stones[i], d.Treatment[i], 100*d.Recovered[i]/n)
	}
	// Output:
	// small stones, open surgery 93 %
	// small stones, percutaneous 87 %
	// large stones, open surgery 73 %
	// large stones, percutaneous 69 %
}

func ExampleEarthquakes() {
	d := data.Earthquakes()
	fmt.Println(d.Year[:3], d.Count[:3])
	// Output: [1900 1901 1902] [13 14 8]
}
