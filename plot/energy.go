package plot

// Energy draws two densities from the energies of Hamiltonian Monte Carlo,
// chains[i][t]: of the energies less their mean, and of the changes from one
// draw to the next within a chain. Where the changes spread much less, the
// sampler explores the tails slowly (Betancourt 2016, "Diagnosing Suboptimal
// Cotangent Disintegrations in Hamiltonian Monte Carlo").
func (f *Figure) Energy(chains [][]float64) *Figure {
	var level, change []float64
	for _, chain := range chains {
		if err := finite("Energy", "", chain); err != nil {
			return f.add(nil, err)
		}
		level = append(level, chain...)
		for t := 1; t < len(chain); t++ {
			change = append(change, chain[t]-chain[t-1])
		}
	}
	if len(change) == 0 {
		return f.add(nil, &EmptyError{Mark: "Energy"})
	}
	mean := 0.0
	for _, e := range level {
		mean += e / float64(len(level))
	}
	for i := range level {
		level[i] -= mean
	}
	return f.Density(level, "energy", Filled()).Density(change, "change of energy", Filled())
}
