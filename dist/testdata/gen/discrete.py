"""Reference tables of the families of one count.

Made with Python 3.11, mpmath 1.4.1, numpy 2.4.6, scipy 1.17.1 (requirements.txt).
Masses: Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd edition.
Parameters are named as in PyTorch and Pyro. Families with two parameterisations
are written in terms of (log p, log(1-p)), which keeps extreme logits exact.
"""

import mpmath as mp
from scipy import special, stats

from core import Case, write
from univariate import Univariate, build

LARGEST_SUMMED_SUPPORT = 1000


def from_probs(p):
    """log p and log(1-p); -inf at 0, and also beyond [0, 1], where no derivative exists."""
    return (mp.log(p) if p > 0 else mp.ninf), (mp.log1p(-p) if p < 1 else mp.ninf)


def from_logits(l):
    return -mp.log1p(mp.exp(-l)), -mp.log1p(mp.exp(l))


def xlogy(x, log_y):
    return x * log_y if x != 0 else mp.mpf(0)


def is_count(x):
    return x >= 0 and x == mp.floor(x)


def log_choose(n, k):
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def summed_entropy(logp, support):
    if len(support) > LARGEST_SUMMED_SUPPORT:
        return None
    terms = [logp(mp.mpf(k)) for k in support]
    return -sum(mp.exp(t) * t for t in terms if mp.isfinite(t))


class Count(Univariate):
    DISCRETE = True
    RTOL = 1e-11
    CDF_RTOL = 1e-9
    MOMENT_RTOL = 1e-9


class Bernoulli(Count):
    LOGS = staticmethod(from_probs)
    CASES = [
        Case(dict(probs=0.3), [0, 1], [-1, 2, 0.5]),
        Case(dict(probs=0.5), [0, 1]),
        Case(dict(probs=0.0), [0, 1]),
        Case(dict(probs=1.0), [0, 1]),
        Case(dict(probs=1e-300), [0, 1]),
        Case(dict(probs=1 - 2**-53), [0, 1]),
    ]

    @classmethod
    def logp(cls, x, p):
        lp, lq = cls.LOGS(p)
        return lp if x == 1 else (lq if x == 0 else mp.ninf)

    @classmethod
    def mean(cls, p):
        return mp.exp(cls.LOGS(p)[0])

    @classmethod
    def variance(cls, p):
        return mp.exp(sum(cls.LOGS(p)))

    @classmethod
    def entropy(cls, p):
        return -sum(xlogy(mp.exp(l), l) for l in cls.LOGS(p))

    @staticmethod
    def frozen(p):
        return stats.bernoulli(p)

    @staticmethod
    def support(p):
        return [0, 1]


class BernoulliLogits(Bernoulli):
    LOGS = staticmethod(from_logits)
    CASES = [Case(dict(logits=l), [0, 1], [-1, 2]) for l in (0.0, -1.5, 4.0, 30.0, -700.0, 700.0, 1e4)]

    @staticmethod
    def frozen(l):
        return stats.bernoulli(special.expit(l)) if abs(l) < 10 else None


class Binomial(Count):
    LOGS = staticmethod(from_probs)
    NOT_DIFFERENTIABLE = ("total_count",)
    CASES = [
        Case(dict(total_count=10, probs=0.3), range(11), [-1, 11, 2.5]),
        Case(dict(total_count=1, probs=0.75), [0, 1], [2]),
        Case(dict(total_count=0, probs=0.5), [0], [1]),
        Case(dict(total_count=5, probs=0.0), [0, 1, 5]),
        Case(dict(total_count=5, probs=1.0), [0, 4, 5]),
        Case(dict(total_count=100, probs=1e-3), [0, 100]),
        Case(dict(total_count=1000, probs=0.5), [0, 1000]),
        Case(dict(total_count=10000, probs=0.9), [0, 5000, 10000]),
    ]

    @classmethod
    def logp(cls, x, n, p):
        if not is_count(x) or x > n:
            return mp.ninf
        lp, lq = cls.LOGS(p)
        return log_choose(n, x) + xlogy(x, lp) + xlogy(n - x, lq)

    @classmethod
    def mean(cls, n, p):
        return n * mp.exp(cls.LOGS(p)[0])

    @classmethod
    def variance(cls, n, p):
        return n * mp.exp(sum(cls.LOGS(p)))

    @classmethod
    def entropy(cls, n, p):
        return summed_entropy(lambda k: cls.logp(k, n, p), cls.support(n, p))

    @staticmethod
    def frozen(n, p):
        return stats.binom(n, p)

    @staticmethod
    def support(n, p):
        return range(int(n) + 1)

    @staticmethod
    def scale_of_terms(x, n, p):
        return n * 1e-1


