package dist

import "github.com/gopyro/pyro/tensor"

// LogProb is d.LogProb(x), of the same shape and with the same panics, for code that
// runs models. On a tape whose runs repeat, what it computed in the last run is taken
// from there where nothing that it depends on has changed; a model has no use for it.
func LogProb(d Distribution, x *tensor.Tensor) *tensor.Tensor {
	if w, ok := d.(*independent); ok {
		return w.sum(LogProb(w.base, x))
	}
	f := plain(d)
	if f == nil {
		return d.LogProb(x)
	}
	var buf [maxParams + 1]*tensor.Tensor
	params := f.parameters()
	buf[0] = x
	t := x.Tape()
	for i, v := range params {
		if buf[1+i] = v; t == nil {
			t = v.Tape()
		}
	}
	in := buf[:1+len(params)]
	if t == nil {
		return d.LogProb(x)
	}
	if y, ok := t.Repeated(f.name, f.batch, in...); ok {
		return y
	}
	from := t.Len()
	y := d.LogProb(x)
	t.Part(f.name, f.batch, from, y, in...)
	return y
}

// plain returns the family of a distribution whose log density follows from its
// name, its batch shape and its parameters alone; nil for others.
func plain(d Distribution) *family {
	if f, ok := d.(interface{ self() *family }); ok {
		if f := f.self(); f.plain {
			return f
		}
	}
	return nil
}
