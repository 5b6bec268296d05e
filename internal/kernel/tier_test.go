package kernel

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/internal/cpu"
)

// tiers are those that the machine has.
func tiers() []tier {
	var ts []tier
	for t := cpu.Portable; t <= cpu.Best; t++ {
		ts = append(ts, tier(t))
	}
	return ts
}

func (t tier) String() string { return cpu.Tier(t).String() }

// method is a kernel of some tier by name, called through reflection.
type method struct {
	name string
	of   map[tier]reflect.Value
	typ  reflect.Type
}

// methods lists every kernel.
func methods() []method {
	var ms []method
	typ := reflect.TypeFor[tier]()
	for i := range typ.NumMethod() {
		m := method{typ.Method(i).Name, map[tier]reflect.Value{}, nil}
		if m.name == "String" {
			continue
		}
		for _, t := range tiers() {
			m.of[t] = reflect.ValueOf(t).Method(i)
		}
		m.typ = m.of[tiers()[0]].Type()
		ms = append(ms, m)
	}
	return ms
}

// call runs the kernel and returns its results, if it has any.
func (m method) call(t tier, args []reflect.Value) []reflect.Value { return m.of[t].Call(args) }

// same compares bit for bit, all NaN alike.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice:
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return a.Len() == b.Len()
	case reflect.Uint64:
		return a.Uint() == b.Uint()
	}
	x, y := a.Float(), b.Float()
	return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
}

func clone(v reflect.Value) reflect.Value {
	switch s := v.Interface().(type) {
	case []float64:
		return reflect.ValueOf(slices.Clone(s))
	case []float32:
		return reflect.ValueOf(slices.Clone(s))
	case []uint64:
		return reflect.ValueOf(slices.Clone(s))
	}
	return v
}

// Each kernel with each length and offset, in each tier: it reads and writes nothing beyond its
// operands, the AVX2 and AVX-512 results are the same bits, and an element's result depends neither
// on its place nor on the length.
func TestLengthsAndOffsets(t *testing.T) {
	const room, guard = 80, 12345
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			for _, tr := range tiers() {
				var whole []reflect.Value
				for n := 67; n >= 0; n-- {
					offset := n % 5
					args, views := operands(m.typ, room, offset, n, guard)
					before := make([]reflect.Value, len(args))
					for i := range args {
						before[i] = clone(args[i])
					}
					results := m.call(tr, views)
					for i, a := range args {
						if a.Kind() != reflect.Slice {
							continue
						}
						for j := range a.Len() {
							if (j < offset || j >= offset+n) && !same(a.Index(j), before[i].Index(j)) {
								t.Fatalf("%v: n = %d: wrote element %d of operand %d", tr, n, j-offset, i)
							}
						}
					}
					if whole == nil {
						whole = views
						continue
					}
					if len(results) > 0 {
						continue
					}
					for i, v := range views {
						if v.Kind() == reflect.Slice && !same(v, whole[i].Slice(0, n)) {
							t.Fatalf("%v: n = %d: %v in a longer operand %v", tr, n, v, whole[i].Slice(0, n))
						}
					}
				}
			}
		})
	}
}

// operands makes arguments for a kernel: slices of room elements filled with guard but for n
// elements from the offset on, which are a fixed function of argument and place; and views of those.
func operands(typ reflect.Type, room, offset, n int, guard float64) (args, views []reflect.Value) {
	for i := range typ.NumIn() {
		in := typ.In(i)
		if in.Kind() != reflect.Slice {
			v := reflect.ValueOf(2.5 + float64(i)).Convert(in)
			args, views = append(args, v), append(views, v)
			continue
		}
		s := reflect.MakeSlice(in, room, room)
		for j := range room {
			x := guard
			if j >= offset && j < offset+n {
				x = float64((j-offset)*(7+4*i)%23)/4 + 0.3
				if (j-offset)%11 == 3 {
					x = float64(i) - x
				}
			}
			s.Index(j).Set(reflect.ValueOf(x).Convert(in.Elem()))
		}
		args, views = append(args, s), append(views, s.Slice(offset, offset+n))
	}
	return args, views
}

// exact tells whether a kernel promises the same bits in every tier.
func exact(name string) bool {
	for _, f := range []string{
		"Exp", "Expm1", "Log", "Log1p", "Tanh", "Sigmoid", "Softplus", "SoftplusSigmoid",
		"Erf", "Erfc", "SumExp", "ExpSum",
	} {
		if name == f || name == f+"32" {
			return false
		}
	}
	return true
}

// The destination may be any one operand.
func TestDestinationIsAnOperand(t *testing.T) {
	for _, m := range methods() {
		outs := 1
		if strings.HasPrefix(m.name, "SoftplusSigmoid") {
			outs = 2
		}
		reads := strings.HasPrefix(m.name, "Axpy") || strings.HasPrefix(m.name, "MulAdd") || m.name == "Adam"
		if reads || m.typ.NumOut() > 0 && !strings.HasPrefix(m.name, "ExpSum") {
			continue // adds to the destination, or has none
		}
		for _, tr := range tiers() {
			for out := range outs {
				for in := outs; in < m.typ.NumIn(); in++ {
					if m.typ.In(in) != m.typ.In(out) {
						continue
					}
					args, _ := operands(m.typ, 77, 0, 77, 0)
					apart := clone(args[out])
					separate := slices.Clone(args)
					separate[out] = apart
					separate[in] = clone(args[in])
					m.call(tr, separate)
					args[out] = args[in]
					m.call(tr, args)
					compare(t, tr, tr, args[out], apart)
				}
			}
		}
	}
}

