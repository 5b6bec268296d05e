package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
)

// quick are examples that end at once.
var quick = []examples.Example{
	{Name: "dot", About: "one dot", Run: func(_ context.Context, r *examples.Run) error {
		r.Step("dots", 1, 1)
		r.Figure("x", r.Key("x").Normal())
		r.Printf("a dot\n")
		return r.Save("dot", (&plot.Figure{}).Points([]float64{1}, []float64{1}, ""))
	}},
	{Name: "fail", About: "an error", Run: func(context.Context, *examples.Run) error { return errors.New("no more") }},
	{Name: "wait", About: "until cancelled", Run: func(ctx context.Context, r *examples.Run) error {
		<-ctx.Done()
		return ctx.Err()
	}},
}

// invoke runs a command line.
func invoke(t *testing.T, catalogue []examples.Example, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = (&command{catalogue: catalogue, stdout: &out}).main(t.Context(), args, &errs)
	return out.String(), errs.String(), status
}

func TestList(t *testing.T) {
	const want = "dot   one dot\nfail  an error\nwait  until cancelled\n"
	if out, errs, status := invoke(t, quick, "list"); out != want || errs != "" || status != 0 {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	var names []string
	for _, e := range catalogue {
		if e.About == "" || slices.Contains(names, e.Name) {
			t.Errorf("example %q: %q", e.Name, e.About)
		}
		names = append(names, e.Name)
	}
	if !slices.Equal(names[:tutorials], []string{"weather", "scale", "coin", "iris"}) {
		t.Errorf("the examples are %v", names)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}, {"run", "--help"}} {
		if out, errs, status := invoke(t, catalogue, args...); out != usage+"\n" || errs != "" || status != 0 {
			t.Errorf("%v: status %d\n%s%s", args, status, out, errs)
		}
	}
}

func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	out, errs, status := invoke(t, quick, "run", "dot")
	want := regexp.MustCompile(`^a dot\n\d+\.\d s; pictures are in ` + regexp.QuoteMeta(filepath.Join("out", "dot")) + `\n$`)
	if !want.MatchString(out) || errs != "" || status != 0 {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	for _, name := range []string{"dot.png", "dot.svg"} {
		if _, err := os.Stat(filepath.Join("out", "dot", name)); err != nil {
			t.Error(err)
		}
	}
}

// Flags stand anywhere; with --json one object is all there is.
func TestJSON(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"run", "dot", "--seed", "7", "--out", dir, "--json"},
		{"run", "--json", "-seed=7", "dot", "--out", dir},
	} {
		out, errs, status := invoke(t, quick, args...)
		if errs != "" || status != 0 || strings.Count(out, "\n") != 1 {
			t.Fatalf("%v: status %d\n%s%s", args, status, out, errs)
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(out), &object); err != nil {
			t.Fatal(err)
		}
		if keys := slices.Sorted(maps.Keys(object)); !slices.Equal(keys, []string{"example", "figures", "plots", "seconds", "seed"}) {
			t.Errorf("keys %v", keys)
		}
		if object["example"] != "dot" || object["seed"] != 7.0 || len(object["plots"].([]any)) != 2 {
			t.Errorf("%v", object)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		args    string
		problem string
		status  int
	}{
		{"", "what shall it do?", 2},
		{"demmo", `there is no command "demmo"; did you mean "demo"?`, 2},
		{"run", "run takes the name of an example; pyro list shows them", 2},
		{"run dott", `there is no example "dott"; did you mean "dot"?`, 2},
		{"run galaxies", `there is no example "galaxies"; there are ["dot" "fail" "wait"]`, 2},
		{"run dot fail", "run: unexpected fail", 2},
		{"run dot --sead 1", "run: flag provided but not defined: -sead", 2},
		{"run dot --seed x", `run: invalid value "x" for flag -seed: parse error`, 2},
		{"demo --json", "demo: flag provided but not defined: -json", 2},
		{"demo dot", "demo: unexpected dot", 2},
		{"run fail", "fail: no more", 1},
	} {
		out, errs, status := invoke(t, quick, strings.Fields(c.args)...)
		want := "pyro: " + c.problem + "\n"
		if c.status == 2 {
			want += usage + "\n"
		}
		if out != "" || errs != want || status != c.status {
			t.Errorf("%q: status %d, output %q, errors\n%s\nwant status %d\n%s", c.args, status, out, errs, c.status, want)
		}
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	c := &command{catalogue: quick, stdout: &out}
	if status := c.main(ctx, []string{"run", "wait"}, &errs); status != 1 || errs.String() != "pyro: wait: context canceled\n" {
		t.Errorf("status %d: %s", status, &errs)
	}
}

func TestDemo(t *testing.T) {
	dir := t.TempDir()
	out, errs, status := invoke(t, catalogue, "demo", "--out", dir)
	if errs != "" || status != 0 {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	for i, e := range catalogue[:tutorials] {
		if head := e.Name + ": " + e.About; !strings.Contains(out, string(rune('1'+i))+"/4 "+head+"\n    ") {
			t.Errorf("no %q in\n%s", head, out)
		}
		if pictures, _ := filepath.Glob(filepath.Join(dir, e.Name, "*.png")); len(pictures) == 0 {
			t.Errorf("%s has no pictures", e.Name)
		}
	}
	if !strings.HasSuffix(out, "are in the folders of "+dir+"\n") {
		t.Errorf("the end does not tell where the pictures are:\n%s", out)
	}
}

func TestBar(t *testing.T) {
	var w bytes.Buffer
	b := &bar{w: &w}
	b.show("fit", 1, 2)
	b.show("fit", 1, 2)
	text := indent{&w, b}
	if _, err := text.Write([]byte("one\ntwo\n")); err != nil {
		t.Fatal(err)
	}
	b.clear()
	half := strings.Repeat("█", 15) + strings.Repeat("░", 15)
	if want := "\r\033[K    fit        " + half + "  50%\r\033[K    one\n    two\n"; w.String() != want {
		t.Errorf("%q\nwant\n%q", w.String(), want)
	}

	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if newBar(f) != nil {
		t.Error("a file gets a bar")
	}
}
