package data

import (
	"strings"
	"testing"
)

func TestTableRefusesBrokenText(t *testing.T) {
	for _, c := range []struct{ name, text, column, want string }{
		{"empty", "# only a comment\n", "a", "no header"},
		{"ragged", "a,b\n1,2\n3\n", "a", "wrong number of fields"},
		{"missing column", "a,b\n1,2\n", "c", `no column "c"`},
		{"not a number", "a,b\n1,2\n1,x\n", "b", `row 1, column "b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				got, _ := recover().(string)
				if !strings.HasPrefix(got, "data: embedded t.csv") || !strings.Contains(got, c.want) {
					t.Errorf("panic %q, want one that names t.csv and says %q", got, c.want)
				}
			}()
			newTable("t.csv", c.text).numbers(c.column)
		})
	}
}
