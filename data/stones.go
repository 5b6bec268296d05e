package data

import _ "embed"

//go:embed stones.csv
var stonesCSV string

// StonesTable counts patients with kidney stones, and those who recovered, by
// the size of the stones and the treatment.
type StonesTable struct {
	Stones    []string // "small", under 2 cm, or "large"
	Treatment []string // "open surgery" or "percutaneous" (nephrolithotomy)
	Patients  []float64
	Recovered []float64
}

// Stones returns the counts of C. R. Charig and others (1986), "Comparison of
// treatment of renal calculi …", British Medical Journal 292, as S. A. Julious
// and M. A. Mullee (1994), "Confounding and Simpson's paradox", British Medical
// Journal 309, give them: small stones first, open surgery first.
func Stones() StonesTable {
	t := newTable("stones.csv", stonesCSV)
	return StonesTable{
		Stones:    t.text("stones"),
		Treatment: t.text("treatment"),
		Patients:  t.numbers("patients"),
		Recovered: t.numbers("recovered"),
	}
}
