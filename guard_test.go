package pyro_test

import (
	"errors"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

func TestGuard(t *testing.T) {
	own := map[string]any{
		"site":   &pyro.SiteError{Site: "x", Reason: "wrong"},
		"tensor": &tensor.Error{Op: "Add", Reason: "wrong"},
		"dist":   &dist.MethodError{Dist: "Normal", Method: "EnumerateSupport", Reason: "wrong"},
	}
	for name, v := range own {
		if err := pyro.Guard(func() { panic(v) }); !errors.Is(err, v.(error)) {
			t.Errorf("%s: got %v, want %v", name, err, v)
		}
	}
	if err := pyro.Guard(func() {}); err != nil {
		t.Errorf("no panic: %v", err)
	}
	defer func() {
		if v := recover(); v != "foreign" {
			t.Errorf("a foreign panic became %v", v)
		}
	}()
	_ = pyro.Guard(func() { panic("foreign") })
}
