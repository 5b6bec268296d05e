package diag

import "github.com/gopyro/pyro/internal/special"

// normalScores are those of the ranks of so many draws. They are a table for whole
// ranks, which serves all variables of as many draws.
type normalScores []float64

// of returns the scores for a number of draws.
func (z normalScores) of(draws int) normalScores {
	if len(z) == draws {
		return z
	}
	z = resize(z, draws)
	for i := range (draws + 1) / 2 {
		z[i] = normalScore(float64(i+1), draws)
		z[draws-1-i] = -z[i]
	}
	return z
}

// set writes the score of each draw of o to its place, that of the mean rank where
// draws are equal.
func (z normalScores) set(to []float64, o *order) {
	for i := 0; i < len(o.values); {
		j := i + 1
		for j < len(o.values) && o.values[j] == o.values[i] {
			j++
		}
		score := z[(i+j-1)/2]
		if (j-i)%2 == 0 {
			score = normalScore(float64(i+1+j)/2, len(z))
		}
		for ; i < j; i++ {
			to[o.at[i]] = score
		}
	}
}

// normalScore returns Φ⁻¹((rank - 3/8)/(S + 1/4)) for the rank among S draws
// (Vehtari et al. 2021, eq. 14).
func normalScore(rank float64, draws int) float64 {
	s := float64(draws)
	if mirror := s + 1 - rank; mirror < rank {
		return -normalScore(mirror, draws)
	}
	return special.NormQuantile((rank - 0.375) / (s + 0.25))
}
