package transform_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// specimen is a transform with what the generic tests need to know of it.
type specimen struct {
	t    transform.Transform
	x    []int                   // shape of an event of x
	free func(shape []int) []int // free entries of an event of y, nil for all
	once bool                    // one-to-one
}

func lower(strict bool) func([]int) []int {
	return func(s []int) (at []int) {
		for i := range s[0] {
			for j := range i + 1 {
				if j < i || !strict {
					at = append(at, i*s[1]+j)
				}
			}
		}
		return at
	}
}

func allButLast(s []int) (at []int) {
	for i := range s[0] - 1 {
		at = append(at, i)
	}
	return at
}

var specimens = []specimen{
	{transform.Identity, nil, nil, true},
	{transform.Exp, nil, nil, true},
	{transform.Softplus, nil, nil, true},
	{transform.Sigmoid, nil, nil, true},
	{transform.Tanh, nil, nil, true},
	{transform.Affine(1.5, -0.25), nil, nil, true},
	{transform.Interval(-1, 2.5), nil, nil, true},
	{transform.Compose(transform.Exp, transform.Power(-1.5)), nil, nil, true},
	{transform.Compose(transform.Sigmoid, transform.Inverse(transform.Softplus)), nil, nil, true},
	{transform.Inverse(transform.Inverse(transform.Exp)), nil, nil, true},
	{transform.Ordered, []int{1}, nil, true},
	{transform.Ordered, []int{4}, nil, true},
	{transform.PositiveOrdered, []int{3}, nil, true},
	{transform.Compose(transform.Ordered, transform.Affine(0, 0.1), transform.Sigmoid), []int{3}, nil, true},
	{transform.Compose(transform.Tanh, transform.Ordered), []int{3}, nil, true},
	{transform.Independent(transform.Exp, 2), []int{2, 3}, nil, true},
	{transform.Independent(transform.Identity, 1), []int{3}, nil, true},
	{transform.Independent(transform.Identity, 2), []int{2, 3}, nil, true},
	{transform.Compose(transform.Independent(transform.Ordered, 1), transform.Affine(1, 2)), []int{2, 3}, nil, true},
	{transform.StickBreaking, []int{1}, allButLast, true},
	{transform.StickBreaking, []int{5}, allButLast, true},
	{transform.Softmax, []int{4}, nil, false},
	{transform.LowerCholesky, []int{1}, lower(false), true},
	{transform.LowerCholesky, []int{10}, lower(false), true},
	{transform.CorrCholesky, []int{1}, lower(true), true},
	{transform.CorrCholesky, []int{10}, lower(true), true},
	{transform.PositiveDefinite, []int{1}, lower(false), true},
	{transform.PositiveDefinite, []int{10}, lower(false), true},
	{transform.CorrMatrix, []int{1}, lower(true), true},
	{transform.CorrMatrix, []int{10}, lower(true), true},
}

// each runs f for every specimen with normal points of a batch shape.
func each(t *testing.T, scale float64, batch []int, f func(t *testing.T, s specimen, x *tensor.Tensor)) {
	for i, s := range specimens {
		t.Run(s.t.String(), func(t *testing.T) {
			f(t, s, tensor.Normals(rng.New(uint64(i)), slices.Concat(batch, s.x)...).MulScalar(scale))
		})
	}
}

// near reports the first difference beyond tol·max(|want|, unit).
func near(t *testing.T, what string, got, want *tensor.Tensor, tol, unit float64) {
	t.Helper()
	if !slices.Equal(got.Shape(), want.Shape()) {
		t.Fatalf("%s: shape %v, want %v", what, got.Shape(), want.Shape())
	}
	g, w := got.Float64s(), want.Float64s()
	for i := range w {
		if g[i] != w[i] && !(math.Abs(g[i]-w[i]) <= tol*max(math.Abs(w[i]), unit)) {
			t.Fatalf("%s: element %v: %v, want %v", what, want.Position(i), g[i], w[i])
		}
	}
}

type reference struct {
	Cases []struct {
		Transform string
		Params    map[string]float64
		Points    []struct {
			X, Y   json.RawMessage
			LogDet *float64 `json:"log_det"`
		}
	}
}

func (r *reference) read(t *testing.T) {
	data, err := os.ReadFile("testdata/ref.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) == 0 {
		t.Fatal("no cases")
	}
}

