package pyro

import (
	"fmt"
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
	e := &SiteError{Site: s.fullName(), Plates: s.Plates, Reason: fmt.Sprintf(format, args...), Line: s.line}
	if s.run != nil {
		e.Sites = s.run.trace.String()
	}
	return e
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
		e = SiteError{Site: r.last(), After: r.current != nil, Reason: err.Error(), Err: err}
	} else {
		return nil
	}
	if e.Sites == "" {
		e.Sites = r.trace.String()
	}
	if e.Line == "" {
		e.Line = modelLine()
	}
	return &e
}

const module = "github.com/gopyro/pyro"

// modelLine returns file:line of the innermost caller that is not part of the
// library, or "" if there is none within the run.
func modelLine() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if f.Function == module+".execute" || f.Function == "" {
			return ""
		}
		if !ofLibrary(f.Function) {
			return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
		if !more {
			return ""
		}
	}
}

// ofLibrary reports whether a function is the runtime's or of a package of this
// module that models are written with, not one of models.
func ofLibrary(function string) bool {
	slash := strings.LastIndexByte(function, '/')
	pkg, _, _ := strings.Cut(function[slash+1:], ".")
	pkg = function[:slash+1] + pkg
	switch inside, ok := strings.CutPrefix(pkg, module); {
	case pkg == "runtime":
		return true
	case !ok || strings.HasSuffix(pkg, "_test"):
		return false
	case inside == "":
		return true
	default:
		return strings.HasPrefix(inside, "/") &&
			!strings.HasPrefix(inside, "/examples") && !strings.HasPrefix(inside, "/cmd")
	}
}
