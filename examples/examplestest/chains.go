package examplestest

import (
	"maps"
	"math"
)

// Chains returns the checks of what examples.Run.Chains reports with a prefix:
// of means and sds those given, each nil for none; R-hat at most rhat, effective
// sizes at least ess.
func Chains(prefix string, means, sds Check, rhat, ess float64) map[string]Check {
	some := Between(ess, math.MaxFloat64)
	positive := Between(math.SmallestNonzeroFloat64, math.MaxFloat64)
	out := map[string]Check{}
	for name, c := range map[string]Check{
		"sites": nil, "means": means, "sds": sds, "rhat_max": Between(0.99, rhat), "ess_bulk_min": some, "ess_tail_min": some,
		"divergences": Between(0, math.MaxFloat64), "leapfrogs": positive, "us_per_leapfrog": positive, "ess_per_second": positive,
	} {
		out[prefix+name] = c
	}
	return out
}

// Join joins checks of different figures.
func Join(parts ...map[string]Check) map[string]Check {
	out := map[string]Check{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}

// Each accepts numbers that differ from want by at most the tolerance of each.
func Each(want, tolerance []float64) Check {
	return func(v any) string {
		got := numbers(v)
		if len(got) != len(want) {
			return All(want, 0)(v)
		}
		for i := range got {
			if wrong := Near(want[i], tolerance[i])(got[i]); wrong != "" {
				return wrong
			}
		}
		return ""
	}
}
