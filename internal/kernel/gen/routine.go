package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A loopShape tells how a body becomes a loop.
type loopShape struct {
	lane   int                     // bits of a lane, if not those of an element
	vecs   int                     // vectors of a step
	unroll int                     // steps of a turn of the main loop
	setup  func(b *builder)        // before the loop: gives carried values their first
	body   func(b *builder)        // one step
	finish func(b *builder)        // after the loop: the result
	domain string                  // Go function: whether the loop does not stop at an element
	step   bool                    // a step of step.go: operands come from a Step, the next one follows
	forTo  func(machine) loopShape // shape for a machine, where it differs
}

// assemble writes the routine of a kernel for a machine.
func assemble(f *asmFile, m machine, k kernel) {
	if k.shape.forTo != nil {
		k.shape = k.shape.forTo(m)
	}
	k.shape.vecs, k.shape.unroll = max(k.shape.vecs, 1), max(k.shape.unroll, 1)
	s := &assembler{m: m, k: k, file: f, elem: k.bits(), bits: k.bits()}
	if k.shape.lane != 0 {
		s.bits = k.shape.lane
	}
	order := s.pinOrder()
	for n := min(len(order), m.regs-6); ; n-- {
		s.out = &strings.Builder{}
		frame, spills := s.routine(order[:n], order[n:])
		if spills == 0 || n == 0 || strings.HasPrefix(order[n-1], "must ") {
			s.write(frame)
			return
		}
	}
}

