"""Tables of a family with one real or integer value: points, moments, quantiles.

Made with Python 3.11, mpmath 1.4.1, numpy 2.4.6, scipy 1.17.1 (requirements.txt).
"""

import math
import warnings

import mpmath as mp

import core


def rounded(x):
    return float(f"{float(x):.6g}")


def grid(family, frozen):
    """Quantiles by SciPy, rounded to six digits: only where to look, not a result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        xs = [float(frozen.ppf(q)) for q in core.GRID]
    if not family.DISCRETE:
        xs = [rounded(x) for x in xs]
    return [x for x in xs if math.isfinite(x)]


class PrefixSums:
    """cdf of counts by summing exp(logp) from 0, all terms positive."""

    def __init__(self, logp, p):
        self.logp, self.p, self.sums = logp, p, []

    def __call__(self, k):
        k = int(mp.floor(k))
        if k < 0:
            return mp.mpf(0)
        while len(self.sums) <= k:
            last = self.sums[-1] if self.sums else mp.mpf(0)
            self.sums.append(last + mp.exp(self.logp(mp.mpf(len(self.sums)), *self.p)))
        return self.sums[k]


def stable(f, what):
    """f() with 50 digits, asserted to agree with 80 digits to 1e-25."""
    value = f()
    with mp.workdps(80):
        again = f()
    if value != again and not abs(value - again) <= mp.mpf(10) ** -25 * abs(again):
        raise AssertionError(f"{what}: loses digits, {value} against {again}")
    return value


def real_quantile(family, p, q, cdf, start):
    """x with cdf(x) = q: closed form if the family has one, else Newton's method
    from SciPy's value, in log x for families on the positive axis (POSITIVE)."""
    if hasattr(family, "quantile"):
        return family.quantile(q, *p)
    density = lambda x: mp.exp(family.logp(x, *p))
    if family.POSITIVE:
        t = mp.log(mp.mpf(start)) if start > 0 else family.log_quantile_near_zero(q, *p)
        for _ in range(60):
            x = mp.exp(t)
            step = (mp.log(cdf(x)) - mp.log(q)) * cdf(x) / (density(x) * x)
            t -= step
            if abs(step) < mp.mpf(10) ** -45:
                return mp.exp(t)
    else:
        x = mp.mpf(start)
        for _ in range(60):
            step = (cdf(x) - q) / density(x)
            x -= step
            if abs(step) < mp.mpf(10) ** -30 * max(abs(x), mp.mpf(10) ** -30):
                return x
    raise ArithmeticError(f"no quantile: {family.__name__} {p} {q}")


def check_quantile(family, what, q, x, theirs, cdf):
    """Ours solves cdf(x) = q; SciPy's does so to a few roundings of q and of 1."""
    if family.POSITIVE and x < mp.mpf(10) ** -300:
        return
    assert abs(cdf(x) / q - 1) < mp.mpf(10) ** -25, f"{what}: quantile {q}"
    off = abs(cdf(mp.mpf(theirs)) - q)
    if off > 1e-8 * min(q, 1 - q) + 4e-16 + family.CDF_ATOL and abs(theirs - x) > 4 * math.ulp(theirs):
        raise AssertionError(f"{what}: quantile {float(q)} scipy {theirs!r}, here {float(x)!r}")


def count_quantile(cdf, q, start):
    """The smallest count k with cdf(k) >= q, searched from SciPy's value."""
    k = int(start)
    while cdf(k) < q:
        k += 1
    while k > 0 and cdf(k - 1) >= q:
        k -= 1
    return mp.mpf(k)


def quantiles(family, what, p, frozen, cdf):
    rows = []
    for q in core.QUANTILES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            start = float(frozen.ppf(q))
        mq = mp.mpf(q)
        if family.DISCRETE:
            x = count_quantile(cdf, mq, start)
            if any(abs(cdf(k) - mq) < 1e-13 for k in (x - 1, x)):
                continue  # a tie in floating point: either neighbour is right
            tied = abs(cdf(min(x, mp.mpf(start))) - mq) < family.CDF_RTOL  # to SciPy's cdf
            assert x == start or tied, f"{what} quantile {q}: scipy {start}, here {x}"
        else:
            x = real_quantile(family, p, mq, cdf, start)
            check_quantile(family, what, mq, x, start, cdf)
        rows.append({"q": q, "x": core.number(x)})
    return rows


