package pyro

import "strings"

// Near completes a message about an unknown name: it returns ", did you mean …"
// with the name closest to it, or the names there are.
func Near(name string, names []string) string {
	if len(names) == 0 {
		return "; there are none"
	}
	best, least := "", len(name)/2+1
	for _, n := range names {
		d := distance(name, n)
		if dot := strings.LastIndexByte(n, '.'); dot >= 0 {
			d = min(d, 1+distance(name, n[dot+1:])) // without its scope
		}
		if d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return sprintf("; did you mean %q?", best)
	}
	if more := len(names) - listed; more > 1 {
		return sprintf("; there are %q and %d more", names[:listed], more)
	}
	return sprintf("; there are %q", names)
}

// listed is how many names a message lists.
const listed = 20

// distance is the number of letters to insert, delete or change (Levenshtein
// 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