class BinomialLogits(Binomial):
    LOGS = staticmethod(from_logits)
    CASES = [
        Case(dict(total_count=10, logits=-1.25), range(11), [11]),
        Case(dict(total_count=7, logits=50.0), [0, 6, 7]),
        Case(dict(total_count=3, logits=-700.0), [0, 1, 3]),
    ]

    @staticmethod
    def frozen(n, l):
        return stats.binom(n, special.expit(l)) if abs(l) < 10 else None


class Poisson(Count):
    CASES = [
        Case(dict(rate=4.0), [0, 1, 170, 300], [-1, 0.5]),
        Case(dict(rate=0.1), [0, 1, 2], [-1]),
        Case(dict(rate=1e-10), [0, 1, 20]),
        Case(dict(rate=700.0), [0, 1, 700]),
        Case(dict(rate=1e4), [0, 10000]),
        Case(dict(rate=1e8), [1e8, 1.0001e8], quantiles=False),
    ]

    @staticmethod
    def logp(x, r):
        return xlogy(x, mp.log(r)) - r - mp.loggamma(x + 1) if is_count(x) else mp.ninf

    @staticmethod
    def mean(r):
        return r

    variance = mean

    @staticmethod
    def frozen(r):
        return stats.poisson(r)

    @staticmethod
    def scale_of_terms(x, r):
        return x + r


class Geometric(Count):
    LOGS = staticmethod(from_probs)
    NOTE = "failures before the first success: 0, 1, ..."
    CASES = [
        Case(dict(probs=0.5), [0, 1, 1000], [-1, 0.5]),
        Case(dict(probs=0.05), [0, 13000], [-1]),
        Case(dict(probs=1.0), [0, 1], [-1], grid=False, quantiles=False),  # SciPy says -1
        Case(dict(probs=1e-3), [0, 1], [-1]),
        Case(dict(probs=1 - 2**-40), [0, 1, 25], [-1]),
    ]

    @classmethod
    def logp(cls, x, p):
        lp, lq = cls.LOGS(p)
        return lp + xlogy(x, lq) if is_count(x) else mp.ninf

    @classmethod
    def mean(cls, p):
        lp, lq = cls.LOGS(p)
        return mp.exp(lq - lp)

    @classmethod
    def variance(cls, p):
        lp, lq = cls.LOGS(p)
        return mp.exp(lq - 2 * lp)

    @classmethod
    def entropy(cls, p):
        lp, lq = cls.LOGS(p)
        return -lp - xlogy(mp.exp(lq - lp), lq)

    @staticmethod
    def frozen(p):
        return stats.geom(p, loc=-1)


class GeometricLogits(Geometric):
    LOGS = staticmethod(from_logits)
    CASES = [Case(dict(logits=-2.0), [0, 1, 50], [-1]), Case(dict(logits=3.0), [0, 5], [-1])]

    @staticmethod
    def frozen(l):
        return stats.geom(special.expit(l), loc=-1)


class NegativeBinomial(Count):
    LOGS = staticmethod(from_probs)
    NOTE = "PyTorch's: mean total_count * probs / (1 - probs)"
    CASES = [
        Case(dict(total_count=5.0, probs=0.25), [0, 1, 500], [-1, 0.5]),
        Case(dict(total_count=1.0, probs=0.5), [0, 1], [-1]),
        Case(dict(total_count=2.5, probs=0.9), [0, 1000], [-1]),
        Case(dict(total_count=1e-3, probs=0.5), [0, 1, 2, 1000], [-1]),
        Case(dict(total_count=1e4, probs=0.125), [0, 1500], [-1]),
        Case(dict(total_count=1e8, probs=2**-26), [0, 1, 10], [-1]),
    ]

    @classmethod
    def logp(cls, x, r, p):
        if not is_count(x):
            return mp.ninf
        lp, lq = cls.LOGS(p)
        return mp.loggamma(x + r) - mp.loggamma(r) - mp.loggamma(x + 1) + r * lq + xlogy(x, lp)

    @classmethod
    def mean(cls, r, p):
        lp, lq = cls.LOGS(p)
        return r * mp.exp(lp - lq)

    @classmethod
    def variance(cls, r, p):
        lp, lq = cls.LOGS(p)
        return r * mp.exp(lp - 2 * lq)

    @staticmethod
    def frozen(r, p):
        return stats.nbinom(r, 1 - p)

    @staticmethod
    def scale_of_terms(x, r, *_):
        return (r + x) * 1e-1


