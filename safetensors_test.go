package pyro_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// stored returns a store with parameters of many kinds.
func stored() *pyro.Params {
	ps := pyro.NewParams()
	trace(ps.Bind(everyKind))
	return ps
}

func everyKind(p *pyro.P) {
	p.Param("loc", tensor.Of([][]float64{{1, -2, 0.1}, {4, 5, math.Pi}}))
	p.Param("scale", tensor.Of(0.3), constraint.Positive)
	p.Param("weights", tensor.Of([]float64{0.2, 0.3, 0.5}), constraint.Simplex)
	p.Param("auto.α \"quoted\"\n", tensor.Of([]float64{0.25, 7.5}), constraint.Interval(0, 10))
	p.Param("half", tensor.Of([]float64{1.5, 0.1}).To(tensor.Float32), constraint.Positive)
	p.Param("cov", tensor.Of([][]float64{{1, 0}, {0.5, 2}}), constraint.LowerCholesky)
	p.Param("none", tensor.Zeros(0, 3))
}

func save(t testing.TB, ps *pyro.Params) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ps.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(t testing.TB, file []byte) *pyro.Params {
	t.Helper()
	ps, err := pyro.LoadParams(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// sameBits compares stores bit by bit.
func sameBits(t testing.TB, got, want *pyro.Params) {
	t.Helper()
	if !slices.Equal(got.Names(), want.Names()) {
		t.Fatalf("names %q, want %q", got.Names(), want.Names())
	}
	for _, name := range want.Names() {
		for _, f := range []func(*pyro.Params) *tensor.Tensor{
			func(ps *pyro.Params) *tensor.Tensor { return ps.Get(name) },
			func(ps *pyro.Params) *tensor.Tensor { return ps.Unconstrained(name) },
		} {
			g, w := f(got), f(want)
			equal := func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }
			if !slices.Equal(g.Shape(), w.Shape()) || g.DType() != w.DType() || !slices.EqualFunc(g.Float64s(), w.Float64s(), equal) {
				t.Errorf("%q is %v of shape %v, want %v of %v", name, g, g.Shape(), w, w.Shape())
			}
		}
	}
}

func TestParamsRoundTrip(t *testing.T) {
	ps := stored()
	ps.Update(func(_ string, x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(1.0 / 3) })
	file := save(t, ps)
	again := load(t, file)
	sameBits(t, again, ps)
	if !bytes.Equal(save(t, again), file) {
		t.Error("what was loaded is saved as another file")
	}
	sameBits(t, again.Clone(), ps)

	// A model that binds it goes on with the same bits.
	trace(again.Bind(everyKind))
	sameBits(t, again, ps)
	step := func(_ string, x *tensor.Tensor) *tensor.Tensor { return x.MulScalar(0.7) }
	ps.Update(step)
	again.Update(step)
	sameBits(t, again, ps)

	sameBits(t, load(t, save(t, pyro.NewParams())), pyro.NewParams())

	// Leaves that ran away are kept too.
	ps = pyro.NewParams()
	ps.Set("a", tensor.Of([]float64{1, 2, 3}), constraint.Real)
	ps.Update(func(string, *tensor.Tensor) *tensor.Tensor {
		return tensor.Of([]float64{math.Inf(-1), math.Copysign(0, -1), math.Float64frombits(0x7ff8000000000123)})
	})
	sameBits(t, load(t, save(t, ps)), ps)
}

// Parameters that no model has read stay as they are.
func TestLoadedParamsWait(t *testing.T) {
	ps := load(t, save(t, stored()))
	trace(ps.Bind(func(p *pyro.P) { p.Param("loc", tensor.Zeros(2, 3)) }))
	ps.Update(func(_ string, x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(1) })
	if v := ps.Get("loc").At(0, 0); v != 2 {
		t.Errorf("the bound parameter is %v", v)
	}
	if v, want := ps.Get("scale").Item(), stored().Get("scale").Item(); v != want {
		t.Errorf("the waiting parameter is %v, want %v", v, want)
	}
	if n := len(ps.Leaves()); n != 1 {
		t.Errorf("%d leaves to train", n)
	}
}

func TestLoadedConstraintIsChecked(t *testing.T) {
	ps := load(t, save(t, stored()))
	e := siteError(t, ps.Bind(func(p *pyro.P) { p.Param("scale", tensor.Of(1.0)) }))
	if want := `pyro: site "scale": the parameter is constrained to real here, but to (0, ∞) where it was made`; !strings.HasPrefix(e.Error(), want) {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	// The constraint is right, but value and leaf are not of one parameter.
	file := build(`{"__metadata__":{"format":"gopyro params 1","names":"[\"a\"]","constraint/a":"real"},`+
		`"value/a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[16,24]}}`, 24)
	e = siteError(t, load(t, file).Bind(func(p *pyro.P) { p.Param("a", tensor.Of(1.0)) }))
	if want := `pyro: site "a": the parameter was loaded with shape [2], but its leaf is one of shape []`; !strings.HasPrefix(e.Error(), want) {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

// The file is what it was, byte by byte.
func TestParamsGolden(t *testing.T) {
	ps := pyro.NewParams()
	ps.Set("alpha_q", tensor.Of(1.0), constraint.Positive) // its leaf, log 1, is exact everywhere
	ps.Set("loc", tensor.Of([][]float64{{1, 2, 3}, {4, 5, 6}}), constraint.Real)
	got := save(t, ps)
	path := filepath.Join("testdata", "params.safetensors")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	sameBits(t, load(t, want), ps)
}

// build returns a file with a header and n zero bytes of numbers.
func build(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestBrokenFiles(t *testing.T) {
	meta := `"__metadata__":{"format":"gopyro params 1","names":"[\"a\"]","constraint/a":"real"}`
	value := `"value/a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}`
	leaf := `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[8,16]}`
	object := func(members ...string) string { return "{" + strings.Join(members, ",") + "}" }
	good := build(object(meta, value, leaf), 16)
	load(t, good)
	huge := slices.Clone(good)
	binary.LittleEndian.PutUint64(huge, 1<<62)
	long := slices.Clone(good)
	binary.LittleEndian.PutUint64(long, 90<<20)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the file ends within the length of the header"},
		{"cut in the length", good[:5], "the file ends within the length of the header"},
		{"cut in the header", good[:40], "the file ends within the header"},
		{"cut in the numbers", good[:len(good)-1], "15 bytes of numbers, where the header promises 16"},
		{"more after the numbers", append(slices.Clone(good), 0), "there is more after the numbers"},
		{"huge header", huge, "a header of 4611686018427387904 bytes; at most 104857600 are allowed"},
		{"header longer than the file", long, "the file ends within the header"},
		{"no JSON", build("hello", 0), "header: invalid character 'h' looking for beginning of value"},
		{"no object", build("[1]", 0), "header: not a JSON object"},
		{"no header", build("", 0), "header: unexpected EOF"},
		{"unfinished object", build("{", 0), "header: unexpected EOF"},
		{"two objects", build("{} {}", 0), "header: there is more after the JSON object"},
		{"name twice", build(object(meta, value, value, leaf), 16), `tensor "value/a": the name occurs twice`},
		{"metadata twice", build(object(meta, meta, value, leaf), 16), `tensor "__metadata__": the name occurs twice`},
		{
			"wrong type", build(object(meta, value, `"leaf/a":{"dtype":"I64","shape":[],"data_offsets":[8,16]}`), 16),
			`tensor "leaf/a": numbers of type "I64"; parameters are F64 or F32`,
		},
		{
			"float32 leaf", build(object(meta, value, `"leaf/a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}`), 16),
			`tensor "leaf/a": leaves are F64, not F32`,
		},
		{
			"overlap", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[4,12]}`), 16),
			`tensor "leaf/a": begins at byte 4 of the numbers, where the one before ends at 8`,
		},
		{
			"gap", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[16,24]}`), 24),
			`tensor "leaf/a": begins at byte 16 of the numbers, where the one before ends at 8`,
		},
		{
			"offsets in reverse", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[16,8]}`), 16),
			`tensor "leaf/a": offsets [16 8]`,
		},
		{
			"three offsets", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[8,16,24]}`), 16),
			`tensor "leaf/a": offsets [8 16 24]`,
		},
		{
			"offsets beyond all bounds", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[8,9223372036854775807]}`), 16),
			`tensor "leaf/a": offsets [8 9223372036854775807]`,
		},
		{
			"size", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[2],"data_offsets":[8,16]}`), 16),
			`tensor "leaf/a": offsets [8 16], but shape [2] has 16 bytes`,
		},
		{
			"size that overflows", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[2147483647,2147483647],"data_offsets":[8,16]}`), 16),
			`tensor "leaf/a": shape [2147483647 2147483647]`,
		},
		{
			"negative size", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[-1],"data_offsets":[8,16]}`), 16),
			`tensor "leaf/a": shape [-1]`,
		},
		{"no shape", build(object(meta, value, `"leaf/a":{"dtype":"F64","data_offsets":[8,16]}`), 16), `tensor "leaf/a": shape []`},
		{
			"unknown field", build(object(meta, value, `"leaf/a":{"dtype":"F64","shape":[],"data_offsets":[8,16],"unit":"kg"}`), 16),
			`tensor "leaf/a": header: json: unknown field "unit"`,
		},
		{"no metadata", build(object(value, leaf), 16), `format "" in the metadata; want "gopyro params 1"`},
		{"another format", build(`{"__metadata__":{"format":"pt"}}`, 0), `format "pt" in the metadata; want "gopyro params 1"`},
		{"no names", build(`{"__metadata__":{"format":"gopyro params 1"}}`, 0), "names in the metadata: unexpected end of JSON input"},
		{"no leaf", build(object(meta, value), 8), `tensor "a": value, leaf or constraint is missing`},
		{
			"left over", build(object(meta, value, leaf, `"b":{"dtype":"F64","shape":[],"data_offsets":[16,24]}`), 24),
			"3 tensors and 3 metadata, of which 1 parameters use but 2 and 3",
		},
		{
			"one parameter twice", build(object(strings.Replace(meta, `[\"a\"]`, `[\"a\",\"a\"]`, 1), value, leaf), 16),
			`tensor "a": the name is empty or occurs twice`,
		},
	} {
		ps, err := pyro.LoadParams(bytes.NewReader(c.file))
		var e *pyro.FormatError
		if !errors.As(err, &e) || ps != nil {
			t.Errorf("%s: %v, want a *FormatError", c.name, err)
			continue
		}
		if want := "pyro: parameter file: " + c.want; err.Error() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, err, want)
		}
		if cut := strings.HasPrefix(c.name, "cut") || c.name == "empty"; cut && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the error is not io.ErrUnexpectedEOF", c.name)
		}
	}
	// Every prefix is an error, and an error of the reader comes back.
	whole := save(t, stored())
	for n := range whole {
		var e *pyro.FormatError
		if _, err := pyro.LoadParams(bytes.NewReader(whole[:n])); !errors.As(err, &e) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	broken := errors.New("disk on fire")
	for _, n := range []int{0, 20, len(whole) - 1} {
		if _, err := pyro.LoadParams(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, err := pyro.LoadParams(iotest.OneByteReader(bytes.NewReader(whole))); err != nil {
		t.Error(err)
	}
}

type fails struct{}

func (fails) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestSaveErrors(t *testing.T) {
	if err := stored().Save(fails{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	ps := pyro.NewParams()
	ps.Set("a\xff", tensor.Of(1.0), constraint.Real)
	var e *pyro.FormatError
	if err := ps.Save(io.Discard); !errors.As(err, &e) {
		t.Errorf("a name that is no UTF-8: %v", err)
	}
}

// Whatever the bytes, loading fails with a *FormatError or gives a store that is
// saved and loaded again with the same bits.
func FuzzLoadParams(f *testing.F) {
	good := save(f, stored())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(build(`{"__metadata__":{"format":"gopyro params 1","names":"[]"}}`, 0))
	f.Add(build(`{"a":{"dtype":"F64","shape":[0,9],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		ps, err := pyro.LoadParams(bytes.NewReader(file))
		var e *pyro.FormatError
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		sameBits(t, load(t, save(t, ps)), ps)
		for _, name := range ps.Names() {
			if _, err := pyro.Run(ps.Bind(func(p *pyro.P) { p.Param(name, tensor.Of(1.0)) }), rng.New(0)); err != nil {
				var se *pyro.SiteError
				if !errors.As(err, &se) {
					t.Fatalf("%T: %v", err, err)
				}
			}
		}
	})
}
