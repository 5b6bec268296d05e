// Package examplestest checks what examples report, as testing/slogtest checks
// handlers:
//
//	func TestFigures(t *testing.T) {
//		examplestest.Run(t, Example, examplestest.Want{
//			Figures: map[string]examplestest.Check{"mean": examplestest.Near(0.5333, 0.01)},
//			Plots:   map[string][]string{"elbo": {"ELBO", "step", "loss"}},
//		})
//	}
//
// Seeds 0 and 1 are run; the environment variable PYRO_SEEDS sets how many.
package examplestest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopyro/pyro/examples"
)

// Want is what a run of an example must report.
type Want struct {
	Figures map[string]Check    // exactly these figures
	Plots   map[string][]string // exactly these plots, with the texts that each shows
	Also    func(t *testing.T, figures map[string]any)
}

// Check returns what is wrong with a figure, or "".
type Check func(v any) string

// Near accepts a number, or numbers, that differ from want by at most tolerance.
func Near(want, tolerance float64) Check { return All([]float64{want}, tolerance) }

// All is Near for a slice.
func All(want []float64, tolerance float64) Check {
	return func(v any) string {
		got := numbers(v)
		if len(got) != len(want) {
			return fmt.Sprintf("is %v; want %d numbers", v, len(want))
		}
		for i, x := range got {
			if !(math.Abs(x-want[i]) <= tolerance) {
				return fmt.Sprintf("is %v; want %v ± %v", v, want, tolerance)
			}
		}
		return ""
	}
}

// Between accepts a number from lo to hi.
func Between(lo, hi float64) Check {
	return func(v any) string {
		got := numbers(v)
		if len(got) == 1 && lo <= got[0] && got[0] <= hi {
			return ""
		}
		return fmt.Sprintf("is %v; want a number from %v to %v", v, lo, hi)
	}
}

// Equal accepts want itself.
func Equal(want any) Check {
	return func(v any) string {
		if reflect.DeepEqual(v, want) {
			return ""
		}
		return fmt.Sprintf("is %v; want %v", v, want)
	}
}

func numbers(v any) []float64 {
	switch v := v.(type) {
	case float64:
		return []float64{v}
	case int:
		return []float64{float64(v)}
	case []float64:
		return v
	}
	return nil
}

// Run runs e for several seeds, checks the figures and plots, and that a seed
// gives the same bits again, on one core and on two.
func Run(t *testing.T, e examples.Example, want Want) {
	t.Helper()
	for seed := range seeds(t) {
		r := execute(t, e, seed)
		names := slices.Sorted(maps.Keys(r.Figures))
		if w := slices.Sorted(maps.Keys(want.Figures)); !slices.Equal(names, w) {
			t.Errorf("figures %v; want %v", names, w)
		}
		for _, name := range names {
			if check := want.Figures[name]; check != nil {
				if wrong := check(r.Figures[name]); wrong != "" {
					t.Errorf("seed %d: %s %s", seed, name, wrong)
				}
			}
		}
		if want.Also != nil {
			want.Also(t, r.Figures)
		}
		checkPlots(t, r.Plots, want.Plots)
	}

	var same [2]string
	for i := range same {
		old := runtime.GOMAXPROCS(i + 1)
		same[i] = bits(t, execute(t, e, 1))
		runtime.GOMAXPROCS(old)
	}
	if same[0] != same[1] {
		t.Errorf("one core gives\n%s\ntwo give\n%s", same[0], same[1])
	}
}

func seeds(t *testing.T) uint64 {
	s := os.Getenv("PYRO_SEEDS")
	if s == "" {
		return 2
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		t.Fatalf("PYRO_SEEDS is %q; want a number of seeds", s)
	}
	return n
}

func execute(t *testing.T, e examples.Example, seed uint64) *examples.Report {
	t.Helper()
	r, err := e.Execute(context.Background(), examples.Options{Seed: seed, Out: t.TempDir()})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return r
}

// bits writes the figures that do not tell time. JSON keeps every bit of a
// float64.
func bits(t *testing.T, r *examples.Report) string {
	t.Helper()
	maps.DeleteFunc(r.Figures, func(name string, _ any) bool {
		return strings.Contains(name, "us_per_") || strings.HasSuffix(name, "_per_second")
	})
	b, err := json.Marshal(r.Figures)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// checkPlots compares the files with what was wanted; an SVG holds its texts.
func checkPlots(t *testing.T, paths []string, want map[string][]string) {
	t.Helper()
	var got []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		name, ext, _ := strings.Cut(filepath.Base(path), ".")
		if ext != "svg" {
			continue
		}
		got = append(got, name)
		for _, text := range want[name] {
			if !strings.Contains(string(content), ">"+text+"<") {
				t.Errorf("plot %s does not show %q", name, text)
			}
		}
	}
	slices.Sort(got)
	if w := slices.Sorted(maps.Keys(want)); !slices.Equal(got, w) || len(paths) != 2*len(w) {
		t.Errorf("files %v; want %v, each as PNG and SVG", paths, w)
	}
}
