package pyro

import (
	"errors"
	"fmt"

	"github.com/gopyro/pyro/tensor"
)

// hint returns how an error of tensor arithmetic in a model may be repaired,
// where it comes of what the model's sites are, or "".
func (r *run) hint(err error) string {
	var e *tensor.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch len(e.Shapes) {
	case 1:
		return r.enumerated(e)
	case 2:
		return r.crossed(e.Shapes[0], e.Shapes[1])
	}
	return ""
}

// enumerated explains why what depends on a site that is summed out is not one
// number, which a model wants to branch on.
func (r *run) enumerated(e *tensor.Error) string {
	if e.Op != "Item" {
		return ""
	}
	for i := len(r.trace.sites) - 1; i >= 0; i-- {
		if s := r.trace.sites[i]; s.EnumDim != 0 {
			return fmt.Sprintf("\n\tto repair it: site %q is summed out, and holds all its values at once;"+
				"\n\tcompute with Index or Where what a branch would choose, or draw the site in the guide", s.Name)
		}
	}
	return ""
}

// crossed finds two plates at the same dim, side by side, to which shapes that do
// not broadcast belong.
func (r *run) crossed(a, b []int) string {
	for i := range r.plates {
		for j := range i {
			p, q := &r.plates[j], &r.plates[i]
			if p.Sequential || q.Sequential || p.Dim != q.Dim || p.Len() == q.Len() {
				continue
			}
			if at(a, p.Dim) == p.Len() && at(b, p.Dim) == q.Len() || at(a, p.Dim) == q.Len() && at(b, p.Dim) == p.Len() {
				return fmt.Sprintf("\n\tto repair it: plates %q and %q are both at dim %d;"+
					"\n\tto cross them, put one at another, with pyro.Dim(%d)", p.Name, q.Name, p.Dim, p.Dim-1)
			}
		}
	}
	return ""
}

// at is the size of a shape at a negative dim, or 0.
func at(shape []int, dim int) int {
	if i := len(shape) + dim; i >= 0 {
		return shape[i]
	}
	return 0
}
