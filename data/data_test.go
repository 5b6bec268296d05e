package data_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/data"
)

// tenths is the sum of one-decimal numbers in units of a tenth, exactly.
func tenths(xs []float64) int {
	s := 0
	for _, x := range xs {
		s += int(math.Round(10 * x))
	}
	return s
}

func TestIrisSums(t *testing.T) {
	d := data.Iris()
	// Fisher gives means: 5.006, 3.428, 1.462 and 0.246 for setosa, and so on.
	// Times 500 they are these sums of tenths.
	want := map[string][4]int{
		"setosa":     {2503, 1714, 731, 123},
		"versicolor": {2968, 1385, 2130, 663},
		"virginica":  {3294, 1487, 2776, 1013},
	}
	for k, species := range []string{"setosa", "versicolor", "virginica"} {
		lo, hi := 50*k, 50*k+50
		for i := lo; i < hi; i++ {
			if d.Species[i] != species {
				t.Fatalf("row %d is %s, want %s", i, d.Species[i], species)
			}
		}
		got := [4]int{
			tenths(d.SepalLength[lo:hi]), tenths(d.SepalWidth[lo:hi]),
			tenths(d.PetalLength[lo:hi]), tenths(d.PetalWidth[lo:hi]),
		}
		if got != want[species] {
			t.Errorf("%s: sums %v, want %v", species, got, want[species])
		}
	}
	if n := len(d.Species); n != 150 {
		t.Errorf("%d rows, want 150", n)
	}
}

// Rows 35 and 38 (from one) are where other copies depart from the paper.
func TestIrisRows(t *testing.T) {
	d := data.Iris()
	for _, c := range []struct {
		row  int
		want [4]float64
	}{
		{0, [4]float64{5.1, 3.5, 1.4, 0.2}},
		{34, [4]float64{4.9, 3.1, 1.5, 0.2}},
		{37, [4]float64{4.9, 3.6, 1.4, 0.1}},
		{50, [4]float64{7.0, 3.2, 4.7, 1.4}},
		{149, [4]float64{5.9, 3.0, 5.1, 1.8}},
	} {
		got := [4]float64{d.SepalLength[c.row], d.SepalWidth[c.row], d.PetalLength[c.row], d.PetalWidth[c.row]}
		if got != c.want {
			t.Errorf("row %d: %v, want %v", c.row, got, c.want)
		}
	}
}

func TestEightSchools(t *testing.T) {
	d := data.EightSchools()
	if want := []float64{28, 8, -3, 7, -1, 1, 18, 12}; !slices.Equal(d.Effect, want) {
		t.Errorf("effects %v, want %v", d.Effect, want)
	}
	if want := []float64{15, 10, 16, 11, 9, 11, 10, 18}; !slices.Equal(d.StdErr, want) {
		t.Errorf("standard errors %v, want %v", d.StdErr, want)
	}
	if d.School[0] != "A" || d.School[7] != "H" {
		t.Errorf("schools %v", d.School)
	}
}

// The paper transforms x = √45 arcsin(2y−1), finds that Stein's estimator shrinks
// towards the mean by the factor .209, and that its total squared error against
// the remainder of the season is 3.5 times smaller.
func TestBaseballStein(t *testing.T) {
	d := data.Baseball()
	if len(d.Player) != 18 {
		t.Fatalf("%d players, want 18", len(d.Player))
	}
	transform := func(y float64) float64 { return math.Sqrt(45) * math.Asin(2*y-1) }
	var x [18]float64
	mean := 0.0
	for i := range x {
		x[i] = transform(d.Hits[i] / d.AtBats[i])
		mean += x[i] / 18
	}
	spread := 0.0
	for _, e := range x {
		spread += (e - mean) * (e - mean)
	}
	shrink := 1 - 15/spread
	if got := math.Round(1000 * shrink); got != 209 {
		t.Errorf("shrinkage %.4f, want .209", shrink)
	}
	plain, stein := 0.0, 0.0
	for i, e := range x {
		theta := transform(d.RemainderAverage[i])
		plain += (e - theta) * (e - theta)
		s := mean + shrink*(e-mean) - theta
		stein += s * s
	}
	if got := math.Round(10 * plain / stein); got != 35 {
		t.Errorf("efficiency %.3f, want 3.5", plain/stein)
	}
}

