package mcmc

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/rng"
)

// checkpoint keeps the state of all chains in a file. A nil one keeps nothing.
type checkpoint struct {
	path  string
	every time.Duration
	lock  sync.Mutex // of file
	file  savedRun
	last  []time.Time // by chain
	err   error       // the first of a write
}

// savedRun is the content of a file.
type savedRun struct {
	Version int
	Run     string   // settings, key and model in words
	Chains  [][]byte // a savedChain each; empty before its first
}

// savedChain is a chain between two transitions.
type savedChain struct {
	State  hmc.ChainState
	Record record
}

// version is that of the format.
const version = 3

// CheckpointError says that a checkpoint cannot be used.
type CheckpointError struct {
	Path   string
	Reason string
	Err    error
}

func (e *CheckpointError) Error() string {
	s := fmt.Sprintf("mcmc: checkpoint %s: %s", e.Path, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the error of the file.
func (e *CheckpointError) Unwrap() error { return e.Err }

// openCheckpoint reads the file, if there is one.
func (s *sampler) openCheckpoint(key rng.Key, l *layout) (*checkpoint, error) {
	if s.Checkpoint == "" {
		return nil, nil
	}
	k := &checkpoint{path: s.Checkpoint, every: s.CheckpointEvery, last: make([]time.Time, s.Chains)}
	for i := range k.last {
		k.last[i] = time.Now()
	}
	run := s.describe(key, l)
	f, err := os.Open(s.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		k.file = savedRun{Version: version, Run: run, Chains: make([][]byte, s.Chains)}
		return k, nil
	}
	if err != nil {
		return nil, &CheckpointError{k.path, "cannot be opened", err}
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&k.file); err != nil {
		return nil, &CheckpointError{k.path, "cannot be read", err}
	}
	if k.file.Version != version {
		return nil, &CheckpointError{Path: k.path, Reason: fmt.Sprintf("its format has version %d, not %d", k.file.Version, version)}
	}
	if k.file.Run != run {
		return nil, &CheckpointError{Path: k.path, Reason: fmt.Sprintf("it is of another run\n\tthe file has: %s\n\tthis run is:  %s\n"+
			"\tto repair it: use the same settings, key and model, or another file", k.file.Run, run)}
	}
	return k, nil
}

// describe puts what determines the draws in words.
func (s *sampler) describe(key rng.Key, l *layout) string {
	var sites []string
	for _, x := range l.sites {
		sites = append(sites, fmt.Sprint(x.name, x.shape))
	}
	return fmt.Sprintf("%s(%s), key %v, %d chains of %d + %d, target %g, metric %d, from draws %t, step size %g, discrete %t, sites %v",
		s.name, s.extra, key, s.Chains, s.Warmup, s.Draws, s.TargetAccept, s.Metric, s.FromDraws, s.StepSize, s.Discrete, sites)
}

// chain returns the saved state of a chain, or nil.
func (k *checkpoint) chain(id int) (*savedChain, error) {
	if k == nil || len(k.file.Chains[id]) == 0 {
		return nil, nil
	}
	saved := &savedChain{}
	if err := gob.NewDecoder(bytes.NewReader(k.file.Chains[id])).Decode(saved); err != nil {
		return nil, &CheckpointError{k.path, "cannot be read", err}
	}
	return saved, nil
}

// keep writes the state of a chain if it is time, or last is set.
func (k *checkpoint) keep(c *chain, last bool) {
	if k == nil || !last && time.Since(k.last[c.id]) < k.every {
		return
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(savedChain{State: c.hmc.State, Record: *c.out})
	k.lock.Lock()
	defer k.lock.Unlock()
	if err == nil {
		k.file.Chains[c.id] = b.Bytes()
		err = k.write()
	}
	if k.err == nil && err != nil {
		k.err = &CheckpointError{k.path, "cannot be written", err}
	}
	k.last[c.id] = time.Now()
}

// write replaces the file at once: whoever is stopped in the middle leaves the
// old one.
func (k *checkpoint) write() error {
	f, err := os.CreateTemp(filepath.Dir(k.path), filepath.Base(k.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = gob.NewEncoder(f).Encode(k.file)
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), k.path)
	}
	return err
}

// close returns the first error of a write.
func (k *checkpoint) close() error {
	if k == nil {
		return nil
	}
	return k.err
}

// load takes over the draws of a saved chain.
func (r *record) load(saved *savedChain) {
	o := &saved.Record
	r.N = o.N
	for i, v := range o.Values {
		r.Values[i] = append(r.Values[i], v...)
	}
	r.LogProb, r.Accept = append(r.LogProb, o.LogProb...), append(r.Accept, o.Accept...)
	r.Step, r.Energy = append(r.Step, o.Step...), append(r.Energy, o.Energy...)
	r.Depth, r.Steps = append(r.Depth, o.Depth...), append(r.Steps, o.Steps...)
	r.Bad, r.Cut = append(r.Bad, o.Bad...), append(r.Cut, o.Cut...)
}
