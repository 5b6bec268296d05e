package joint_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// shapes has a simplex, a positive number and a subsampled plate.
func shapes(p *pyro.P) {
	p.Sample("w", dist.Dirichlet([]float64{2, 3, 4}))
	s := p.Sample("s", dist.Gamma(3, 2))
	p.Plate("n", 5, pyro.Subsample(2)).Sample("z", dist.LogNormal(0, s))
}

func layout(t *testing.T) *joint.Layout {
	t.Helper()
	tr, err := pyro.Run(shapes, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	var sites []*pyro.Site
	for s := range tr.Latents() {
		sites = append(sites, s)
	}
	l, err := joint.New(sites)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLayoutRoundTrip(t *testing.T) {
	l := layout(t)
	if l.Dim != 2+1+5 {
		t.Fatalf("%d numbers, want 8", l.Dim)
	}
	u := tensor.Normals(rng.New(2), l.Dim)
	values := l.Values(u)
	back, logDet, err := l.Inverse(values)
	if err != nil {
		t.Fatal(err)
	}
	if d := back.Sub(u).Abs().Max().Item(); d > 1e-12 {
		t.Errorf("the way back is off by %v", d)
	}
	if d := math.Abs(logDet.Item() - l.LogDet(u).Item()); d > 1e-12 {
		t.Errorf("the log determinants differ by %v", d)
	}
	if s := l.Values(tensor.Zeros(3, l.Dim))["w"].Shape(); len(s) != 2 || s[0] != 3 || s[1] != 3 {
		t.Errorf("three vectors give w the shape %v", s)
	}
}

func TestPlaceTakesTheSubsample(t *testing.T) {
	l := layout(t)
	u := tensor.Normals(rng.New(2), l.Dim)
	tr, err := pyro.Run(l.Place(shapes, u), rng.New(3))
	if err != nil {
		t.Fatal(err)
	}
	s := tr.Site("z")
	want := l.Values(u)["z"].Index(s.Plates[0].Indices)
	if s.Value.Sub(want).Abs().Max().Item() != 0 {
		t.Errorf("z is %v, want %v", s.Value, want)
	}
}

func TestLayoutRefuses(t *testing.T) {
	l := layout(t)
	values := l.Values(tensor.Zeros(l.Dim))
	for name, bad := range map[string]*tensor.Tensor{"s": tensor.Of(-1.0), "z": tensor.Ones(2), "w": nil} {
		v := pyro.Data{}
		for k, x := range values {
			v[k] = x
		}
		v[name] = bad
		if _, _, err := l.Inverse(v); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %v: error %v", name, bad, err)
		}
	}
}
