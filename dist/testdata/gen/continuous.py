"""Reference tables of the continuous families with one real value.

Made with Python 3.11, mpmath 1.4.1, numpy 2.4.6, scipy 1.17.1 (requirements.txt).
Densities: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions,
2nd edition, volumes 1 and 2. Parameters are named as in PyTorch and Pyro.
"""

import math

import mpmath as mp
from scipy import stats

from core import Case
from univariate import Univariate, make

LOG_2PI = lambda: mp.log(2 * mp.pi)


def normal_cdf(z):
    return mp.erfc(-z / mp.sqrt(2)) / 2


def normal_quantile(q):
    return -mp.sqrt(2) * erfc_inverse(2 * q)


def erfc_inverse(y):
    if y > 1:
        return -erfc_inverse(2 - y)
    if y > mp.mpf(1) / 2:
        return mp.erfinv(1 - y)
    guess = mp.sqrt(-mp.log(y))
    return mp.findroot(lambda t: mp.log(mp.erfc(t)) - mp.log(y), guess)


class Normal(Univariate):
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [0, 1, -1, 37.4, -37.4, 1e-300]),
        Case(dict(loc=8.5, scale=0.75), [8.5, 9.5, 36.5]),
        Case(dict(loc=-3.25, scale=1e-3), [-3.25, -3.2876]),
        Case(dict(loc=1e8, scale=1e5), [0, 1e8]),
        Case(dict(loc=0.0, scale=1e-150), [0]),
    ]

    def logp(x, m, s):
        return -((x - m) / s) ** 2 / 2 - mp.log(s) - LOG_2PI() / 2

    def cdf(x, m, s):
        return normal_cdf((x - m) / s)

    def quantile(q, m, s):
        return m + s * normal_quantile(q)

    def mean(m, s):
        return m

    def variance(m, s):
        return s * s

    def entropy(m, s):
        return mp.log(s) + (1 + LOG_2PI()) / 2

    def frozen(m, s):
        return stats.norm(m, s)


class LogNormal(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [1, 1e-15, 1e15], [0, -1]),
        Case(dict(loc=2.5, scale=0.1), [1e-3, 1e3], [-1]),
        Case(dict(loc=-10.0, scale=3.0), [1e-60, 1e40], [0]),
        Case(dict(loc=1.0, scale=1e-4), [2.7, 2.75], [-2]),
    ]

    def logp(x, m, s):
        if x <= 0:
            return mp.ninf
        return Normal.logp(mp.log(x), m, s) - mp.log(x)

    def cdf(x, m, s):
        return Normal.cdf(mp.log(x), m, s) if x > 0 else mp.mpf(0)

    def quantile(q, m, s):
        return mp.exp(Normal.quantile(q, m, s))

    def mean(m, s):
        return mp.exp(m + s * s / 2)

    def variance(m, s):
        return mp.expm1(s * s) * mp.exp(2 * m + s * s)

    def entropy(m, s):
        return m + Normal.entropy(m, s)

    def frozen(m, s):
        return stats.lognorm(s, scale=math.exp(m))

    def scale_of_terms(x, m, s):
        # SciPy holds exp(loc): half an ulp there is amplified by z/s.
        return abs(math.log(x) - m) / s**2

    CDF_RTOL = 1e-6


class HalfNormal(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(scale=1.0), [0, 1e-300, 37.4], [-1]),
        Case(dict(scale=2.5), [0, 90], [-1e-3]),
        Case(dict(scale=1e-6), [0, 1e-9, 3.7e-5], [-1e-6]),
        Case(dict(scale=1e10), [0, 1], [-1]),
    ]

    def logp(x, s):
        return mp.log(2) + Normal.logp(x, 0, s) if x >= 0 else mp.ninf

    def cdf(x, s):
        return mp.erf(x / s / mp.sqrt(2)) if x > 0 else mp.mpf(0)

    def quantile(q, s):
        return s * mp.sqrt(2) * erfc_inverse(1 - q)

    def mean(s):
        return s * mp.sqrt(2 / mp.pi)

    def variance(s):
        return s * s * (1 - 2 / mp.pi)

    def entropy(s):
        return mp.log(mp.pi * s * s / 2) / 2 + mp.mpf(1) / 2

    def frozen(s):
        return stats.halfnorm(scale=s)


