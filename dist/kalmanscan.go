package dist

import "github.com/gopyro/pyro/tensor"

// stretch is what a stretch of steps does to the state x before it, a row: the
// state after it, given what the steps showed, is normal with mean x·a + b and
// covariance c, and what they showed has the log density
// logp + η·x - x·j·xᵀ/2 (Särkkä and García-Fernández 2021, section 4, in rows, with
// the density itself for the likelihood). Dim -3 counts stretches of equal length;
// parts that are the same for all of them have size 1 there.
type stretch struct {
	a, c, j *tensor.Tensor // […, N or 1, n, n]
	b, eta  *tensor.Tensor // […, N or 1, 1, n]
	logp    *tensor.Tensor // […, N or 1, 1, 1]
}

// scan is the log density of all that was shown. Stretches are joined with their
// neighbours until there is one; what is left over at the end where their number is
// odd goes before what was left over earlier.
func (s *ssm) scan() *tensor.Tensor {
	e := s.single()
	var rest *stretch
	for n := s.steps; n > 1; n /= 2 {
		if n%2 == 1 {
			last := e.slice(n-1, n, 1)
			if rest != nil {
				last = last.then(*rest)
			}
			rest = &last
			e = e.slice(0, n-1, 1)
		}
		e = e.slice(0, n/2*2, 2).then(e.slice(1, n/2*2, 2))
	}
	if rest != nil {
		e = e.then(*rest)
	}
	// The first state is known as one that comes out of a stretch in which nothing
	// goes in.
	mean, cov := s.start.mean.Unsqueeze(-3), s.start.cov
	if cov.Rank() > 2 {
		cov = cov.Unsqueeze(-3)
	}
	logp, _, _ := e.joint(mean, cov)
	return logp.Squeeze(-1).Squeeze(-1).Squeeze(-1)
}

// single is the stretches of one step each.
func (s *ssm) single() stretch {
	// What is shown has covariance S = HᵀQH + R = LLᵀ given the state before.
	hq := s.h.T().MatMul(s.q) // [m, n]
	l := hq.MatMul(s.h).Add(s.r).Cholesky()
	wh := l.TriSolve(s.h.T()) // [m, n]
	gain := l.TriSolveT(l.TriSolve(hq))
	gap := s.gap.Sub(s.push.MatMul(s.h)) // [1, m]
	white := l.TriSolve(gap.T()).T()     // [1, m]
	fw := s.f.MatMul(wh.T())             // [n, m]
	keep := tensor.Eye(s.n).To(s.f.DType()).Sub(s.h.MatMul(gain))
	e := stretch{
		a: s.f.MatMul(keep),
		b: s.push.Add(gap.MatMul(gain)),
		// Joseph's form of Q - QHS⁻¹HᵀQ stays positive where R is small.
		c:    keep.T().MatMul(s.q).MatMul(keep).Add(gain.T().MatMul(s.r).MatMul(gain)),
		j:    fw.MatMul(fw.T()),
		eta:  white.MatMul(fw.T()),
		logp: s.density(white.Square().Sum(-1), l.LogDetCholesky().Unsqueeze(-1)).Unsqueeze(-1),
	}
	if s.mask != nil {
		e.logp = e.logp.Mul(s.mask)
	}
	return e
}

// slice returns stretches from, from + step, …, before to.
func (e stretch) slice(from, to, step int) stretch {
	for _, part := range []**tensor.Tensor{&e.a, &e.c, &e.j, &e.b, &e.eta, &e.logp} {
		if (*part).Dim(-3) != 1 {
			*part = (*part).SliceStep(-3, from, to, step)
		}
	}
	return e
}

// joint is the log density of what e shows if the state before it is normal with
// the given mean and covariance, the whitened factor W of the state's covariance
// C' = WᵀW given all that, and η - mean·J.
func (e stretch) joint(mean, cov *tensor.Tensor) (logp, w, slope *tensor.Tensor) {
	// C' = (C⁻¹ + J)⁻¹ = L(I + LᵀJL)⁻¹Lᵀ for C = LLᵀ.
	l := cov.Cholesky()
	n := cov.Dim(-1)
	k := l.T().MatMul(e.j).MatMul(l).Add(tensor.Eye(n).To(cov.DType())).Cholesky()
	w = k.TriSolve(l.T())
	slope = e.eta.Sub(mean.MatMul(e.j))
	squares := slope.MatMul(w.T()).Square().Sum(-1)
	cross := mean.Mul(e.eta.Add(slope)).Sum(-1)
	logp = e.logp.Add(squares.Add(cross).Sub(k.LogDetCholesky().Unsqueeze(-1)).MulScalar(0.5).Unsqueeze(-1))
	return logp, w, slope
}

// then is e followed by next.
func (e stretch) then(next stretch) stretch {
	logp, w, slope := next.joint(e.b, e.c)
	// Between the two the state has mean (x·a + b)(I - JC') + ηC'.
	wj := w.MatMul(next.j)                                            // [n, n]
	keep := tensor.Eye(w.Dim(-1)).To(w.DType()).Sub(wj.T().MatMul(w)) // I - JC'
	wa := w.MatMul(next.a)
	ak := e.a.MatMul(keep)
	middle := e.b.Add(slope.MatMul(w.T()).MatMul(w))
	return stretch{
		a:    ak.MatMul(next.a),
		b:    middle.MatMul(next.a).Add(next.b),
		c:    wa.T().MatMul(wa).Add(next.c),
		j:    e.a.MatMul(next.j.Sub(wj.T().MatMul(wj))).MatMul(e.a.T()).Add(e.j),
		eta:  slope.MatMul(ak.T()).Add(e.eta),
		logp: e.logp.Add(logp),
	}
}