def point(family, case, p, x, frozen, cdf):
    names = list(case.params)
    mx = mp.mpf(x)
    what = f"{family.__name__}{case.params} at {x!r}"
    logp = stable(lambda: family.logp(mx, *p), what + " logp")
    slope = None if family.DISCRETE else core.derivative(lambda s: family.logp(s, *p), mx)
    # One rounding of x (as in x - loc or 1 - x) is SciPy's to make.
    rounding = 4 * math.ulp(x) * abs(slope or 0)
    if frozen is not None and mp.isfinite(logp):
        theirs = float((frozen.logpmf if family.DISCRETE else frozen.logpdf)(x))
        tol = family.RTOL * max(1.0, abs(logp), family.scale_of_terms(x, *case.params.values())) + rounding
        if not abs(theirs - logp) <= tol:
            raise AssertionError(f"{what}: scipy {theirs!r}, here {float(logp)!r}")
    value = None
    if cdf is not None and not (family.DISCRETE and x > core.LARGEST_SUMMED_COUNT):
        value = cdf(mx) if family.DISCRETE else stable(lambda: cdf(mx), what + " cdf")
        tol = family.CDF_RTOL * value + family.CDF_ATOL
        if not family.DISCRETE and mp.isfinite(logp):
            tol += 4 * math.ulp(x) * mp.exp(logp)
        theirs = None if frozen is None else float(frozen.cdf(x))
        if theirs is not None and not abs(theirs - value) <= tol:
            raise AssertionError(f"{what}: scipy cdf {theirs!r}, here {float(value)!r}")
    row = {"x": x, "logp": core.number(logp), "cdf": core.number(value)}
    if not family.DISCRETE:
        row["grad_x"] = core.number(slope)
    row["grad"] = {
        n: core.number(core.gradient(lambda v: family.logp(mx, *p[:i], v, *p[i + 1:]), p[i]))
        for i, n in enumerate(names)
        if n not in family.NOT_DIFFERENTIABLE
    }
    return row


class Univariate:
    """Defaults of a family."""

    DISCRETE = False
    POSITIVE = False
    RTOL = 1e-12       # SciPy's log density, relative
    CDF_RTOL = 1e-10   # SciPy's cdf, relative
    MOMENT_RTOL = 1e-10
    CDF_ATOL = 1e-290
    SCIPY_LACKS = ()   # moments that SciPy has wrong or not at all
    NOT_DIFFERENTIABLE = ()
    NOTE = None

    @staticmethod
    def scale_of_terms(x, *params):
        """How large the terms are that SciPy's log density is the sum of."""
        return 1.0

    @staticmethod
    def entropy(*params):
        return None


def build(family, case):
    p = [core.exact(v) for v in case.params.values()]
    frozen = family.frozen(*case.params.values())
    mean, variance, entropy = family.mean(*p), family.variance(*p), family.entropy(*p)
    what = f"{family.__name__}{case.params}"
    if frozen is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, ours, theirs in (
                ("mean", mean, frozen.mean), ("variance", variance, frozen.var), ("entropy", entropy, frozen.entropy)):
                if ours is not None and name not in family.SCIPY_LACKS:
                    got, want = float(theirs()), float(ours)
                    if not math.isnan(got) and not math.isclose(got, want, rel_tol=family.MOMENT_RTOL, abs_tol=family.MOMENT_RTOL):
                        raise AssertionError(f"{what} {name}: scipy {got!r}, here {want!r}")
    cdf = None
    if family.DISCRETE:
        cdf = PrefixSums(family.logp, p)
    elif hasattr(family, "cdf"):
        cdf = lambda x: family.cdf(x, *p)
    xs = list(case.points)
    if case.grid and frozen is not None:
        xs += grid(family, frozen)
    xs = sorted(set(map(float, xs)))
    out = {"params": case.params}
    out.update(mean=core.number(mean), variance=core.number(variance), entropy=core.number(entropy))
    out["points"] = [point(family, case, p, x, frozen, cdf) for x in xs]
    out["outside"] = [{"x": float(x), "logp": core.number(family.logp(mp.mpf(x), *p)),
                       "cdf": None if cdf is None else core.number(cdf(mp.mpf(x)))} for x in case.outside]
    assert all(o["logp"] == "-inf" for o in out["outside"]), what
    if case.quantiles and cdf is not None and frozen is not None:
        out["quantiles"] = quantiles(family, what, p, frozen, cdf)
    if family.DISCRETE and hasattr(family, "support"):
        enumerated = family.support(*case.params.values())
        if len(enumerated) <= 101:
            out["enumerated"] = [{"x": float(k), "logp": core.number(family.logp(mp.mpf(k), *p))} for k in enumerated]
            assert abs(sum(mp.exp(family.logp(mp.mpf(k), *p)) for k in enumerated) - 1) < mp.mpf(10) ** -40, what
    return out


def make(*families):
    for family in families:
        core.write(family.__name__, [build(family, c) for c in family.CASES], family.NOTE)
