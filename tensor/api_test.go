package tensor_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

type (
	grams  float64
	count  int
	flag   bool
	weight []float64
	counts []int
	flags  []bool
	matrix [][]float64
)

func TestOf(t *testing.T) {
	two := []float64{1, 2}
	for _, c := range []struct {
		name  string
		x     T
		shape []int
		data  []float64
	}{
		{"float64", tensor.Of(1.5), []int{}, []float64{1.5}},
		{"int", tensor.Of(-3), []int{}, []float64{-3}},
		{"bool", tensor.Of(true), []int{}, []float64{1}},
		{"[]float64", tensor.Of(two), []int{2}, two},
		{"[]int", tensor.Of([]int{3, -4}), []int{2}, []float64{3, -4}},
		{"[]bool", tensor.Of([]bool{false, true}), []int{2}, []float64{0, 1}},
		{"[][]float64", tensor.Of([][]float64{{1, 2}, {3, 4}}), []int{2, 2}, []float64{1, 2, 3, 4}},
		{"empty", tensor.Of([]float64{}), []int{0}, nil},
		{"no rows", tensor.Of([][]float64{}), []int{0, 0}, nil},
		{"named float64", tensor.Of(grams(2.5)), []int{}, []float64{2.5}},
		{"named int", tensor.Of(count(7)), []int{}, []float64{7}},
		{"named bool", tensor.Of(flag(true)), []int{}, []float64{1}},
		{"named []float64", tensor.Of(weight{1, 2}), []int{2}, two},
		{"named []int", tensor.Of(counts{1, 2}), []int{2}, two},
		{"named []bool", tensor.Of(flags{true, false}), []int{2}, []float64{1, 0}},
		{"named [][]float64", tensor.Of(matrix{{1}, {2}}), []int{2, 1}, two},
		{"Using", tensor.Using(two, 2, 1), []int{2, 1}, two},
		{"Full", tensor.Full(3, 1, 2), []int{1, 2}, []float64{3, 3}},
		{"Ones", tensor.Ones(), []int{}, []float64{1}},
		{"Arange", tensor.Arange(0), []int{0}, nil},
	} {
		equal(t, c.name, c.x, c.shape, c.data...)
	}
	equal(t, "a copy", tensor.Of(two), []int{2}, 1, 2)
	x := tensor.Of(two)
	if tensor.Of(x) != x {
		t.Error("Of copies a tensor")
	}
	panics(t, "tensor: Of: nil tensor", func() { tensor.Of[T](nil) })
	panics(t, "tensor: Of[[2 2]]: row 1 has 1 elements", func() { tensor.Of([][]float64{{1, 2}, {3}}) })
	panics(t, "tensor: New[[2 2]]: 3 elements do not fit", func() { tensor.New([]float64{1, 2, 3}, 2, 2) })
	panics(t, "tensor: New[[-1]]: negative size", func() { tensor.New(nil, -1) })
	panics(t, "tensor: Linspace: needs two points or more", func() { tensor.Linspace(0, 1, 1) })
}