class StudentT(Univariate):
    CASES = [
        Case(dict(df=1.0, loc=0.0, scale=1.0), [0, 1e8, -1e150]),
        Case(dict(df=3.0, loc=-1.0, scale=2.0), [-1, 1e50]),
        Case(dict(df=0.5, loc=0.0, scale=1.0), [0, 1e-3, 1e100]),
        Case(dict(df=1.5, loc=0.25, scale=0.125), [0.25]),
        Case(dict(df=30.0, loc=10.0, scale=1e-3), [10, 11]),
        Case(dict(df=1e4, loc=0.0, scale=1.0), [0, 20, -38.5]),
        Case(dict(df=1e8, loc=0.0, scale=1.0), [0, 1.5, 37], grid=False, quantiles=False),
    ]
    RTOL = 1e-11
    MOMENT_RTOL = 1e-9  # SciPy's entropy

    def scale_of_terms(x, df, m, s):
        # SciPy subtracts two log gammas of size df log df.
        return df * max(1.0, math.log(df)) * 1e-3

    def logp(x, v, m, s):
        z = (x - m) / s
        return (mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(v * mp.pi) / 2 - mp.log(s)
                - (v + 1) / 2 * mp.log1p(z * z / v))

    def cdf(x, v, m, s):
        z = (x - m) / s
        if v > 1e6:
            return student_cdf_by_quadrature(z, v)
        tail = mp.betainc(v / 2, mp.mpf(1) / 2, 0, v / (v + z * z), regularized=True) / 2
        return tail if z < 0 else 1 - tail

    def mean(v, m, s):
        return m if v > 1 else None

    def variance(v, m, s):
        if v <= 1:
            return None
        return s * s * v / (v - 2) if v > 2 else mp.inf

    def entropy(v, m, s):
        h = (v + 1) / 2
        return h * (mp.digamma(h) - mp.digamma(v / 2)) + mp.log(v) / 2 + mp.log(mp.beta(v / 2, mp.mpf(1) / 2)) + mp.log(s)

    def frozen(v, m, s):
        return stats.t(v, m, s)


def student_cdf_by_quadrature(z, v):
    f = lambda t: mp.exp(StudentT.logp(t, v, mp.mpf(0), mp.mpf(1)))
    if z > 0:
        return 1 - student_cdf_by_quadrature(-z, v)
    return mp.quad(f, [z - k for k in range(45, -1, -1)])


class Cauchy(Univariate):
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [0, 1e-3, -1e150, 1e8]),
        Case(dict(loc=-3.0, scale=0.01), [-3, 0]),
        Case(dict(loc=100.0, scale=1e6), [100, 1e300]),
    ]

    def logp(x, m, s):
        return -mp.log(mp.pi * s) - mp.log1p(((x - m) / s) ** 2)

    def cdf(x, m, s):
        z = (x - m) / s
        return mp.atan2(1, -z) / mp.pi

    def quantile(q, m, s):
        return m - s * mp.cospi(q) / mp.sinpi(q)

    def mean(m, s):
        return None

    variance = mean

    def entropy(m, s):
        return mp.log(4 * mp.pi * s)

    def frozen(m, s):
        return stats.cauchy(m, s)


class HalfCauchy(Univariate):
    POSITIVE = True
    SCIPY_LACKS = ("mean", "variance")
    CASES = [
        Case(dict(scale=1.0), [0, 1e-300, 1e150], [-1]),
        Case(dict(scale=2.5), [0, 1], [-1]),
        Case(dict(scale=1e-6), [0, 1], [-1e-9]),
    ]

    def logp(x, s):
        return mp.log(2) + Cauchy.logp(x, 0, s) if x >= 0 else mp.ninf

    def cdf(x, s):
        return 2 / mp.pi * mp.atan(x / s) if x > 0 else mp.mpf(0)

    def quantile(q, s):
        return s * mp.tan(mp.pi * q / 2)

    def mean(s):
        return mp.inf

    variance = mean

    def entropy(s):
        return mp.log(2 * mp.pi * s)

    def frozen(s):
        return stats.halfcauchy(scale=s)


