package main

func reduceKernels() []kernel {
	var ks []kernel
	ks = append(ks, both("Sum", total, loopShape{})...)
	ks = append(ks, both("Dot", total2, loopShape{})...)
	ks = append(ks, both("MaxOf", largest, loopShape{})...)
	ks = append(ks, both("SumExp", shifted, loopShape{})...)
	return append(ks, both("ExpSum", shiftedTo, loopShape{})...)
}
