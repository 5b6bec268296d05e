package main

import (
	"bytes"
	"fmt"
)

// peakAssembly writes loops of independent multiply-adds on registers: the most
// that a core can do, with which products are compared.
func peakAssembly() []byte {
	var buf bytes.Buffer
	fmt.Fprintf(&buf, header+"//go:build !purego\n\n#include \"textflag.h\"\n")
	for _, i := range isas {
		for _, el := range elems {
			e := &emitter{isa: i, elem: el, kernel: &kernel{name: "loop", params: params(integer, "n")}}
			e.begin()
			e.load("n", "CX")
			for v := range peakChains {
				e.zero(v)
			}
			e.align()
			e.label("loop")
			for v := range peakChains {
				e.packed("VFMADD231", "%[1]s, %[1]s, %[1]s", e.vector(v))
			}
			e.op("DECQ CX")
			e.op("JNZ loop")
			e.end()
			buf.WriteString(e.String())
		}
	}
	return buf.Bytes()
}

// peakChains is the number of independent sums, above latency × throughput (at
// most 5×2) of the processors with these instructions.
const peakChains = 12
