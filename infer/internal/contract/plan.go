package contract

import (
	"fmt"
	"slices"
)

// plan is an order of elimination, found from shapes alone.
type plan struct {
	problem *Problem
	in      []factor    // of the problem
	sizes   map[int]int // of axes
	steps   []step
	done    []int // the factors that no step takes
	cost    Cost

	shapes []shape // of all factors, those of the problem first
	users  [][]int // factors that vary with each variable
	split  bool    // sums are made as matrix products where that is less
}

// shape is what a plan knows of a factor.
type shape struct {
	axes   []int
	plates []int // sorted
	used   bool
}

// step makes one factor of others: it multiplies those of left, those of right,
// then both, and sums a variable out, or multiplies one over plates.
type step struct {
	v           int // variable, or -1
	left, right []int
	plates      []int // multiplied over
	out         int
	elements    float64
}

// plan orders the elimination. If split, a sum over the product of two arrays is
// not built along the axes of both.
func (p *Problem) plan(split bool) (*plan, error) {
	pl := &plan{problem: p, sizes: map[int]int{}, split: split, users: make([][]int, len(p.Vars))}
	for d, n := range p.Plates {
		pl.sizes[d] = n
	}
	groups := map[string][]int{}
	for i := range p.Factors {
		f := &p.Factors[i]
		a := p.arrayOf(f)
		pl.in = append(pl.in, factor{log: a, plates: sorted(f.Plates)})
		for k, x := range a.axes {
			if x >= 0 {
				pl.sizes[x] = a.t.Dim(k)
			}
		}
		pl.push(groups, a.axes, pl.in[i].plates)
	}
	local := map[string][]int{} // variables by their plates
	for i, v := range p.Vars {
		if !v.Keep {
			k := key(sorted(v.Plates))
			local[k] = append(local[k], i)
		}
	}
	for len(groups) > 0 {
		if err := pl.leaf(groups, local); err != nil {
			return nil, err
		}
	}
	return pl, pl.check()
}

func key(plates []int) string { return fmt.Sprint(plates) }

// push adds a factor to those of its plates; without variables and plates it is
// done.
func (pl *plan) push(groups map[string][]int, axes, plates []int) int {
	id := len(pl.shapes)
	pl.shapes = append(pl.shapes, shape{axes: axes, plates: plates})
	for _, x := range axes {
		if x >= 0 {
			pl.users[x] = append(pl.users[x], id)
		}
	}
	if len(plates) == 0 && pl.variables(id) == 0 {
		pl.done = append(pl.done, id)
	} else {
		k := key(plates)
		groups[k] = append(groups[k], id)
	}
	return id
}

// variables is the number of variables that a factor varies with.
func (pl *plan) variables(id int) (n int) {
	for _, x := range pl.shapes[id].axes {
		if x >= 0 {
			n++
		}
	}
	return n
}