class Laplace(Univariate):
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [0, 699, -699, 1e-300]),
        Case(dict(loc=-2.0, scale=0.25), [-2, 100]),
        Case(dict(loc=5.0, scale=1e6), [5, 6]),
    ]

    def logp(x, m, s):
        return -mp.log(2 * s) - abs(x - m) / s

    def cdf(x, m, s):
        z = (x - m) / s
        return mp.exp(z) / 2 if z < 0 else 1 - mp.exp(-z) / 2

    def quantile(q, m, s):
        return m + s * mp.log(2 * q) if q < 0.5 else m - s * mp.log(2 * (1 - q))

    def mean(m, s):
        return m

    def variance(m, s):
        return 2 * s * s

    def entropy(m, s):
        return 1 + mp.log(2 * s)

    def frozen(m, s):
        return stats.laplace(m, s)


class Logistic(Univariate):
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [0, 700, -700, 40]),
        Case(dict(loc=3.0, scale=0.1), [3, 50, -60]),
        Case(dict(loc=-1e3, scale=50.0), [-1000, 0]),
    ]

    def logp(x, m, s):
        z = abs(x - m) / s
        return -z - mp.log(s) - 2 * mp.log1p(mp.exp(-z))

    def cdf(x, m, s):
        return 1 / (1 + mp.exp(-(x - m) / s))

    def quantile(q, m, s):
        return m + s * mp.log(q / (1 - q))

    def mean(m, s):
        return m

    def variance(m, s):
        return (s * mp.pi) ** 2 / 3

    def entropy(m, s):
        return mp.log(s) + 2

    def frozen(m, s):
        return stats.logistic(m, s)


class Gumbel(Univariate):
    CASES = [
        Case(dict(loc=0.0, scale=1.0), [0, -6.5, 700]),
        Case(dict(loc=2.0, scale=3.0), [2, -17]),
        Case(dict(loc=-50.0, scale=0.01), [-50, -50.065]),
    ]

    def logp(x, m, s):
        z = (x - m) / s
        return -z - mp.exp(-z) - mp.log(s)

    def cdf(x, m, s):
        return mp.exp(-mp.exp(-(x - m) / s))

    def quantile(q, m, s):
        return m - s * mp.log(-mp.log(q))

    def mean(m, s):
        return m + s * mp.euler

    def variance(m, s):
        return (s * mp.pi) ** 2 / 6

    def entropy(m, s):
        return mp.log(s) + mp.euler + 1

    def frozen(m, s):
        return stats.gumbel_r(m, s)

    # exp(-z) amplifies the rounding of z.
    CDF_RTOL = 1e-9
    RTOL = 1e-11


class Uniform(Univariate):
    CASES = [
        Case(dict(low=0.0, high=1.0), [1e-300, 0.5, 1 - 2**-53], [-1e-3, 1.5]),
        Case(dict(low=-2.5, high=7.25), [0, 7], [-3, 8]),
        Case(dict(low=1e6, high=1e6 + 0.25), [1e6 + 0.125], [0]),
        Case(dict(low=-1e150, high=1e150), [0, 1], [-1e200]),
    ]

    def logp(x, a, b):
        return -mp.log(b - a) if a <= x <= b else mp.ninf

    def cdf(x, a, b):
        return min(max((x - a) / (b - a), mp.mpf(0)), mp.mpf(1))

    def quantile(q, a, b):
        return a + q * (b - a)

    def mean(a, b):
        return (a + b) / 2

    def variance(a, b):
        return (b - a) ** 2 / 12

    def entropy(a, b):
        return mp.log(b - a)

    def frozen(a, b):
        return stats.uniform(a, b - a)


class Exponential(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(rate=1.0), [0, 1e-300, 700], [-1]),
        Case(dict(rate=0.3), [0, 2000], [-1]),
        Case(dict(rate=1e6), [0, 7e-4], [-1e-6]),
        Case(dict(rate=1e-8), [0, 1e9], [-1]),
    ]

    def logp(x, r):
        return mp.log(r) - r * x if x >= 0 else mp.ninf

    def cdf(x, r):
        return -mp.expm1(-r * x) if x > 0 else mp.mpf(0)

    def quantile(q, r):
        return -mp.log1p(-q) / r

    def mean(r):
        return 1 / r

    def variance(r):
        return 1 / r**2

    def entropy(r):
        return 1 - mp.log(r)

    def frozen(r):
        return stats.expon(scale=1 / r)


def gamma_cdf(x, a):
    """P(a, x), the regularised lower incomplete gamma function."""
    return mp.gammainc(a, 0, x, regularized=True)


