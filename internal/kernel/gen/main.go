// Command gen writes the dispatching methods of package kernel and its amd64 assembly.
//
//	go run ./gen [-o directory]
package main

import (
	"bytes"
	"flag"
	"go/format"
	"log"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("o", ".", "directory of the package")
	flag.Parse()
	for name, text := range files() {
		if err := os.WriteFile(filepath.Join(*dir, name), text, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}

// files returns the generated files by name.
func files() map[string][]byte {
	return map[string][]byte{
		"dispatch_portable.go": goFile(dispatchPortable()),
	}
}

// goFile formats Go source.
func goFile(text string) []byte {
	src, err := format.Source(bytes.TrimSpace([]byte(text)))
	if err != nil {
		log.Fatalf("%v in\n%s", err, text)
	}
	return append(src, '\n')
}