// TestMessages compares messages of mistakes that package tensor finds itself.
func TestMessages(t *testing.T) {
	x, m := tensor.Of([]float64{1, 2, 3}), tensor.Zeros(2, 3)
	i := tensor.Of([]int{0})
	panics(t, "tensor: Item[[3]]: 3 elements, not one", func() { x.Item() })
	panics(t, "tensor: At[[3]]: index 3 of dim 0 is outside 0…2", func() { x.At(3) })
	panics(t, "tensor: At[[3]]: 2 indices for 1 dims", func() { x.At(0, 0) })
	panics(t, "tensor: Len[[]]: a single number has no dims", func() { tensor.Of(1).Len() })
	panics(t, "tensor: Dim[[3]]: no dim 1", func() { x.Dim(1) })
	panics(t, "tensor: CopyTo[[3]]: 3 elements do not fit a slice of 2", func() { x.CopyTo(make([]float64, 2)) })
	panics(t, "tensor: Sum[[2 3]]: no dim 2", func() { m.Sum(2) })
	panics(t, "tensor: Sum[[2 3]]: dim 1 is given twice", func() { m.Sum(1, -1) })
	panics(t, "tensor: CumProd[[2 3]]: no dim 2", func() { m.CumProd(2) })
	panics(t, "tensor: Reshape[[3]]: bad shape [-1 -1]", func() { x.Reshape(-1, -1) })
	panics(t, "tensor: Reshape[[3]]: 3 elements do not fit [-1 2]", func() { x.Reshape(-1, 2) })
	panics(t, "tensor: Reshape[[0]]: 0 elements do not fit [-1 0]", func() { tensor.Zeros(0).Reshape(-1, 0) })
	panics(t, "tensor: Permute[[2 3]]: dim -2 is given twice", func() { m.Permute(0, -2) })
	panics(t, "tensor: Permute[[2 3]]: 1 dims given", func() { m.Permute(0) })
	panics(t, "tensor: Squeeze[[2 3]]: dim 0 has size 2", func() { m.Squeeze(0) })
	panics(t, "tensor: Unsqueeze[[3]]: no dim 3", func() { x.Unsqueeze(3) })
	panics(t, "tensor: Slice[[3]]: bounds 2:1:1 of dim 0, which has size 3", func() { x.Slice(0, 2, 1) })
	panics(t, "tensor: Slice[[3]]: bounds 0:4:1 of dim 0, which has size 3", func() { x.Slice(0, 0, 4) })
	panics(t, "tensor: Slice[[3]]: bounds 0:3:0 of dim 0, which has size 3", func() { x.SliceStep(0, 0, 3, 0) })
	panics(t, "tensor: Select[[3]]: index 3 of dim 0 is outside 0…2", func() { x.Select(0, 3) })
	panics(t, "tensor: Cat: nothing to join", func() { tensor.Cat(0) })
	panics(t, "tensor: Index[[3]]: no index", func() { x.Index() })
	panics(t, "tensor: Gather[[2 3]]: no dim 2", func() { m.Gather(2, i) })
	panics(t, "tensor: Gather[[2 3]]: no dim -3", func() { m.Gather(-3, i) })
	panics(t, "tensor: ScatterAdd[[3]]: no dim 1", func() { x.ScatterAdd(1, 3, i) })
	panics(t, "tensor: ScatterAdd[[3]]: negative size -1", func() { x.ScatterAdd(0, -1, i) })
	panics(t, "tensor: Polygamma[[3]]: order -1 is negative", func() { x.Polygamma(-1) })
	panics(t, "tensor: HVP[[2]]: the direction does not have the shape [3] of the point", func() { tensor.HVP(func(x T) T { return x.Square().Sum() }, x, tensor.Of([]float64{1, 2})) })
	panics(t, "tensor: Grad[[3]]: only a single number has a gradient; reduce it with Sum", func() { tensor.Hessian(func(x T) T { return x }, x) })
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		x    T
		want string
	}{
		{tensor.Of(8.5), "8.5"},
		{tensor.Of(math.Inf(-1)), "-Inf"},
		{tensor.Of([]float64{1, 1. / 3, 1e-9, 123456789, math.NaN()}), "[1 0.333333 1e-09 1.23457e+08 NaN]"},
		{tensor.Of([]float64{}), "[]"},
		{tensor.Zeros(2, 0), "[[] []]"},
		{tensor.Arange(6).Reshape(3, 2).T(), "[[0 2 4] [1 3 5]]"},
		{tensor.Arange(20), "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19]"},
		{tensor.Arange(21), "[0 1 2 … 18 19 20]"},
		{tensor.Of(0.1).To(tensor.Float32), "0.1"},
		{tensor.Of([]float64{1, 2}).Expand(21, 2), "[[1 2] [1 2] [1 2] … [1 2] [1 2] [1 2]]"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("String: %s, want %s", got, c.want)
		}
	}
}

