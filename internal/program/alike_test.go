package program

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFirsts compares Firsts with a map by printed operations, of programs in which many
// operations, constants and lists of operands come again.
func TestFirsts(t *testing.T) {
	const programs = 200
	again := 0
	for seed := range uint64(programs) {
		r := rand.New(rand.NewPCG(seed, 7))
		tape := &Tape{}
		tape.Reset()
		refs := []Ref{tape.Var(NewArray([]float64{1, 2, 3, 4}, 2, 2)), tape.Var(NewArray([]float64{5, 6, 7, 8}, 2, 2))}
		pick := func() Ref { return refs[r.IntN(len(refs))] }
		for range 60 {
			var x Ref
			switch r.IntN(8) {
			case 0:
				x = tape.Const(NewArray([]float64{float64(r.IntN(3)), 1, 2, 3}, 2, 2))
			case 1:
				x = tape.Emit1([]Code{Exp, Neg, Square}[r.IntN(3)], 0, pick())
			case 2:
				x = tape.Emit1(AddScalar, float64(r.IntN(2)), pick())
			case 3, 4:
				x = tape.Emit2([]Code{Add, Sub, Mul}[r.IntN(3)], pick(), pick())
			case 5: // sums along one dim or the other, which stays or does not
				sum := tape.Emit(Sum, Attr{Dims: tape.Ints([]int{r.IntN(2)}), Flag: r.IntN(2) == 0}, pick())
				x = tape.Emit(Expand, Attr{Dims: tape.Ints([]int{2, 2})}, sum)
			case 6:
				x = tape.Emit(Flip, Attr{Dims: tape.Ints([]int{r.IntN(2)})}, pick())
			case 7: // of a list of operands
				list := []Ref{pick(), pick(), pick(), pick()}
				x = tape.Emit(Slice, Attr{Dims: tape.Ints([]int{0, 0, 2, 1})}, tape.Emit(Cat, Attr{Dims: tape.Ints([]int{0})}, list...))
			}
			refs = append(refs, x)
		}
		want, seen := make([]Ref, tape.Len()), map[string]Ref{}
		for i := range want {
			n := &tape.nodes[i]
			key := fmt.Sprint(n.code, attrOf(n, tape.attrs))
			for _, x := range operands(n, tape.lists) {
				key += fmt.Sprint(" ", want[x])
			}
			switch n.code {
			case Var:
				key = fmt.Sprint("var ", i)
			case Const:
				key = fmt.Sprint("const ", tape.Value(Ref(i)).F64)
			}
			first, ok := seen[key]
			if !ok {
				first = Ref(i)
				seen[key] = first
			} else {
				again++
			}
			want[i] = first
		}
		if got := tape.Firsts(); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
	}
	if again < programs {
		t.Errorf("only %d values of %d programs come again", again, programs)
	}
}
