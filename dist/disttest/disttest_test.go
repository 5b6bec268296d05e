package disttest_test

import (
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// faulty is a gamma distribution with one thing wrong.
type faulty struct {
	dist.Distribution // Gamma(concentration, rate)
	fault             string
	p                 []*tensor.Tensor
}

// faults names each fault and the parts of the battery that must find it.
var faults = map[string]string{
	"none":            "",
	"name":            "String",
	"event shape":     "Shapes",
	"draw order":      "Keys",
	"RSample differs": "Keys",
	"draws below":     "Support",
	"NaN outside":     "Support",
	"finite outside":  "Support",
	"NaN is outside":  "Support",
	"normaliser":      "Density",
	"mean":            "Density",
	"variance":        "Density",
	"entropy":         "Density",
	"CDF":             "Density",
	"CDF slope":       "Density",
	"quantile":        "Density",
	"quantile domain": "Density",
	"draws":           "Draws",
	"gradient in x":   "Gradient",
	"gradient":        "Gradient",
	"curvature":       "Curvature",
	"path":            "Path",
	"allocations":     "Allocations",
}

func newFaulty(fault string, p []*tensor.Tensor) dist.Distribution {
	return &faulty{dist.Gamma(p[0], p[1]), fault, p}
}

func (f *faulty) is(fault string) bool { return f.fault == fault }

func (f *faulty) String() string {
	if f.is("name") {
		return "a gamma distribution"
	}
	return f.Distribution.String()
}

func (f *faulty) Expand(batch ...int) dist.Distribution {
	return &faulty{f.Distribution.Expand(batch...), f.fault, f.p}
}

func (f *faulty) Support() constraint.Constraint { return f.Distribution.Support() }

func (f *faulty) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	x := f.Distribution.(dist.Reparam).RSample(key, sample...)
	switch f.fault {
	case "RSample differs":
		return x.MulScalar(1.5)
	case "path":
		return x.Detach().AsGammaSample(f.p[0]).Add(x.Sub(x.Detach()).MulScalar(0.5))
	}
	return f.alter(x)
}

func (f *faulty) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return f.alter(f.Distribution.Sample(key, sample...))
}

func (f *faulty) alter(x *tensor.Tensor) *tensor.Tensor {
	switch f.fault {
	case "event shape":
		return x.Unsqueeze(-1)
	case "draw order":
		if x.Rank() == 1 {
			return x.Flip(0)
		}
	case "draws below":
		return x.SubScalar(1)
	case "draws":
		return x.MulScalar(1.1)
	}
	return x
}

func (f *faulty) LogProb(x *tensor.Tensor) *tensor.Tensor {
	logp := f.Distribution.LogProb(x)
	below := x.LessScalar(0)
	switch f.fault {
	case "NaN outside":
		return below.Where(x.Log(), logp)
	case "finite outside":
		return below.Where(tensor.Of(-20.0), logp)
	case "NaN is outside":
		return x.Equal(x).Where(logp, tensor.Of(-20.0))
	case "normaliser":
		return logp.AddScalar(0.01)
	case "gradient in x":
		return logp.Sub(x.Mul(tensor.Of(0.01))).Add(x.Detach().Mul(tensor.Of(0.01)))
	case "gradient":
		return dist.Gamma(f.p[0].Detach(), f.p[1]).Expand(f.BatchShape()...).LogProb(x)
	case "curvature": // 0, with slope 0
		return logp.Add(f.p[1].Sub(f.p[1].Detach()).Square())
	case "allocations":
		return logp.Add(tensor.Of(make([]float64, 1)).Select(0, 0))
	}
	return logp
}

func (f *faulty) off(fault string, x *tensor.Tensor) *tensor.Tensor {
	if f.is(fault) {
		return x.MulScalar(1.001)
	}
	return x
}

func (f *faulty) Mean() *tensor.Tensor {
	return f.off("mean", f.Distribution.(dist.Moments).Mean())
}

func (f *faulty) Variance() *tensor.Tensor {
	return f.off("variance", f.Distribution.(dist.Moments).Variance())
}

func (f *faulty) Entropy() *tensor.Tensor {
	return f.off("entropy", f.Distribution.(dist.Entropic).Entropy())
}

func (f *faulty) CDF(x *tensor.Tensor) *tensor.Tensor {
	y := f.off("CDF", f.Distribution.(dist.Cumulative).CDF(x))
	if f.is("CDF slope") {
		return y.Detach().Add(x.Sub(x.Detach()).MulScalar(0.1))
	}
	return y
}

func (f *faulty) Quantile(q *tensor.Tensor) *tensor.Tensor {
	x := f.off("quantile", f.Distribution.(dist.Cumulative).Quantile(q))
	if f.is("quantile domain") {
		return f.Distribution.(dist.Cumulative).Quantile(q.Clamp(0, 1))
	}
	return x
}

const inner = "DISTTEST_FAULTS"

// TestFaulty fails on purpose when TestFaults runs it.
func TestFaulty(t *testing.T) {
	if os.Getenv(inner) == "" {
		t.Skip("run by TestFaults")
	}
	for fault := range faults {
		t.Run(fault, func(t *testing.T) {
			p := []*tensor.Tensor{tensor.Of(2.5), tensor.Of(0.3)}
			build := func(p []*tensor.Tensor) dist.Distribution { return newFaulty(fault, p) }
			disttest.Run(t, build(p), disttest.Options{Make: build, Params: p})
		})
	}
	for fault := range countFaults {
		t.Run("count "+fault, func(t *testing.T) { runGeometric(t, fault) })
	}
}

// TestFaults runs the battery on faulty distributions in a process of its own
// and looks for the failures. To see them, run TestFaulty with DISTTEST_FAULTS=1.
func TestFaults(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestFaulty$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=1")
	out, _ := cmd.CombinedOutput() // fails, on purpose
	log := string(out)
	all := maps.Clone(faults)
	for fault, part := range countFaults {
		all["count "+fault] = part
	}
	for fault, part := range all {
		name := "TestFaulty/" + strings.ReplaceAll(fault, " ", "_")
		switch {
		case part == "":
			if !strings.Contains(log, "--- PASS: "+name+" ") {
				t.Errorf("%s: the battery fails without a fault", fault)
			}
		case !strings.Contains(log, "--- FAIL: "+name+"/"+part+" "):
			t.Errorf("%s: %s does not find it", fault, part)
		}
	}
}