// TestComposite checks functions made of several operations.
func TestComposite(t *testing.T) {
	x := tensor.Of([][]float64{{1, 2, 3}, {-1, 0, 4}})
	equal(t, "Mean", tensor.Full(1, 49).Mean(), []int{}, 1) // not 49·(1/49) = 1-2⁻⁵³
	equal(t, "Mean(1)", x.Mean(1), []int{2}, 2, 1)
	equal(t, "Mean of nothing", tensor.Zeros(0).Mean(), []int{}, math.NaN())
	equal(t, "Mean(0) of nothing", tensor.Zeros(0, 2).Mean(0), []int{2}, math.NaN(), math.NaN())
	equal(t, "All", x.All(1), []int{2}, 1, 0)
	equal(t, "Any", x.EqualScalar(4).Any(1), []int{2}, 0, 1)
	equal(t, "All of nothing", tensor.Zeros(0).All(), []int{}, 1)
	equal(t, "Any of nothing", tensor.Zeros(0).Any(), []int{}, 0)
	a, b := tensor.Of([]bool{true, true, false, false}), tensor.Of([]bool{true, false, true, false})
	equal(t, "And", a.And(b), []int{4}, 1, 0, 0, 0)
	equal(t, "Or", a.Or(b), []int{4}, 1, 1, 1, 0)
	equal(t, "NotEqual", a.NotEqual(b), []int{4}, 0, 1, 1, 0)
	equal(t, "GreaterEqual", a.GreaterEqual(b), []int{4}, 1, 1, 0, 1)
	equal(t, "Greater", a.Greater(b), []int{4}, 0, 1, 0, 0)
	equal(t, "Less", a.Less(b), []int{4}, 0, 0, 1, 0)
	equal(t, "comparison with NaN", tensor.Of(math.NaN()).GreaterEqual(tensor.Of(1)), []int{}, 0)
	equal(t, "Clamp", x.Clamp(0, 2), []int{2, 3}, 1, 2, 2, 0, 0, 2)
	equal(t, "CumProd", x.CumProd(1), []int{2, 3}, 1, 2, 6, -1, 0, 0)
	equal(t, "CumProd of one", x.Slice(1, 0, 1).CumProd(1), []int{2, 1}, 1, -1)
	equal(t, "Triu", tensor.Ones(2, 3).Triu(1), []int{2, 3}, 0, 1, 1, 0, 0, 1)
	equal(t, "Dot", x.Dot(tensor.Of([]float64{1, 10, 100})), []int{2}, 321, 399)
	equal(t, "MatMul of vectors", tensor.Of([]float64{1, 2}).MatMul(tensor.Of([]float64{3, 4})), []int{}, 11)
	equal(t, "MatMul with a vector", x.MatMul(tensor.Of([]float64{1, 10, 100})), []int{2}, 321, 399)
	equal(t, "vector MatMul", tensor.Of([]float64{1, 10}).MatMul(x), []int{3}, -9, 2, 43)
	equal(t, "Transpose", tensor.Arange(4).Reshape(1, 2, 2).Transpose(0, -1), []int{2, 2, 1}, 0, 2, 1, 3)
	equal(t, "Stack", tensor.Stack(-1, x.Select(0, 0), x.Select(0, 1)), []int{3, 2}, 1, -1, 2, 0, 3, 4)
	equal(t, "Softmax", tensor.Of([]float64{0, 0, math.Inf(-1)}).Softmax(0), []int{3}, 0.5, 0.5, 0)
	equal(t, "SumTo", x.SumTo(2, 1), []int{2, 1}, 6, 3)
	for i, v := range []float64{-1e-20, -0.1, -math.Ln2, -1, -50, -1e9} {
		want := math.Log1p(-math.Exp(v))
		if v > -math.Ln2 {
			want = math.Log(-math.Expm1(v))
		}
		if got := tensor.Of(v).Log1mExp().Item(); got != want {
			t.Errorf("Log1mExp case %d: %v, want %v", i, got, want)
		}
		_, g := tensor.ValueAndGrad(T.Log1mExp, tensor.Of(v))
		if want := -1 / math.Expm1(-v); math.Abs(g.Item()-want) > 4*0x1p-52*math.Abs(want) {
			t.Errorf("gradient of Log1mExp(%v): %v, want %v", v, g.Item(), want)
		}
	}
	c := tensor.Of([]float64{0.5, -3, 1000, 2})
	for i, want := range []float64{0.5, 0.5 + math.Log1p(math.Exp(-3.5)), 1000, 1000} {
		if got := c.CumLogSumExp(0).At(i); math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("CumLogSumExp at %d: %v, want %v", i, got, want)
		}
	}
}

