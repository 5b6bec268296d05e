package infer_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// fitWith is a fit with two optimisers, each with a memory and one with a schedule,
// and a loss with a memory.
func fitWith(checkpoint string, loss infer.Loss) *infer.SVI {
	data := tensor.Of([]float64{0.3, -1, 2, 0.5})
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 2))
		q := p.Plate("n", 4, pyro.Subsample(2))
		z := q.Sample("z", dist.Bernoulli(0.4), pyro.NoEnum)
		q.Observe("x", dist.Normal(mu.Add(z), 1), q.Subsample(data, 0))
	}
	guide := &autoguide.List{Model: model, Parts: []autoguide.Part{
		autoguide.Func(func(p *pyro.P) {
			p.Sample("mu", dist.Normal(p.Param("m", tensor.Of(0.5)), 0.4))
		}),
		autoguide.Func(func(p *pyro.P) {
			q := p.Plate("n", 4, pyro.Subsample(2))
			q.Sample("z", dist.BernoulliLogits(q.Param("logit", tensor.Zeros(4))))
		}),
	}}
	return &infer.SVI{
		Model: model, Guide: guide.Guide, Loss: loss, Checkpoint: checkpoint, CheckpointEvery: time.Nanosecond,
		Optim: optim.ClipNorm(optim.PerParam(func(name string) optim.Optimizer {
			if name == "m" {
				return &optim.Adam{LR: 0.02, Schedule: optim.Cosine(400, 0)}
			}
			return &optim.SGD{LR: 0.01, Momentum: 0.9}
		}), 5),
	}
}

func bits(t *testing.T, s *infer.SVI) string {
	t.Helper()
	var b strings.Builder
	if err := s.Params.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A fit that was stopped, at any step and in any way, goes on to the bits of one
// that was not.
func TestStoppedFitGoesOn(t *testing.T) {
	const steps = 150
	for name, loss := range map[string]func() infer.Loss{
		"replayed":           func() infer.Loss { return infer.TraceELBO{} },
		"with its own state": func() infer.Loss { return &infer.TraceGraphELBO{Decay: 0.9} },
	} {
		t.Run(name, func(t *testing.T) {
			whole := fitWith("", loss())
			want, err := whole.Run(t.Context(), rng.New(7), steps)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "fit")
			// Broken off, cancelled, and by a smaller number of steps.
			first := fitWith(path, loss())
			for step, err := range first.Steps(t.Context(), rng.New(7), steps) {
				if err != nil {
					t.Fatal(err)
				}
				if step.N == 3 {
					break
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for step, err := range fitWith(path, loss()).Steps(ctx, rng.New(7), steps) {
				switch {
				case err != nil && !errors.Is(err, context.Canceled):
					t.Fatal(err)
				case step.N == 70:
					cancel()
				}
			}
			if got, err := fitWith(path, loss()).Run(t.Context(), rng.New(7), 101); err != nil || len(got) != 101 {
				t.Fatalf("%d losses (%v)", len(got), err)
			}
			last := fitWith(path, loss())
			got, err := last.Run(t.Context(), rng.New(7), steps)
			if err != nil || !slices.Equal(got, want) || bits(t, last) != bits(t, whole) {
				t.Errorf("other bits after stops (%v)", err)
			}
			// And nothing is left to do.
			again := fitWith(path, loss())
			if got, err := again.Run(t.Context(), rng.New(7), steps); err != nil || !slices.Equal(got, want) || bits(t, again) != bits(t, whole) {
				t.Errorf("other bits of a finished fit (%v)", err)
			}
		})
	}
}

// TestMain also is the process that TestKilledFitGoesOn kills.
func TestMain(m *testing.M) {
	if path := os.Getenv("PYRO_FIT_TO_KILL"); path != "" {
		_, err := fitWith(path, infer.TraceELBO{}).Run(context.Background(), rng.New(7), 1<<30)
		panic(err)
	}
	os.Exit(m.Run())
}

func TestKilledFitGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fit")
	victim := exec.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), "PYRO_FIT_TO_KILL="+path)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := os.Stat(path); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed
	// It may have come to any step; go 100 further.
	var made int
	for step, err := range fitWith(path, infer.TraceELBO{}).Steps(t.Context(), rng.New(7), 1<<30) {
		if err != nil {
			t.Fatal(err)
		}
		if made = step.N; true {
			break
		}
	}
	if made < 2 {
		t.Fatalf("the killed fit left nothing: the next step is number %d", made)
	}
	resumed, whole := fitWith(path, infer.TraceELBO{}), fitWith("", infer.TraceELBO{})
	got, err := resumed.Run(t.Context(), rng.New(7), made+100)
	if err != nil {
		t.Fatal(err)
	}
	want, err := whole.Run(t.Context(), rng.New(7), made+100)
	if err != nil || !slices.Equal(got, want) || bits(t, resumed) != bits(t, whole) {
		t.Errorf("other bits after a kill before step %d (%v)", made, err)
	}
}

