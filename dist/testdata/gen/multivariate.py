"""Reference tables of vectors and matrices, of categories, and of a mixture.

Made with Python 3.11, mpmath 1.4.1, numpy 2.4.6, scipy 1.17.1 (requirements.txt).
Parameters are named as in PyTorch and Pyro. A family is one whose points are
nested lists; the mixture of normals is univariate and goes through univariate.py.
"""

import math

import mpmath as mp
import numpy as np
from scipy import optimize, special, stats

import continuous
import core
import univariate
from core import Case


class Vector:
    """Defaults of a family: x continuous, no moments."""

    DISCRETE = False
    NOT_DIFFERENTIABLE = ()
    NOTE = None
    RTOL = 1e-11

    @staticmethod
    def moments(**params):
        """mean, variance (entry by entry), entropy"""
        return None, None, None

    @staticmethod
    def scipy_moments(**params):
        return None, None, None

    @staticmethod
    def tolerance(**params):
        """Factor on RTOL: how badly conditioned SciPy's problem is."""
        return 1.0

    @staticmethod
    def support(**params):
        return None


def log(x):
    """log x; -inf at 0, and also below, where no derivative exists."""
    return mp.log(x) if x > 0 else mp.ninf


def xlogy(x, log_y):
    return x * log_y if x != 0 else mp.mpf(0)


def evaluate(family, p, x):
    return family.logp(x, **p)


def check(family, what, params, x, logp):
    theirs = family.scipy_logp(x, **params)
    if theirs is None or not (mp.isfinite(logp) and math.isfinite(theirs)):
        assert theirs is None or theirs == float(logp), what
        return
    tol = family.RTOL * family.tolerance(**params) * max(1.0, abs(logp))
    if not abs(theirs - logp) <= tol:
        raise AssertionError(f"{what}: scipy {theirs!r}, here {float(logp)!r}")


def point(family, params, p, x):
    mx, what = core.exact(x), f"{family.__name__}{params} at {x}"
    logp = univariate.stable(lambda: evaluate(family, p, mx), what)
    check(family, what, params, x, logp)
    row = {"x": x, "logp": core.number(logp)}
    if not family.DISCRETE:
        row["grad_x"] = core.number(core.gradient(lambda v: evaluate(family, p, v), mx))
    row["grad"] = {
        k: core.number(core.gradient(lambda v: evaluate(family, {**p, k: v}, mx), p[k]))
        for k in p if k not in family.NOT_DIFFERENTIABLE
    }
    return row


def build(family, case):
    params = case.params
    p = {k: core.exact(v) for k, v in params.items()}
    moments = family.moments(**p)
    for name, ours, theirs in zip(("mean", "variance", "entropy"), moments, family.scipy_moments(**params)):
        if ours is not None and theirs is not None:
            np.testing.assert_allclose(np.array(theirs, float), np.array(core.number(ours), float),
                                       rtol=1e-9 * family.tolerance(**params), atol=1e-9, err_msg=f"{family.__name__}{params} {name}")
    out = {"params": params}
    out.update(zip(("mean", "variance", "entropy"), map(core.number, moments)))
    out.update(family.extra(**params) if hasattr(family, "extra") else {})
    out["points"] = [point(family, params, p, x) for x in case.points]
    out["outside"] = [{"x": x, "logp": core.number(evaluate(family, p, core.exact(x)))} for x in case.outside]
    assert all(o["logp"] == "-inf" for o in out["outside"])
    support = family.support(**params)
    if support is not None:
        logps = [evaluate(family, p, core.exact(x)) for x in support]
        assert abs(sum(mp.exp(l) for l in logps) - 1) < mp.mpf(10) ** -40, params
        out["enumerated"] = [{"x": x, "logp": core.number(l)} for x, l in zip(support, logps)]
    return out


# Normal vectors

def dot(u, v):
    return sum(a * b for a, b in zip(u, v))


