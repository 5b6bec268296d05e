package pyro

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/gopyro/pyro/tensor"
)

// The file of a Params is in the safetensors format: the length of a header in
// 8 bytes, little-endian; the header, a JSON object that gives each tensor's
// type, shape and place; and the numbers, little-endian and row-major.
//
// Each parameter has two tensors: value/NAME, what a model sees, and leaf/NAME,
// the unconstrained numbers, from which training goes on with the same bits.
// The metadata hold the format, the names in order as a JSON array, and under
// constraint/NAME the description of the constraint.
const (
	fileFormat  = "gopyro params 1"
	valuePrefix = "value/"
	leafPrefix  = "leaf/"
	setPrefix   = "constraint/"
	maxHeader   = 100 << 20 // bytes, the limit that the format's own reader has
)

// FormatError says why a file holds no parameters.
type FormatError struct {
	Tensor string // that is wrong; "" for the file as a whole
	Reason string
	Err    error // io.ErrUnexpectedEOF for a file that ends early, or an error in the JSON
}

func (e *FormatError) Error() string {
	s := "pyro: parameter file: "
	if e.Tensor != "" {
		s += fmt.Sprintf("tensor %q: ", e.Tensor)
	}
	return s + e.Reason
}

func (e *FormatError) Unwrap() error { return e.Err }

// entry is what the header says of a tensor.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // where its bytes begin and end
}

// Save writes the parameters to w as a safetensors file that LoadParams reads
// back bit by bit. Names must be valid UTF-8.
func (ps *Params) Save(w io.Writer) error {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var data []byte
	entries := make([]json.RawMessage, 0, 4*len(ps.names))
	meta := map[string]string{"format": fileFormat}
	names, err := json.Marshal(ps.names)
	if err != nil {
		return err
	}
	meta["names"] = string(names)
	for _, name := range ps.names {
		if !utf8.ValidString(name) {
			return &FormatError{Tensor: name, Reason: "the name is not valid UTF-8"}
		}
		q := ps.params[name]
		meta[setPrefix+name] = q.set
		for _, t := range []struct {
			name string
			x    *tensor.Tensor
		}{{valuePrefix + name, q.forward(q.leaf)}, {leafPrefix + name, q.leaf}} {
			e := entry{Shape: append([]int{}, t.x.Shape()...)}
			from := int64(len(data))
			e.DType, data = encode(data, t.x)
			e.Offsets = []int64{from, int64(len(data))}
			entries = append(entries, pair(t.name, e))
		}
	}
	header := append([]json.RawMessage{pair("__metadata__", meta)}, entries...)
	text := append(append([]byte{'{'}, bytes.Join(raw(header), []byte{','})...), '}')
	for len(text)%8 != 0 { // numbers begin at a multiple of 8, so that they can be mapped
		text = append(text, ' ')
	}
	file := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+len(text)+len(data)), uint64(len(text)))
	_, err = w.Write(append(append(file, text...), data...))
	return err
}

// pair is a member of a JSON object. Its value always has a JSON form.
func pair(key string, value any) json.RawMessage {
	k, _ := json.Marshal(key)
	v, _ := json.Marshal(value)
	return slices.Concat(k, []byte{':'}, v)
}