// Special values, all pairs of them: the vector tiers agree bit for bit; the portable one with them
// where that is promised.
func TestTiersAgree(t *testing.T) {
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			ts := tiers()
			if !exact(m.name) {
				ts = ts[1:]
			}
			scalars := specials
			if !slices.ContainsFunc(inputs(m.typ), isFloat) {
				scalars = scalars[:1]
			}
			for _, s := range scalars {
				var want []reflect.Value
				for _, tr := range ts {
					got := combinations(m.typ, s)
					got = append(got, m.call(tr, got)...)
					if want == nil {
						want = got
					}
					for i, v := range want {
						compare(t, tr, ts[0], got[i], v)
					}
				}
			}
		})
	}
}

// The same at the arguments of the reference table and their neighbourhood in float32.
func TestTiersAgreeEverywhere(t *testing.T) {
	refs := references(t)
	for _, b := range bounds {
		var x, y []float64
		var x32, y32 []float32
		for _, r := range refs[b.name] {
			x, y = append(x, r.x), append(y, r.y)
			x32, y32 = append(x32, float32(r.x)), append(y32, float32(r.y))
		}
		var want, want32 reflect.Value
		ts := tiers()
		if !exact(b.name) {
			ts = ts[1:]
		}
		for _, tr := range ts {
			dst, dst32 := make([]float64, len(x)), make([]float32, len(x))
			b.f(tr, dst, x, y)
			b.f32(tr, dst32, x32, y32)
			got, got32 := reflect.ValueOf(dst), reflect.ValueOf(dst32)
			if !want.IsValid() {
				want, want32 = got, got32
			}
			compare(t, tr, ts[0], got, want)
			compare(t, tr, ts[0], got32, want32)
		}
	}
}

func compare(t *testing.T, tr, other tier, got, want reflect.Value) {
	t.Helper()
	if want.Kind() != reflect.Slice {
		if !same(got, want) {
			t.Fatalf("%v: %v, in %v %v", tr, got, other, want)
		}
		return
	}
	for j := range want.Len() {
		if !same(got.Index(j), want.Index(j)) {
			t.Fatalf("%v: element %d is %v, in %v %v", tr, j, got.Index(j), other, want.Index(j))
		}
	}
}

func inputs(typ reflect.Type) []reflect.Type {
	var in []reflect.Type
	for i := range typ.NumIn() {
		in = append(in, typ.In(i))
	}
	return in
}

func isFloat(t reflect.Type) bool { return t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32 }

// combinations fills the last two slice arguments with all pairs of specials, those before with the
// specials in turn; scalars are s.
func combinations(typ reflect.Type, s float64) []reflect.Value {
	n := len(specials)
	args := make([]reflect.Value, typ.NumIn())
	period := 1
	for i := len(args) - 1; i >= 0; i-- {
		in := typ.In(i)
		switch {
		case in.Kind() == reflect.Uint64:
			args[i] = reflect.ValueOf(uint64(i) * 0x9e3779b97f4a7c15)
		case in.Kind() != reflect.Slice:
			args[i] = reflect.ValueOf(s).Convert(in)
		default:
			args[i] = reflect.MakeSlice(in, n*n, n*n)
			for j := range n * n {
				if isFloat(in.Elem()) {
					args[i].Index(j).Set(reflect.ValueOf(specials[j/period%n]).Convert(in.Elem()))
				}
			}
			if period *= n; period > n {
				period = 1
			}
		}
	}
	return args
}

// FuzzTiers runs every kernel on any numbers, at any length and place: the vector
// tiers agree with each other, and with the portable one where that is promised,
// and nothing beyond the operands is written.
func FuzzTiers(f *testing.F) {
	ms := methods()
	f.Add(uint8(0), uint8(0), uint8(9), []byte("01234567890123456789012345678901234567890"))
	for i := range ms {
		f.Add(uint8(i), uint8(i%7), uint8(5*i%61), []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 1, byte(i), 0xf0, 0x3f, byte(7 * i), 0x80, 0xff})
	}
	f.Fuzz(func(t *testing.T, which, offset, n uint8, data []byte) {
		const room = 96
		m, at, size := ms[int(which)%len(ms)], int(offset%16), int(n%64)
		ts := tiers()
		if !exact(m.name) {
			ts = ts[1:]
		}
		word := func(i int) uint64 { // the data again and again, turned
			w := uint64(i) * 0x9e3779b97f4a7c15
			for k := range min(8, len(data)) {
				w = w<<8 | uint64(data[(i+k)%len(data)])
			}
			return w
		}
		build := func() (args, views []reflect.Value) {
			for i, in := range inputs(m.typ) {
				switch {
				case in.Kind() == reflect.Slice:
					s := reflect.MakeSlice(in, room, room)
					for j := range room {
						switch w := word(31*i + j); in.Elem().Kind() {
						case reflect.Float32:
							s.Index(j).Set(reflect.ValueOf(math.Float32frombits(uint32(w >> 32))))
						case reflect.Float64:
							s.Index(j).Set(reflect.ValueOf(math.Float64frombits(w)))
						}
					}
					args, views = append(args, s), append(views, s.Slice(at, at+size))
				case isFloat(in):
					views = append(views, reflect.ValueOf(math.Float64frombits(word(i))).Convert(in))
				default:
					views = append(views, reflect.ValueOf(word(i)))
				}
			}
			return args, views
		}
		var want []reflect.Value
		for _, tr := range ts {
			args, views := build()
			before, _ := build()
			got := append(slices.Clone(args), m.call(tr, views)...)
			for i, a := range args {
				compare(t, tr, tr, a.Slice(0, at), before[i].Slice(0, at))
				compare(t, tr, tr, a.Slice(at+size, room), before[i].Slice(at+size, room))
			}
			if want == nil {
				want = got
			}
			for i, w := range want {
				compare(t, tr, ts[0], got[i], w)
			}
		}
	})
}