def normal_vector_logp(d, quadratic, log_det):
    return -(d * mp.log(2 * mp.pi) + log_det + quadratic) / 2


def normal_entropy(d, log_det):
    return (d * (1 + mp.log(2 * mp.pi)) + log_det) / 2


def covariance_logp(x, loc, cov):
    r = mp.matrix([a - b for a, b in zip(x, loc)])
    m = mp.matrix(cov)
    return normal_vector_logp(len(x), dot(r, mp.lu_solve(m, r)), mp.log(mp.det(m)))


def spread(seed, d):
    """A fixed vector of d doubles in (-2, 2) with few digits."""
    return [round(2 * math.sin(1.7 * seed + 2.3 * i + 0.4 * i * i), 3) for i in range(d)]


def normal_points(loc):
    d = len(loc)
    near = [[l + e for l, e in zip(loc, spread(s, d))] for s in (1, 2)]
    return [list(loc), *near, [l + 20.0 for l in loc]]


class MultivariateNormal(Vector):
    NOTE = ("gradients in covariance_matrix and precision_matrix take all entries as independent, so they are symmetric: "
            "compare the symmetric part; scale_tril is lower triangular and has no gradient above the diagonal; "
            "condition is that of the covariance in the 2-norm")
    COVARIANCES = [
        ([0.5], [[2.25]]),
        ([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]]),
        ([0.0, 0.0], [[1.0, 0.99], [0.99, 1.0]]),
        ([0.25, 1.0, -3.0], [[1.0, 0.3, -0.2], [0.3, 2.0, 0.7], [-0.2, 0.7, 1.5]]),
        ([0.0] * 3, [[1e-6, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1e6]]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [[0.5 ** abs(i - j) for j in range(5)] for i in range(5)]),
        ([0.0] * 5, [[1 / (i + j + 1) for j in range(5)] for i in range(5)]),
    ]
    CASES = (
        [Case(dict(loc=m, covariance_matrix=c), normal_points(m)) for m, c in COVARIANCES]
        + [Case(dict(loc=[0.0, 0.0], covariance_matrix=[[1.0, 1 - 2**-30], [1 - 2**-30, 1.0]]),
                [[0.0, 0.0], [1.0, 1.0], [1.0, 1 + 2**-12]])]
        + [Case(dict(loc=m, scale_tril=l), normal_points(m)) for m, l in (
            ([0.5], [[1.5]]),
            ([1.0, -2.0], [[1.25, 0.0], [0.5, 0.75]]),
            ([0.0] * 3, [[1.0, 0.0, 0.0], [-0.5, 2.0, 0.0], [0.25, 3.0, 0.125]]),
            ([0.0] * 5, [[1.0 + i if i == j else (0.25 * (j - i) if j < i else 0.0) for j in range(5)] for i in range(5)]))]
        + [Case(dict(loc=m, precision_matrix=q), normal_points(m)) for m, q in (
            ([0.5], [[4.0]]),
            ([1.0, -2.0], [[2.0, -0.75], [-0.75, 1.0]]),
            ([0.0] * 4, [[2.0 if i == j else (-1.0 if abs(i - j) == 1 else 0.0) for j in range(4)] for i in range(4)]))]
    )

    @staticmethod
    def logp(x, loc, covariance_matrix=None, scale_tril=None, precision_matrix=None):
        if covariance_matrix is not None:
            return covariance_logp(x, loc, covariance_matrix)
        r = [a - b for a, b in zip(x, loc)]
        if precision_matrix is not None:
            q = mp.matrix(precision_matrix)
            return normal_vector_logp(len(x), dot(r, q * mp.matrix(r)), -mp.log(mp.det(q)))
        z = []
        for i, row in enumerate(scale_tril):
            z.append((r[i] - dot(row[:i], z)) / row[i])
        return normal_vector_logp(len(x), dot(z, z), 2 * sum(mp.log(row[i]) for i, row in enumerate(scale_tril)))

    @staticmethod
    def covariance(loc, covariance_matrix=None, scale_tril=None, precision_matrix=None):
        if covariance_matrix is not None:
            return mp.matrix(covariance_matrix)
        if precision_matrix is not None:
            return mp.matrix(precision_matrix) ** -1
        return mp.matrix(scale_tril) * mp.matrix(scale_tril).T

    @classmethod
    def moments(cls, loc, **scale):
        cov = cls.covariance(loc, **scale)
        return loc, [cov[i, i] for i in range(len(loc))], normal_entropy(len(loc), mp.log(mp.det(cov)))

    @classmethod
    def doubles(cls, loc, **scale):
        cov = cls.covariance(loc, **scale)
        return np.array([[float(cov[i, j]) for j in range(len(loc))] for i in range(len(loc))])

    @classmethod
    def scipy_moments(cls, loc, **scale):
        cov = cls.doubles(loc, **scale)
        return loc, np.diag(cov), cls.scipy_normal(loc, cov).entropy()

    @classmethod
    def scipy_logp(cls, x, loc, **scale):
        return cls.scipy_normal(loc, cls.doubles(loc, **scale)).logpdf(x)

    @staticmethod
    def scipy_normal(loc, cov):
        # Given the matrix itself, SciPy refuses condition numbers above 5e9.
        return stats.multivariate_normal(loc, stats.Covariance.from_cholesky(np.linalg.cholesky(cov)))

    @classmethod
    def tolerance(cls, **params):
        return max(1.0, np.linalg.cond(cls.doubles(**params)) * 1e-3)

    @classmethod
    def extra(cls, **params):
        return {"condition": float(f"{np.linalg.cond(cls.doubles(**params)):.3g}")}


