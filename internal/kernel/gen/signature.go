package main

import (
	"strings"
)

// A signature is the parameter list of a kernel. T stands for the element type.
type signature struct {
	params []param
	result string
}

type param struct{ name, typ string }

func (p param) slice() bool { return strings.HasPrefix(p.typ, "[]") }

func sig(result string, params ...string) signature {
	s := signature{result: result}
	for _, p := range params {
		name, typ, _ := strings.Cut(p, " ")
		s.params = append(s.params, param{name, typ})
	}
	return s
}

var (
	unary     = sig("", "dst []T", "x []T")
	unary2    = sig("", "dst []T", "dsig []T", "x []T")
	binary    = sig("", "dst []T", "a []T", "b []T")
	ternary   = sig("", "dst []T", "a []T", "b []T", "c []T")
	withConst = sig("", "dst []T", "x []T", "s T")
	axpy      = sig("", "y []T", "a T", "x []T")
	update    = sig("", "y []T", "a []T", "b []T")
	moments   = sig("", "x []T", "m []T", "v []T", "g []T", "b1 T", "c1 T", "b2 T", "c2 T", "rate T", "eps T", "keep T")
	total     = sig("float64", "x []T")
	total2    = sig("float64", "a []T", "b []T")
	largest   = sig("T", "x []T")
	bounded   = sig("T", "x []T", "lo T", "hi T")
	shifted   = sig("float64", "x []T", "m T")
	shiftedTo = sig("float64", "dst []T", "x []T", "m T")
	stream    = sig("", "dst []T", "k0 uint64", "k1 uint64", "counter uint64")
)

func (s signature) list(elem string) string {
	var b []string
	for _, p := range s.params {
		b = append(b, p.name+" "+strings.Replace(p.typ, "T", elem, 1))
	}
	return "(" + strings.Join(b, ", ") + ") " + strings.Replace(s.result, "T", elem, 1)
}

func (s signature) call() string {
	var b []string
	for _, p := range s.params {
		b = append(b, p.name)
	}
	return "(" + strings.Join(b, ", ") + ")"
}

// A kernel is one exported loop for one element type.
type kernel struct {
	name  string // in Go, with the suffix 32 for float32
	twin  string // portable function
	elem  string // element type in Go
	sig   signature
	shape loopShape // no assembly if without body
}

func (k kernel) bits() int {
	if k.elem == "float32" {
		return 32
	}
	return 64
}

// routine is the name of the assembly routine.
func (k kernel) routine(m machine) string {
	if strings.HasPrefix(k.name, "FMA") {
		return strings.ToLower(k.name) + m.name
	}
	return strings.ToLower(k.name[:1]) + k.name[1:] + m.name
}

func (k kernel) declaration(m machine) string {
	result := ""
	if k.shape.domain != "" {
		result = "int"
	}
	return k.routine(m) + k.sig.list(k.elem) + result
}
