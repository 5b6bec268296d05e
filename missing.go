package pyro

import "github.com/gopyro/pyro/tensor"

// fillMissing masks the events of an observed value that hold a NaN, and draws
// them, so that they are finite and in the support. The log probability does not
// look at the draws, lest it depend on random numbers: there a value that is not
// random takes their place, under the mask.
func (s *Site) fillMissing(r *run) {
	v := s.Value
	if !s.Observed || v.Find(func(x float64) bool { return x != x }) < 0 {
		return
	}
	present := v.Equal(v)
	rank := len(s.Dist.EventShape())
	for range rank {
		present = present.All(-1)
	}
	if s.Mask == nil {
		s.Mask = present
	} else {
		s.Mask = s.Mask.And(present)
	}
	stand := s.standIn(present)
	for range rank {
		present = present.Unsqueeze(-1)
	}
	draws := s.Dist.Sample(s.key(r))
	s.Value = present.Where(v, draws)
	if stand != nil {
		s.counted = present.Where(v, stand).On(r.tape)
	}
}

// standIn is an event in the support of all elements: the first one that is
// present, or the image of 0 of the unconstrained scale. It is nil where neither
// is in the support.
func (s *Site) standIn(present *tensor.Tensor) *tensor.Tensor {
	set, event := s.Support(), s.Dist.EventShape()
	shape := append(append([]int{}, s.Dist.BatchShape()...), event...)
	inside := func(x *tensor.Tensor) bool {
		_, ok := set.Check(x.Expand(shape...))
		return ok
	}
	if i := present.Find(func(x float64) bool { return x == 1 }); i >= 0 {
		events := s.Value.Reshape(append([]int{present.Size()}, event...)...)
		if first := events.Select(0, i); inside(first) {
			return first
		}
	}
	if set.Discrete() {
		return nil
	}
	t := set.Bijection()
	if x := t.Forward(tensor.Zeros(t.InverseShape(event)...)); inside(x) {
		return x
	}
	return nil
}
