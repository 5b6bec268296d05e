package tensor_test

import (
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestReplayView repeats a gradient in which a view is taken of a value that the
// program joins with another one: of a product with the ones that Sum passes
// back, which is the factor itself.
func TestReplayView(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	leaf := tensor.Using(x, 2, 3)
	c := tensor.New([]float64{1, 5, 2, 4, 3, 3}, 3, 2)
	f := func(v *tensor.Tensor) *tensor.Tensor { return c.Add(v.T()).LogSumExp(-1).Sum() }
	tape := tensor.NewTape()
	tape.Watch(rng.New(0))
	v := tape.Var(leaf)
	program := tape.Record(f(v), []*tensor.Tensor{v})
	for round := range 3 {
		for i := range x {
			x[i] = float64((i+1)*(round+2)%5) / 2
		}
		want := make([]float64, 6)
		v := tape.Var(leaf)
		tape.GradInto([][]float64{want}, f(v), []*tensor.Tensor{v})
		tape.Reset()
		program.Run(rng.New(0))
		got := make([]float64, 6)
		program.CopyOutput(1, got)
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("round %d: gradient %v, want %v", round, got, want)
			}
		}
	}
}

// TestDrawnNumbersAreReads: a plain number that a watched key draws may steer what
// follows, and a tensor of random numbers does not.
func TestDrawnNumbersAreReads(t *testing.T) {
	tape, key := tensor.NewTape(), rng.New(1)
	for method, draw := range map[string]func(k rng.Key) any{
		"Key.Uniform":  func(k rng.Key) any { return k.Fold(1).Uniform() },
		"Key.Normal":   func(k rng.Key) any { return k.FoldName("x").Normal() },
		"Key.Stream":   func(k rng.Key) any { return k.Rand().Float64() },
		"Key.Normals":  func(k rng.Key) any { x := make([]float64, 1); k.Normals(x); return x[0] },
		"Key.Uniforms": func(k rng.Key) any { x := make([]float64, 1); k.Uniforms(x); return x[0] },
		"Key.Bits":     func(k rng.Key) any { x := make([]uint64, 1); k.Bits(x); return x[0] },
		"": func(k rng.Key) any {
			x := tensor.Normals(k.Fold(1), 3).Add(tensor.Uniforms(k.Fold(2)))
			tensor.Draws(k, func(s *rng.Stream, p []float64) float64 { return p[0] * s.Normal() }, []int{3}, x)
			return nil
		},
	} {
		watched := tape.Watch(key)
		tape.Place("here")
		got := draw(watched)
		read, place, _ := tape.Dynamic()
		if read != method || method != "" && place != "here" {
			t.Errorf("%s: noted %q near %q", method, read, place)
		}
		tape.Reset()
		if want := draw(key); got != want {
			t.Errorf("%s: a watched key draws %v, want %v", method, got, want)
		}
	}
}

// TestLanesOfSamples: lanes have the values of runs with the key and inputs of each,
// and its conditions.
func TestLanesOfSamples(t *testing.T) {
	const k = 4
	for _, d := range []tensor.DType{tensor.Float64, tensor.Float32} {
		leaf := tensor.Using(make([]float64, 2), 2)
		tape := tensor.NewTape()
		key := tape.Watch(rng.New(0))
		x := tape.Var(leaf)
		y := x.Detach().To(d).Add(tensor.Normals(key.FoldName("z"), 2).To(d))
		holds := func(xs []*tensor.Tensor) func() bool {
			return func() bool { return xs[1].DType() == d && xs[0].Find(func(v float64) bool { return v == 7 }) < 0 }
		}
		tape.Require(tensor.Condition{Implied: true, Bind: holds}, x, y)
		program := tape.RecordSample([]*tensor.Tensor{y, tensor.Of(2.5)}, []*tensor.Tensor{x})
		lanes := program.Lanes(k)
		points, keys := []float64{1, 2, 3, 4, 5, 6, 7, 8}, make([]rng.Key, k)
		for j := range keys {
			keys[j] = rng.New(uint64(j))
		}
		lanes.Set(0, points, 2)
		lanes.Run(keys)
		if lanes.Holds() {
			t.Errorf("%v: the condition of lane 3 does not hold", d)
		}
		points[6] = 6
		lanes.Set(0, points, 2)
		lanes.Run(keys)
		if !lanes.Holds() {
			t.Errorf("%v: the conditions of all lanes hold", d)
		}
		got, constant := make([]float64, 2*k), make([]float64, k)
		lanes.CopyOutput(0, got, 2)
		lanes.CopyOutput(1, constant, 1)
		for j, key := range keys {
			want := tensor.Of(points[2*j : 2*j+2]).To(d).Add(tensor.Normals(key.FoldName("z"), 2).To(d))
			for e, w := range want.Float64s() {
				if got[2*j+e] != w || constant[j] != 2.5 {
					t.Errorf("%v: lane %d is %v and %v, want %v and 2.5", d, j, got[2*j:2*j+2], constant[j], want)
				}
			}
		}
	}
}
