package pyro_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gopyro/pyro"

// layers says what each package may import of this module, "" being the root
// package, and of other modules, by prefix. Nothing imports upwards. Programs,
// examples and benchmarks may import anything. A new arrow is added here on
// purpose, or not at all; one that no import follows is taken out.
var layers = map[string][]string{
	// Chains report diagnostics, may start where a guide does or after a climb,
	// and draw the sites that enumeration summed out.
	"infer/mcmc": {
		"", "diag", "dist", "handler", "infer", "infer/autoguide", "infer/internal/enumerate", "infer/internal/hmc",
		"infer/internal/replay", "optim", "rng", "tensor", "transform",
	},
	"infer/autoguide": {"", "handler", "infer/internal/joint", "constraint", "dist", "rng", "tensor"}, // meets infer in pyro.Model alone
	// Fits take optimisers; how far to trust one is told by Pareto smoothing, of diag.
	"infer": {
		"", "dist", "handler", "infer/internal/enumerate", "infer/internal/joint",
		"infer/internal/pathfinder", "infer/internal/replay", "infer/internal/savefile", "optim", "diag", "rng", "tensor",
	},
	"infer/internal/enumerate":  {"", "handler", "infer/internal/contract", "tensor"}, // the model's side of contract
	"infer/internal/joint":      {"", "dist", "tensor", "transform"},
	"infer/internal/pathfinder": {"optim", "rng"}, // on plain functions
	"infer/internal/replay":     {"", "dist", "rng", "tensor"},
	"infer/internal/savefile":   {},
	"infer/internal/contract":   {"rng", "tensor"}, // sums of products: tensors, never sites
	"infer/internal/hmc":        {},                // a sampler: func(x, grad []float64), never a model

	"handler": {"", "constraint", "dist", "rng", "tensor", "transform"}, // reparameterisations are of distributions
	"":        {"constraint", "dist", "rng", "tensor"},

	"optim": {"internal/kernel"}, // on plain slices, as the next
	"diag":  {"internal/kernel", "internal/parallel", "internal/special"},
	"plot":  {"codeberg.org/go-fonts/liberation", "golang.org/x/image", "gonum.org/v1/plot"},
	"data":  {},

	"dist":           {"constraint", "transform", "rng", "tensor"},
	"internal/alike": {"", "dist", "tensor"}, // models, for tests
	"dist/disttest":  {"dist", "internal/special", "rng", "tensor"},
	"constraint":     {"transform", "tensor"},
	"transform":      {"tensor"},

	"tensor":            {"internal/program", "rng"}, // draws are operations with a key
	"rng":               {"internal/kernel", "internal/parallel"},
	"internal/program":  {"internal/blas", "internal/kernel", "internal/parallel", "internal/special", "rng"},
	"internal/blas":     {"internal/cpu", "internal/parallel", "gonum.org/v1/gonum"},
	"internal/peak":     {"internal/cpu"},
	"internal/kernel":   {"internal/cpu"},
	"internal/special":  {},
	"internal/parallel": {},
	"internal/cpu":      {"golang.org/x/sys/cpu"},

	"docs": {},
}

func TestLayers(t *testing.T) {
	if testing.Short() {
		t.Skip("lists the packages of the module")
	}
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Imports", module+"/...")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64") // which have all layers
	out, err := cmd.Output()
	if err != nil {
		var e *exec.ExitError
		if errors.As(err, &e) {
			t.Fatalf("go list: %s", e.Stderr)
		}
		t.Skipf("no go command: %v", err)
	}
	met := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg struct {
			ImportPath, Name string
			Imports          []string
		}
		if err := d.Decode(&pkg); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		top, _, _ := strings.Cut(name, "/")
		if pkg.Name == "main" || top == "examples" || top == "bench" {
			continue
		}
		may, ok := layers[name]
		if !ok {
			t.Errorf("package %s has no layer; give it one", pkg.ImportPath)
			continue
		}
		met++
		for _, path := range pkg.Imports {
			if !allowed(path, may) {
				t.Errorf("%s imports %s, which its layer does not allow", pkg.ImportPath, path)
			}
		}
		for _, m := range may {
			if !slices.ContainsFunc(pkg.Imports, func(path string) bool { return allowed(path, []string{m}) && strings.Contains(path, ".") }) {
				t.Errorf("%s does not import %q, which its layer allows", pkg.ImportPath, m)
			}
		}
	}
	if met != len(layers) {
		t.Errorf("%d packages in %d layers", met, len(layers))
	}
}

// allowed reports whether a package that may import the listed ones may import
// path. The standard library is free, but for C.
func allowed(path string, may []string) bool {
	if local, ok := strings.CutPrefix(path+"/", module+"/"); ok {
		return slices.Contains(may, strings.TrimSuffix(local, "/"))
	}
	host, _, _ := strings.Cut(path, "/")
	if !strings.Contains(host, ".") {
		return path != "C"
	}
	return slices.ContainsFunc(may, func(m string) bool {
		return m != "" && strings.HasPrefix(path+"/", m+"/")
	})
}

// The table itself has no cycles, and the core sees no inference.
func TestLayersGoDown(t *testing.T) {
	var path []string
	var visit func(pkg string)
	visit = func(pkg string) {
		if slices.Contains(path, pkg) {
			t.Fatalf("a cycle: %v", append(path, pkg))
		}
		path = append(path, pkg)
		for _, m := range layers[pkg] {
			visit(m)
		}
		path = path[:len(path)-1]
	}
	for pkg := range layers {
		visit(pkg)
	}
	for pkg, forbidden := range map[string][]string{"dist": {"", "handler", "infer"}, "": {"handler", "infer"}} {
		for _, f := range forbidden {
			if slices.Contains(layers[pkg], f) {
				t.Errorf("%q may not see %q", pkg, f)
			}
		}
	}
}