func TestConvergedFitStaysSo(t *testing.T) {
	fit := func(path string) *infer.SVI {
		s := fitWith(path, infer.TraceELBO{})
		s.Optim = &optim.Adam{LR: 0.1}
		return s
	}
	c := infer.Converge{Window: 50}
	whole := fit("")
	want, converged, err := whole.RunUntil(t.Context(), rng.New(7), 5000, c)
	if err != nil || !converged {
		t.Fatalf("%d steps (%v)", len(want), err)
	}
	path := filepath.Join(t.TempDir(), "fit")
	if _, err := fit(path).Run(t.Context(), rng.New(7), 33); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := fit(path)
		got, converged, err := s.RunUntil(t.Context(), rng.New(7), 5000, c)
		if err != nil || !converged || !slices.Equal(got, want) || bits(t, s) != bits(t, whole) {
			t.Errorf("%d steps, want %d (%v)", len(got), len(want), err)
		}
	}
}

type forgetful struct{ optim.Optimizer }

func TestCheckpointsRefuse(t *testing.T) {
	dir := t.TempDir()
	path, broken := filepath.Join(dir, "fit"), filepath.Join(dir, "broken")
	if _, err := fitWith(path, infer.TraceELBO{}).Run(t.Context(), rng.New(7), 20); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, []byte("no fit"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(change func(*infer.SVI), path string, seed uint64, n int) error {
		s := fitWith(path, infer.TraceELBO{})
		change(s)
		_, err := s.Run(t.Context(), rng.New(seed), n)
		return err
	}
	same := func(*infer.SVI) {}
	for _, c := range []struct {
		err  error
		want string
	}{
		{run(same, path, 8, 30), "it is of another fit"},
		{run(func(s *infer.SVI) { s.Optim = &optim.Adam{} }, path, 7, 30), "it is of another fit"},
		{run(func(s *infer.SVI) { s.Loss = &infer.TraceGraphELBO{} }, path, 7, 30), "it is of another fit"},
		{run(same, path, 7, 19), "it holds a fit after 20 steps, but 19 are asked for"},
		{run(same, broken, 7, 30), "cannot be read"},
		{run(same, dir, 7, 30), "cannot be read"},
		{run(same, filepath.Join(dir, "no", "fit"), 7, 30), "cannot be written"},
		{run(func(s *infer.SVI) { s.Optim = forgetful{&optim.Adam{}} }, path, 7, 30), "needs the methods of optim.Stateful"},
	} {
		var e *infer.CheckpointError
		if !errors.As(c.err, &e) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", c.err, c.want)
		}
	}
	if _, err := fitWith(path, infer.TraceELBO{}).Follow(t.Context(), rng.New(7), 30); err == nil {
		t.Error("Follow takes a checkpoint")
	}
}