class NegativeBinomialLogits(NegativeBinomial):
    LOGS = staticmethod(from_logits)
    CASES = [
        Case(dict(total_count=5.0, logits=-1.0), [0, 1, 100], [-1]),
        Case(dict(total_count=0.5, logits=4.0), [0, 1, 1000], [-1]),
        Case(dict(total_count=3.0, logits=-40.0), [0, 1, 5]),
    ]

    @staticmethod
    def frozen(r, l):
        return stats.nbinom(r, special.expit(-l)) if abs(l) < 10 else None


class BetaBinomial(Count):
    NOT_DIFFERENTIABLE = ("total_count",)
    CASES = [
        Case(dict(concentration1=2.0, concentration0=3.0, total_count=10), range(11), [-1, 11]),
        Case(dict(concentration1=1.0, concentration0=1.0, total_count=5), range(6), [6]),
        Case(dict(concentration1=0.01, concentration0=0.02, total_count=20), [0, 1, 10, 20], [-1]),
        Case(dict(concentration1=1e4, concentration0=3e4, total_count=100), [0, 25, 100], [-1]),
        Case(dict(concentration1=600.0, concentration0=400.0, total_count=1000), [0, 600, 1000], [-1]),
        Case(dict(concentration1=0.5, concentration0=0.5, total_count=0), [0], [1]),
    ]

    @staticmethod
    def logp(x, a, b, n):
        if not is_count(x) or x > n:
            return mp.ninf
        log_beta = lambda u, v: mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v)
        return log_choose(n, x) + log_beta(x + a, n - x + b) - log_beta(a, b)

    @staticmethod
    def mean(a, b, n):
        return n * a / (a + b)

    @staticmethod
    def variance(a, b, n):
        return n * a * b * (a + b + n) / ((a + b) ** 2 * (a + b + 1))

    @classmethod
    def entropy(cls, a, b, n):
        return summed_entropy(lambda k: cls.logp(k, a, b, n), cls.support(a, b, n))

    @staticmethod
    def frozen(a, b, n):
        return stats.betabinom(n, a, b)

    @staticmethod
    def support(a, b, n):
        return range(int(n) + 1)

    @staticmethod
    def scale_of_terms(x, a, b, n):
        return a + b + n


class GammaPoisson(Count):
    CASES = [
        Case(dict(concentration=3.0, rate=0.5), [0, 1, 500], [-1, 0.5]),
        Case(dict(concentration=1.0, rate=1.0), [0, 1], [-1]),
        Case(dict(concentration=1e-3, rate=2.0), [0, 1, 50], [-1]),
        Case(dict(concentration=1e4, rate=8.0), [0, 1250], [-1]),
        Case(dict(concentration=10.0, rate=0.01), [0, 1000], [-1]),
    ]

    @staticmethod
    def logp(x, a, b):
        if not is_count(x):
            return mp.ninf
        return (mp.loggamma(x + a) - mp.loggamma(a) - mp.loggamma(x + 1)
                + a * mp.log(b) - (a + x) * mp.log1p(b))

    @staticmethod
    def mean(a, b):
        return a / b

    @staticmethod
    def variance(a, b):
        return a * (1 + b) / b**2

    @staticmethod
    def frozen(a, b):
        return stats.nbinom(a, b / (1 + b))

    @staticmethod
    def scale_of_terms(x, a, b):
        return a + x


def make(*families):
    """All parameterisations of one family, in one file."""
    cases = [build(f, c) for f in families for c in f.CASES]
    write(families[0].__name__, cases, families[0].NOTE)


if __name__ == "__main__":
    make(Bernoulli, BernoulliLogits)
    make(Binomial, BinomialLogits)
    make(Poisson)
    make(Geometric, GeometricLogits)
    make(NegativeBinomial, NegativeBinomialLogits)
    make(BetaBinomial)
    make(GammaPoisson)
