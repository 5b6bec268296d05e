package infer_test

import (
	"math"
	"regexp"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// gradient returns a loss and its gradient in the unconstrained parameters.
func gradient(t *testing.T, l infer.Loss, ps *pyro.Params, model, guide pyro.Model, key rng.Key) (float64, map[string][]float64) {
	t.Helper()
	tape := tensor.NewTape()
	loss, err := l.Loss(tape, key, ps.Bind(model), ps.Bind(guide))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for name, g := range ps.Grad(loss) {
		out[name] = g.Float64s()
	}
	return loss.Item(), out
}

// mean accumulates weighted losses and gradients.
type mean struct {
	loss float64
	grad map[string][]float64
}

func (m *mean) add(w, loss float64, grad map[string][]float64) {
	if m.grad == nil {
		m.grad = map[string][]float64{}
	}
	m.loss += w * loss
	for name, g := range grad {
		if m.grad[name] == nil {
			m.grad[name] = make([]float64, len(g))
		}
		for i, v := range g {
			m.grad[name][i] += w * v
		}
	}
}

// near fails unless got is want up to a few roundings of numbers of size 1.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	within(t, what, got, want, 1e-11)
}

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func nearAll(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-11*(1+math.Abs(want[i]))) {
			t.Errorf("%s is %v, want %v", what, got, want)
			return
		}
	}
}

// same fails unless two losses and their gradients are equal up to rounding.
func same(t *testing.T, loss float64, grad map[string][]float64, wantLoss float64, want map[string][]float64) {
	t.Helper()
	near(t, "loss", loss, wantLoss)
	for name, w := range want {
		nearAll(t, "gradient of "+name, grad[name], w)
	}
}

func lgamma(x float64) float64 { v, _ := math.Lgamma(x); return v }

func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func noGuide(*pyro.P) {}

// panics returns the error that f panics with.
func panics(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(error)
		}
	}()
	f()
	return nil
}

// place is what an error adds about the source line.
var place = regexp.MustCompile(`\n\tat [a-z_/]+\.go:[0-9]+`)

// message checks the whole text of an error, without the source line.
func message(t *testing.T, err error, want string) {
	t.Helper()
	got := "no error"
	if err != nil {
		got = place.ReplaceAllString(err.Error(), "")
	}
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
