// Package docs checks the documentation against the code.
package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source is the Go code under some folders of the repository, without spaces.
func source(t *testing.T, folders ...string) string {
	t.Helper()
	var b strings.Builder
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			b.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return squeeze(b.String())
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var span = regexp.MustCompile("`([^`]+)`")

// Each piece of Go on the right of the tables of from-pyro.md stands in code
// that the tests run.
func TestCodeIsCompiled(t *testing.T) {
	code := source(t, "docs", "examples")
	rows := 0
	for line := range strings.Lines(read(t, "from-pyro.md")) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 2 || strings.HasPrefix(line, "|---") {
			continue
		}
		rows++
		for _, m := range span.FindAllStringSubmatch(cells[1], -1) {
			if !strings.Contains(code, squeeze(m[1])) {
				t.Errorf("%s is in no code", m[1])
			}
		}
	}
	if rows < 60 {
		t.Errorf("only %d rows were read", rows)
	}
}

// Each place that tutorials.md names exists.
func TestPlacesExist(t *testing.T) {
	text := read(t, "tutorials.md")
	place := regexp.MustCompile("`([a-z/_0-9]+\\.(?:go|md|py))`(?: `([A-Za-z_0-9.]+)`)?")
	found := 0
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		found++
		content := read(t, filepath.Join("..", m[1]))
		if m[2] != "" && !strings.Contains(content, m[2]) {
			t.Errorf("%s has no %s", m[1], m[2])
		}
	}
	if found < 50 {
		t.Errorf("only %d places were read", found)
	}
}

// tutorials.md lists every requirement.
func TestRequirementsAreListed(t *testing.T) {
	text := read(t, "tutorials.md")
	for _, group := range []struct {
		prefix string
		n      int
	}{{"JA", 28}, {"KO", 12}, {"ZH", 18}, {"FR", 15}} {
		for i := range group.n {
			id := "| " + group.prefix + "-" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)) + " |"
			if strings.Count(text, id) != 1 {
				t.Errorf("%q stands there %d times", id, strings.Count(text, id))
			}
		}
	}
}

// The program of the README is Example_readme, and links lead to files.
func TestReadme(t *testing.T) {
	text := read(t, "../README.md")
	_, block, ok := strings.Cut(text, "```go\n")
	block, _, ok2 := strings.Cut(block, "```")
	if !ok || !ok2 {
		t.Fatal("there is no program")
	}
	body := block[strings.Index(block, "func main() {\n")+len("func main() {\n") : strings.LastIndex(block, "}")]
	if !strings.Contains(squeeze(read(t, "readme_test.go")), squeeze(body)) {
		t.Error("the program is not that of readme_test.go")
	}
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Error(err)
		}
	}
}

// Decisions are numbered from 001 on without gaps, and begin with their number.
func TestDecisionsAreNumbered(t *testing.T) {
	paths, err := filepath.Glob("decisions/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no decisions (%v)", err)
	}
	for i, path := range paths {
		number := fmt.Sprintf("%03d", i+1)
		if !strings.HasPrefix(filepath.Base(path), number+"-") || !strings.HasPrefix(read(t, path), "# "+number+" ") {
			t.Errorf("%s is not decision %s", path, number)
		}
	}
}