func raw(parts []json.RawMessage) [][]byte {
	out := make([][]byte, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

// encode appends the numbers of x and returns their type.
func encode(data []byte, x *tensor.Tensor) (dtype string, _ []byte) {
	if x.DType() == tensor.Float32 {
		for _, v := range x.Float64s() {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
		}
		return "F32", data
	}
	for _, v := range x.Float64s() {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return "F64", data
}

// LoadParams reads what Save wrote. Until a model binds a parameter, Get
// returns the value in the file; binding checks that the model has the same
// constraint. A file that is broken, or has anything else in it, is a
// *FormatError; an error of r is returned as it is.
func LoadParams(r io.Reader) (*Params, error) {
	header, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	entries, meta, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	size, err := checkLayout(entries)
	if err != nil {
		return nil, err
	}
	// The length is only a claim, so memory grows with what there is.
	data, err := io.ReadAll(io.LimitReader(r, size+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) < size:
		return nil, &FormatError{Reason: sprintf("%d bytes of numbers, where the header promises %d", len(data), size), Err: io.ErrUnexpectedEOF}
	case int64(len(data)) > size:
		return nil, &FormatError{Reason: "there is more after the numbers"}
	}
	return assemble(entries, meta, data)
}

// Load replaces all parameters of ps by those that Save wrote, as LoadParams
// returns them. On an error ps stays as it is.
func (ps *Params) Load(r io.Reader) error {
	loaded, err := LoadParams(r)
	if err != nil {
		return err
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.names, ps.params, ps.laid = loaded.names, loaded.params, false
	return nil
}

func readHeader(r io.Reader) ([]byte, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, ended(err, "the file ends within the length of the header")
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader {
		return nil, &FormatError{Reason: sprintf("a header of %d bytes; at most %d are allowed", n, maxHeader)}
	}
	header, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && uint64(len(header)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, ended(err, "the file ends within the header")
	}
	return header, nil
}

// ended makes the early end of a file a *FormatError.
func ended(err error, reason string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{Reason: reason, Err: io.ErrUnexpectedEOF}
	}
	return err
}

// parseHeader returns the tensors by name, and the metadata. Names that occur
// twice, of which a JSON decoder would keep one, are refused.
func parseHeader(header []byte) (entries map[string]entry, meta map[string]string, err error) {
	bad := func(err error) error {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return &FormatError{Reason: sprintf("header: %v", err), Err: err}
	}
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if tok, err := d.Token(); err != nil {
		return nil, nil, bad(err)
	} else if tok != json.Delim('{') {
		return nil, nil, bad(errors.New("not a JSON object"))
	}
	entries = map[string]entry{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, bad(err)
		}
		name, _ := key.(string) // keys of objects are strings
		if _, twice := entries[name]; twice || name == "__metadata__" && meta != nil {
			return nil, nil, &FormatError{Tensor: name, Reason: "the name occurs twice"}
		}
		if name == "__metadata__" {
			err = d.Decode(&meta)
		} else {
			var e entry
			err = d.Decode(&e)
			entries[name] = e
		}
		if err != nil {
			return nil, nil, &FormatError{Tensor: name, Reason: sprintf("header: %v", err), Err: err}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, bad(err)
	}
	if len(bytes.TrimSpace(header[d.InputOffset():])) > 0 {
		return nil, nil, bad(errors.New("there is more after the JSON object"))
	}
	return entries, meta, nil
}

// checkLayout checks the entries, whose offsets must cover the numbers without
// gaps or overlaps, and returns the number of their bytes.
func checkLayout(entries map[string]entry) (size int64, err error) {
	names := make([]string, 0, len(entries))
	for name, e := range entries {
		if reason := e.check(); reason != "" {
			return 0, &FormatError{Tensor: name, Reason: reason}
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Compare(entries[a].Offsets, entries[b].Offsets) })
	for _, name := range names {
		if from := entries[name].Offsets[0]; from != size {
			return 0, &FormatError{Tensor: name, Reason: sprintf("begins at byte %d of the numbers, where the one before ends at %d", from, size)}
		}
		size = entries[name].Offsets[1]
	}
	return size, nil
}

// check returns what is wrong with an entry by itself, or "".
func (e *entry) check() string {
	const maxRank, maxBytes = 32, math.MaxInt64 / 2
	n := map[string]int64{"F64": 8, "F32": 4}[e.DType]
	switch {
	case n == 0:
		return sprintf("numbers of type %q; parameters are F64 or F32", e.DType)
	case e.Shape == nil || len(e.Shape) > maxRank:
		return sprintf("shape %v", e.Shape)
	case len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > maxBytes:
		return sprintf("offsets %v", e.Offsets)
	}
	for _, d := range e.Shape {
		if d < 0 || d > 0 && n > maxBytes/int64(d) {
			return sprintf("shape %v", e.Shape)
		}
		n *= int64(d)
	}
	if e.Offsets[1]-e.Offsets[0] != n {
		return sprintf("offsets %v, but shape %v has %d bytes", e.Offsets, e.Shape, n)
	}
	return ""
}

// assemble makes the parameters. Nothing in the file may be left over.
func assemble(entries map[string]entry, meta map[string]string, data []byte) (*Params, error) {
	if meta["format"] != fileFormat {
		return nil, &FormatError{Reason: sprintf("format %q in the metadata; want %q", meta["format"], fileFormat)}
	}
	var names []string
	if err := json.Unmarshal([]byte(meta["names"]), &names); err != nil {
		return nil, &FormatError{Reason: sprintf("names in the metadata: %v", err), Err: err}
	}
	ps := NewParams()
	for _, name := range names {
		value, ok1 := entries[valuePrefix+name]
		leaf, ok2 := entries[leafPrefix+name]
		set, ok3 := meta[setPrefix+name]
		switch {
		case name == "" || ps.params[name] != nil:
			return nil, &FormatError{Tensor: name, Reason: "the name is empty or occurs twice"}
		case !ok1 || !ok2 || !ok3:
			return nil, &FormatError{Tensor: name, Reason: "value, leaf or constraint is missing"}
		case leaf.DType != "F64":
			return nil, &FormatError{Tensor: leafPrefix + name, Reason: sprintf("leaves are F64, not %s", leaf.DType)}
		}
		q := &parameter{leaf: decode(leaf, data), loaded: decode(value, data), set: set}
		q.data, q.dtype = q.leaf.Float64s(), q.loaded.DType()
		q.leaf, q.grad = tensor.Using(q.data, leaf.Shape...), make([]float64, len(q.data))
		ps.put(name, q)
	}
	if len(entries) != 2*len(names) || len(meta) != 2+len(names) {
		return nil, &FormatError{Reason: sprintf("%d tensors and %d metadata, of which %d parameters use but %d and %d",
			len(entries), len(meta), len(names), 2*len(names), 2+len(names))}
	}
	return ps, nil
}

// decode returns a tensor of the file.
func decode(e entry, data []byte) *tensor.Tensor {
	data = data[e.Offsets[0]:e.Offsets[1]]
	if e.DType == "F32" {
		x := make([]float64, len(data)/4)
		for i := range x {
			x[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		}
		return tensor.Using(x, e.Shape...).To(tensor.Float32)
	}
	x := make([]float64, len(data)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return tensor.Using(x, e.Shape...)
}
