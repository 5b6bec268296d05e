package diag

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
)

// Variable is a named scalar quantity with its draws [chain][draw].
type Variable struct {
	Name  string
	Draws [][]float64
}

// Row summarises one variable.
type Row struct {
	Name             string
	Mean, SD, Median float64
	Low, High        float64 // highest-density interval
	MCSEMean, MCSESD float64
	ESSBulk, ESSTail float64
	Rhat             float64
}

// Table is the summary of a fit; String lays it out.
type Table struct {
	Prob float64 // of the intervals
	Rows []Row
}

// intervalProb is the probability of the intervals in a summary: 89 % is an
// arbitrary number that does not pretend to be a test (McElreath 2020); its ends
// are better known than those of 95 %.
const intervalProb = 0.89

// Summarize returns a row for every variable, in the order given.
func Summarize(vars []Variable) Table {
	t := Table{Prob: intervalProb, Rows: make([]Row, len(vars))}
	each(vars, func(i int, s *sample) {
		m := s.moments()
		r := Row{
			Name: vars[i].Name, Mean: m.mean, SD: m.sd, Median: s.order.quantile(0.5),
			MCSEMean: m.mcseMean, MCSESD: m.mcseSD, ESSTail: s.essTail(),
		}
		r.Low, r.High = s.order.hdi(intervalProb)
		r.Rhat, r.ESSBulk = s.ranked()
		t.Rows[i] = r
	})
	return t
}

// String returns the table with aligned columns. Numbers are shown to the digit
// that their Monte Carlo error leaves meaning to, at most to six.
func (t Table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	percent := fmt.Sprintf("%g%%", 100*t.Prob)
	fmt.Fprintf(w, "\tmean\tsd\tmedian\tlow %s\thigh %s\tmcse\tess bulk\tess tail\tr-hat\t\n", percent, percent)
	width := 0
	for _, r := range t.Rows {
		width = max(width, len([]rune(r.Name)))
	}
	for _, r := range t.Rows {
		name := r.Name + strings.Repeat(" ", width-len([]rune(r.Name)))
		fmt.Fprintf(w, "%s\t", name)
		places := decimals(r.MCSEMean)
		for _, v := range []float64{r.Mean, r.SD, r.Median, r.Low, r.High} {
			fmt.Fprintf(w, "%s\t", fixed(v, places))
		}
		fmt.Fprintf(w, "%.2g\t%s\t%s\t%s\t\n", r.MCSEMean, fixed(r.ESSBulk, 0), fixed(r.ESSTail, 0), fixed(r.Rhat, 3))
	}
	w.Flush()
	const margin = "\n  " // tabwriter pads the first column too
	return strings.ReplaceAll("\n"+b.String(), margin, "\n")[1:]
}

// decimals returns the places after the point down to the first digit of the error
// se and one more.
func decimals(se float64) int {
	if !(se > 0) || math.IsInf(se, 1) {
		return 3
	}
	return max(0, min(6, 1-int(math.Floor(math.Log10(se)))))
}

// fixed formats x with so many decimals, or in scientific notation where that
// would show no digit, or too many.
func fixed(x float64, places int) string {
	size := math.Abs(x)
	if size >= 1e7 || size != 0 && size < math.Pow10(-places)/2 && places > 0 {
		return fmt.Sprintf("%.3g", x)
	}
	return fmt.Sprintf("%.*f", places, x)
}
