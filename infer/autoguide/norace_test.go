//go:build !race

package autoguide_test

const raceEnabled = false
