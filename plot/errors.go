package plot

import "fmt"

// EmptyError says that a mark, or a figure, has nothing to draw.
type EmptyError struct {
	Mark  string // method that was called, such as "Line", or "Figure"
	Label string // label of the mark, may be empty
}

func (e *EmptyError) Error() string { return "plot: " + named(e.Mark, e.Label) + " has no data" }

// NonFiniteError says that data hold NaN or infinite values.
type NonFiniteError struct {
	Mark  string  // method that was called
	Label string  // label of the mark, may be empty
	Count int     // how many values are not finite
	Of    int     // how many values were given
	First int     // index of the first that is not finite
	Value float64 // its value
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("plot: %s: %d of %d values are not finite, the first is %v at index %d",
		named(e.Mark, e.Label), e.Count, e.Of, e.Value, e.First)
}

// LengthError says that two slices that belong together differ in length.
type LengthError struct {
	Mark  string // method that was called
	Label string // label of the mark, may be empty
	Want  int    // length of the first slice
	Got   int    // length of the other
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("plot: %s: lengths %d and %d differ", named(e.Mark, e.Label), e.Want, e.Got)
}

// FormatError says that a picture format is not one of [PNG] and [SVG].
type FormatError struct {
	Format Format // what was asked for, for Save the extension of the path
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("plot: unknown format %q, want png or svg", string(e.Format))
}

// ArgumentError says that an argument, an option or a field of a figure has
// no meaning.
type ArgumentError struct {
	Mark    string // method that was called, or "Figure"
	Label   string // label of the mark, may be empty
	Problem string // what was found and what was wanted
}

func (e *ArgumentError) Error() string { return "plot: " + named(e.Mark, e.Label) + ": " + e.Problem }

func named(mark, label string) string {
	if label == "" {
		return mark
	}
	return fmt.Sprintf("%s %q", mark, label)
}

// finite returns an error if xs is empty or holds a value that is not finite.
func finite(mark, label string, xs []float64) error {
	if len(xs) == 0 {
		return &EmptyError{Mark: mark, Label: label}
	}
	var bad *NonFiniteError
	for i, x := range xs {
		if x-x == 0 { // false for NaN and both infinities
			continue
		}
		if bad == nil {
			bad = &NonFiniteError{Mark: mark, Label: label, Of: len(xs), First: i, Value: x}
		}
		bad.Count++
	}
	if bad != nil {
		return bad
	}
	return nil
}
