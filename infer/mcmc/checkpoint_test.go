package mcmc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopyro/pyro/rng"
)

func checkpointed(path string) NUTS {
	return NUTS{Draws: 300, Warmup: 300, Chains: 3, Workers: 1, Lanes: 3, Checkpoint: path, CheckpointEvery: time.Millisecond}
}

// unbroken runs the same chains without a file.
func unbroken(t *testing.T) *Result {
	t.Helper()
	n := checkpointed("")
	n.Lanes = 1
	r, err := n.Run(context.Background(), rng.New(9), hierarchy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestResume stops a run in warm-up, then among its draws, and goes on to the
// same bits, with other numbers of chains that move together.
func TestResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chains")
	want := unbroken(t)
	for i, stop := range []int{150, 450} {
		ctx, cancel := context.WithCancel(context.Background())
		n := checkpointed(path)
		n.Lanes -= i
		seen := 0
		n.OnDraw = func(Draw) {
			if seen++; seen == stop {
				cancel()
			}
		}
		if _, err := n.Run(ctx, rng.New(9), hierarchy); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	again := 0
	n := checkpointed(path)
	n.OnDraw = func(Draw) { again++ }
	got, err := n.Run(context.Background(), rng.New(9), hierarchy)
	if err != nil {
		t.Fatal(err)
	}
	sameDraws(t, want, got)
	if again >= 3*600-500 {
		t.Errorf("%d transitions after two stops, of %d in all", again, 3*600)
	}
	again = 0
	if got, err = n.Run(context.Background(), rng.New(9), hierarchy); err != nil || again > 0 {
		t.Errorf("a finished run takes %d transitions more (%v)", again, err)
	}
	sameDraws(t, want, got)
	if want.Gradients() != got.Gradients() {
		t.Errorf("%d gradients, want %d", got.Gradients(), want.Gradients())
	}
}

// TestKill kills a process in the middle of a run, and goes on to the same bits.
func TestKill(t *testing.T) {
	if path := os.Getenv("MCMC_TEST_CHECKPOINT"); path != "" {
		n := checkpointed(path)
		n.OnDraw = func(Draw) { time.Sleep(100 * time.Microsecond) }
		_, _ = n.Run(context.Background(), rng.New(9), hierarchy)
		return
	}
	path := filepath.Join(t.TempDir(), "chains")
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), "MCMC_TEST_CHECKPOINT="+path)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if _, err := os.Stat(path); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(150 * time.Millisecond)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	n := checkpointed(path)
	again := 0
	n.OnDraw = func(Draw) { again++ }
	got, err := n.Run(context.Background(), rng.New(9), hierarchy)
	if err != nil {
		t.Fatal(err)
	}
	sameDraws(t, unbroken(t), got)
	t.Logf("%d of %d transitions were left", again, 3*600)
	if again == 3*600 {
		t.Error("nothing was kept")
	}
}

// TestOtherRun refuses the file of another run, and one that is none.
func TestOtherRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chains")
	n := checkpointed(path)
	n.Draws, n.Warmup, n.Chains = 5, 5, 1
	if _, err := n.Run(context.Background(), rng.New(9), hierarchy); err != nil {
		t.Fatal(err)
	}
	_, err := n.Run(context.Background(), rng.New(10), hierarchy)
	var e *CheckpointError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "it is of another run") {
		t.Errorf("the error is %v", err)
	}
	if err := os.WriteFile(path, []byte("no gob"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = n.Run(context.Background(), rng.New(9), hierarchy); !errors.As(err, &e) || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("the error is %v", err)
	}
}
