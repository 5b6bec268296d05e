package cpu

import "testing"

func TestLowerNeverRaises(t *testing.T) {
	for have := Portable; have <= AVX512; have++ {
		for want := Portable; want <= AVX512; want++ {
			if got := lower(have, want.String()); got != min(have, want) && got != have {
				t.Errorf("lower(%v, %v) = %v", have, want, got)
			}
			if got := lower(have, want.String()); want <= have && got != want {
				t.Errorf("lower(%v, %v) = %v", have, want, got)
			}
		}
		if got := lower(have, "sse"); got != have {
			t.Errorf("an unknown name changed the tier from %v to %v", have, got)
		}
	}
}
