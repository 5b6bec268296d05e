package data

import _ "embed"

//go:embed schools.csv
var schoolsCSV string

// SchoolsTable is an effect estimated in each of eight schools, in points of the
// SAT-V score, and the standard error of the estimate.
type SchoolsTable struct {
	School []string // "A" to "H"
	Effect []float64
	StdErr []float64
}

// EightSchools returns the effects of coaching on SAT-V scores of D. B. Rubin
// (1981), "Estimation in parallel randomized experiments", Journal of
// Educational Statistics 6, Table 1, in the order of the paper, which is also
// that of Gelman et al., Bayesian Data Analysis, section 5.5.
func EightSchools() SchoolsTable {
	t := newTable("schools.csv", schoolsCSV)
	return SchoolsTable{
		School: t.text("school"),
		Effect: t.numbers("effect"),
		StdErr: t.numbers("std_err"),
	}
}