class Gamma(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(concentration=2.5, rate=0.3), [1e-10, 2400], [-1]),
        Case(dict(concentration=1.0, rate=1.0), [0, 700], [-1]),
        Case(dict(concentration=0.5, rate=2.0), [0, 1e-300, 350], [-1]),
        Case(dict(concentration=1e-3, rate=1.0), [1e-300, 1e-10, 0.5, 5, 690], [-1]),
        Case(dict(concentration=1e4, rate=10.0), [1000, 630, 1500], [-1]),
        Case(dict(concentration=7.0, rate=1e-6), [0, 1.0, 7e6], [-1]),
        Case(dict(concentration=10.0, rate=1e8), [1e-7, 1e-39], [-1]),
    ]
    RTOL = 1e-11

    def scale_of_terms(x, a, b):
        return a * 1e-2

    def logp(x, a, b):
        if x < 0:
            return mp.ninf
        if x == 0:
            return mp.log(b) if a == 1 else (mp.inf if a < 1 else mp.ninf)
        return a * mp.log(b) + (a - 1) * mp.log(x) - b * x - mp.loggamma(a)

    def cdf(x, a, b):
        return gamma_cdf(b * x, a) if x > 0 else mp.mpf(0)

    def log_quantile_near_zero(q, a, b):
        return (mp.log(q) + mp.loggamma(a + 1)) / a - mp.log(b)

    def mean(a, b):
        return a / b

    def variance(a, b):
        return a / b**2

    def entropy(a, b):
        return a - mp.log(b) + mp.loggamma(a) + (1 - a) * mp.digamma(a)

    def frozen(a, b):
        return stats.gamma(a, scale=1 / b)


class InverseGamma(Univariate):
    POSITIVE = True
    NOTE = "density of 1/X, X of Gamma(concentration, rate)"
    RTOL = 1e-11
    CASES = [
        Case(dict(concentration=3.0, rate=2.0), [1e-3, 2.9e-3, 1e100], [0, -1]),
        Case(dict(concentration=1.0, rate=1.0), [1.5e-3, 1e150], [-1]),
        Case(dict(concentration=0.5, rate=4.0), [1], [-1]),
        Case(dict(concentration=1.5, rate=0.25), [1], [0]),
        Case(dict(concentration=1e4, rate=1e3), [0.1, 0.15], [-1]),
        Case(dict(concentration=1e-3, rate=1.0), [1e-2, 1, 1e300], [-1], grid=False, quantiles=False),
    ]

    def scale_of_terms(x, a, b):
        return a * 1e-2

    def logp(x, a, b):
        if x <= 0:
            return mp.ninf
        return a * mp.log(b) - (a + 1) * mp.log(x) - b / x - mp.loggamma(a)

    def cdf(x, a, b):
        return mp.gammainc(a, b / x, mp.inf, regularized=True) if x > 0 else mp.mpf(0)

    def mean(a, b):
        return b / (a - 1) if a > 1 else mp.inf

    def variance(a, b):
        return b**2 / ((a - 1) ** 2 * (a - 2)) if a > 2 else (mp.inf if a > 1 else None)

    SCIPY_LACKS = ("variance",)  # SciPy gives NaN where the variance is infinite

    def entropy(a, b):
        return a + mp.log(b) + mp.loggamma(a) - (1 + a) * mp.digamma(a)

    def frozen(a, b):
        return stats.invgamma(a, scale=b)


class Chi2(Univariate):
    POSITIVE = True
    RTOL = 1e-11
    CASES = [
        Case(dict(df=1.0), [0, 1e-300, 1390], [-1]),
        Case(dict(df=2.0), [0, 1400], [-1]),
        Case(dict(df=5.5), [0, 1e-10], [-1]),
        Case(dict(df=1e-2), [1e-300, 1, 1380], [-1]),
        Case(dict(df=5e3), [5000, 3000], [-1]),
    ]

    def scale_of_terms(x, df):
        return df * 1e-2

    def logp(x, v):
        return Gamma.logp(x, v / 2, mp.mpf(1) / 2)

    def cdf(x, v):
        return Gamma.cdf(x, v / 2, mp.mpf(1) / 2)

    def log_quantile_near_zero(q, v):
        return Gamma.log_quantile_near_zero(q, v / 2, mp.mpf(1) / 2)

    def mean(v):
        return v

    def variance(v):
        return 2 * v

    def entropy(v):
        return Gamma.entropy(v / 2, mp.mpf(1) / 2)

    def frozen(v):
        return stats.chi2(v)