// leaf takes the factors of a plate set that no other contains, sums out the
// variables of just these plates, and passes the rest to the plates outside.
func (pl *plan) leaf(groups map[string][]int, local map[string][]int) error {
	deepest := ""
	for k, ids := range groups {
		if deepest == "" {
			deepest = k
		}
		a, b := len(pl.shapes[ids[0]].plates), len(pl.shapes[groups[deepest][0]].plates)
		if a > b || a == b && k < deepest {
			deepest = k
		}
	}
	group := groups[deepest]
	delete(groups, deepest)
	plates := pl.shapes[group[0]].plates
	for _, v := range pl.order(group, local[deepest]) {
		id, err := pl.sumOut(v, plates)
		if err != nil {
			return err
		}
		group = append(group, id)
	}
	for _, id := range group {
		if !pl.shapes[id].used {
			if err := pl.lower(groups, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// sumOut adds the step that sums a variable out of the factors that have it,
// which must repeat along its plates.
func (pl *plan) sumOut(v int, plates []int) (out int, err error) {
	s := step{v: v, out: len(pl.shapes)}
	var ids, all []int
	for _, id := range pl.users[v] {
		f := &pl.shapes[id]
		if f.used {
			continue
		}
		if !slices.Equal(f.plates, plates) {
			return 0, &IntractableError{Vars: []string{pl.problem.Vars[v].Name}, Plates: plates}
		}
		ids, all = append(ids, id), merge(all, f.axes)
		f.used = true
	}
	left, right := pl.divide(&s, ids)
	s.elements = pl.size(all)
	if n := pl.size(left) + pl.size(right); pl.split && n < s.elements && len(s.right) > 0 {
		s.elements = max(n, pl.size(without(all, v)))
	} else {
		s.left, s.right = ids, nil
	}
	pl.steps = append(pl.steps, s)
	pl.shapes = append(pl.shapes, shape{axes: without(all, v), plates: plates})
	for _, x := range all {
		if x >= 0 && x != v {
			pl.users[x] = append(pl.users[x], s.out)
		}
	}
	return s.out, nil
}

// divide puts the largest factor and those that vary along no other axes to the
// left, and the rest to the right. It returns the axes of both.
func (pl *plan) divide(s *step, ids []int) (left, right []int) {
	largest := ids[0]
	for _, id := range ids {
		if pl.size(pl.shapes[id].axes) > pl.size(pl.shapes[largest].axes) {
			largest = id
		}
	}
	left = pl.shapes[largest].axes
	for _, id := range slices.Backward(ids) { // the order of axes is that of what was made last
		if axes := pl.shapes[id].axes; subset(axes, left) {
			s.left = append(s.left, id)
		} else {
			s.right = append(s.right, id)
			right = merge(right, axes)
		}
	}
	return left, right
}

// lower multiplies a factor over the plates that none of its variables is in,
// and puts it among the factors of those that are left.
func (pl *plan) lower(groups map[string][]int, id int) error {
	f := &pl.shapes[id]
	var kept []int
	vars, free := 0, true
	for _, x := range f.axes {
		if x >= 0 {
			vars++
			free = free && pl.problem.Vars[x].Keep
			kept = merge(kept, pl.problem.Vars[x].Plates)
		}
	}
	slices.Sort(kept)
	if slices.Equal(kept, f.plates) && free {
		pl.done = append(pl.done, id)
		return nil
	}
	if vars > 0 && (slices.Equal(kept, f.plates) || !subset(kept, f.plates)) {
		err := &IntractableError{Plates: f.plates}
		for _, x := range sorted(f.axes) {
			if x >= 0 {
				err.Vars = append(err.Vars, pl.problem.Vars[x].Name)
			}
		}
		return err
	}
	s := step{v: -1, left: []int{id}, out: len(pl.shapes)}
	axes := f.axes
	for _, d := range f.plates {
		if !slices.Contains(kept, d) {
			s.plates = append(s.plates, d)
			axes = without(axes, d)
		}
	}
	f.used = true
	s.elements = pl.size(axes)
	pl.steps = append(pl.steps, s)
	pl.push(groups, axes, kept)
	return nil
}

// check refuses a plan that takes too much.
func (pl *plan) check() error {
	worst := -1
	for i := range pl.steps {
		s := &pl.steps[i]
		pl.cost.Total += s.elements
		if s.elements > pl.cost.Largest && s.v >= 0 {
			pl.cost.Largest, worst = s.elements, i
		}
	}
	if pl.cost.Total <= MaxElements {
		return nil
	}
	s := &pl.steps[max(worst, 0)]
	err := &SizeError{Elements: pl.cost.Largest, Total: pl.cost.Total}
	var all []int
	for _, id := range slices.Concat(s.left, s.right) {
		all = merge(all, pl.shapes[id].axes)
	}
	for _, x := range sorted(all) {
		switch {
		case x == s.v:
			err.Var = pl.problem.Vars[x].Name
		case x >= 0:
			err.With = append(err.With, pl.problem.Vars[x].Name)
		}
	}
	return err
}

// size is the number of elements along axes.
func (pl *plan) size(axes []int) float64 {
	n := 1.0
	for _, x := range axes {
		n *= float64(pl.sizes[x])
	}
	return n
}

// merge appends those of b to a that it lacks.
func merge(a, b []int) []int {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a[:len(a):len(a)], x)
		}
	}
	return a
}

func subset(a, b []int) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}
