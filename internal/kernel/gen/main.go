// Command gen writes the dispatching methods of package kernel, its amd64 assembly and a few scalar
// functions.
//
//	go run ./gen [-o directory]
//
// in the directory of the package, which is what go generate does. The polynomials come from
//
//	python3 gen/coefficients.py > gen/coefficients.go
//
// A kernel is a body in a small language of vector operations (ir.go) that says nothing of vector
// width, registers or tails; the rest is made for AVX2 and AVX-512 from the same body.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("o", ".", "directory of the package")
	flag.Parse()
	for name, text := range files() {
		if err := os.WriteFile(filepath.Join(*dir, name), text, 0o666); err != nil {
			fatal(err)
		}
	}
}

// families groups the kernels into files of assembly.
func families() map[string][]kernel {
	return map[string][]kernel{
		"arith":      arithKernels(),
		"elementary": elementaryKernels(),
		"special":    specialKernels(),
		"reduce":     reduceKernels(),
		"random":     randomKernels(),
	}
}

// files returns the generated files by name.
func files() map[string][]byte {
	var all []kernel
	text := map[string][]byte{}
	for _, name := range []string{"arith", "elementary", "special", "reduce", "random"} {
		f := newAsmFile()
		for _, k := range families()[name] {
			all = append(all, k)
			if k.shape.body == nil {
				continue
			}
			for _, m := range []machine{avx512, avx2} {
				assemble(f, m, k)
			}
		}
		if f.text.Len() > 0 {
			text[name+"_amd64.s"] = []byte(f.String())
		}
	}
	text["step_amd64.s"] = []byte(stepFile())
	text["scalar.go"] = goFile(scalars())
	text["dispatch_amd64.go"] = goFile(dispatchAMD64(all))
	text["dispatch_portable.go"] = goFile(dispatchPortable(all))
	return text
}

// goFile formats Go source.
func goFile(text string) []byte {
	src, err := format.Source([]byte(text))
	if err != nil {
		fatal(fmt.Errorf("%w in\n%s", err, text))
	}
	return append(bytes.TrimSpace(src), '\n')
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}