class Weibull(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(scale=1.0, concentration=1.0), [0, 700], [-1]),
        Case(dict(scale=2.0, concentration=1.5), [0, 1e-12, 157], [-1]),
        Case(dict(scale=0.5, concentration=0.5), [0, 1e-300, 1e5], [-1]),
        Case(dict(scale=3.0, concentration=50.0), [3, 1, 3.4], [-1]),
        Case(dict(scale=1e-5, concentration=3.0), [0, 8.8e-5], [-1]),
    ]
    RTOL = 1e-11

    def logp(x, s, k):
        if x < 0:
            return mp.ninf
        if x == 0:
            return -mp.log(s) if k == 1 else (mp.inf if k < 1 else mp.ninf)
        return mp.log(k / s) + (k - 1) * mp.log(x / s) - (x / s) ** k

    def cdf(x, s, k):
        return -mp.expm1(-((x / s) ** k)) if x > 0 else mp.mpf(0)

    def quantile(q, s, k):
        return s * (-mp.log1p(-q)) ** (1 / k)

    def mean(s, k):
        return s * mp.gamma(1 + 1 / k)

    def variance(s, k):
        return s * s * (mp.gamma(1 + 2 / k) - mp.gamma(1 + 1 / k) ** 2)

    def entropy(s, k):
        return mp.euler * (1 - 1 / k) + mp.log(s / k) + 1

    def frozen(s, k):
        return stats.weibull_min(k, scale=s)


class Pareto(Univariate):
    POSITIVE = True
    CASES = [
        Case(dict(scale=1.0, alpha=1.0), [1, 1 + 2**-52, 1e150], [0.5, -1]),
        Case(dict(scale=2.5, alpha=3.0), [2.5, 1e50], [2]),
        Case(dict(scale=0.01, alpha=0.5), [0.01, 1e200], [0]),
        Case(dict(scale=1.0, alpha=1.5), [1], [0]),
        Case(dict(scale=1e6, alpha=1e3), [1e6, 2e6], [0]),
    ]

    def logp(x, s, a):
        return mp.log(a / x) + a * mp.log(s / x) if x >= s else mp.ninf

    def cdf(x, s, a):
        return -mp.expm1(a * mp.log(s / x)) if x > s else mp.mpf(0)

    def quantile(q, s, a):
        return s * mp.exp(-mp.log1p(-q) / a)

    def mean(s, a):
        return a * s / (a - 1) if a > 1 else mp.inf

    def variance(s, a):
        return s * s * a / ((a - 1) ** 2 * (a - 2)) if a > 2 else mp.inf

    def entropy(s, a):
        return mp.log(s / a) + 1 + 1 / a

    def frozen(s, a):
        return stats.pareto(a, scale=s)

    # SciPy's cdf is 1 - x**-a, absolute error of one ulp of 1.
    CDF_RTOL = 1e-9


def normal_mass(a, b):
    """Probability of (a, b), from the nearer end."""
    if a > -b:
        a, b = -b, -a
    return normal_cdf(b) - normal_cdf(a)


