package data

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// table is a CSV text by columns: lines that start with # are skipped and the
// first other line names the columns.
type table struct {
	name string
	rows [][]string
	at   map[string]int // column by its name
}

// newTable reads text, the contents of the embedded file called name. It panics
// where text is no CSV with equally long lines, for then the program was built
// from a broken file.
func newTable(name, text string) table {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("data: embedded %s: %v", name, err))
	}
	if len(rows) == 0 {
		panic(fmt.Sprintf("data: embedded %s has no header", name))
	}
	at := make(map[string]int, len(rows[0]))
	for i, column := range rows[0] {
		at[column] = i
	}
	return table{name, rows[1:], at}
}

// text returns the column as it stands in the file.
func (t table) text(column string) []string {
	i, ok := t.at[column]
	if !ok {
		panic(fmt.Sprintf("data: embedded %s has no column %q", t.name, column))
	}
	out := make([]string, len(t.rows))
	for j, row := range t.rows {
		out[j] = row[i]
	}
	return out
}

// numbers returns the column as numbers.
func (t table) numbers(column string) []float64 {
	out := make([]float64, len(t.rows))
	for j, s := range t.text(column) {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(fmt.Sprintf("data: embedded %s, row %d, column %q: %v", t.name, j, column, err))
		}
		out[j] = v
	}
	return out
}
