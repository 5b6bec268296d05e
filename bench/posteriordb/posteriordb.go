// Package posteriordb has six posteriors of the database posteriordb (Magnusson
// et al., stan-dev/posteriordb) as models, to verify samplers against its
// reference draws and to time them.
//
//	dir, ok := posteriordb.Find()
//	for _, p := range posteriordb.All {
//		data, err := p.Data(dir)
//		...
//		result, err := mcmc.NUTS{}.Run(ctx, key, p.Model(data))
//	}
//
// Data are not part of this module. They are read from a folder with the files
// NAME.data.json, as the database has them, and NAME.reference.json: statistics
// of reference draws, and Stan's log densities at some points.
package posteriordb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Variable is the environment variable that names the folder.
const Variable = "GOPYRO_POSTERIORDB"

// Find returns the folder that the environment variable names, or, without it,
// shared/reference/posteriordb beside the repository that the working directory
// is in; ok is false where there is none.
func Find() (dir string, ok bool) {
	if dir = os.Getenv(Variable); dir != "" {
		return dir, isDir(dir)
	}
	at, err := os.Getwd()
	for err == nil && at != filepath.Dir(at) {
		if _, e := os.Stat(filepath.Join(at, "go.mod")); e == nil {
			dir = filepath.Join(filepath.Dir(at), "shared", "reference", "posteriordb")
			return dir, isDir(dir)
		}
		at = filepath.Dir(at)
	}
	return "", false
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Posterior is a model with data.
type Posterior struct {
	Name  string // of the database
	Dim   int    // of the unconstrained space
	Model func(Data) pyro.Model
	Like  string // the posterior that has the data and the reference, if not this one
}

// files is the start of the names of the files of p.
func (p *Posterior) files(dir string) string {
	return filepath.Join(dir, cmp.Or(p.Like, p.Name))
}

// Data are the data of a model: numbers and lists of numbers by name.
type Data map[string]*tensor.Tensor

// Data reads the data of p.
func (p *Posterior) Data(dir string) (Data, error) {
	var raw map[string]json.RawMessage
	if err := read(p.files(dir)+".data.json", &raw); err != nil {
		return nil, err
	}
	data := Data{}
	for name, text := range raw {
		v, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("posteriordb: %s of %s: %w", name, p.Name, err)
		}
		data[name] = v
	}
	return data, nil
}

// parse reads a number, a list of numbers, or lists of equal length.
func parse(text json.RawMessage) (*tensor.Tensor, error) {
	var number float64
	if json.Unmarshal(text, &number) == nil {
		return tensor.Of(number), nil
	}
	var list []float64
	if json.Unmarshal(text, &list) == nil {
		return tensor.Of(list), nil
	}
	var rows [][]float64
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	return tensor.Of(rows), nil
}

// Reference is what is known of a posterior.
type Reference struct {
	Stats map[string]struct { // by scalar, such as mu or theta[1], counted from 1
		Mean, SD float64
		MCSEMean float64 `json:"mcse_mean"`
		MCSESD   float64 `json:"mcse_sd"`
	}
	Density []struct {
		Parameters map[string]json.RawMessage
		LogDensity float64 `json:"log_density"` // up to a constant, without Jacobians
	}
}

// Reference reads the reference of p.
func (p *Posterior) Reference(dir string) (*Reference, error) {
	r := &Reference{}
	return r, read(p.files(dir)+".reference.json", r)
}

func read(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("posteriordb: %s: %w", path, err)
	}
	return nil
}
