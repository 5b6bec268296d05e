package dist

import "fmt"

// MethodError says that a distribution cannot do what was asked of it. Its
// methods panic with it.
type MethodError struct {
	Dist   string // the distribution, printed
	Method string
	Reason string
}

func (e *MethodError) Error() string {
	return fmt.Sprintf("dist: %s of %s: %s", e.Method, e.Dist, e.Reason)
}

// can returns d as a T, which has the method.
func can[T any](d Distribution, method string) T {
	v, ok := d.(T)
	if !ok {
		panic(&MethodError{Dist: d.String(), Method: method, Reason: "the distribution has no such method"})
	}
	return v
}