class TruncatedNormal(Univariate):
    """Between low and high; the families below leave one of them infinite."""

    CASES = [
        Case(dict(loc=0.5, scale=2.0, low=-1.0, high=3.0), [-1, 0, 3], [-1.5, 4]),
        Case(dict(loc=0.0, scale=1.0, low=-0.125, high=0.25), [0, 0.25], [1]),
        Case(dict(loc=0.0, scale=1.0, low=1e-9, high=2e-9), [1e-9, 1.25e-9, 1.5e-9], [0, 3e-9]),
        Case(dict(loc=1.0, scale=0.5, low=4.0, high=6.0), [4, 4.5, 6], [3]),
        Case(dict(loc=-3.0, scale=2.0, low=-30.0, high=40.0), [-30, -3, 30], [50]),
        Case(dict(loc=0.0, scale=1.0, low=40.0, high=41.0), [40, 40.5], [39]),
        Case(dict(loc=0.0, scale=1.0, low=-50.0, high=-49.984375), [-49.9921875], [0]),
    ]
    RTOL = 1e-6  # SciPy takes logarithms of small differences
    CDF_RTOL = 1e-6

    @staticmethod
    def ends(p):
        return p[2], p[3]

    @classmethod
    def logp(cls, x, *p):
        m, s, (low, high) = p[0], p[1], cls.ends(p)
        if not low <= x <= high:
            return mp.ninf
        return Normal.logp(x, m, s) - mp.log(normal_mass((low - m) / s, (high - m) / s))

    @classmethod
    def cdf(cls, x, *p):
        m, s, (low, high) = p[0], p[1], cls.ends(p)
        if not low < x < high:
            return mp.mpf(x >= high)
        return normal_mass((low - m) / s, (x - m) / s) / normal_mass((low - m) / s, (high - m) / s)

    mean = variance = Univariate.entropy

    @classmethod
    def frozen(cls, *p):
        m, s, (low, high) = p[0], p[1], cls.ends(p)
        if high - low < s * 1e-6:
            return None  # SciPy keeps few digits of narrow intervals
        return stats.truncnorm((float(low) - m) / s, (float(high) - m) / s, m, s)

    @staticmethod
    def scale_of_terms(x, m, s, *_):
        return ((x - m) / s) ** 2


class LeftTruncatedNormal(TruncatedNormal):
    CASES = [
        Case(dict(loc=0.5, scale=1.5, low=-2.0), [-2, 0, 5], [-3]),
        Case(dict(loc=0.0, scale=1.0, low=0.25), [0.25, 8], [0]),
        Case(dict(loc=0.0, scale=1.0, low=-20.0), [-20, 0, 20], [-21]),
        Case(dict(loc=2.0, scale=0.5, low=10.0), [10, 10.5], [9]),
        Case(dict(loc=0.0, scale=1.0, low=60.0), [60, 60.5], [59]),
    ]

    @staticmethod
    def ends(p):
        return p[2], mp.inf


class RightTruncatedNormal(TruncatedNormal):
    CASES = [
        Case(dict(loc=0.5, scale=1.5, high=-2.0), [-2, -5], [-1]),
        Case(dict(loc=0.0, scale=1.0, high=20.0), [-20, 0, 20], [21]),
        Case(dict(loc=0.0, scale=1.0, high=-60.0), [-60, -60.5], [-59]),
    ]

    @staticmethod
    def ends(p):
        return mp.ninf, p[2]


class Beta(Univariate):
    CASES = [
        Case(dict(concentration1=10.0, concentration0=10.0), [1e-30, 1e-3], [-0.5, 1.5]),
        Case(dict(concentration1=16.0, concentration0=14.0), [0.5, 1e-20], [1.5]),
        Case(dict(concentration1=1.0, concentration0=1.0), [0, 1], [-1, 2]),
        Case(dict(concentration1=2.0, concentration0=1.0), [0, 1], [2]),
        Case(dict(concentration1=0.5, concentration0=0.5), [0, 1e-300, 1 - 2**-53, 1], [2]),
        Case(dict(concentration1=1e-3, concentration0=1e-3), [1e-300, 1e-10, 0.5, 1 - 2**-53], [2], grid=False, quantiles=False),
        Case(dict(concentration1=1e4, concentration0=2e4), [0.25, 0.33, 0.5], [-1]),
        Case(dict(concentration1=1e-2, concentration0=50.0), [1e-200, 1e-3, 0.9], [-1], grid=False, quantiles=False),
        Case(dict(concentration1=3.5, concentration0=1.25), [1 - 2**-53], [-1]),
    ]
    RTOL = 1e-11
    MOMENT_RTOL = 1e-9

    def scale_of_terms(x, a, b):
        return (a + b) * 1e-2

    def logp(x, a, b):
        if x < 0 or x > 1:
            return mp.ninf
        terms = [power_term(a - 1, x), power_term(b - 1, 1 - x)]
        return sum(terms) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))

    def cdf(x, a, b):
        if x <= 0:
            return mp.mpf(0)
        return beta_cdf(x, a, b) if x < 1 else mp.mpf(1)

    def quantile(q, a, b):
        """Bisection, then Newton's method, in the logit of x: 1 - x may be tiny."""
        x = lambda t: 1 / (1 + mp.exp(-t))
        low, high = mp.mpf(-100), mp.mpf(100)
        for _ in range(30):
            mid = (low + high) / 2
            low, high = (mid, high) if Beta.cdf(x(mid), a, b) < q else (low, mid)
        t = (low + high) / 2
        for _ in range(4):
            y = x(t)
            t -= (Beta.cdf(y, a, b) - q) / (mp.exp(Beta.logp(y, a, b)) * y * (1 - y))
        return x(t)

    def mean(a, b):
        return a / (a + b)

    def variance(a, b):
        return a * b / ((a + b) ** 2 * (a + b + 1))

    def entropy(a, b):
        return (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b) - (a - 1) * mp.digamma(a)
                - (b - 1) * mp.digamma(b) + (a + b - 2) * mp.digamma(a + b))

    def frozen(a, b):
        return stats.beta(a, b)


