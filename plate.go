package pyro

import (
	"iter"

	"github.com/gopyro/pyro/rng"
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
	indices   *tensor.Tensor
}

// Dim puts a plate at a negative dim. Without it a plate takes the first free
// dim to the left of those it is nested in. Crossed plates need it: rows at
// Dim(-2), columns at Dim(-1), and rows.Plate("columns", n, Dim(-1)) for cells.
func Dim(d int) PlateOption { return func(c *plateConfig) { c.dim = d } }

// Subsample makes each run handle only n elements of the plate, drawn without
// replacement. Log probabilities inside are scaled by size/n.
func Subsample(n int) PlateOption { return func(c *plateConfig) { c.subsample = n } }

// Indices makes a run handle just these elements of the plate: integers of
// shape [n]. Log probabilities inside are scaled by size/n.
func Indices(i *tensor.Tensor) PlateOption { return func(c *plateConfig) { c.indices = i } }

// Plate declares size independent repetitions of what is drawn from the handle
// it returns: those sites get a batch dim of that size. The same plate may be
// opened again elsewhere in a run, with the same size and dim.
func (p *P) Plate(name string, size int, opts ...PlateOption) *P {
	var c plateConfig
	for _, o := range opts {
		o(&c)
	}
	s := p.site(PlateSite, name)
	if size <= 0 {
		panic(s.errorf("the plate has size %d; it must be positive", size))
	}
	pl := Plate{Name: s.Name, Size: size, Dim: p.plateDim(s, &c)}
	if old := p.run.plate(pl.Name); old != nil {
		if old.Size != size || old.Dim != pl.Dim {
			panic(s.errorf("the plate was opened before with size %d at dim %d, now with size %d at dim %d",
				old.Size, old.Dim, size, pl.Dim))
		}
		pl = *old
	} else {
		p.subsampleIndices(s, &pl, &c)
		p.run.plates = append(p.run.plates, pl)
	}
	q := p.inPlate(pl)
	if n := pl.Len(); n != size {
		if n > size {
			panic(s.errorf("a subsample of %d elements of %d", n, size))
		}
		return q.Scale(tensor.Of(float64(size) / float64(n)))
	}
	return q
}

// inPlate returns p with one more plate.
func (p *P) inPlate(pl Plate) *P {
	q := p.derive()
	q.plates = append(p.plates[:len(p.plates):len(p.plates)], pl)
	return q
}

// plateDim returns the dim that the options name, or the first free one.
func (p *P) plateDim(s *Site, c *plateConfig) int {
	taken := func(d int) *Plate {
		for i := range p.plates {
			if pl := &p.plates[i]; !pl.Sequential && pl.Dim == d {
				return pl
			}
		}
		return nil
	}
	for i := range p.plates {
		if p.plates[i].Name == s.Name {
			panic(s.errorf("the plate is nested in a plate of the same name"))
		}
	}
	if c.dim > 0 {
		panic(s.errorf("plate dims count from the right: Dim(%d) must be negative", c.dim))
	}
	if c.dim < 0 {
		if pl := taken(c.dim); pl != nil {
			panic(s.errorf("dim %d belongs to plate %q, in which it is nested; take a dim further left", c.dim, pl.Name))
		}
		return c.dim
	}
	d := -1
	for taken(d) != nil {
		d--
	}
	return d
}

// subsampleIndices sends the plate through the handlers, which may choose its
// elements, and draws them if a subsample is asked for and none did.
func (p *P) subsampleIndices(s *Site, pl *Plate, c *plateConfig) {
	if c.subsample < 0 || c.subsample > pl.Size {
		panic(s.errorf("a subsample of %d elements of %d", c.subsample, pl.Size))
	}
	s.Value = c.indices
	if s.Value == nil && c.subsample > 0 && c.subsample < pl.Size {
		n := c.subsample
		size := pl.Size
		s.Init = func() *tensor.Tensor {
			return tensor.Random(s.key(p.run), func(key rng.Key, dst []float64, _ [][]float64) {
				choose(key, size, dst)
			}, []int{n})
		}
	}
	p.Apply(s)
	if s.Value == nil && s.Init != nil {
		s.Value = s.Init()
	}
	if s.Value == nil {
		return
	}
	size := float64(pl.Size)
	p.run.quiet()
	defer p.run.loud()
	if at := s.Value.Find(func(v float64) bool { return v != float64(int(v)) || v < 0 || v >= size }); at >= 0 || s.Value.Rank() != 1 {
		panic(s.errorf("the indices %v are not integers in 0…%d with one dim", s.Value, pl.Size-1))
	}
	pl.Indices = s.Value
}