// TestCumProdGradient: it is exact where elements are 0.
func TestCumProdGradient(t *testing.T) {
	_, g := tensor.ValueAndGrad(func(x T) T { return x.CumProd(0).Sum() }, tensor.Of([]float64{2, 0, 3}))
	equal(t, "gradient", g, []int{3}, 1, 2+2*3, 0)
}

// TestLinearAlgebra has batches that broadcast.
func TestLinearAlgebra(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]float64, 2*3*3)
	for i := range data {
		data[i] = 2*r.Float64() - 1
	}
	x := tensor.New(data, 2, 3, 3)
	a := x.MatMul(x.T()).Add(tensor.Eye(3))
	l := a.Cholesky()
	near := func(what string, got, want T) {
		t.Helper()
		d := got.Sub(want).Abs().Max().Item()
		// The matrices have eigenvalues from 1 to below 10, so that solving loses
		// one digit; sums of 3 products of numbers below 10 keep 1e-14.
		if !(d < 1e-13) || !slices.Equal(got.Shape(), want.Shape()) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("L·Lᵀ", l.MatMul(l.T()), a)
	near("L", l.Tril(0), l)
	b := tensor.Arange(6).Reshape(3, 2)
	near("a·a⁻¹b", a.MatMul(l.CholeskySolve(b)), b.Expand(2, 3, 2))
	near("L·L⁻¹b", l.MatMul(l.TriSolve(b)), b.Expand(2, 3, 2))
	near("Lᵀ·L⁻ᵀb", l.T().MatMul(l.TriSolveT(b)), b.Expand(2, 3, 2))
	v := tensor.Of([]float64{1, -2, 3}) // a column for each of the matrices
	near("a·a⁻¹v", a.MatMul(l.CholeskySolve(v).Unsqueeze(-1)), v.Unsqueeze(-1).Expand(2, 3, 1))
	near("L·L⁻¹v", l.MatMul(l.TriSolve(v).Unsqueeze(-1)), v.Unsqueeze(-1).Expand(2, 3, 1))
	near("Lᵀ·L⁻ᵀv", l.T().MatMul(l.TriSolveT(v).Unsqueeze(-1)), v.Unsqueeze(-1).Expand(2, 3, 1))
	near("a·a⁻¹v", a.Select(0, 1).MatMul(l.Select(0, 1).CholeskySolve(v)), v)
	near("a·a⁻¹", a.MatMul(l.CholeskyInverse()), tensor.Eye(3).Expand(2, 3, 3))
	det := func(i int) float64 {
		m := func(j, k int) float64 { return a.At(i, j, k) }
		return m(0, 0)*(m(1, 1)*m(2, 2)-m(1, 2)*m(2, 1)) - m(0, 1)*(m(1, 0)*m(2, 2)-m(1, 2)*m(2, 0)) + m(0, 2)*(m(1, 0)*m(2, 1)-m(1, 1)*m(2, 0))
	}
	near("log det", l.LogDetCholesky(), tensor.Of([]float64{math.Log(det(0)), math.Log(det(1))}))
	// The gradient of log det a is a⁻¹.
	_, g := tensor.ValueAndGrad(func(a T) T { return a.Cholesky().LogDetCholesky().Sum() }, a)
	near("gradient of log det", g, l.CholeskyInverse())
}

