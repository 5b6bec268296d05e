package contract

import (
	"container/heap"
	"slices"
)

// order returns the variables, all of them local to the plates of a group of
// factors, in the order in which they are to be summed out: of two greedy orders
// and the one that the variables have, that which builds least.
func (pl *plan) order(group, vars []int) []int {
	g := newGraph(pl, group, vars)
	first := g.clone()
	best, cost := first.greedy(first.elements)
	const few = 400 // to try another order takes time that grows faster
	if len(best) < few && cost > 1<<12 {
		for _, score := range []func(h *graph, v int) float64{(*graph).fill, (*graph).inTurn} {
			h := g.clone()
			if other, c := h.greedy(func(v int) float64 { return score(h, v) }); c < cost {
				best, cost = other, c
			}
		}
	}
	return best
}

// graph is the variables to be summed out, each with the axes that it shares a
// factor with.
type graph struct {
	plan *plan
	near map[int][]int // sorted
}

func newGraph(pl *plan, group, vars []int) *graph {
	g := &graph{plan: pl, near: map[int][]int{}}
	for _, v := range vars {
		g.near[v] = nil
	}
	for _, id := range group {
		axes := sorted(pl.shapes[id].axes)
		for _, x := range axes {
			if near, ok := g.near[x]; ok {
				g.near[x] = join(near, axes, x)
			}
		}
	}
	for _, v := range vars {
		if len(pl.users[v]) == 0 { // no factor varies with it
			delete(g.near, v)
		}
	}
	return g
}

func (g *graph) clone() *graph {
	c := &graph{plan: g.plan, near: make(map[int][]int, len(g.near))}
	for v, near := range g.near {
		c.near[v] = near
	}
	return c
}

// join merges two sorted slices, without x.
func join(a, b []int, x int) []int {
	out := make([]int, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var next int
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			next, a = a[0], a[1:]
		case len(a) == 0 || b[0] < a[0]:
			next, b = b[0], b[1:]
		default:
			next, a, b = a[0], a[1:], b[1:]
		}
		if next != x {
			out = append(out, next)
		}
	}
	return out
}

// elements scores a variable by the size of the product of its factors.
func (g *graph) elements(v int) float64 { return g.plan.size(g.near[v]) * float64(g.plan.sizes[v]) }

// fill scores a variable by the pairs of axes that its sum brings together, and
// then by size.
func (g *graph) fill(v int) float64 {
	pairs := 0
	near := g.near[v]
	for i, x := range near {
		for _, y := range near[i+1:] {
			a, b := g.near[x], g.near[y]
			_, ab := slices.BinarySearch(a, y)
			_, ba := slices.BinarySearch(b, x)
			if !ab && !ba {
				pairs++
			}
		}
	}
	return float64(pairs) + 1e-12*g.elements(v)
}

// inTurn scores a variable by its place among all.
func (g *graph) inTurn(v int) float64 { return float64(v) }

// greedy takes the variable of the lowest score, again and again, the first of
// several. It returns what the sums build in total.
func (g *graph) greedy(score func(v int) float64) (order []int, total float64) {
	q := queue{}
	for v := range g.near {
		q = append(q, entry{score(v), v})
	}
	heap.Init(&q)
	for len(q) > 0 {
		e := heap.Pop(&q).(entry)
		near, ok := g.near[e.v]
		if !ok {
			continue
		}
		if s := score(e.v); s > e.score { // it has grown since
			heap.Push(&q, entry{s, e.v})
			continue
		}
		total += g.elements(e.v)
		order = append(order, e.v)
		delete(g.near, e.v)
		for _, u := range near {
			if _, ok := g.near[u]; !ok {
				continue
			}
			g.near[u] = without(join(g.near[u], near, u), e.v)
			// A variable that shares factors with many is scored when its turn
			// comes, so that a hub does not cost the square of their number.
			const many = 64
			if len(g.near[u]) <= many {
				heap.Push(&q, entry{score(u), u})
			}
		}
	}
	return order, total
}

type entry struct {
	score float64
	v     int
}

// queue is a heap of entries; of a variable, the lowest counts.
type queue []entry

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].score < q[j].score || q[i].score == q[j].score && q[i].v < q[j].v
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(entry)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
