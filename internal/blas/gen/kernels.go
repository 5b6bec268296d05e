package main

import (
	"fmt"
	"strings"
)

// kind is how a parameter is passed.
type kind int

const (
	integer kind = iota
	flagBit      // a bool
	scalar       // an element
	slice        // the first element of a slice
	offset       // the element of the slice before it that the pointer points to
)

type param struct {
	name string
	kind kind
}

// kernel is a function with a vector form for every isa and elem and a portable
// form called name+"Go".
type kernel struct {
	name   string
	params []param
	result bool // returns an int
	body   func(*emitter)
}

func params(k kind, names string) (out []param) {
	for _, name := range strings.Fields(names) {
		out = append(out, param{name, k})
	}
	return out
}

func join(lists ...[]param) (out []param) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var kernels = []*kernel{
	{"strip", join(params(integer, "m n k"), params(scalar, "alpha"), params(slice, "a"), params(integer, "rsa csa stepA"),
		params(slice, "b"), params(integer, "ldb"), params(scalar, "beta"), params(slice, "c"), params(integer, "ldc")), false, strip},
	{"solve", join(params(integer, "m n"), params(slice, "l"), params(offset, "l0"), params(integer, "rsl csl"),
		params(flagBit, "unit"), params(slice, "b"), params(offset, "b0"), params(integer, "ldb")), false, solve},
	{"choleskyRows", join(params(integer, "n"), params(slice, "a"), params(integer, "lda")), true, choleskyRows},
	{"choleskyLanes", join(params(integer, "n"), params(slice, "a")), false, choleskyLanes},
	{"solveLanes", join(params(integer, "m n"), params(slice, "l"), params(offset, "l0"), params(integer, "rsl csl"),
		params(flagBit, "unit"), params(slice, "b"), params(offset, "b0"), params(integer, "rsb csb")), false, solveLanes},
	{"dots", join(params(integer, "m n"), params(scalar, "alpha"), params(slice, "a"), params(integer, "lda"), params(slice, "x y")), false, dots},
	{"axpys", join(params(integer, "m n"), params(scalar, "alpha"), params(slice, "a"), params(integer, "lda"), params(slice, "x y")), false, axpys},
	{"transposeTiles", join(params(integer, "m n"), params(slice, "src"), params(integer, "lds"), params(slice, "dst"), params(integer, "ldd")), false, transposeTiles},
}

// symbol is the kernel's name for an element type and instruction set.
func (k *kernel) symbol(i *isa, el *elem) string { return k.name + el.tag + i.tag }

// signature is the generic Go parameter list.
func (k *kernel) signature() string {
	var parts []string
	for _, p := range k.params {
		parts = append(parts, p.name+" "+map[kind]string{integer: "int", flagBit: "bool", scalar: "F", slice: "[]F", offset: "int"}[p.kind])
	}
	s := "(" + strings.Join(parts, ", ") + ")"
	if k.result {
		s += " int"
	}
	return s
}

// declaration is the assembly function's Go declaration.
func (k *kernel) declaration(i *isa, el *elem) string {
	var parts []string
	for _, p := range k.params {
		if p.kind != offset {
			parts = append(parts, p.name+" "+map[kind]string{integer: "int", flagBit: "bool", scalar: el.goType, slice: "*" + el.goType}[p.kind])
		}
	}
	s := fmt.Sprintf("//go:noescape\nfunc %s(%s)", k.symbol(i, el), strings.Join(parts, ", "))
	if k.result {
		s += " int"
	}
	return s + "\n\n"
}

// call is the statement that calls one vector form.
func (k *kernel) call(i *isa, el *elem) string {
	var args []string
	for n, p := range k.params {
		switch p.kind {
		case scalar:
			args = append(args, el.goType+"("+p.name+")")
		case slice:
			at := "0"
			if n+1 < len(k.params) && k.params[n+1].kind == offset {
				at = k.params[n+1].name
			}
			args = append(args, fmt.Sprintf("(*%s)(unsafe.Pointer(&%s[%s]))", el.goType, p.name, at))
		case integer, flagBit:
			args = append(args, p.name)
		}
	}
	return fmt.Sprintf("%s(%s)", k.symbol(i, el), strings.Join(args, ", "))
}

// portableCall is the statement that calls the portable form.
func (k *kernel) portableCall() string {
	var args []string
	for _, p := range k.params {
		args = append(args, p.name)
	}
	s := fmt.Sprintf("%sGo(%s)", k.name, strings.Join(args, ", "))
	if k.result {
		s = "return " + s
	}
	return s
}

// declarations is the Go side on amd64: the assembly's declarations and one
// generic function a kernel that chooses.
func declarations() string {
	var s strings.Builder
	s.WriteString("//go:build !purego\n\npackage blas\n\nimport (\n\"unsafe\"\n\n\"github.com/gopyro/pyro/internal/cpu\"\n)\n\n")
	s.WriteString("// tile returns the rows and columns of C that the product's kernel holds in registers.\n")
	s.WriteString("func tile[F Float]() (rows, cols int) {\nsingle := unsafe.Sizeof(F(0)) == 4\nswitch {\n")
	for _, i := range isas {
		for _, el := range elems {
			cond := "single"
			if el.size == 8 {
				cond = "!single"
			}
			fmt.Fprintf(&s, "case cpu.Best == cpu.%s && %s:\nreturn %d, %d\n", i.tag, cond, i.rows, stripVectors*i.lanes(el))
		}
	}
	s.WriteString("}\nreturn portableRows, portableCols\n}\n\n")
	s.WriteString("// lanes is the number of matrices that the kernels for batches take at a time.\n")
	s.WriteString("func lanes[F Float]() int {\nif cpu.Best == cpu.Portable {\nreturn portableLanes\n}\n")
	s.WriteString("_, cols := tile[F]()\n")
	fmt.Fprintf(&s, "return cols / %d\n}\n\n", stripVectors)
	for _, k := range kernels {
		fmt.Fprintf(&s, "func %s[F Float]%s {\nsingle := unsafe.Sizeof(F(0)) == 4\nswitch {\n", k.name, k.signature())
		for _, i := range isas {
			for _, el := range elems {
				cond := "single"
				if el.size == 8 {
					cond = "!single"
				}
				ret := ""
				if k.result {
					ret = "return "
				}
				fmt.Fprintf(&s, "case cpu.Best == cpu.%s && %s:\n%s%s\n", i.tag, cond, ret, k.call(i, el))
			}
		}
		if k.result {
			fmt.Fprintf(&s, "}\n%s\n}\n\n", k.portableCall())
		} else {
			fmt.Fprintf(&s, "default:\n%s\n}\n}\n\n", k.portableCall())
		}
	}
	for _, i := range isas {
		for _, el := range elems {
			for _, k := range kernels {
				s.WriteString(k.declaration(i, el))
			}
		}
	}
	return s.String()
}

// portableDispatch is the Go side elsewhere.
func portableDispatch() string {
	var s strings.Builder
	s.WriteString("//go:build !amd64 || purego\n\npackage blas\n\n")
	s.WriteString("func tile[F Float]() (rows, cols int) { return portableRows, portableCols }\n\n")
	s.WriteString("func lanes[F Float]() int { return portableLanes }\n\n")
	for _, k := range kernels {
		fmt.Fprintf(&s, "func %s[F Float]%s {\n%s\n}\n\n", k.name, k.signature(), k.portableCall())
	}
	return s.String()
}
