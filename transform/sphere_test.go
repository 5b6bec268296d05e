package transform_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// The determinant is that of the surface element, √det(JᵀJ), and the way back
// ends where it began, also near the pole.
func TestStereographic(t *testing.T) {
	s := transform.Stereographic
	for n := 1; n <= 4; n++ {
		for _, scale := range []float64{1e-3, 1, 1e6} {
			x := tensor.Normals(rng.New(uint64(n)), n).MulScalar(scale)
			y := s.Forward(x)
			if norm := y.Square().Sum().Item(); math.Abs(norm-1) > 1e-14 {
				t.Errorf("squared norm %v", norm)
			}
			back := s.Inverse(y)
			if d := back.Sub(x).Abs().Max().Item(); d > 1e-13*scale {
				t.Errorf("scale %v: the way back is off by %v", scale, d)
			}
			if scale != 1 {
				continue
			}
			tape := tensor.NewTape()
			v := tape.Var(x)
			f := s.Forward(v)
			rows := make([]*tensor.Tensor, n+1)
			for i := range rows {
				rows[i] = tensor.Grad(f.Select(0, i), v)[0].Clone()
			}
			j := tensor.Stack(0, rows...)
			want := 0.5 * j.T().MatMul(j).Cholesky().LogDetCholesky().Item()
			if got := s.LogAbsDet(x, y).Item(); math.Abs(got-want) > 1e-12 {
				t.Errorf("n = %d: log determinant %v, want %v", n, got, want)
			}
		}
	}
	if got := s.Forward(tensor.Zeros(2, 3)).Shape(); got[1] != 4 || s.ForwardShape([]int{2, 3})[1] != 4 || s.InverseShape([]int{2, 4})[1] != 3 {
		t.Errorf("shape %v", got)
	}
}

func TestDirection(t *testing.T) {
	d := transform.Direction
	y := d.Forward(tensor.Of([][]float64{{3, -4}, {3e200, 4e200}}))
	want := []float64{0.6, -0.8, 0.6, 0.8}
	for i, v := range y.Float64s() {
		if math.Abs(v-want[i]) > 1e-15 {
			t.Errorf("directions %v, want %v", y, want)
		}
	}
	// The gradient is that of x/|x|: (1 - y·yᵀ)/|x|.
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{3, -4}))
	g := tensor.Grad(d.Forward(x).Select(0, 0), x)[0]
	for i, w := range []float64{(1 - 0.36) / 5, 0.48 / 5} {
		if math.Abs(g.At(i)-w) > 1e-15 {
			t.Errorf("gradient %v", g)
		}
	}
	defer func() {
		if _, ok := recover().(*tensor.Error); !ok {
			t.Error("Direction has a determinant")
		}
	}()
	d.LogAbsDet(y, y)
}