// TestDerivatives of a function whose gradient and Hessian are known.
func TestDerivatives(t *testing.T) {
	f := func(x T) T { // Σ xᵢ⁴/4 + Π xᵢ
		return x.Square().Square().Sum().DivScalar(4).Add(x.CumProd(0).Select(0, 2))
	}
	x := tensor.Of([]float64{1, 2, -3})
	v, g := tensor.ValueAndGrad(f, x)
	if v != (1+16+81)/4.-6 {
		t.Errorf("value %v", v)
	}
	equal(t, "gradient", g, []int{3}, 1-6, 8-3, -27+2)
	equal(t, "Hessian", tensor.Hessian(f, x), []int{3, 3}, 3, -3, 2, -3, 12, 1, 2, 1, 27)
	equal(t, "HVP", tensor.HVP(f, x, tensor.Of([]float64{1, 0, 2})), []int{3}, 7, -1, 56)
	constant := func(T) T { return tensor.Of(5.0) }
	v, g = tensor.ValueAndGrad(constant, x)
	if v != 5 {
		t.Errorf("constant %v", v)
	}
	equal(t, "gradient of a constant", g, []int{3}, 0, 0, 0)
	equal(t, "Hessian of a constant", tensor.Hessian(constant, x), []int{3, 3}, make([]float64, 9)...)
	linear := func(x T) T { return x.MulScalar(2).Sum() }
	equal(t, "Hessian of a linear function", tensor.Hessian(linear, x), []int{3, 3}, make([]float64, 9)...)
	equal(t, "HVP of a linear function", tensor.HVP(linear, x, x), []int{3}, 0, 0, 0)
}

// TestFloat32: it stays float32 through plain numbers, slices of it and
// gradients, and mixes with nothing else.
func TestFloat32(t *testing.T) {
	x := tensor.Of([]float64{0.1, 0.7}).To(tensor.Float32)
	tape := tensor.NewTape()
	v := tape.Var(x)
	for name, y := range map[string]T{
		"AddScalar": v.AddScalar(1), "DivScalar": v.DivScalar(3), "Clamp": v.Clamp(0.2, 0.5), "RSubScalar": v.RSubScalar(1),
		"Mul number": v.Mul(tensor.Of(2)), "number Sub": tensor.Of(2.0).Sub(v), "Less": v.LessScalar(0.5), "Mean": v.Mean(), "Softmax": v.Softmax(0),
		"Where": v.LessScalar(0.5).Where(v, tensor.Of(0)), "Where of numbers": v.LessScalar(0.5).Where(tensor.Of(1), tensor.Of(0)),
		"Log1mExp": v.Neg().Log1mExp(), "Index": v.Index(tensor.Of([]int{1, 1})), "ArgMax": v.ArgMax(0), "Cat": tensor.Cat(0, v, v),
		"Square": v.Square(), "Any": v.Any(), "Clone": v.Clone(), "Reshape": v.Reshape(2, 1), "CumProd": v.CumProd(0),
	} {
		if y.DType() != tensor.Float32 {
			t.Errorf("%s gives %v", name, y.DType())
		}
	}
	g := tensor.Grad(v.Mul(tensor.Of(3.0)).Sum().To(tensor.Float64), v)[0]
	if g.DType() != tensor.Float32 || g.At(0) != 3 {
		t.Errorf("gradient %v %v", g.DType(), g)
	}
	if got := v.At(0); got != float64(float32(0.1)) {
		t.Errorf("0.1 is held as %v", got)
	}
	const mixed = "tensor: Add[[2] [2]]: operands of types float32 and float64 do not mix; convert one with To"
	panics(t, mixed, func() { x.Add(tensor.Of([]float64{1, 2})) })
	panics(t, "tensor: Add[[2] []]: operands of types float32 and float64 do not mix; convert one with To", func() { x.Add(tensor.Of(1).To(tensor.Float64)) })
	panics(t, "tensor: Add[[2] []]: operands of types float32 and float64 do not mix; convert one with To", func() { v.Add(tape.Var(tensor.Of(1.0))) })
	if d := tensor.Of(1).Mul(tensor.Of(2)).Mul(x).DType(); d != tensor.Float32 {
		t.Errorf("products of plain numbers with float32 give %v", d)
	}
}

