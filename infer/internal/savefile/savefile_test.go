package savefile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopyro/pyro/infer/internal/savefile"
)

func TestWriteIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	put := func(s string, failure error) error {
		return savefile.Write(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, s); err != nil {
				return err
			}
			return failure
		})
	}
	if err := put("old", nil); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	if err := put("half", failed); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the file has %q (%v)", got, err)
	}
	if err := put("new", nil); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	files, _ := os.ReadDir(dir)
	if string(got) != "new" || len(files) != 1 {
		t.Errorf("the file has %q, the directory %v", got, files)
	}
	if err := savefile.Write(filepath.Join(dir, "no", "f"), nil); err == nil {
		t.Error("no error for a directory that is not there")
	}
}
