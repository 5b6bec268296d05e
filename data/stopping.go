package data

import _ "embed"

//go:embed stopping.csv
var stoppingCSV string

// StoppingTable is how far 50 cars went before they stood still.
type StoppingTable struct {
	Speed    []float64 // miles per hour
	Distance []float64 // feet
}

// Stopping returns the table of M. Ezekiel (1930), Methods of Correlation
// Analysis, which R calls cars, by speed.
func Stopping() StoppingTable {
	t := newTable("stopping.csv", stoppingCSV)
	return StoppingTable{Speed: t.numbers("speed"), Distance: t.numbers("distance")}
}
