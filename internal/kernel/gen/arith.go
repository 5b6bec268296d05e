package main

// Arithmetic and comparisons: one operation and the traffic of memory, so the loop is unrolled.

// both returns the kernels of a name for float64 and float32 with the same body.
func both(name string, s signature, shape loopShape) []kernel {
	return []kernel{
		{name, "go" + name, "float64", s, shape},
		{name + "32", "go" + name, "float32", s, shape},
	}
}

func cheap(body func(b *builder)) loopShape { return loopShape{unroll: 4, body: body} }

func arithKernels() []kernel {
	var ks []kernel
	add := func(name string, s signature, body func(b *builder)) {
		ks = append(ks, both(name, s, cheap(body))...)
	}
	for _, k := range []struct {
		name string
		f    func(b *builder, x val) val
	}{
		{"Sqrt", (*builder).sqrt},
		{"Recip", func(b *builder, x val) val { return b.div(b.num(1), x) }},
		{"Neg", (*builder).neg},
		{"Abs", (*builder).abs},
		{"Square", func(b *builder, x val) val { return b.mul(x, x) }},
	} {
		add(k.name, unary, func(b *builder) { b.store(0, k.f(b, b.load(1))) })
	}
	for _, k := range []struct {
		name string
		f    func(b *builder, x, y val) val
	}{
		{"Add", (*builder).add},
		{"Sub", (*builder).sub},
		{"Mul", (*builder).mul},
		{"Div", (*builder).div},
		{"Max", larger},
		{"Min", smaller},
		{"Less", func(b *builder, x, y val) val { return truth(b, b.cmp(lt, x, y)) }},
		{"LessEqual", func(b *builder, x, y val) val { return truth(b, b.cmp(le, x, y)) }},
		{"Equal", func(b *builder, x, y val) val { return truth(b, b.cmp(eq, x, y)) }},
	} {
		add(k.name, binary, func(b *builder) { b.store(0, k.f(b, b.load(1), b.load(2))) })
	}
	for _, k := range []struct {
		name string
		f    func(b *builder, x, s val) val
	}{
		{"AddScalar", (*builder).add},
		{"MulScalar", (*builder).mul},
		{"SubScalarFrom", func(b *builder, x, s val) val { return b.sub(s, x) }},
		{"DivScalar", (*builder).div},
		{"DivScalarBy", func(b *builder, x, s val) val { return b.div(s, x) }},
	} {
		add(k.name, withConst, func(b *builder) { b.store(0, k.f(b, b.load(1), b.param(2))) })
	}
	add("FMA", ternary, func(b *builder) { b.store(0, b.fma(b.load(1), b.load(2), b.load(3))) })
	add("Axpy", axpy, func(b *builder) { b.store(0, b.fma(b.param(1), b.load(2), b.load(0))) })
	add("MulAdd", update, func(b *builder) { b.store(0, b.fma(b.load(1), b.load(2), b.load(0))) })
	add("Select", ternary, func(b *builder) {
		b.store(0, b.sel(b.cmp(neq, b.load(1), b.num(0)), b.load(2), b.load(3)))
	})
	return append(ks, kernel{"Adam", "goAdam", "float64", moments, loopShape{body: adam}})
}

// adam is a step of Adam, as the portable twin has it.
func adam(b *builder) {
	x, m, v, g := b.load(0), b.load(1), b.load(2), b.load(3)
	m = b.add(b.mul(b.param(4), m), b.mul(b.param(5), g))
	v = b.add(b.mul(b.param(6), v), b.mul(b.mul(b.param(7), g), g))
	b.store(1, m)
	b.store(2, v)
	b.store(0, b.sub(b.mul(b.param(10), x), b.div(b.mul(b.param(8), m), b.add(b.sqrt(v), b.param(9)))))
}

func truth(b *builder, m val) val { return b.sel(m, b.num(1), b.num(0)) }

// larger is the built-in max. The instruction returns its second operand if one is NaN or both are
// zero: the sum is NaN if one is, and the bits common to both orders are +0 if one zero is.
func larger(b *builder, x, y val) val {
	m := b.and(b.max(x, y), b.max(y, x))
	return b.sel(b.cmp(unord, x, y), b.add(x, y), m)
}

// smaller is the built-in min, likewise, -0 if one zero is.
func smaller(b *builder, x, y val) val {
	m := b.or(b.min(x, y), b.min(y, x))
	return b.sel(b.cmp(unord, x, y), b.add(x, y), m)
}
