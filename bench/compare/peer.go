package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// side is a program that runs workloads.
type side struct {
	name    string
	command []string
	version string
}

// programs of the peers, by side.
var programs = map[string][]string{
	"pyro":     {"with_pyro.py"},
	"pyro-jit": {"with_pyro.py", "--jit"},
	"numpyro":  {"with_numpyro.py"},
	"stan":     {"with_stan.py"},
	"rstan":    {"with_rstan.R"},
}

// installed returns gopyro and the peers that answer, and those that do not with
// the reason.
func installed(ctx context.Context, o *options) (sides []side, skipped []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	all := []side{{name: "gopyro", command: []string{self, "-side", "gopyro"}}}
	for _, name := range []string{"pyro", "pyro-jit", "numpyro", "stan", "rstan"} {
		if !chosen(o.sides, name) {
			continue
		}
		interpreter := o.python
		if filepath.Ext(programs[name][0]) == ".R" {
			interpreter = "Rscript"
		}
		argv := append([]string{interpreter, filepath.Join(o.peers, programs[name][0])}, programs[name][1:]...)
		if name == "stan" || name == "rstan" {
			argv = append(argv, "-programs", o.stanPrograms())
		}
		all = append(all, side{name: name, command: argv})
	}
	for _, s := range all {
		r, _, err := s.run(ctx, o.core, "-workload", "version")
		if err == nil && r.Skipped != "" {
			err = fmt.Errorf("%s", r.Skipped)
		}
		if err != nil {
			skipped = append(skipped, fmt.Sprintf("%s: %v", s.name, err))
			continue
		}
		s.version = r.Version
		sides = append(sides, s)
	}
	if len(sides) == 0 || sides[0].name != "gopyro" {
		return nil, nil, fmt.Errorf("%s", strings.Join(skipped, "\n"))
	}
	return sides, skipped, nil
}

func (o *options) stanPrograms() string {
	if o.programs != "" {
		return o.programs
	}
	return filepath.Join(o.peers, "stan")
}

// run starts the side on a core and returns what it reports, and the time from
// start to end of the process.
func (s *side) run(ctx context.Context, core int, args ...string) (*report, time.Duration, error) {
	argv := append(append([]string{}, s.command...), args...)
	if taskset, err := exec.LookPath("taskset"); err == nil && core >= 0 {
		argv = append([]string{taskset, "-c", strconv.Itoa(core)}, argv...)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "PYTHONWARNINGS=ignore")
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return nil, took, fmt.Errorf("%w: %s", err, lastLine(stderr.Bytes()))
	}
	r := &report{}
	if err := json.Unmarshal(lastLine(stdout.Bytes()), r); err != nil {
		return nil, took, fmt.Errorf("%s does not report: %w", s.name, err)
	}
	return r, took, nil
}

func lastLine(text []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return lines[len(lines)-1]
}

// describe names the machine.
func describe(core int) string {
	model := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if name, text, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(text)
				break
			}
		}
	}
	pinned := "not pinned"
	if _, err := exec.LookPath("taskset"); err == nil && core >= 0 {
		pinned = fmt.Sprintf("pinned to processor %d", core)
	}
	return fmt.Sprintf("%s, %d processors, %s/%s, %s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), pinned)
}
