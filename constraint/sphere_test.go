package constraint_test

import (
	"testing"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestSphere(t *testing.T) {
	s := constraint.Sphere
	good := tensor.Of([][]float64{{1, 0, 0}, {0.6, 0, -0.8}})
	if _, ok := s.Check(good); !ok || s.EventRank() != 1 || s.Discrete() || s.String() != "unit vector" {
		t.Errorf("%v refuses %v", s, good)
	}
	for _, bad := range [][]float64{{1, 1e-2, 0}, {0, 0, 0}, {nan, 0, 1}, {inf, 0, 0}, {1}} {
		if _, ok := s.Check(tensor.Of(bad)); ok {
			t.Errorf("%v is taken", bad)
		}
	}
	if at, ok := s.Check(tensor.Of([][]float64{{1, 0}, {1, 1}})); ok || at != 1 {
		t.Errorf("at %d, %v", at, ok)
	}
	u := tensor.Normals(rng.New(1), 50, 3)
	if _, ok := s.Check(s.Bijection().Forward(u)); !ok {
		t.Error("the bijection leaves the set")
	}
	if _, ok := s.Check(s.Transform().Forward(u)); !ok {
		t.Error("the transform leaves the set")
	}
}