class LowRankMultivariateNormal(MultivariateNormal):
    NOTE = "covariance cov_factor cov_factor' + diag(cov_diag)"
    CASES = [Case(dict(loc=m, cov_factor=w, cov_diag=d), normal_points(m)) for m, w, d in (
        ([1.0, -1.0], [[0.5], [2.0]], [1.0, 0.25]),
        ([0.0] * 4, [[1.0, 0.0], [0.5, -1.0], [0.0, 2.0], [3.0, 0.25]], [0.1, 0.2, 0.3, 0.4]),
        ([0.0] * 3, [[10.0], [20.0], [-30.0]], [1e-4, 1e-4, 1e-4]),
    )]

    @staticmethod
    def logp(x, loc, cov_factor, cov_diag):
        return covariance_logp(x, loc, LowRankMultivariateNormal.covariance(loc, cov_factor, cov_diag).tolist())

    @staticmethod
    def covariance(loc, cov_factor, cov_diag):
        w, d = [[mp.mpf(e) for e in r] for r in cov_factor], [mp.mpf(e) for e in cov_diag]
        return mp.matrix([[dot(u, v) + (d[i] if i == j else 0) for j, v in enumerate(w)] for i, u in enumerate(w)])


# Simplex and correlations

class Dirichlet(Vector):
    NOTE = "x is used as given: grad_x takes its entries as independent"
    CASES = [
        Case(dict(concentration=[2.0, 3.0, 5.0]), [[0.2, 0.3, 0.5], [0.01, 0.01, 0.98], [1e-300, 0.5, 0.5], [0.0, 0.5, 0.5]],
             [[-0.25, 0.5, 0.75]]),
        Case(dict(concentration=[1.0, 1.0, 1.0]), [[0.25, 0.25, 0.5], [0.0, 0.0, 1.0]]),
        Case(dict(concentration=[0.5, 0.5]), [[0.5, 0.5], [1e-12, 1 - 1e-12]]),
        Case(dict(concentration=[16.0, 14.0]), [[0.5, 0.5], [0.75, 0.25]]),
        Case(dict(concentration=[1e-3, 1e-3, 1e-3]), [[1e-200, 1e-100, 1.0], [0.25, 0.5, 0.25]]),
        Case(dict(concentration=[1e4, 2e4, 1e4]), [[0.25, 0.5, 0.25], [0.2, 0.55, 0.25]]),
        Case(dict(concentration=[0.1, 1.0, 2.5, 10.0, 100.0]), [[0.2] * 5, [0.001, 0.009, 0.02, 0.08, 0.89]]),
    ]

    @staticmethod
    def logp(x, concentration):
        if min(x) < 0:
            return mp.ninf
        log_beta = sum(map(mp.loggamma, concentration)) - mp.loggamma(sum(concentration))
        return sum(continuous.power_term(a - 1, e) for a, e in zip(concentration, x)) - log_beta

    @staticmethod
    def moments(concentration):
        a, s = concentration, sum(concentration)
        log_beta = sum(map(mp.loggamma, a)) - mp.loggamma(s)
        entropy = log_beta + (s - len(a)) * mp.digamma(s) - sum((e - 1) * mp.digamma(e) for e in a)
        return [e / s for e in a], [e * (s - e) / (s * s * (s + 1)) for e in a], entropy

    @staticmethod
    def scipy_moments(concentration):
        d = stats.dirichlet(concentration)
        return d.mean(), d.var(), d.entropy()

    @staticmethod
    def scipy_logp(x, concentration):
        a, edge = concentration, any(e == 0 for e in x)
        return None if edge or abs(sum(x) - 1) > 1e-10 else stats.dirichlet(a).logpdf(np.array(x) / sum(x))

    @staticmethod
    def tolerance(concentration):
        return max(1.0, sum(concentration) * 1e-2)


