package hmc

// Interval is a stretch of warm-up iterations, both ends included.
type Interval struct{ First, Last int }

// Buffers of Stan's schedule.
const (
	stanInit   = 75 // iterations before the first window
	stanFinal  = 50 // iterations after the last one
	stanWindow = 25 // first window, doubled from one to the next
)

// Windows returns Stan's schedule for n warm-up iterations (Stan reference
// manual, "Adaptation"): a fast interval, slow windows of doubling size at whose
// ends the metric is estimated, and a fast interval. The last slow window takes
// what would be too short for the next. Below 150 iterations the parts are 15 %,
// 75 % and 10 %; below 20 there is one interval, in which only the step adapts.
func Windows(n int) []Interval {
	if n < 1 {
		return nil
	}
	if n < 20 {
		return []Interval{{0, n - 1}}
	}
	first, final, size := stanInit, stanFinal, stanWindow
	if n < first+final+size {
		first, final = n*15/100, n/10
		size = n - first - final
	}
	plan := []Interval{{0, first - 1}}
	for at, end := first, n-final; at < end; size *= 2 {
		if left := end - at; left < 3*size {
			size = left
		}
		plan = append(plan, Interval{at, at + size - 1})
		at += size
	}
	return append(plan, Interval{n - final, n - 1})
}
