package optim

import (
	"fmt"
	"math"
)

// ClipNorm returns opt with the gradient of all parameters together scaled down
// to Euclidean norm max > 0 where it is longer.
func ClipNorm(opt Optimizer, max float64) Optimizer { return &clipNorm{opt, max} }

type clipNorm struct {
	opt Optimizer
	max float64
}

func (o *clipNorm) Update(ps []Param) {
	sum := 0.0
	for _, p := range ps {
		for _, g := range p.Grad {
			sum += g * g
		}
	}
	if norm := math.Sqrt(sum); norm > o.max {
		for _, p := range ps {
			for j := range p.Grad {
				p.Grad[j] *= o.max / norm
			}
		}
	}
	o.opt.Update(ps)
}

func (o *clipNorm) State() State     { return stateOf(o.opt) }
func (o *clipNorm) SetState(c State) { setState(o.opt, c) }

func (o *clipNorm) Claim(owner any) bool { return Claim(o.opt, owner) }

// stateOf is the memory of a wrapped optimiser.
func stateOf(o Optimizer) State {
	s, ok := o.(Stateful)
	if !ok {
		panic(fmt.Sprintf("optim: the memory of %T cannot be saved, as it has no method State", o))
	}
	return s.State()
}

func setState(o Optimizer, c State) {
	s, ok := o.(Stateful)
	if !ok {
		panic(fmt.Sprintf("optim: the memory of %T cannot be restored, as it has no method SetState", o))
	}
	s.SetState(c)
}

// ClipValue returns opt with each element of the gradient limited to [-max, max].
func ClipValue(opt Optimizer, max float64) Optimizer { return &clipValue{opt, max} }

type clipValue struct {
	opt Optimizer
	max float64
}

func (o *clipValue) Update(ps []Param) {
	for _, p := range ps {
		for j, g := range p.Grad {
			p.Grad[j] = math.Max(-o.max, math.Min(o.max, g))
		}
	}
	o.opt.Update(ps)
}

func (o *clipValue) State() State     { return stateOf(o.opt) }
func (o *clipValue) SetState(c State) { setState(o.opt, c) }

func (o *clipValue) Claim(owner any) bool { return Claim(o.opt, owner) }

// PerParam gives each parameter the optimiser that choose returns for its name,
// which is asked once for each name. It may return one optimiser for several,
// but not nil.
func PerParam(choose func(name string) Optimizer) Optimizer {
	return &perParam{choose: choose, by: map[string]Optimizer{}, groups: map[Optimizer][]Param{}}
}

type perParam struct {
	choose func(name string) Optimizer
	by     map[string]Optimizer
	order  []Optimizer
	groups map[Optimizer][]Param
	owned
}

func (o *perParam) Update(ps []Param) {
	for _, opt := range o.order {
		o.groups[opt] = o.groups[opt][:0]
	}
	for _, p := range ps {
		opt := o.of(p.Name)
		o.groups[opt] = append(o.groups[opt], p)
	}
	for _, opt := range o.order {
		if g := o.groups[opt]; len(g) > 0 {
			opt.Update(g)
		}
	}
}

// of returns the optimiser of a parameter.
func (o *perParam) of(name string) Optimizer {
	opt, ok := o.by[name]
	if ok {
		return opt
	}
	if opt = o.choose(name); opt == nil {
		panic(fmt.Sprintf("optim: PerParam has no optimiser for parameter %q", name))
	}
	o.by[name] = opt
	if _, known := o.groups[opt]; !known {
		o.order = append(o.order, opt)
		o.groups[opt] = nil
	}
	return opt
}

// Claim also claims the optimisers that were chosen up to now.
func (o *perParam) Claim(owner any) bool {
	ok := o.owned.Claim(owner)
	for _, opt := range o.order {
		ok = ok && Claim(opt, owner)
	}
	return ok
}

func (o *perParam) State() State {
	var c State
	for _, opt := range o.order {
		c.Parts = append(c.Parts, stateOf(opt))
	}
	return c
}

// SetState finds the optimiser of each part by the parameters that it remembers.
func (o *perParam) SetState(c State) {
	o.owned = owned{}
	for _, part := range c.Parts {
		for name := range part.Params {
			setState(o.of(name), part)
			break
		}
	}
}
