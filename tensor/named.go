package tensor

import (
	"reflect"
	"strconv"
)

// ofNamed converts operands whose type is a user's own, such as type Grams
// float64.
func ofNamed(v any) *Tensor {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Float64:
		return scalar(r.Float())
	case reflect.Int:
		return scalar(float64(r.Int()))
	case reflect.Bool:
		return scalar(number(r.Bool()))
	}
	// What is left of Operand are slices.
	switch r.Type().Elem().Kind() {
	case reflect.Float64:
		return Of(r.Convert(reflect.TypeFor[[]float64]()).Interface().([]float64))
	case reflect.Int:
		return Of(r.Convert(reflect.TypeFor[[]int]()).Interface().([]int))
	case reflect.Bool:
		return Of(r.Convert(reflect.TypeFor[[]bool]()).Interface().([]bool))
	default:
		return Of(r.Convert(reflect.TypeFor[[][]float64]()).Interface().([][]float64))
	}
}

func itoa(i int) string { return strconv.Itoa(i) }