func TestFindAndPosition(t *testing.T) {
	x := tensor.Arange(6).Reshape(2, 3)
	is := func(want float64) func(float64) bool { return func(v float64) bool { return v == want } }
	for _, y := range []T{x, x.To(tensor.Float32)} {
		if i := y.Find(is(4)); i != 4 || !slices.Equal(y.Position(i), []int{1, 1}) {
			t.Errorf("4 is at %d, %v", i, y.Position(i))
		}
		if i := y.T().Find(is(4)); i != 3 || !slices.Equal(y.T().Position(i), []int{1, 1}) {
			t.Errorf("4 is at %d of the transpose", i)
		}
		if i := y.Find(is(9)); i != -1 {
			t.Errorf("9 is at %d", i)
		}
	}
	if i := tensor.Zeros(0, 3).Find(is(0)); i != -1 {
		t.Errorf("an empty tensor has a 0 at %d", i)
	}
	if p := tensor.Of(1).Position(0); len(p) != 0 {
		t.Errorf("position %v in a single number", p)
	}
	if n := testing.AllocsPerRun(10, func() { x.Find(math.IsNaN) }); n != 0 {
		t.Errorf("Find allocates %v times", n)
	}
}

func TestRandom(t *testing.T) {
	key := rng.New(1)
	u := tensor.Uniforms(key, 2, 3)
	want := make([]float64, 6)
	key.Uniforms(want)
	equal(t, "Uniforms", u, []int{2, 3}, want...)
	equal(t, "one uniform", tensor.Uniforms(key), []int{}, want[0])
	key.Normals(want)
	equal(t, "Normals", tensor.Normals(key, 6), []int{6}, want...)
	d := tensor.Draws(key, func(s *rng.Stream, p []float64) float64 { return p[0] + 10*p[1] + s.Uniform() }, []int{2, 2},
		tensor.Of([]float64{1, 2}), tensor.Of(3))
	for i := range 4 {
		s := key.Stream(i)
		if want := float64(i%2+1) + 30 + s.Uniform(); d.At(i/2, i%2) != want {
			t.Errorf("draw %d is %v, want %v", i, d.At(i/2, i%2), want)
		}
	}
	panics(t, "tensor: Draws[[2 1]]: the parameter's shape is not the end of [2 2]", func() {
		tensor.Draws(key, func(s *rng.Stream, p []float64) float64 { return p[0] }, []int{2, 2}, tensor.Zeros(2, 1))
	})
	panics(t, "tensor: Random[[-1]]: negative size", func() { tensor.Normals(key, -1) })
	if message(func() { tensor.Uniforms(key).Add(u.To(tensor.Float32)) }) == "no panic" {
		t.Error("a drawn number mixes with float32 as if it were a plain one")
	}
}

// TestGoldenNesting: a deep shape prints as nested lists.
func TestGoldenNesting(t *testing.T) {
	s := tensor.Arange(8).Reshape(2, 1, 2, 2).String()
	if want := "[[[[0 1] [2 3]]] [[[4 5] [6 7]]]]"; s != want {
		t.Errorf("%s, want %s", s, want)
	}
	if n := strings.Count(tensor.Zeros(30, 30).String(), "…"); n != 7 {
		t.Errorf("%d dots, want one for each of 6 rows and one between", n)
	}
}
