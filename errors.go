package pyro

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// SiteError is a mistake in a model, a guide or the use of a handler, and where
// it was made.
type SiteError struct {
	Site   string  // the statement, or the last one reached before the mistake
	After  bool    // the mistake is not in Site but after it, such as in tensor arithmetic
	Plates []Plate // that the statement is in, outermost first
	Reason string
	Err    error  // what a package below found wrong, such as a *tensor.Error or *dist.ParamError
	Sites  string // table of the sites reached so far, as Trace.String prints
	Line   string // file:line in the model, where known

	first *Site // a duplicate's first
}

// Error returns the site, the reason and the line; Sites is left to the caller
// to print.
func (e *SiteError) Error() string {
	var b strings.Builder
	b.WriteString("pyro: ")
	if e.Site != "" {
		if e.After {
			b.WriteString("after ")
		}
		fmt.Fprintf(&b, "site %q", e.Site)
		for i := len(e.Plates) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, " in plate %q", e.Plates[i].Name)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Reason)
	if e.Line != "" {
		b.WriteString("\n\tat " + e.Line)
	}
	return b.String()
}

func (e *SiteError) Unwrap() error { return e.Err }

// Errorf returns an error about s, for handlers to panic with.
func (s *Site) Errorf(format string, args ...any) *SiteError { return s.errorf(format, args...) }

func (s *Site) errorf(format string, args ...any) *SiteError {
	e := &SiteError{Site: s.fullName(), Plates: s.Plates, Reason: fmt.Sprintf(format, args...)}
	if s.at != nil {
		e.Sites, e.Line = s.at.run.table(), s.at.run.lines[s]
	}
	return e
}

// table describes the sites so far. It reads values, but they do not steer a run
// that ends here, or is made again otherwise.
func (r *run) table() string {
	r.quiet()
	defer r.loud()
	return r.trace.String()
}

// wrap returns err as an error about s.
func (s *Site) wrap(err error) *SiteError {
	e := s.errorf("%s", strings.TrimPrefix(err.Error(), "dist: "))
	e.Err = err
	return e
}

// annotate turns the panic of a package below into one that names the site.
func (s *Site) annotate() {
	v := recover()
	if v == nil {
		return
	}
	if err := below(v); err != nil {
		panic(s.wrap(err))
	}
	panic(v)
}

// errorf returns an error about what was done with p between statements.
func (p *P) errorf(format string, args ...any) *SiteError {
	return &SiteError{Site: p.run.last(), After: true, Reason: fmt.Sprintf(format, args...)}
}

// below returns the panic value of a package that this one is built on, or nil.
func below(v any) error {
	switch v := v.(type) {
	case *tensor.Error:
		return v
	case *dist.MethodError:
		return v
	}
	return nil
}

// caught returns the panic value v of a run as an error, or nil if it is not
// about the modelling language. It must be called while the panic unwinds, as
// it looks for the line of the model on the stack.
func (r *run) caught(v any) *SiteError {
	var e SiteError
	if s, ok := v.(*SiteError); ok {
		e = *s
	} else if err := below(v); err != nil {
		e = SiteError{Site: r.last(), After: r.begun(), Reason: err.Error() + r.hint(err), Err: err}
	} else {
		return nil
	}
	if e.Sites == "" {
		e.Sites = r.table()
	}
	if e.Line == "" {
		e.Line = modelLine()
	}
	return &e
}

// Guard runs f and returns a panic of this library's own types (a *SiteError, a
// *tensor.Error, a *dist.MethodError) as an error. Other panics pass. Code that
// evaluates densities outside a run calls it.
func Guard(f func()) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if s, ok := v.(*SiteError); ok {
			err = s
		} else if err = below(v); err == nil {
			panic(v)
		}
	}()
	f()
	return nil
}

// modelLine returns file:line of the innermost caller within the run that is
// not part of the library, or "" if there is none. It goes by files, since
// closures that are inlined count as functions of their callers.
func modelLine() string {
	_, here, _, _ := runtime.Caller(0)
	root := path.Dir(here) + "/"
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		local, inside := strings.CutPrefix(f.File, root)
		switch {
		case inside && local == "run.go" && strings.HasSuffix(f.Function, ".execute"):
			return ""
		case !strings.HasPrefix(f.Function, "runtime.") && !(inside && ofLibrary(local)):
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		case !more:
			return ""
		}
	}
}

// ofLibrary reports whether a file of this module is not one of models.
func ofLibrary(file string) bool {
	return !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "examples/") && !strings.HasPrefix(file, "cmd/")
}
