package data

import _ "embed"

//go:embed earthquakes.csv
var earthquakesCSV string

// EarthquakesTable counts the earthquakes of magnitude 7 and more in the world
// in each of 107 years.
type EarthquakesTable struct {
	Year  []float64 // 1900 to 2006
	Count []float64
}

// Earthquakes returns the series of W. Zucchini and I. L. MacDonald (2009),
// Hidden Markov Models for Time Series, Table 1.1.
func Earthquakes() EarthquakesTable {
	t := newTable("earthquakes.csv", earthquakesCSV)
	return EarthquakesTable{Year: t.numbers("year"), Count: t.numbers("count")}
}
