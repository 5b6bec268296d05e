package infer

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/gopyro/pyro/infer/internal/savefile"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// checkpoint keeps the state of a fit in a file. A nil one keeps nothing.
type checkpoint struct {
	path   string
	every  time.Duration
	last   time.Time
	run    string
	losses []float64 // of all steps, those before a stop among them
	stale  bool      // there were steps since the last write
}

// savedFit is the content of a file.
type savedFit struct {
	Version int
	Run     string // key, optimiser and loss in words
	Params  []byte // as pyro.Params saves them
	Optim   optim.State
	Loss    []byte // what the loss remembers
	Losses  []float64
	Skipped int
}

// fitVersion is that of the format.
const fitVersion = 1

// CheckpointError says that a checkpoint of a fit cannot be used.
type CheckpointError struct {
	Path   string
	Reason string
	Err    error
}

func (e *CheckpointError) Error() string {
	s := fmt.Sprintf("infer: checkpoint %s: %s", e.Path, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the error of the file.
func (e *CheckpointError) Unwrap() error { return e.Err }

// openCheckpoint reads the file, if there is one, into the fit.
func (s *SVI) openCheckpoint(key rng.Key, n int) (*checkpoint, error) {
	if s.Checkpoint == "" {
		return nil, nil
	}
	if err := s.ready(); err != nil {
		return nil, err
	}
	k := &checkpoint{path: s.Checkpoint, every: s.CheckpointEvery, last: time.Now()}
	k.run = fmt.Sprintf("key %v, optimiser %T, loss %T", key.Trace(nil), s.Optim, s.Loss)
	if k.every == 0 {
		k.every = 2 * time.Second
	}
	if _, ok := s.Optim.(optim.Stateful); !ok {
		return nil, &CheckpointError{Path: k.path, Reason: fmt.Sprintf("the memory of the optimiser %T cannot be saved; it needs the methods of optim.Stateful", s.Optim)}
	}
	f, err := os.Open(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, &CheckpointError{k.path, "cannot be opened", err}
	}
	defer f.Close()
	return k, k.read(s, f, n)
}

// read takes over what the file holds.
func (k *checkpoint) read(s *SVI, r io.Reader, n int) error {
	var file savedFit
	if err := gob.NewDecoder(r).Decode(&file); err != nil {
		return &CheckpointError{k.path, "cannot be read", err}
	}
	switch {
	case file.Version != fitVersion:
		return &CheckpointError{Path: k.path, Reason: fmt.Sprintf("its format has version %d, not %d", file.Version, fitVersion)}
	case file.Run != k.run:
		return &CheckpointError{Path: k.path, Reason: fmt.Sprintf("it is of another fit\n\tthe file has: %s\n\tthis fit is:  %s\n"+
			"\tto repair it: use the same key, optimiser and loss, or another file", file.Run, k.run)}
	case len(file.Losses) > n:
		return &CheckpointError{Path: k.path, Reason: fmt.Sprintf("it holds a fit after %d steps, but %d are asked for", len(file.Losses), n)}
	}
	if err := s.Params.Load(bytes.NewReader(file.Params)); err != nil {
		return &CheckpointError{k.path, "cannot be read", err}
	}
	s.Optim.(optim.Stateful).SetState(file.Optim)
	if l, ok := s.Loss.(encoding.BinaryUnmarshaler); ok && len(file.Loss) > 0 {
		if err := l.UnmarshalBinary(file.Loss); err != nil {
			return &CheckpointError{k.path, "the state of the loss cannot be read", err}
		}
	}
	k.losses, s.Skipped = file.Losses, file.Skipped
	return nil
}

// done is the number of steps that were made before.
func (k *checkpoint) done() int {
	if k == nil {
		return 0
	}
	return len(k.losses)
}

// before returns the losses of those steps.
func (k *checkpoint) before() []float64 {
	if k == nil {
		return nil
	}
	return k.losses[:len(k.losses):len(k.losses)]
}

// keep notes a step, and writes the state if it is time.
func (k *checkpoint) keep(s *SVI, loss float64) error {
	if k == nil {
		return nil
	}
	k.losses, k.stale = append(k.losses, loss), true
	if time.Since(k.last) < k.every {
		return nil
	}
	return k.close(s)
}

// close writes the state if there were steps since the last time.
func (k *checkpoint) close(s *SVI) error {
	if k == nil || !k.stale {
		return nil
	}
	file := savedFit{
		Version: fitVersion, Run: k.run, Losses: k.losses, Skipped: s.Skipped,
		Optim: s.Optim.(optim.Stateful).State(),
	}
	var params bytes.Buffer
	err := s.Params.Save(&params)
	file.Params = params.Bytes()
	if l, ok := s.Loss.(encoding.BinaryMarshaler); ok && err == nil {
		file.Loss, err = l.MarshalBinary()
	}
	if err == nil {
		err = savefile.Write(k.path, func(w io.Writer) error { return gob.NewEncoder(w).Encode(file) })
	}
	if err != nil {
		return &CheckpointError{k.path, "cannot be written", err}
	}
	k.last, k.stale = time.Now(), false
	return nil
}

// MarshalBinary returns the running averages, for checkpoints.
func (l *TraceGraphELBO) MarshalBinary() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(l.average)
	return b.Bytes(), err
}

// UnmarshalBinary takes over what MarshalBinary returned.
func (l *TraceGraphELBO) UnmarshalBinary(data []byte) error {
	l.average = nil
	return gob.NewDecoder(bytes.NewReader(data)).Decode(&l.average)
}
