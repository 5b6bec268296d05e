package data

import _ "embed"

//go:embed iris.csv
var irisCSV string

// IrisTable is 150 flowers: lengths and widths in centimetres, to one decimal,
// and the species, which is "setosa", "versicolor" or "virginica".
type IrisTable struct {
	SepalLength, SepalWidth []float64
	PetalLength, PetalWidth []float64
	Species                 []string
}

// Iris returns the measurements of R. A. Fisher (1936), "The use of multiple
// measurements in taxonomic problems", Annals of Eugenics 7, Table I: 50 flowers
// of each species, in the order of the paper, setosa first.
//
// The rows are those of the paper and of R. The file iris.data of the UCI
// repository differs in rows 35 and 38, counted from one.
func Iris() IrisTable {
	t := newTable("iris.csv", irisCSV)
	return IrisTable{
		SepalLength: t.numbers("sepal_length"),
		SepalWidth:  t.numbers("sepal_width"),
		PetalLength: t.numbers("petal_length"),
		PetalWidth:  t.numbers("petal_width"),
		Species:     t.text("species"),
	}
}