def power_term(k, x):
    """k log x with its limits at x = 0."""
    if k == 0:
        return mp.mpf(0)
    if x == 0:
        return mp.ninf if k > 0 else mp.inf
    return k * mp.log(x)


def beta_cdf(x, a, b):
    """I_x(a, b), by the series on the side of the mean where it converges fast."""
    if x > a / (a + b):
        return 1 - beta_cdf(1 - x, b, a)
    front = mp.exp(a * mp.log(x) + b * mp.log1p(-x) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))) / a
    term, total, n = mp.mpf(1), mp.mpf(1), 0
    # DLMF 8.17.7-8: I_x = front * F(a + b, 1; a + 1; x), all terms positive.
    while term > total * mp.mpf(10) ** -(mp.mp.dps + 5):
        term *= (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    return front * total


class VonMises(Univariate):
    NOTE = "variance is the circular one, 1 - I1/I0; cdf counts from loc - pi"
    CASES = [
        Case(dict(loc=0.0, concentration=1.0), [0, 3, -3]),
        Case(dict(loc=0.5, concentration=1e-3), [0.5, 3]),
        Case(dict(loc=-1.25, concentration=25.0), [-1.25, 1.5]),
        Case(dict(loc=0.0, concentration=400.0), [0, 1.5, 3.125]),
        Case(dict(loc=1.0, concentration=1e4), [1, 1.375]),
    ]
    SCIPY_LACKS = ("variance",)
    CDF_ATOL = 1e-7  # SciPy's is a normal approximation above 50 (Hill 1977)
    CDF_RTOL = 1e-6
    RTOL = 1e-11

    def logp(x, m, k):
        return k * mp.cos(x - m) - mp.log(2 * mp.pi * mp.besseli(0, k))

    def cdf(x, m, k):
        f = lambda t: mp.exp(VonMises.logp(t, m, k))
        z = x - m
        if z > 0:
            return 1 - VonMises.cdf(m - z, m, k)
        width = min(mp.pi, 16 / mp.sqrt(k))
        low = -mp.pi if z - width < -mp.pi else z - width
        return mp.quad(lambda t: f(t + m), mp.linspace(low, z, 9)) if z > low else mp.mpf(0)

    def mean(m, k):
        return m

    def variance(m, k):
        return 1 - mp.besseli(1, k) / mp.besseli(0, k)

    def entropy(m, k):
        return mp.log(2 * mp.pi * mp.besseli(0, k)) - k * mp.besseli(1, k) / mp.besseli(0, k)

    def frozen(m, k):
        return stats.vonmises(k, m)


def check_von_mises():
    """The quadrature agrees with the Fourier series (Mardia and Jupp 2000, 3.5.17)."""
    for c in VonMises.CASES:
        m, k = (mp.mpf(v) for v in c.params.values())
        z = -1 / mp.sqrt(1 + k)
        series, j, ratio = (z + mp.pi) / (2 * mp.pi), 1, mp.mpf(1)
        while ratio > mp.mpf(10) ** -35:
            ratio = mp.besseli(j, k) / mp.besseli(0, k)
            series += ratio * mp.sin(j * z) / (j * mp.pi)
            j += 1
        assert abs(VonMises.cdf(m + z, m, k) - series) < mp.mpf(10) ** -30


if __name__ == "__main__":
    check_von_mises()
    make(Normal, LogNormal, HalfNormal, StudentT, Cauchy, HalfCauchy, Laplace, Logistic, Gumbel,
         Uniform, Exponential, Gamma, InverseGamma, Chi2, Weibull, Pareto, TruncatedNormal,
         LeftTruncatedNormal, RightTruncatedNormal, Beta, VonMises)