func TestBaseballRemainderHits(t *testing.T) {
	d := data.Baseball()
	hits := d.RemainderHits()
	for i, n := range d.RemainderAtBats {
		fits := 0
		for h := 0.0; h <= n; h++ {
			if math.Round(1000*h/n) == math.Round(1000*d.RemainderAverage[i]) {
				fits++
				if h != hits[i] {
					t.Errorf("%s: %v hits round to the average, got %v", d.Player[i], h, hits[i])
				}
			}
		}
		if fits != 1 {
			t.Errorf("%s: %d counts of hits round to the average, want 1", d.Player[i], fits)
		}
	}
	if season := d.Hits[0] + hits[0]; season != 145 {
		t.Errorf("Clemente's hits of 1970: %v, want 145", season)
	}
}

// R prints this fit for its copy: summary(lm(dist ~ speed, cars)).
func TestStoppingLeastSquares(t *testing.T) {
	d := data.Stopping()
	n := float64(len(d.Speed))
	var sx, sy, sxx, sxy, syy float64
	for i, x := range d.Speed {
		y := d.Distance[i]
		sx, sy, sxx, sxy, syy = sx+x, sy+y, sxx+x*x, sxy+x*y, syy+y*y
	}
	slope := (sxy - sx*sy/n) / (sxx - sx*sx/n)
	intercept := (sy - slope*sx) / n
	sigma := math.Sqrt((syy - intercept*sy - slope*sxy) / (n - 2))
	for _, c := range []struct {
		name              string
		got, want, digits float64
	}{
		{"intercept", intercept, -17.5791, 1e4}, {"slope", slope, 3.9324, 1e4}, {"residual standard error", sigma, 15.38, 1e2},
	} {
		if math.Round(c.got*c.digits) != math.Round(c.want*c.digits) {
			t.Errorf("%s %v, want %v", c.name, c.got, c.want)
		}
	}
}

// Julious and Mullee: 78% (273/350) against 83% (289/350).
func TestStonesTotals(t *testing.T) {
	d := data.Stones()
	patients, recovered := map[string]float64{}, map[string]float64{}
	for i, treatment := range d.Treatment {
		patients[treatment] += d.Patients[i]
		recovered[treatment] += d.Recovered[i]
	}
	if patients["open surgery"] != 350 || patients["percutaneous"] != 350 {
		t.Errorf("patients %v, want 350 each", patients)
	}
	if recovered["open surgery"] != 273 || recovered["percutaneous"] != 289 {
		t.Errorf("recovered %v, want 273 and 289", recovered)
	}
	if want := []string{"small", "small", "large", "large"}; !slices.Equal(d.Stones, want) {
		t.Errorf("stones %v, want %v", d.Stones, want)
	}
}

// Zucchini and MacDonald: the mean is 19.36 and the variance 51.57.
func TestEarthquakesMoments(t *testing.T) {
	d := data.Earthquakes()
	if n := len(d.Year); n != 107 || d.Year[0] != 1900 || d.Year[106] != 2006 {
		t.Fatalf("%d years from %v, want 107 from 1900", n, d.Year[0])
	}
	sum, squares := 0.0, 0.0
	for _, c := range d.Count {
		sum, squares = sum+c, squares+c*c
	}
	mean := sum / 107
	if variance := (squares - 107*mean*mean) / 106; math.Round(100*mean) != 1936 || math.Round(100*variance) != 5157 {
		t.Errorf("mean %v and variance %v, want 19.36 and 51.57", mean, variance)
	}
}

func TestCopies(t *testing.T) {
	a := data.Iris()
	a.PetalLength[0], a.Species[0] = -1, "rose"
	if b := data.Iris(); b.PetalLength[0] != 1.4 || b.Species[0] != "setosa" {
		t.Error("a change of one table shows in the next")
	}
}
