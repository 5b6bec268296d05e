// Package data holds small tables that models are tried on: Fisher's irises,
// Rubin's eight schools, Efron and Morris's batting averages, Ezekiel's stopping
// distances, Charig's kidney stones and the earthquakes of a century.
//
//	package main
//
//	import (
//		"fmt"
//
//		"github.com/gopyro/pyro/data"
//	)
//
//	func main() {
//		schools := data.EightSchools()
//		for i, name := range schools.School {
//			fmt.Println(name, schools.Effect[i], "±", schools.StdErr[i])
//		}
//	}
//
// Each function returns a new copy of columns of equal length, which the caller
// may change. The values are embedded in the program; SOURCES.md says where
// they were published and under which terms.
package data