def correlation_cholesky(d, partial):
    """Rows of unit length from partial correlations; doubles."""
    rows = []
    for i in range(d):
        left, row = 1.0, []
        for j in range(i):
            z = partial[i * (i - 1) // 2 + j]
            row.append(z * math.sqrt(left))
            left *= 1 - z * z
        rows.append(row + [math.sqrt(left)] + [0.0] * (d - i - 1))
    return rows


class LKJCholesky(Vector):
    NOTE = ("density of the Cholesky factor in its entries below the diagonal: "
            "sum over k = 2..dim of (dim - k + 2 concentration - 2) log L_kk, less the normaliser")
    NOT_DIFFERENTIABLE = ("dim",)
    CASES = [
        Case(dict(dim=d, concentration=c),
             [correlation_cholesky(d, [0.0] * 6), correlation_cholesky(d, [0.3, -0.5, 0.7, 0.1, -0.2, 0.6]),
              correlation_cholesky(d, [0.999, 0.99, -0.9999, 0.5, -0.999999, 0.25])])
        for d in (2, 3, 4) for c in (0.5, 1.0, 2.5, 100.0)
    ]

    @staticmethod
    def logp(x, dim, concentration):
        # Row k is a point w of the unit ball in m = k-1 dimensions with density
        # (1 - |w|^2)^(c-1), whose integral is pi^(m/2) Gamma(c) / Gamma(c + m/2).
        total = mp.mpf(0)
        for k in range(2, int(dim) + 1):
            c, m = (dim - k) / 2 + concentration, mp.mpf(k - 1)
            total += 2 * (c - 1) * log(x[k - 1][k - 1])
            total -= m / 2 * mp.log(mp.pi) + mp.loggamma(c) - mp.loggamma(c + m / 2)
        return total

    @staticmethod
    def scipy_logp(x, dim, concentration):
        # The normaliser as in Lewandowski, Kurowicka and Joe (2009), page 1999.
        m = dim - 1
        alpha = concentration + m / 2
        order = 2 * (concentration - 1) + dim - np.arange(2, dim + 1)
        normaliser = m / 2 * math.log(math.pi) + special.multigammaln(alpha - 0.5, m) - m * special.gammaln(alpha)
        return float(order @ np.log(np.diag(np.array(x)))[1:] - normaliser)

    @staticmethod
    def tolerance(dim, concentration):
        return concentration


# Categories

def log_probs(probs=None, logits=None):
    if probs is not None:
        return [log(e) - mp.log(sum(probs)) for e in probs]
    top = max(logits)
    total = top + mp.log(sum(mp.exp(e - top) for e in logits))
    return [e - total for e in logits]


def weights(p):
    """probs or logits out of a family's parameters"""
    return {k: v for k, v in p.items() if k in ("probs", "logits")}


def category_entropy(**p):
    return -sum(xlogy(mp.exp(l), l) for l in log_probs(**p))


def scipy_probs(p):
    return special.softmax(p["logits"]) if "logits" in p else np.array(p["probs"]) / sum(p["probs"])


PROBS = [[0.2, 0.3, 0.5], [1.0], [0.5, 0.0, 0.5], [1e-300, 1.0], [1.0, 2.0, 4.0, 1.0], [0.1] * 10]
LOGITS = [[0.0, 0.0, 0.0], [1.5, -2.0, 0.25], [1000.0, 0.0, -1000.0], [1e-10, 0.0], [-700.0, -701.0, -705.0, -720.0]]
NORMALISED = "probs are normalised by their sum, and gradients are those of the normalised mass"


def each_weights():
    return [dict(probs=v) for v in PROBS] + [dict(logits=v) for v in LOGITS]


class Categorical(Vector):
    DISCRETE = True
    NOTE = NORMALISED
    CASES = [Case(w, [float(k) for k in range(len(next(iter(w.values()))))], [-1.0, 20.0]) for w in each_weights()]

    @staticmethod
    def logp(x, **w):
        k, logs = int(x), log_probs(**w)
        return logs[k] if 0 <= k < len(logs) else mp.ninf

    @staticmethod
    def moments(**w):
        return None, None, category_entropy(**w)

    @staticmethod
    def scipy_moments(**w):
        return None, None, stats.entropy(scipy_probs(w))

    @staticmethod
    def scipy_logp(x, **w):
        logs = special.log_softmax(w["logits"]) if "logits" in w else np.array([math.log(e) if e > 0 else -math.inf for e in scipy_probs(w)])
        return float(logs[int(x)])

    @staticmethod
    def support(**w):
        return [float(k) for k in range(len(next(iter(w.values()))))]


def one_hot(k, n):
    return [1.0 if i == k else 0.0 for i in range(n)]


class OneHotCategorical(Vector):
    DISCRETE = True
    NOTE = NORMALISED
    CASES = [Case(w, [one_hot(k, n) for k in range(n)], [[0.0] * n])
             for w in each_weights() for n in [len(next(iter(w.values())))]]

    @staticmethod
    def logp(x, **w):
        return Categorical.logp(list(x).index(1), **w) if sum(x) == 1 and max(x) == 1 else mp.ninf

    @staticmethod
    def moments(**w):
        probs = [mp.exp(l) for l in log_probs(**w)]
        return probs, [e * (1 - e) for e in probs], category_entropy(**w)

    @staticmethod
    def scipy_moments(**w):
        d = stats.multinomial(1, scipy_probs(w))
        return scipy_probs(w), np.diag(d.cov()), d.entropy()

    @staticmethod
    def scipy_logp(x, **w):
        return Categorical.scipy_logp(x.index(1.0), **w)

    @staticmethod
    def support(**w):
        n = len(next(iter(w.values())))
        return [one_hot(k, n) for k in range(n)]


def compositions(n, k):
    """All vectors of k counts with sum n, last entry fastest."""
    if k == 1:
        return [[float(n)]]
    return [[float(i), *rest] for i in range(n, -1, -1) for rest in compositions(n - i, k - 1)]


def few_compositions(n, k):
    return compositions(n, k) if math.comb(n + k - 1, k - 1) <= 60 else None


def log_multinomial(x):
    return mp.loggamma(sum(x) + 1) - sum(mp.loggamma(e + 1) for e in x)


def summed_entropy(logp, support):
    if support is None:
        return None
    logs = [logp(core.exact(x)) for x in support]
    return -sum(xlogy(mp.exp(l), l) for l in logs)


class Multinomial(Vector):
    DISCRETE = True
    NOT_DIFFERENTIABLE = ("total_count",)
    NOTE = NORMALISED + "; the order of the enumerated vectors means nothing"
    RTOL = 1e-10
    CASES = [
        Case(dict(total_count=3, probs=[0.2, 0.3, 0.5]), [[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [[1.0, 1.0, 0.0], [-1.0, 2.0, 2.0]]),
        Case(dict(total_count=4, probs=[0.5, 0.5]), [[2.0, 2.0], [0.0, 4.0]]),
        Case(dict(total_count=0, probs=[0.5, 0.5]), [[0.0, 0.0]]),
        Case(dict(total_count=2, probs=[0.5, 0.0, 0.5]), [[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
        Case(dict(total_count=1000, probs=[0.1, 0.2, 0.3, 0.4]), [[100.0, 200.0, 300.0, 400.0], [1000.0, 0.0, 0.0, 0.0]]),
        Case(dict(total_count=3, logits=[1.5, -2.0, 0.25]), [[3.0, 0.0, 0.0], [0.0, 2.0, 1.0]]),
        Case(dict(total_count=2, logits=[1000.0, 0.0, -1000.0]), [[2.0, 0.0, 0.0], [0.0, 0.0, 2.0]]),
    ]

    @staticmethod
    def logp(x, total_count, **w):
        if sum(x) != total_count or min(x) < 0:
            return mp.ninf
        return log_multinomial(x) + sum(xlogy(e, l) for e, l in zip(x, log_probs(**w)))

    @classmethod
    def moments(cls, total_count, **w):
        n, probs = total_count, [mp.exp(l) for l in log_probs(**w)]
        support = cls.support(int(n), **w)
        return ([n * e for e in probs], [n * e * (1 - e) for e in probs],
                summed_entropy(lambda x: cls.logp(x, n, **w), support))

    @staticmethod
    def scipy_moments(total_count, **w):
        d = stats.multinomial(total_count, scipy_probs(w))
        return total_count * scipy_probs(w), np.diag(d.cov()), d.entropy()

    @staticmethod
    def scipy_logp(x, total_count, **w):
        return None if "logits" in w and max(w["logits"]) > 100 else stats.multinomial(total_count, scipy_probs(w)).logpmf(x)

    @staticmethod
    def support(total_count, **w):
        return few_compositions(total_count, len(next(iter(w.values()))))


class DirichletMultinomial(Vector):
    DISCRETE = True
    NOT_DIFFERENTIABLE = ("total_count",)
    NOTE = "the order of the enumerated vectors means nothing"
    RTOL = 1e-10
    CASES = [
        Case(dict(concentration=[2.0, 3.0, 5.0], total_count=3), [[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [[1.0, 1.0, 0.0]]),
        Case(dict(concentration=[1.0, 1.0], total_count=5), [[2.0, 3.0], [0.0, 5.0]]),
        Case(dict(concentration=[1e-3, 2e-3, 1e-3], total_count=10), [[10.0, 0.0, 0.0], [5.0, 5.0, 0.0], [4.0, 3.0, 3.0]]),
        Case(dict(concentration=[1e4, 3e4], total_count=1000), [[250.0, 750.0], [0.0, 1000.0]]),
        Case(dict(concentration=[0.5, 0.5], total_count=0), [[0.0, 0.0]]),
    ]

    @staticmethod
    def logp(x, concentration, total_count):
        if sum(x) != total_count or min(x) < 0:
            return mp.ninf
        a = concentration
        return (log_multinomial(x) + mp.loggamma(sum(a)) - mp.loggamma(total_count + sum(a))
                + sum(mp.loggamma(e + b) - mp.loggamma(b) for e, b in zip(x, a)))

    @classmethod
    def moments(cls, concentration, total_count):
        a, n, s = concentration, total_count, sum(concentration)
        support = cls.support(a, int(n))
        return ([n * e / s for e in a], [n * e / s * (1 - e / s) * (n + s) / (1 + s) for e in a],
                summed_entropy(lambda x: cls.logp(x, a, n), support))

    @staticmethod
    def scipy_moments(concentration, total_count):
        d = stats.dirichlet_multinomial(concentration, total_count)
        return d.mean(), d.var(), None

    @staticmethod
    def scipy_logp(x, concentration, total_count):
        return float(stats.dirichlet_multinomial(concentration, total_count).logpmf(np.array(x, int)))

    @staticmethod
    def tolerance(concentration, total_count):
        return max(1.0, sum(concentration) * 1e-2)

    @staticmethod
    def support(concentration, total_count):
        return few_compositions(total_count, len(concentration))


# A mixture of normals

class FrozenMixture:
    """What univariate.py asks of SciPy, from SciPy's normal."""

    def __init__(self, probs, locs, scales):
        self.w, self.parts = np.array(probs) / sum(probs), stats.norm(locs, scales)

    def logpdf(self, x):
        return special.logsumexp(self.parts.logpdf(x), b=self.w)

    def cdf(self, x):
        return self.w @ self.parts.cdf(x)

    def ppf(self, q):
        ends = self.parts.ppf(q)
        low, high = ends.min() - 1e-3, ends.max() + 1e-3
        return optimize.brentq(lambda x: self.cdf(x) - q, low, high, xtol=1e-15, rtol=1e-15)

    def mean(self):
        return self.w @ self.parts.mean()

    def var(self):
        return self.w @ (self.parts.var() + self.parts.mean() ** 2) - self.mean() ** 2

    def entropy(self):
        return None


class MixtureSameFamily(univariate.Univariate):
    NOTE = "mixture of Normal(locs, scales); " + NORMALISED
    CDF_ATOL = 1e-15
    CASES = [
        Case(dict(probs=[0.5, 0.5], locs=[-1.0, 1.0], scales=[1.0, 1.0]), [0, 38]),
        Case(dict(probs=[0.3, 0.7], locs=[-2.734, 2.87], scales=[1.028, 1.024]), [0, -40]),
        Case(dict(probs=[0.1, 0.6, 0.3], locs=[1.0, 5.0, 10.0], scales=[0.5, 2.0, 1.0]), [5]),
        Case(dict(probs=[1.0], locs=[2.0], scales=[3.0]), [2]),
        Case(dict(probs=[1e-12, 1.0], locs=[0.0, 0.0], scales=[100.0, 0.01]), [0, 10, -1000]),
    ]

    def logp(x, probs, locs, scales):
        total = sum(w * mp.exp(continuous.Normal.logp(x, m, s)) for w, m, s in zip(probs, locs, scales))
        return mp.log(total / sum(probs))

    def cdf(x, probs, locs, scales):
        return sum(w * continuous.Normal.cdf(x, m, s) for w, m, s in zip(probs, locs, scales)) / sum(probs)

    def mean(probs, locs, scales):
        return dot(probs, locs) / sum(probs)

    def variance(probs, locs, scales):
        mean = MixtureSameFamily.mean(probs, locs, scales)
        return dot(probs, [s * s + (m - mean) ** 2 for m, s in zip(locs, scales)]) / sum(probs)

    frozen = FrozenMixture

    def scale_of_terms(x, *_):
        return max(1.0, abs(x))



if __name__ == "__main__":
    for f in (MultivariateNormal, LowRankMultivariateNormal, Dirichlet, LKJCholesky, Categorical,
              OneHotCategorical, Multinomial, DirichletMultinomial):
        core.write(f.__name__, [build(f, c) for c in f.CASES], f.NOTE)
    univariate.make(MixtureSameFamily)
