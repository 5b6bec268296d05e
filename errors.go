package pyro

import (
	"fmt"
	"strings"
)

// SiteError is a mistake in a model, a guide or the use of a handler, and where
// it was made.
type SiteError struct {
	Site   string  // the statement, or the last one reached before the mistake
	Plates []Plate // that it is in, outermost first
	Reason string
	Err    error  // what was found wrong first, if a package below found it
	Sites  string // table of the sites reached so far, as Trace.String prints
	Line   string // file:line of the statement, where known

	first *Site // a duplicate's first
}

// Error returns the reason and the site; Sites is left to the caller to print.
func (e *SiteError) Error() string {
	var b strings.Builder
	b.WriteString("pyro: ")
	if e.Site != "" {
		fmt.Fprintf(&b, "site %q", e.Site)
		for i := len(e.Plates) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, " in plate %q", e.Plates[i].Name)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

func (e *SiteError) Unwrap() error { return e.Err }

// at adds what the run knows.
func (e *SiteError) at(r *run) *SiteError {
	if e.Sites == "" {
		e.Sites = r.trace.String()
	}
	return e
}

// errorf returns an error about s.
func (s *Site) errorf(format string, args ...any) *SiteError {
	return &SiteError{Site: s.Name, Plates: s.Plates, Reason: fmt.Sprintf(format, args...), Line: s.line}
}

// Errorf returns an error about s, for handlers to panic with.
func (s *Site) Errorf(format string, args ...any) *SiteError { return s.errorf(format, args...) }

// wrap returns err as an error about s.
func (s *Site) wrap(err error) *SiteError {
	e := s.errorf("%s", strings.TrimPrefix(err.Error(), "dist: "))
	e.Err = err
	return e
}
