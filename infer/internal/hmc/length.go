package hmc

import (
	"math"
	"slices"
)

// overshoot is how much longer than the median the longest direction may be until
// trajectories are made to suit it. One that doubles until it turns is half as long again
// as need be on the average, so there is little to gain below 1.5.
const overshoot = 1.55

// halves is how many half periods of the longest direction a trajectory takes at least. A
// quarter more than one makes up for draws that, as long as trajectories turned with the
// other directions, seldom reached its ends.
const halves = 1.25

// drawsPerWidth draws at least of each dimension are behind widths that are compared: of
// fewer, which NUTS leaves correlated, chance makes some much wider than others.
const drawsPerWidth = 10

// minTime returns the time that a trajectory under the dense metric m, estimated from w,
// needs at least; 0: it may end where it turns.
//
// Of a normal distribution m is the covariance, so draws are equally wide in all
// directions of its coordinates, and a trajectory turns after half a period of all.
// Of others, draws and gradients disagree, and m is between the two: what is long and bent is then
// wider than one, and where most directions are not, a trajectory turns with them long
// before it has gone through the wide one. It is to take half a period of that, π times its
// width, and a bit more.
//
// Widths are along the principal directions; of n normal draws the widest is up to
// 1 + √(D/n) (Marčenko and Pastur 1967).
func (w *Window) minTime(m *Metric) float64 {
	dim := len(w.Mean)
	if w.Count < drawsPerWidth*dim {
		return 0
	}
	s := w.widths(m)
	slices.Sort(s)
	median, widest := (s[(dim-1)/2]+s[dim/2])/2, s[dim-1]
	chance := 1 + math.Sqrt(float64(dim)/float64(w.Count-1))
	if !(widest > overshoot*chance*median) {
		return 0
	}
	return halves * math.Pi * widest
}

// widths returns those of the kept draws along their principal directions in the
// coordinates of the dense or diagonal metric m: mean absolute deviations, as standard
// deviations of normal distributions that have them. Heavy tails, which no trajectory
// is long enough for, hardly count.
func (w *Window) widths(m *Metric) []float64 {
	x, _ := w.centred(nil)
	for k := range x.rows {
		m.whiten(x.row(k))
	}
	xt := x.transpose()
	_, directions := eigenSym(xt.timesTransposed(xt))
	along := directions.timesTransposed(x)
	out := make([]float64, along.rows)
	for i := range out {
		for _, v := range along.row(i) {
			out[i] += math.Abs(v)
		}
		out[i] *= math.Sqrt(math.Pi/2) * rootCount(w.Count) / float64(w.Count)
	}
	return out
}
