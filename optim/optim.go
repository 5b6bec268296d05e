// Package optim has first-order optimisers. They change vectors in place by
// their gradients and keep what state they need by name.
//
//	opt := &optim.Adam{LR: 0.01}
//	x, g := []float64{1}, make([]float64, 1)
//	for range 1000 {
//		g[0] = 2 * x[0]
//		opt.Update([]optim.Param{{Name: "x", Value: x, Grad: g}})
//	}
package optim

// Param is a vector to optimise. Its length must not change between updates.
type Param struct {
	Name        string
	Value, Grad []float64
}

// Optimizer makes one step down the gradients. It is not for concurrent use.
type Optimizer interface {
	Update(ps []Param)
}