func (s *Site) key(r *run) rng.Key {
	if s.Key == (rng.Key{}) {
		s.Key = r.key.FoldName(s.Name)
	}
	return s.Key
}

// choose fills out with distinct elements of 0, …, size-1, all subsets equally
// likely, in time proportional to their number (Floyd's algorithm; Bentley and
// Floyd 1987).
func choose(key rng.Key, size int, out []float64) {
	s := key.Stream(0)
	seen := make(map[int]bool, len(out))
	for k := range out {
		j := size - len(out) + k
		i := int(s.Uniform() * float64(j+1))
		if seen[i] {
			i = j
		}
		seen[i] = true
		out[k] = float64(i)
	}
}

// Each is a plate as a loop: it yields the index of each element, or of each
// element of a subsample, and a handle for its sites, whose names the loop must
// make different.
func (p *P) Each(name string, size int, opts ...PlateOption) iter.Seq2[int, *P] {
	return func(yield func(int, *P) bool) {
		var c plateConfig
		for _, o := range opts {
			o(&c)
		}
		s := p.site(PlateSite, name)
		if size <= 0 || c.dim != 0 {
			panic(s.errorf("a sequential plate needs a positive size, not %d, and has no dim", size))
		}
		pl := Plate{Name: s.Name, Size: size, Sequential: true}
		p.subsampleIndices(s, &pl, &c)
		q := p
		if n := pl.Len(); n != size {
			q = p.Scale(tensor.Of(float64(size) / float64(n)))
		}
		indices := pl.Indices
		for i := range pl.Len() {
			turn := pl
			turn.Index = i
			if indices != nil {
				turn.Index = int(indices.At(i))
			}
			if !yield(turn.Index, q.inPlate(turn)) {
				return
			}
		}
	}
}

// Markov is a loop over n steps in which sites depend only on sites of the same
// and of the previous step. It yields the step and a handle for its sites,
// whose names the loop must make different.
func (p *P) Markov(name string, n int) iter.Seq2[int, *P] {
	return func(yield func(int, *P) bool) {
		for t := range n {
			if !yield(t, p.derive()) {
				return
			}
		}
	}
}

// Indices returns the elements that the innermost plate of p handles, of shape
// [n]: 0, 1, …, or those of a subsample.
func (p *P) Indices() *tensor.Tensor {
	if len(p.plates) == 0 {
		panic(&SiteError{Site: p.run.last(), Reason: "Indices: the handle is in no plate"})
	}
	pl := &p.plates[len(p.plates)-1]
	if pl.Indices != nil {
		return pl.Indices
	}
	return tensor.Arange(pl.Size)
}

// Subsample returns the part of v, such as data, that the subsampled plates of
// p handle; v has eventRank dims after those of the plates.
func (p *P) Subsample(v *tensor.Tensor, eventRank int) *tensor.Tensor {
	return p.subsample(v, eventRank)
}

func (p *P) subsample(v *tensor.Tensor, eventRank int) *tensor.Tensor {
	for i := range p.plates {
		pl := &p.plates[i]
		if pl.Indices == nil || pl.Sequential {
			continue
		}
		dim := pl.Dim - eventRank
		if -dim > v.Rank() {
			continue
		}
		switch n := v.Dim(dim); n {
		case 1, pl.Len():
			if n != pl.Size {
				continue
			}
		case pl.Size:
		default:
			panic(&SiteError{Site: p.run.last(), Plates: p.plates,
				Reason: sprintf("Subsample: shape %v has size %d at dim %d, where plate %q has %d, of which %d are taken",
					v.Shape(), n, dim, pl.Name, pl.Size, pl.Len())})
		}
		v = take(v, dim, pl.Indices)
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
