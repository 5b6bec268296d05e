package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// someMetrics returns one metric of every kind with nothing special about it.
func someMetrics(t *testing.T, r *rand.Rand, dim int) []Metric {
	t.Helper()
	variance := make([]float64, dim)
	for i := range variance {
		variance[i] = math.Exp(r.NormFloat64())
	}
	b := randomMatrix(r, dim, dim+3)
	dense, ok := DenseMetric(dim, b.timesTransposed(b).data)
	if !ok {
		t.Fatal("random covariance refused")
	}
	diagonal := Diagonal(variance)
	basis := span2(randomMatrix(r, 3, dim), matrix{cols: dim})
	return []Metric{diagonal, dense, LowRankMetric(diagonal.Scale, basis.data, []float64{5, 0.1, 3})}
}

// explicit returns M⁻¹ by its definition.
func explicit(m *Metric) matrix {
	dim := m.Dim()
	out := newMatrix(dim, dim)
	for i := range dim {
		for j := range dim {
			v := 0.0
			switch {
			case m.Cov != nil:
				v = m.Cov[i*dim+j]
			default:
				if i == j {
					v = 1
				}
				for k, e := range m.Eigen {
					v += (e - 1) * m.Basis[k*dim+i] * m.Basis[k*dim+j]
				}
				v *= m.Scale[i] * m.Scale[j]
			}
			out.data[i*dim+j] = v
		}
	}
	return out
}

// With M⁻¹ = FFᵀ and the same z: apply is M⁻¹, and M⁻¹F⁻ᵀz = Fz ties momentum and
// displacement to it; (Fz)·(F⁻ᵀz) = z·z ties them to unit normals.
func TestMetric(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, dim := range []int{3, 4, 7, 12} {
		for _, m := range someMetrics(t, r, dim) {
			full := explicit(&m)
			q, got := randomMatrix(r, 1, dim).data, make([]float64, dim)
			m.apply(got, q)
			for i := range got {
				if want := dot(full.row(i), q); math.Abs(got[i]-want) > 1e-12*(1+math.Abs(want)) {
					t.Errorf("%v: M⁻¹q[%d] = %g, want %g", m.Kind(), i, got[i], want)
				}
				if v := m.Variances()[i]; math.Abs(v-full.data[i*dim+i]) > 1e-12*v || math.Abs(m.sd(i)-math.Sqrt(v)) > 1e-12*v {
					t.Errorf("%v: variance %d is %g, want %g", m.Kind(), i, v, full.data[i*dim+i])
				}
			}
			p, d, z := make([]float64, dim), make([]float64, dim), make([]float64, dim)
			m.momentum(rand.New(rand.NewPCG(5, 6)), p)
			m.displace(rand.New(rand.NewPCG(5, 6)), d)
			unit := Identity(dim)
			unit.displace(rand.New(rand.NewPCG(5, 6)), z)
			m.apply(got, p)
			if m.Kind() == DenseKind { // FFᵀF⁻ᵀz = Fz holds for every factor F
				for i := range got {
					if math.Abs(got[i]-d[i]) > 1e-10*(1+math.Abs(d[i])) {
						t.Errorf("dense: M⁻¹p = %g, displacement %g", got[i], d[i])
					}
				}
			}
			if got, want := dot(p, d), dot(z, z); math.Abs(got-want) > 1e-11*want {
				t.Errorf("%v: (F⁻ᵀz)·(Fz) = %g, z·z = %g", m.Kind(), got, want)
			}
			if got, want := dot(p, got), dot(z, z); math.Abs(got-want) > 1e-11*want {
				t.Errorf("%v: pᵀM⁻¹p = %g, z·z = %g", m.Kind(), got, want)
			}
		}
	}
}

func TestMetricRefuses(t *testing.T) {
	if _, ok := DenseMetric(2, []float64{1, 2, 2, 1}); ok {
		t.Error("accepted an indefinite covariance")
	}
	for _, f := range []func(){
		func() { Diagonal([]float64{1, 0}) },
		func() { Diagonal([]float64{math.Inf(1)}) },
		func() { LowRankMetric([]float64{1, 1}, []float64{1}, []float64{2}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}
