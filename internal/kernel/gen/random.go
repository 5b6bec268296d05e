package main

func randomKernels() []kernel {
	return append(both("Normal", stream, loopShape{}),
		kernel{"Bits", "goBits", "uint64", stream, loopShape{}},
		kernel{"Uniform", "goUniform", "float64", stream, loopShape{}},
		kernel{"Uniform32", "goUniform32", "float32", stream, loopShape{}})
}
