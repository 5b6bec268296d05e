package kernel

import "math"

// specials are the arguments at which functions turn: zeros, infinities, NaN, the ends of the
// subnormal and of the finite numbers of both precisions, integers and halves.
var specials = []float64{
	0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(),
	1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5,
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1030,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-130,
	math.MaxFloat32, 710, -746, 88.8, -104, 1e9, 1 - 0x1p-53,
}
