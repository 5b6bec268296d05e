package data

import (
	_ "embed"
	"math"
)

//go:embed baseball.csv
var baseballCSV string

// BaseballTable is 18 players of the season of 1970: their first 45 at-bats, to
// learn from, and the remainder of the season, to predict.
type BaseballTable struct {
	Player           []string
	AtBats           []float64 // 45 each
	Hits             []float64 // in those at-bats
	RemainderAtBats  []float64
	RemainderAverage []float64 // hits per at-bat in the remainder, to three decimals
}

// Baseball returns the table of B. Efron and C. Morris (1975), "Data analysis
// using Stein's estimator and its generalizations", Journal of the American
// Statistical Association 70, Table 1, players and their names as there.
func Baseball() BaseballTable {
	t := newTable("baseball.csv", baseballCSV)
	return BaseballTable{
		Player:           t.text("player"),
		AtBats:           t.numbers("at_bats"),
		Hits:             t.numbers("hits"),
		RemainderAtBats:  t.numbers("remainder_at_bats"),
		RemainderAverage: t.numbers("remainder_average"),
	}
}

// RemainderHits returns the hits in the remainder of the season. The paper prints
// averages; the counts are the only integers that round to them.
func (b BaseballTable) RemainderHits() []float64 {
	out := make([]float64, len(b.Player))
	for i, n := range b.RemainderAtBats {
		out[i] = math.Round(n * b.RemainderAverage[i])
	}
	return out
}
