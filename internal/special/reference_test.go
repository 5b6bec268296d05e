package special

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// reference returns the rows of testdata/reference.json under name.
func reference(t *testing.T, name string) [][]float64 {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][][]float64
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all[name]) == 0 {
		t.Fatalf("no rows for %s", name)
	}
	return all[name]
}

// relErr returns |got-want|/|want|, 0 where both are equal.
func relErr(got, want float64) float64 {
	if got == want {
		return 0
	}
	if e := math.Abs(got-want) / math.Abs(want); !math.IsNaN(e) {
		return e
	}
	return math.Inf(1)
}

// worst follows the largest error over its bound and reports it.
type worst struct {
	err, ratio float64
	at         []float64
	got, want  float64
}

func (w *worst) add(got, want, err, bound float64, at ...float64) {
	if err/bound > w.ratio || math.IsNaN(err) {
		*w = worst{err, err / bound, at, got, want}
	}
}

func (w *worst) check(t *testing.T, name string) {
	t.Helper()
	if !(w.ratio <= 1) {
		t.Errorf("%s%v = %v, want %v: error %.2g is %.3g of the bound", name, w.at, w.got, w.want, w.err, w.ratio)
	} else {
		t.Logf("%s: worst error %.2g (%.2g of the bound) at %v", name, w.err, w.ratio, w.at)
	}
}

func TestUnaryReference(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(float64) float64
		bound float64 // relative, as documented
	}{
		{"Log1pExp", Log1pExp, 4e-16},
		{"LogSigmoid", LogSigmoid, 4e-16},
		{"Sigmoid", Sigmoid, 4e-16},
		{"Log1mExp", Log1mExp, 4e-16},
		{"Lgamma", Lgamma, 1e-15},
		{"Lgamma1p", Lgamma1p, 2e-15},
		{"Digamma", Digamma, 1e-15},
		{"Trigamma", Trigamma, 2e-15},
		{"NormCDF", NormCDF, 2e-15},
		{"LogNormCDF", LogNormCDF, 2e-15},
		{"Erfcx", Erfcx, 1e-15},
		{"Erfinv", Erfinv, 1e-15},
		{"Erfcinv", Erfcinv, 1e-15},
		{"NormQuantile", NormQuantile, 1e-15},
		{"BesselI0e", BesselI0e, 1e-15},
		{"BesselI1e", BesselI1e, 1e-15},
		{"BesselI1I0", BesselI1I0, 1e-15},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w worst
			for _, r := range reference(t, c.name) {
				got := c.f(r[0])
				w.add(got, r[1], relErr(got, r[1]), c.bound, r[0])
			}
			w.check(t, c.name)
		})
	}
}

func TestBinaryReference(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(a, b float64) float64
		bound float64
		scale func(a, b float64) float64 // terms that the bound is relative to, besides the value
	}{
		{"LogAddExp", LogAddExp, 4e-16, func(a, b float64) float64 { return max(math.Abs(a), math.Abs(b), 1) }},
		{"LogSubExp", LogSubExp, 4e-16, func(a, b float64) float64 { return max(math.Abs(a), math.Abs(b), 1) }},
		{"LogPochhammer", LogPochhammer, 4e-15, func(x, n float64) float64 {
			switch {
			case x >= stirlingMin:
				return 0
			case math.Abs(n) <= 1:
				return math.Abs(n)
			}
			return math.Abs(Lgamma(x))
		}},
		{"Lbeta", Lbeta, 4e-15, func(a, b float64) float64 { return math.Abs(Lgamma(min(a, b))) }},
		{"LChoose", LChoose, 1e-14, func(n, k float64) float64 { return math.Abs(Lgamma1p(min(k, n-k))) }},
		{"LogGammaP", LogGammaP, 1e-15, nil},
		{"LogGammaQ", LogGammaQ, 1e-15, nil},
		{"Polygamma", func(n, x float64) float64 { return Polygamma(int(n), x) }, 1e-14, nil},
		{"PolygammaNegative", func(n, x float64) float64 { return Polygamma(int(n), x) }, 1e-14, func(n, x float64) float64 { return math.Abs(Polygamma(int(n), x-math.Floor(x))) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w worst
			for _, r := range reference(t, c.name) {
				got, want := c.f(r[0], r[1]), r[2]
				size := math.Abs(want)
				if c.scale != nil {
					size = max(size, c.scale(r[0], r[1]))
				}
				err := 0.0
				if got != want {
					err = math.Abs(got-want) / size
				}
				w.add(got, want, err, c.bound, r[0], r[1])
			}
			w.check(t, c.name)
		})
	}
}

func TestDigammaNegative(t *testing.T) {
	var w worst
	for _, r := range reference(t, "DigammaNegative") {
		x := r[0]
		got := Digamma(x)
		size := max(math.Abs(Digamma(1-x)), math.Abs(math.Pi*cotPi(x)))
		w.add(got, r[1], math.Abs(got-r[1])/size, 2e-15, x)
	}
	w.check(t, "Digamma")
}
