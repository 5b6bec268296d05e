// Package savefile replaces files at once, so that whoever is stopped in the
// middle leaves the old one.
//
//	err := savefile.Write("fit.checkpoint", func(w io.Writer) error { … })
package savefile

import (
	"io"
	"os"
	"path/filepath"
)

// Write puts what write produces in the place of the file at path, after it has
// reached the disk. On an error the old file stays.
func Write(path string, write func(w io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