// pinOrder lists what may have a register for the whole routine, most urgent first: carried values
// that change ("must"), parameters, other carried values, constants that are brought into registers.
func (s *assembler) pinOrder() []string {
	b := s.build(s.k.shape.body)
	var must, values []string
	consts := map[string]int{}
	for i, in := range b.code {
		key, ok := pinKey(in)
		switch {
		case !ok || !b.live()[i]:
		case in.op == opConst:
			consts[key] = 0
		case isSet(b, key):
			must = append(must, "must "+key)
		default:
			values = append(values, key)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	slices.Sort(must)
	must = slices.Compact(must)
	s.out = &strings.Builder{}
	s.place(must, values)
	a := newAllocator(s.m, b, s, false)
	a.run()
	for bits, n := range a.forced {
		consts[fmt.Sprintf("const %x", bits)] += n
	}
	names := slices.SortedFunc(maps.Keys(consts), func(x, y string) int {
		if d := consts[y] - consts[x]; d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	order := slices.Concat(must, values, names)
	for _, in := range s.build(s.k.shape.setup).code { // parameters that only the setup reads
		if key, ok := pinKey(in); ok && in.op == opParam && !slices.Contains(order, key) {
			order = append(order, key)
		}
	}
	return order
}

// place gives registers, from the highest down, to the first list and stack slots to the
// parameters and carried values of the second.
func (s *assembler) place(pins, kept []string) {
	s.pins, s.kept, s.slots = map[string]int{}, map[string]int{}, 0
	for i, key := range pins {
		s.pins[strings.TrimPrefix(key, "must ")] = s.m.regs - 1 - i
	}
	for _, key := range kept {
		if !strings.HasPrefix(key, "const") {
			s.kept[key] = s.slots * s.m.bytes
			s.slots++
		}
	}
}

func (s *assembler) build(body func(*builder)) *builder {
	b := newBuilder(s.bits, s.m.wide)
	if body != nil {
		body(b)
	}
	return b
}

// routine writes everything between TEXT and the end and returns the size of the frame and the
// number of values spilled.
func (s *assembler) routine(pins, kept []string) (frame, spills int) {
	s.place(pins, kept)
	emit := func(body func(*builder), mask bool) {
		a := newAllocator(s.m, s.build(body), s, mask)
		a.run()
		spills = max(spills, a.spills)
	}
	s.prologue(slices.Concat(pins, kept))
	emit(s.k.shape.setup, false)
	lanes := s.lanes() * s.k.shape.vecs
	if s.k.shape.unroll > 1 {
		s.loop("unrolled", "single", lanes*s.k.shape.unroll, func() {
			for s.copy = range s.k.shape.unroll {
				emit(s.k.shape.body, false)
			}
			s.copy = 0
		})
	}
	s.loop("loop", "tail", lanes, func() { emit(s.k.shape.body, false) })
	s.line("JEQ done")
	s.prepareTail()
	emit(s.k.shape.body, true)
	s.line("ADDQ CX, AX")
	s.label("done")
	emit(s.k.shape.finish, false)
	if s.k.shape.domain != "" {
		s.line("MOVQ AX, ret+%d(FP)", s.resultOffset())
	}
	if s.k.shape.step {
		s.out.WriteString(nextStep)
		return s.frame(spills), spills
	}
	s.line("VZEROUPPER")
	s.line("RET")
	return s.frame(spills), spills
}

// loop writes a loop over steps of so many elements. CX is the number of elements left, AX that of
// those done.
func (s *assembler) loop(name, after string, step int, body func()) {
	s.line("SUBQ $%d, CX", step)
	s.line("JLT %s", after)
	s.line("PCALIGN $32")
	s.label(name)
	body()
	s.line("ADDQ $%d, AX", step)
	s.line("SUBQ $%d, CX", step)
	s.line("JGE %s", name)
	s.label(after)
	s.line("ADDQ $%d, CX", step)
}

// prologue loads addresses and length, broadcasts parameters and pinned constants.
func (s *assembler) prologue(keys []string) {
	off, _ := s.offsets()
	for i, p := range s.k.sig.params {
		switch {
		case p.slice() && s.k.shape.step:
			s.line("MOVQ %s, %s", field(i), s.pointer(i))
		case p.slice():
			s.line("MOVQ %s_base+%d(FP), %s", p.name, off[i], s.pointer(i))
		}
	}
	if s.k.shape.step {
		s.line("MOVL %s, CX", stepLength)
	} else {
		first := slices.IndexFunc(s.k.sig.params, param.slice)
		s.line("MOVQ %s_len+%d(FP), CX", s.k.sig.params[first].name, off[first]+8)
	}
	s.line("XORL AX, AX")
	for _, key := range keys {
		key = strings.TrimPrefix(key, "must ")
		r, inReg := s.pins[key]
		var n uint64
		var arg int
		if _, err := fmt.Sscanf(key, "const %x", &n); err == nil && inReg {
			s.line("%s %s, %s%d", s.broadcast(), s.constant(n, s.bits), s.m.prefix, r)
		} else if _, err := fmt.Sscanf(key, "param %d", &arg); err == nil {
			p := s.k.sig.params[arg]
			if s.k.shape.step {
				s.line("MOVQ %s, BX", field(arg))
				s.scalar("(BX)", p, r)
				continue
			}
			s.scalar(fmt.Sprintf("%s+%d(FP)", p.name, off[arg]), p, r)
			if !inReg {
				s.line("VMOVUPS %s%d, %d(SP)", s.m.prefix, r, s.kept[key])
			}
		}
	}
}

func (s *assembler) broadcast() string {
	if s.bits == 32 {
		return "VBROADCASTSS"
	}
	return "VBROADCASTSD"
}

// scalar broadcasts a parameter to the lanes of register r.
func (s *assembler) scalar(mem string, p param, r int) {
	if s.elem < s.bits && p.typ == "T" {
		s.line("VMOVSS %s, X0", mem)
		s.line("VCVTSS2SD X0, X0, X0")
		mem = "X0"
	}
	s.line("%s %s, %s%d", s.broadcast(), mem, s.m.prefix, r)
}

// offsets are those of the parameters in the frame of the caller, and where they end.
func (s *assembler) offsets() (off []int, end int) {
	at := 0
	for _, p := range s.k.sig.params {
		size, total := 8, 8
		if p.typ == "T" {
			size, total = s.elem/8, s.elem/8
		}
		if p.slice() {
			total = 24
		}
		at = (at + size - 1) / size * size
		off = append(off, at)
		at += total
	}
	return off, at
}

func (s *assembler) resultOffset() int {
	_, end := s.offsets()
	return (end + 7) / 8 * 8
}

// write adds the routine to the file.
func (s *assembler) write(frame int) {
	if s.k.shape.step {
		if frame > 0 {
			panic("step " + s.k.name + " takes too many registers")
		}
		fmt.Fprintf(&s.file.text, "TEXT %s<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", s.k.name, s.out)
		return
	}
	_, args := s.offsets()
	switch {
	case s.k.shape.domain != "" || s.k.sig.result == "float64":
		args = s.resultOffset() + 8
	case s.k.sig.result != "":
		args = s.resultOffset() + s.elem/8
	}
	fmt.Fprintf(&s.file.text, "// func %s\n", s.k.declaration(s.m))
	fmt.Fprintf(&s.file.text, "TEXT ·%s(SB), NOSPLIT, $%d-%d\n%s\n", s.k.routine(s.m), frame, args, s.out)
}
