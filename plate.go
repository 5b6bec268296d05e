package pyro

import (
	"iter"
	"math"
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Plate is a dim along which sites are independent given what is outside it.
type Plate struct {
	Name       string
	Size       int
	Dim        int            // negative: position in the batch shape, from the right
	Indices    *tensor.Tensor // the elements of a subsample; nil for all
	Sequential bool           // opened by Each: a loop, without a dim
	Index      int            // Sequential: the element of this turn
}

// Len is the number of elements that a run handles: Size, or fewer in a
// subsample.
func (pl *Plate) Len() int {
	if pl.Indices != nil {
		return pl.Indices.Len()
	}
	return pl.Size
}

// PlateOption changes a plate.
type PlateOption func(*plateConfig)

type plateConfig struct {
	dim       int
	subsample int
	drawn     bool // a subsample is asked for
	indices   *tensor.Tensor
}

// Dim puts a plate at a negative dim. Without it a plate takes the first free
// dim to the left of those it is nested in. Crossed plates need it: rows at
// Dim(-2), columns at Dim(-1), and rows.Plate("columns", n) for cells.
func Dim(d int) PlateOption { return func(c *plateConfig) { c.dim = d } }

// Subsample makes each run handle only n elements of the plate, drawn without
// replacement. Log probabilities inside are scaled by size/n.
func Subsample(n int) PlateOption { return func(c *plateConfig) { c.subsample, c.drawn = n, true } }

// Indices makes a run handle just these elements of the plate: integers of
// shape [n]. Log probabilities inside are scaled by size/n.
func Indices(i *tensor.Tensor) PlateOption { return func(c *plateConfig) { c.indices = i } }

// Plate declares size independent repetitions of what is drawn from the handle
// it returns: those sites get a batch dim of that size. The same plate may be
// opened again elsewhere in a run, with the same size, dim and subsample.
func (p *P) Plate(name string, size int, opts ...PlateOption) *P {
	return p.inPlate(p.open(p.site(PlateSite, name), size, opts, false))
}

// configured is what opts say.
func configured(opts []PlateOption) (c plateConfig) {
	if len(opts) == 0 {
		return c
	}
	asked := new(plateConfig) // on the heap, since options are functions
	for _, o := range opts {
		o(asked)
	}
	return *asked
}

// open returns the plate that a statement asks for: the one that the run has
// under its name, or a new one.
func (p *P) open(s *Site, size int, opts []PlateOption, sequential bool) Plate {
	c := configured(opts)
	switch {
	case size <= 0:
		panic(s.errorf("the plate has size %d; it must be positive", size))
	case c.dim > 0:
		panic(s.errorf("plate dims count from the right: Dim(%d) must be negative", c.dim))
	case c.dim != 0 && sequential:
		panic(s.errorf("a plate that is a loop has no dim"))
	}
	name := s.fullName()
	for i := range p.plates {
		if p.plates[i].Name == name {
			panic(s.errorf("the plate is nested in a plate of the same name"))
		}
	}
	pl := Plate{Name: name, Size: size, Sequential: sequential}
	if old := p.run.opened(name); old != nil {
		old.again(s, &pl, &c)
		pl = *old
		p.checkDim(s, pl.Dim)
		return pl
	}
	if pl.Dim = c.dim; pl.Dim == 0 && !sequential {
		pl.Dim = p.freeDim()
	}
	p.checkDim(s, pl.Dim)
	s.Dim = pl.Dim
	pl.Indices = p.subsampleIndices(s, size, &c)
	p.run.plates = append(p.run.plates, pl)
	return pl
}

// again refuses to open pl another time as something else.
func (pl *Plate) again(s *Site, now *Plate, c *plateConfig) {
	if now.Dim = c.dim; c.dim == 0 {
		now.Dim = pl.Dim
	}
	switch {
	case pl.Sequential != now.Sequential:
		panic(s.errorf("the name is that of a plate of the other kind; Plate and Each need names of their own"))
	case pl.Size != now.Size || pl.Dim != now.Dim:
		panic(s.errorf("the plate was opened before with size %d at dim %d, now with size %d at dim %d",
			pl.Size, pl.Dim, now.Size, now.Dim))
	case c.drawn && c.subsample != pl.Len():
		panic(s.errorf("the plate was opened before with %d of its %d elements, now with %d", pl.Len(), pl.Size, c.subsample))
	case c.indices != nil && (pl.Indices == nil || !slices.Equal(c.indices.Float64s(), pl.Indices.Float64s())):
		panic(s.errorf("the plate was opened before with other indices"))
	}
}

// inPlate returns p with one more plate, and the scale of its subsample.
func (p *P) inPlate(pl Plate) *P {
	var q *P
	if n := pl.Len(); n != pl.Size {
		q = p.Scale(tensor.Of(float64(pl.Size) / float64(n)))
	} else {
		q = p.enter()
	}
	q.plates = p.run.within(p.plates, &pl)
	return q
}

// within returns plates with one more. Mostly it was just opened there, and the result is
// part of what the run has opened.
func (r *run) within(plates []Plate, pl *Plate) []Plate {
	n := len(plates)
	if n == len(r.plates)-1 && r.plates[n] == *pl && (n == 0 || &plates[0] == &r.plates[0]) {
		return r.plates[: n+1 : n+1]
	}
	return append(plates[:n:n], *pl)
}

// plateAt returns the plate of p at a dim, or nil.
func (p *P) plateAt(dim int) *Plate {
	for i := range p.plates {
		if pl := &p.plates[i]; !pl.Sequential && pl.Dim == dim {
			return pl
		}
	}
	return nil
}

func (p *P) freeDim() int {
	d := -1
	for p.plateAt(d) != nil {
		d--
	}
	return d
}

// checkDim refuses a dim that belongs to a plate that p is in.
func (p *P) checkDim(s *Site, dim int) {
	if pl := p.plateAt(dim); pl != nil {
		panic(s.errorf("dim %d belongs to plate %q, in which it is nested\n\tto repair it: give it Dim(%d)", dim, pl.Name, p.freeDim()))
	}
}

// subsampleIndices sends the plate through the handlers, which may choose its
// elements, and draws them if a subsample is asked for and none did. It returns
// nil for all elements.
func (p *P) subsampleIndices(s *Site, size int, c *plateConfig) *tensor.Tensor {
	if n := c.subsample; c.drawn && (n <= 0 || n > size) {
		panic(s.errorf("a subsample of %d elements of %d", n, size))
	}
	s.Value = c.indices
	if s.Value == nil && c.drawn && c.subsample < size {
		n := c.subsample
		s.Init = func() *tensor.Tensor {
			c := chooser{size: size} // used again by a recorded draw
			return tensor.Random(s.key(p.run), c.fill, []int{n})
		}
	}
	v := p.Apply(s)
	if v == nil {
		return nil
	}
	if v.Rank() != 1 || v.Size() == 0 || v.Size() > size {
		panic(s.errorf("the indices have shape %v; they must have one dim, of 1…%d elements", v.Shape(), size))
	}
	p.run.quiet()
	defer p.run.loud()
	if at := v.Find(func(i float64) bool { return !(i >= 0 && i < float64(size)) || i != math.Floor(i) }); at >= 0 {
		panic(s.errorf("index %v at %d is not an integer in 0…%d", v.At(at), at, size-1))
	}
	return v
}

// Each is a plate as a loop: it yields the index of each element, or of each
// element of a subsample, and a handle for its sites, whose names the loop must
// make different.
func (p *P) Each(name string, size int, opts ...PlateOption) iter.Seq2[int, *P] {
	return func(yield func(int, *P) bool) {
		pl := p.open(p.site(PlateSite, name), size, opts, true)
		for i := range pl.Len() {
			turn := pl
			turn.Index = i
			if pl.Indices != nil {
				turn.Index = int(pl.Indices.At(i))
			}
			if !yield(turn.Index, p.inPlate(turn)) {
				return
			}
		}
	}
}

// Indices returns the elements that the innermost vectorised plate of p handles,
// of shape [n]: 0, 1, …, or those of a subsample.
func (p *P) Indices() *tensor.Tensor {
	for i := len(p.plates) - 1; i >= 0; i-- {
		switch pl := &p.plates[i]; {
		case pl.Sequential:
		case pl.Indices != nil:
			return pl.Indices
		default:
			return tensor.Arange(pl.Size)
		}
	}
	panic(p.errorf("Indices: the handle is in no plate"))
}

// Subsample returns the part of v, such as data, that the subsampled plates of
// p handle; v has eventRank dims after those of the plates. Along dims where v
// has size 1, or holds a part of that size already, it is left as it is.
func (p *P) Subsample(v *tensor.Tensor, eventRank int) *tensor.Tensor {
	if v == nil || eventRank < 0 {
		panic(p.errorf("Subsample: no tensor, or a negative number of event dims (%d)", eventRank))
	}
	return p.subsample(v, eventRank)
}

func (p *P) subsample(v *tensor.Tensor, eventRank int) *tensor.Tensor {
	for i := range p.plates {
		pl := &p.plates[i]
		dim := pl.Dim - eventRank
		if pl.Indices == nil || pl.Sequential || -dim > v.Rank() {
			continue
		}
		switch n := v.Dim(dim); n {
		case pl.Size:
			v = take(v.On(p.run.tape), dim, pl.Indices)
		case 1, pl.Len():
		default:
			panic(p.errorf("Subsample: shape %v has size %d at dim %d, where plate %q has %d, of which %d are taken",
				v.Shape(), n, dim, pl.Name, pl.Size, pl.Len()))
		}
	}
	return v
}

// take picks indices along a dim.
func take(v *tensor.Tensor, dim int, indices *tensor.Tensor) *tensor.Tensor {
	if v.Rank() == -dim {
		return v.Index(indices)
	}
	return v.Transpose(0, dim).Index(indices).Transpose(0, dim)
}