func named(name string, p map[string]float64) transform.Transform {
	switch name {
	case "exp":
		return transform.Exp
	case "softplus":
		return transform.Softplus
	case "sigmoid":
		return transform.Sigmoid
	case "interval":
		return transform.Interval(p["low"], p["high"])
	case "affine":
		return transform.Affine(p["loc"], p["scale"])
	case "stick_breaking":
		return transform.StickBreaking
	case "softmax":
		return transform.Softmax
	case "ordered":
		return transform.Ordered
	case "positive_ordered":
		return transform.PositiveOrdered
	case "lower_cholesky":
		return transform.LowerCholesky
	case "corr_cholesky":
		return transform.CorrCholesky
	}
	return nil
}

// decode reads a number, a vector or a matrix.
func decode(t *testing.T, raw json.RawMessage) *tensor.Tensor {
	var v float64
	var vs []float64
	var rows [][]float64
	switch {
	case json.Unmarshal(raw, &v) == nil:
		return tensor.Of(v)
	case json.Unmarshal(raw, &vs) == nil:
		return tensor.Of(vs)
	case json.Unmarshal(raw, &rows) == nil:
		return tensor.Of(rows)
	}
	t.Fatalf("not a tensor: %s", raw)
	return nil
}

// Sums of logarithms up to L = 700 are rounded to 2⁻⁵³·L each, which is the
// relative error of their exponentials: 1e-12 allows for a dozen.
func TestReference(t *testing.T) {
	var ref reference
	ref.read(t)
	for _, c := range ref.Cases {
		f := named(c.Transform, c.Params)
		if f == nil {
			t.Fatalf("%s is not known", c.Transform)
		}
		for _, p := range c.Points {
			x, want := decode(t, p.X), decode(t, p.Y)
			what := f.String() + " at " + x.String()
			y := f.Forward(x)
			near(t, what, y, want, 1e-12, 0)
			if p.LogDet != nil {
				near(t, what+": log det", f.LogAbsDet(x, y), tensor.Of(*p.LogDet), 1e-12, 1e-3)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	each(t, 1.5, []int{200}, func(t *testing.T, s specimen, x *tensor.Tensor) {
		y := s.t.Forward(x)
		back := s.t.Inverse(y)
		ex, ey := roundings(s.t, x, y)
		// f takes the error of f⁻¹ along.
		ey = ey.Add(jacobianSums(s.t.Forward, x).Mul(ex))
		within(t, "f(f⁻¹(y))", s.t.Forward(back), y, ey)
		if s.once {
			within(t, "f⁻¹(f(x))", back, x, ex)
		}
	})
}

// roundings bounds the errors of f⁻¹(y) and f(x) for each of a batch of events.
// An element takes fewer than ten functions of up to 4 ulp, 8 roundings, and sums
// over the event, k roundings of u = 2⁻⁵³ in all; the result is right for an
// operand that is off by as much of its largest element. So the errors are
// k u (|x| + |J⁻¹| |y|) and k u (|y| + |J| |x|), in maximum norm.
func roundings(f transform.Transform, x, y *tensor.Tensor) (ex, ey *tensor.Tensor) {
	ku := 0x1p-53 * float64(8*10+rowSize(x.Shape()[1:])+rowSize(y.Shape()[1:]))
	ex = most(x).Add(jacobianSums(f.Inverse, y).Mul(most(y))).MulScalar(ku)
	ey = most(y).Add(jacobianSums(f.Forward, x).Mul(most(x))).MulScalar(ku)
	return ex, ey
}

func rowSize(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// most is the largest absolute value of each of a batch of events.
func most(x *tensor.Tensor) *tensor.Tensor {
	return x.Reshape(x.Len(), rowSize(x.Shape()[1:])).Abs().Max(1)
}

// jacobianSums returns for each of a batch of events the largest sum of a row of
// |∂f/∂x|, where f gives events.
func jacobianSums(f func(*tensor.Tensor) *tensor.Tensor, x *tensor.Tensor) *tensor.Tensor {
	n := x.Len()
	largest := tensor.Zeros(n)
	for i := range rowSize(f(x).Shape()[1:]) {
		_, g := tensor.ValueAndGrad(func(x *tensor.Tensor) *tensor.Tensor {
			y := f(x)
			return y.Reshape(n, y.Size()/n).Select(1, i).Sum()
		}, x)
		largest = largest.Maximum(g.Reshape(n, g.Size()/n).Abs().Sum(1))
	}
	return largest
}

// within reports the first difference beyond the tolerance of its event.
func within(t *testing.T, what string, got, want, tolerance *tensor.Tensor) {
	t.Helper()
	g, w, tol := got.Float64s(), want.Float64s(), tolerance.Float64s()
	for i := range w {
		if e := tol[i*len(tol)/len(w)]; g[i] != w[i] && !(math.Abs(g[i]-w[i]) <= e) {
			t.Fatalf("%s: element %v: %v, want %v ± %.2g", what, want.Position(i), g[i], w[i], e)
		}
	}
}

func TestShapes(t *testing.T) {
	for _, batch := range [][]int{nil, {3}, {2, 1, 3}, {0}} {
		each(t, 1, batch, func(t *testing.T, s specimen, x *tensor.Tensor) {
			in, out := s.t.Rank()
			if in != len(s.x) && len(s.x) > 0 {
				t.Fatalf("rank %d", in)
			}
			y := s.t.Forward(x)
			if got := s.t.ForwardShape(x.Shape()); !slices.Equal(got, y.Shape()) {
				t.Errorf("ForwardShape %v, but Forward gives %v", got, y.Shape())
			}
			if got := s.t.InverseShape(y.Shape()); !slices.Equal(got, x.Shape()) {
				t.Errorf("InverseShape %v, want %v", got, x.Shape())
			}
			if len(y.Shape())-out != len(x.Shape())-in {
				t.Errorf("ranks %d and %d for shapes %v and %v", in, out, x.Shape(), y.Shape())
			}
			if back := s.t.Inverse(y); !slices.Equal(back.Shape(), x.Shape()) {
				t.Errorf("Inverse gives %v, want %v", back.Shape(), x.Shape())
			}
			if !s.once {
				return
			}
			if l := s.t.LogAbsDet(x, y); !slices.Equal(l.Shape(), x.Shape()[:x.Rank()-in]) {
				t.Errorf("LogAbsDet gives %v for %v", l.Shape(), x.Shape())
			}
		})
	}
}

// A batch is the same as its parts one by one, up to the errors of both: single
// numbers have other code for exp and the like.
func TestBatch(t *testing.T) {
	each(t, 1, []int{3}, func(t *testing.T, s specimen, x *tensor.Tensor) {
		y := s.t.Forward(x)
		ex, ey := roundings(s.t, x, y)
		for i := range 3 {
			xi, yi := x.Select(0, i), y.Select(0, i)
			within(t, "Forward", s.t.Forward(xi), yi, ey.Slice(0, i, i+1).MulScalar(2))
			within(t, "Inverse", s.t.Inverse(yi), s.t.Inverse(y).Select(0, i), ex.Slice(0, i, i+1).MulScalar(2))
			if s.once { // a sum of up to ten logarithms below 10, each with 8 roundings: 800 of them
				near(t, "LogAbsDet", s.t.LogAbsDet(xi, yi), s.t.LogAbsDet(x, y).Select(0, i), 800*0x1p-53, 1)
			}
		}
	})
}

func TestLogAbsDet(t *testing.T) {
	each(t, 1, nil, func(t *testing.T, s specimen, x *tensor.Tensor) {
		if !s.once {
			return
		}
		tape := tensor.NewTape()
		v := tape.Var(x)
		y := s.t.Forward(v)
		free := make([]int, y.Size())
		for i := range free {
			free[i] = i
		}
		if s.free != nil {
			free = s.free(y.Shape())
		}
		flat := y.Reshape(y.Size())
		var rows [][]float64
		for _, i := range free {
			rows = append(rows, tensor.Grad(flat.Select(0, i), v)[0].Float64s())
		}
		got := s.t.LogAbsDet(v, y)
		near(t, "log det", got.Clone(), tensor.Of(logAbsDet(rows)), 1e-11, 1)
		if transform.KeepsVolume(s.t) && got.Find(func(v float64) bool { return v != 0 }) >= 0 {
			t.Errorf("keeps the volume, and has the log det %v", got)
		}
		near(t, "of the inverse", transform.Inverse(s.t).LogAbsDet(y, v), got.Neg(), 0, 0)
	})
}

// logAbsDet is by Gaussian elimination with row pivots.
func logAbsDet(m [][]float64) float64 {
	sum := 0.0
	for k := range m {
		p := k
		for i := k; i < len(m); i++ {
			if math.Abs(m[i][k]) > math.Abs(m[p][k]) {
				p = i
			}
		}
		m[k], m[p] = m[p], m[k]
		sum += math.Log(math.Abs(m[k][k]))
		for i := k + 1; i < len(m); i++ {
			f := m[i][k] / m[k][k]
			for j := k; j < len(m); j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	return sum
}

// weights are as many different numbers as v has elements.
func weights(v *tensor.Tensor) *tensor.Tensor {
	return tensor.Arange(v.Size()).MulScalar(0.3).Cos().Reshape(v.Shape()...)
}

func weigh(v *tensor.Tensor) *tensor.Tensor { return v.Mul(weights(v)).Sum() }

// Both orders of derivatives agree with central differences, at random points
// and at 0, where maxima, signs and absolute values would break them.
func TestDerivatives(t *testing.T) {
	for _, scale := range []float64{1, 0} {
		each(t, scale, nil, func(t *testing.T, s specimen, x *tensor.Tensor) {
			forward := func(x *tensor.Tensor) *tensor.Tensor { return weigh(s.t.Forward(x)) }
			checkDerivatives(t, "Forward", forward, x)
			if s.once {
				checkDerivatives(t, "LogAbsDet", func(x *tensor.Tensor) *tensor.Tensor {
					return weigh(s.t.LogAbsDet(x, s.t.Forward(x)))
				}, x)
			}
			// f⁻¹∘f is the identity, and Σ wᵢxᵢ has derivatives wᵢ and 0.
			round := func(x *tensor.Tensor) *tensor.Tensor { return weigh(s.t.Inverse(s.t.Forward(x))) }
			if s.once {
				_, g := tensor.ValueAndGrad(round, x)
				near(t, "round trip: gradient", g, weights(x), 1e-9, 1)
				near(t, "round trip: Hessian", tensor.Hessian(round, x), tensor.Zeros(x.Size(), x.Size()), 1e-9, 1)
			}
		})
	}
}

func checkDerivatives(t *testing.T, what string, f func(*tensor.Tensor) *tensor.Tensor, x *tensor.Tensor) {
	t.Helper()
	const h = 1e-5 // error h²·f‴/6 + 2⁻⁵³·f/h, both about 1e-11·f
	n := x.Size()
	_, g := tensor.ValueAndGrad(f, x)
	hess := tensor.Hessian(f, x)
	value := make([]float64, n)
	slope := make([]float64, 0, n*n)
	for i := range n {
		d := make([]float64, n)
		d[i] = h
		step := tensor.New(d, x.Shape()...)
		up, gUp := tensor.ValueAndGrad(f, x.Add(step))
		down, gDown := tensor.ValueAndGrad(f, x.Sub(step))
		value[i] = (up - down) / (2 * h)
		slope = append(slope, gUp.Sub(gDown).DivScalar(2*h).Float64s()...)
	}
	unit := 1.0
	for _, v := range append(slices.Clone(value), slope...) {
		unit = max(unit, math.Abs(v))
	}
	near(t, what+": gradient", g.Reshape(n), tensor.New(value, n), 1e-8, unit)
	near(t, what+": Hessian", hess, tensor.New(slope, n, n), 1e-8, unit)
}

// On a tape the numbers are the same as off it.
func TestTape(t *testing.T) {
	each(t, 1, []int{2}, func(t *testing.T, s specimen, x *tensor.Tensor) {
		v := tensor.NewTape().Var(x)
		y := s.t.Forward(x)
		near(t, "Forward", s.t.Forward(v), y, 0, 0)
		near(t, "Inverse", s.t.Inverse(s.t.Forward(v)), s.t.Inverse(y), 0, 0)
		if s.once {
			near(t, "LogAbsDet", s.t.LogAbsDet(v, s.t.Forward(v)), s.t.LogAbsDet(x, y), 0, 0)
		}
	})
}

func TestFloat32(t *testing.T) {
	each(t, 1, []int{2}, func(t *testing.T, s specimen, x *tensor.Tensor) {
		f := x.To(tensor.Float32)
		x = f.To(tensor.Float64)
		y, fy := s.t.Forward(x), s.t.Forward(f)
		if fy.DType() != tensor.Float32 {
			t.Fatalf("Forward gives %v", fy.DType())
		}
		// A few dozen roundings of 6e-8, conditions up to 10.
		near(t, "Forward", fy.To(tensor.Float64), y, 2e-5, 1)
		near(t, "Inverse", s.t.Inverse(fy).To(tensor.Float64), s.t.Inverse(y), 1e-2, 1)
		if !s.once {
			return
		}
		l := s.t.LogAbsDet(f, fy)
		if l.DType() != tensor.Float32 {
			t.Fatalf("LogAbsDet gives %v", l.DType())
		}
		near(t, "LogAbsDet", l.To(tensor.Float64), s.t.LogAbsDet(x, y), 2e-5, 1)
	})
}
