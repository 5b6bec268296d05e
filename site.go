package pyro

import (
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Kind tells the statement that made a site.
type Kind int

const (
	SampleSite        Kind = iota // Sample, Observe and Factor
	ParamSite                     // Param
	PlateSite                     // Plate and Each
	DeterministicSite             // Deterministic
)

func (k Kind) String() string {
	return [...]string{"sample", "param", "plate", "deterministic"}[k]
}

// EnumMode says whether the values of a discrete site may be enumerated.
type EnumMode int

const (
	EnumAuto   EnumMode = iota // by losses that enumerate, where the support is finite
	EnumNever                  // it is sampled
	EnumAlways                 // it must be; losses that cannot say so
)

// Site is one named statement of a run: the message that handlers see while it
// is made, and the record in the trace afterwards. Once in a trace it does not
// change.
type Site struct {
	Kind     Kind
	Name     string
	Value    *tensor.Tensor
	Observed bool
	Dist     dist.Distribution // SampleSite; it has the batch shape of the plates
	Plates   []Plate           // that the site is in, outermost first
	Scale    *tensor.Tensor    // factor of the log probability; nil is 1
	Mask     *tensor.Tensor    // elements with 0 do not count; nil is all
	Key      rng.Key           // of the draw; the zero Key until it is set

	Enumerate EnumMode
	EnumDim   int  // negative dim along which Value lists the support; 0 if it does not
	EnumFrom  int  // dims from here to the left enumerate other sites; 0 if none do
	Aux       bool // a guide's site that the model lacks, by intention
	NoReparam bool // draws carry no gradient, so that the score function is used

	Init       func() *tensor.Tensor // ParamSite: start value, if it is made lazily
	Constraint constraint.Constraint // ParamSite

	// Stop hides the site from the handlers further out.
	Stop bool

	logp     *tensor.Tensor
	unscaled *tensor.Tensor
	init     *tensor.Tensor // ParamSite: start value
	line     string
}

// LogProb returns the log probability of the value, scaled and masked, with the
// batch shape of the plates (and dims to the left of them where variables are
// enumerated). It is computed once. It panics with a *SiteError if the shape
// has a dim that no plate explains.
func (s *Site) LogProb() *tensor.Tensor {
	if s.logp == nil {
		s.logp = s.logProb()
	}
	return s.logp
}

func (s *Site) logProb() *tensor.Tensor {
	lp := s.Unscaled()
	if s.Scale != nil {
		lp = lp.Mul(s.Scale)
	}
	return lp
}

// Unscaled is LogProb without the scale.
func (s *Site) Unscaled() *tensor.Tensor {
	if s.unscaled == nil {
		s.unscaled = s.masked()
	}
	return s.unscaled
}

func (s *Site) masked() *tensor.Tensor {
	if s.Kind != SampleSite {
		panic(s.errorf("a %v statement has no log probability", s.Kind))
	}
	defer s.annotate()
	lp := s.Dist.LogProb(s.Value)
	s.checkLogProb(lp.Shape())
	if s.Mask != nil {
		lp = s.Mask.Where(lp, zero)
	}
	return lp
}

// Support is the set of possible values of a sample site.
func (s *Site) Support() constraint.Constraint { return s.Dist.Support() }

// annotate turns the error of an operation into one that names the site.
func (s *Site) annotate() {
	switch v := recover().(type) {
	case nil:
	case *tensor.Error:
		e := s.errorf("%s", v.Error())
		e.Err = v
		panic(e)
	default:
		panic(v)
	}
}

// zero is shared by all sites; tensors do not change.
var zero = tensor.Of(0.0)

// checkLogProb refuses dims of a log probability that neither a plate nor an
// enumerated variable accounts for.
func (s *Site) checkLogProb(lp []int) {
	for i, n := range lp {
		dim := i - len(lp)
		if n == 1 || s.EnumFrom != 0 && dim <= s.EnumFrom || dim == s.EnumDim && dim != 0 || s.plateAt(dim) != nil {
			continue
		}
		panic(s.errorf("log probability has shape %v, but no plate is at dim %d, of size %d\n"+
			"\tto repair it: open a plate of size %d around the site,\n"+
			"\tor make the dim part of one draw with dist.Independent(d, 1),\n"+
			"\tor use the handle that the plate returned, not the one it was made from", lp, dim, n, n))
	}
}

// plateAt returns the plate at a dim, or nil.
func (s *Site) plateAt(dim int) *Plate {
	for i := range s.Plates {
		if p := &s.Plates[i]; !p.Sequential && p.Dim == dim {
			return p
		}
	}
	return nil
}

// plateShape is the batch shape that the plates ask for.
func plateShape(plates []Plate) []int {
	rank := 0
	for i := range plates {
		if !plates[i].Sequential {
			rank = max(rank, -plates[i].Dim)
		}
	}
	if rank == 0 {
		return nil
	}
	s := slices.Repeat([]int{1}, rank)
	for i := range plates {
		if p := &plates[i]; !p.Sequential {
			s[rank+p.Dim] = p.Len()
		}
	}
	return s
}

// SiteOption changes how inference treats a Sample or Observe site.
type SiteOption func(*Site)

// NoEnum keeps a discrete site from being enumerated: it is sampled.
func NoEnum(s *Site) { s.Enumerate = EnumNever }

// Enumerate asks that a discrete site be enumerated; a loss that cannot
// enumerate refuses it.
func Enumerate(s *Site) { s.Enumerate = EnumAlways }

// Aux marks a site of a guide that the model does not have.
func Aux(s *Site) { s.Aux = true }

// NoReparam asks for the score-function gradient of a site whose draws could
// carry pathwise ones.
func NoReparam(s *Site) { s.NoReparam = true }
