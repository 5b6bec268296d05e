package pyro

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Kind tells the statement that made a site.
type Kind uint8

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
type EnumMode uint8

const (
	EnumAuto   EnumMode = iota // by losses that enumerate, where the support is finite
	EnumNever                  // it is sampled
	EnumAlways                 // it must be; losses that cannot say so
)

// Site is one named statement of a run: the message that handlers see while it
// is made, and the record in the trace afterwards. Once in a trace it does not
// change.
type Site struct {
	Kind      Kind
	Enumerate EnumMode
	Observed  bool
	Aux       bool // a guide's site that the model lacks, by intention
	NoReparam bool // draws carry no gradient, so that the score function is used
	Missing   bool // events of an observed value that hold a NaN do not count
	Stop      bool // hides the site from the handlers further out
	bound     bool // ParamSite: the value is that of a Params

	Name   string
	Value  *tensor.Tensor
	Dist   dist.Distribution // SampleSite; it has the batch shape of the plates
	Plates []Plate           // that the site is in, outermost first
	Step   *Step             // in the innermost Markov chain that the site is in; nil if it is in none
	Scale  *tensor.Tensor    // factor of the log probability; nil is 1
	Mask   *tensor.Tensor    // elements with 0 do not count; nil is all
	Key    rng.Key           // of the draw; the zero Key until it is set

	EnumDim  int // negative dim along which Value lists the support; 0 if it does not
	EnumFrom int // dims from here to the left enumerate other sites; 0 if none do

	Init       func() *tensor.Tensor // makes a ParamSite's start value, or a subsample, if it is needed
	Constraint constraint.Constraint // ParamSite

	Dim int // PlateSite: that of the plate, negative; 0 for a loop

	logp     *tensor.Tensor
	unscaled *tensor.Tensor
	counted  *tensor.Tensor // what the log probability is of, where it is not Value
	at       *P             // the handle that it is made with, or has come to through scopes; nil before Apply
}

// LogProb returns the log probability of the value, scaled and masked, with the
// batch shape of the plates (and dims to the left of them where variables are
// enumerated). It is computed once. It panics with a *SiteError if the shape
// has a dim that no plate explains.
func (s *Site) LogProb() *tensor.Tensor {
	lp := s.Unscaled()
	if s.Scale == nil {
		return lp
	}
	if s.logp == nil {
		s.logp = lp.Mul(s.Scale)
	}
	return s.logp
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
	value := s.Value
	if s.counted != nil {
		value = s.counted
	}
	lp := dist.LogProb(s.Dist, value)
	s.explain("log probability", lp.Shape())
	if s.Mask != nil {
		lp = s.Mask.Where(lp, zero)
	}
	return lp
}

// IsFactor reports whether the site is a Factor, which has no value but one.
func (s *Site) IsFactor() bool {
	if s.Kind != SampleSite || s.Dist == nil {
		return false
	}
	e := s.Dist.EventShape()
	return len(e) == 1 && e[0] == 0
}

// Support is the set of possible values of a sample site.
func (s *Site) Support() constraint.Constraint { return s.Dist.Support() }

// zero is shared by all sites; tensors do not change.
var zero = tensor.Of(0.0)

// SiteOption changes how inference treats a Sample or Observe site.
type SiteOption func(*Site)

// NoEnum keeps a discrete site from being enumerated: it is sampled.
func NoEnum(s *Site) { s.Enumerate = EnumNever }

// Enumerate asks that a discrete site be enumerated; a loss that cannot
// enumerate refuses it.
func Enumerate(s *Site) { s.Enumerate = EnumAlways }

// Aux marks a site of a guide that the model does not have.
func Aux(s *Site) { s.Aux = true }

// Missing makes the elements of an observed value that are NaN count as not
// observed, for sites whose elements are independent: they are masked, and
// drawn. Of vectors, one with a NaN is missing as a whole.
func Missing(s *Site) { s.Missing = true }

// NoReparam asks for the score-function gradient of a site whose draws could
// carry pathwise ones.
func NoReparam(s *Site) { s.NoReparam = true }
