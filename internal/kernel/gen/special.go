package main

import "strings"

func specialKernels() []kernel {
	var ks []kernel
	for name := range strings.FieldsSeq("Lgamma Digamma Erf Erfc Sin Cos") {
		ks = append(ks, both(name, unary, loopShape{})...)
	}
	return ks
}
