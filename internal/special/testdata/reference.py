#!/usr/bin/env python3
"""Writes reference.json: exact values of the functions of package special.

Made with Python 3 and mpmath 1.3.0, 60 digits and more:  python3 reference.py > reference.json
Each row holds the float64 arguments and then the values, correctly rounded.
Incomplete gamma and beta come from their positive series (DLMF 8.11.4, 8.17.8),
differentiated term by term, with guard digits for the complement.
"""
import json
import math
from mpmath import mp, mpf
from mpmath import log, log1p, exp, expm1, sqrt, pi, erfc, besseli, loggamma, gamma, psi, digamma

mp.dps = 60
out = {}


def rows(name, f, args):
    out[name] = [list(a) + [float(v) for v in (lambda r: r if isinstance(r, tuple) else (r,))(f(*map(mpf, a)))] for a in args]


def grid(lo, hi, n):
    """n floats spread evenly in the logarithm."""
    lo, hi = mpf(lo), mpf(hi)
    return [float(lo * (hi / lo) ** (mpf(i) / (n - 1))) for i in range(n)]


def one(xs):
    return [(float(x),) for x in xs]


# --- log, exp -----------------------------------------------------------------
mp.dps = 400
xs = [-745, -700, -50, -37, -20, -3, -1, -0.7, -0.69, -0.1, -1e-5, -1e-17]
wide = xs + [0.0, 1e-17, 1e-5, 0.1, 0.7, 1, 3, 17.9, 18.1, 33.2, 33.4, 50, 700, 1e10]
rows("Log1pExp", lambda x: log1p(exp(x)), one(wide))
rows("LogSigmoid", lambda x: -log1p(exp(-x)), one(wide))
rows("Sigmoid", lambda x: 1 / (1 + exp(-x)), one([x for x in wide if x > -700]))
rows("Log1mExp", lambda x: log(-expm1(x)), one(xs))
pairs = [(0.0, 0.0), (1.0, 2.0), (-1000.0, -1001.0), (1000.0, 999.5), (3.0, -50.0), (1e-3, -1e-3), (-3.5, 20.0)]
rows("LogAddExp", lambda a, b: log(exp(a) + exp(b)), pairs)
rows("LogSubExp", lambda a, b: log(exp(a) - exp(b)), [(max(p), min(p)) for p in pairs if p[0] != p[1]])

# --- gamma, polygamma ---------------------------------------------------------
mp.dps = 60
pos = grid("1e-300", "1e300", 41) + grid("1e-3", "1e4", 60) + [1 + s * 10.0**-k for k in range(1, 16, 2) for s in (1, -1)] + [2 + s * 10.0**-k for k in range(1, 16, 2) for s in (1, -1)]
rows("Lgamma", loggamma, one([x for x in pos if x not in (1.0, 2.0)]))
z = [s * 10.0**-k for k in range(1, 300, 13) for s in (1, -1)] + [0.5, -0.5, 0.51, -0.51, 0.75, 0.99, -0.99, 1.0001, 0.9999, 1.4, 1.6, 12.5]
mp.dps = 340
rows("Lgamma1p", lambda x: loggamma(1 + x), one(z))
mp.dps = 60
near = [1.4616321449683622 + d for d in (0, 1e-14, -1e-12, 1e-8, -1e-4)]
rows("Digamma", digamma, one(pos + near))
neg = [-0.5, -0.1, -1e-9, -0.9, -1.0001, -1.5, -2.2, -10.7, -1000.25, -0.75]
rows("DigammaNegative", digamma, one(neg))
rows("Trigamma", lambda x: psi(1, x), one([x for x in pos if x > 1e-150] + neg))


def polygamma_args():
    return [(n, x) for n in (2, 3, 4, 7, 12, 20) for x in grid("1e-8", "1e8", 17) + [1.5, 2.0, 9.5, 30.0]]


out["Polygamma"] = [[n, x, float(psi(n, mpf(x)))] for n, x in polygamma_args()]
out["PolygammaNegative"] = [[n, x, float(psi(n, mpf(x)))] for n in (2, 3, 5) for x in neg]


def poch(x, n):
    return loggamma(x + n) - loggamma(x)


mp.dps = 340
pa = [(x, n) for x in grid("1e-5", "1e12", 18) for n in (1e-12, 1e-3, 0.3, 1.0, 2.0, 3.5, 7.0, 40.0, 1e6)]
pa += [(x, -n) for x in (12.5, 30.0, 1e5, 1e9) for n in (1e-6, 0.5, 2.0, 11.0)] + [(1e300, 2.5), (1e20, 1e20), (1.46, 1e-4)]
rows("LogPochhammer", poch, [p for p in pa if p[0] + p[1] > 0])
ba = [(a, b) for a in (1e-100, 1e-8, 1e-3, 0.2, 0.5, 1.0, 1.5, 3.0, 9.5, 10.0, 35.0, 1e3, 1e8, 1e200) for b in (1e-3, 0.7, 1.0, 2.0, 8.0, 12.0, 500.0, 1e8)]
rows("Lbeta", lambda a, b: loggamma(a) + loggamma(b) - loggamma(a + b), [p for p in ba if p != (1.0, 1.0)])
ch = [(n, k) for n in (1.0, 2.0, 5.0, 10.0, 30.5, 100.0, 1e4, 1e10) for k in (1e-9, 0.5, 1.0, 2.0, 3.5, 9.0, 11.0, 49.0, 5000.0) if 0 < k < n]
rows("LChoose", lambda n, k: loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1), ch)
mp.dps = 60

# --- normal, Bessel -----------------------------------------------------------
nx = [-37.4, -30, -20.5, -10.3, -5.1, -2, -1.001, -0.999, -0.5, -1e-10, 0, 1e-10, 0.5, 1, 2, 5, 8, 10]
rows("NormCDF", lambda x: erfc(-x / sqrt(2)) / 2, one(nx))
mp.dps = 2000
rows("LogNormCDF", lambda x: log(erfc(-x / sqrt(2)) / 2), one([x for x in nx if x < 10] + [-40, -60, -1e2, 20, 30]))
mp.dps = 60
asym = lambda x: -x * x / 2 - log(-x) - log(2 * pi) / 2 + log(1 - 1 / x**2 + 3 / x**4 - 15 / x**6 + 105 / x**8)
out["LogNormCDF"] += [[x, float(asym(mpf(x)))] for x in (-1e5, -1e8, -1e100)]
rows("Erfcx", lambda x: exp(x * x) * erfc(x), one([-20, -3, -1, -1e-3, 0, 1e-10, 0.1, 0.5, 1, 2, 3, 4, 5, 8, 13, 25, 60]))


def quantile(p):
    x = -sqrt(-2 * log(p)) if p < 0.1 else mpf(0)
    for _ in range(200):  # Newton on log Φ, concave
        c = erfc(-x / sqrt(2)) / 2
        d = log(c / p) * c / (exp(-x * x / 2) / sqrt(2 * pi))
        x -= d
        if abs(d) < mpf(10) ** -45:
            return x
    raise SystemExit("no quantile")


ps = [1e-323, 1e-300, 1e-100, 1e-20, 1e-11, 1e-10, 1e-5, 0.01, 0.074, 0.076, 0.25, 0.4, 0.49999999]
rows("NormQuantile", quantile, one(ps + [0.500001, 0.75, 0.92, 0.93, 0.999]))
rows("Erfcinv", lambda p: -quantile(p / 2) / sqrt(2), one([1e-320] + ps[1:] + [0.9, 1.2, 1.84, 1.86, 1.99]))
rows("Erfinv", lambda x: -quantile((1 - x) / 2) / sqrt(2), one([1e-40, 1e-10, 0.1, 0.5, 0.84, 0.86, 0.99, 1 - 1e-12]))
bx = [1e-300, 1e-8, 1e-3, 0.1, 0.5, 1, 2, 4, 7.9, 8, 8.1, 12, 20, 50, 300, 1e4]
rows("BesselI0e", lambda x: exp(-x) * besseli(0, x), one(bx))
rows("BesselI1e", lambda x: exp(-x) * besseli(1, x), one(bx))
rows("BesselI1I0", lambda x: besseli(1, x) / besseli(0, x), one(bx))


# --- incomplete gamma ---------------------------------------------------------
def gamma_parts(a, x):
    """P, Q, ∂P/∂a and dx/da."""
    eps = mpf(10) ** -mp.dps
    t = 1 / a
    s, w, psi_n = t, mpf(0), mpf(0)
    n = 0
    while True:
        n += 1
        t = t * x / (a + n)
        psi_n += 1 / (a + n)
        s += t
        w += t * psi_n
        if x < a + n and t * (1 + psi_n) < eps * s:
            break
    d = exp(a * log(x) - x - loggamma(a))
    p = d * s
    dp = d * (s * (log(x) - digamma(a + 1)) - w)
    return p, 1 - p, dp, -dp / d * x


def gamma_points():
    pts = []
    for a in (1e-3, 0.01, 0.1, 0.5, 0.99):
        for q in (1e-10, 1e-4, 0.1, 0.5, 0.9):
            x = float((mpf(q) * gamma(1 + mpf(a))) ** (1 / mpf(a)))
            if 1e-300 < x < 1:
                pts.append((a, x))
        pts += [(a, x) for x in (0.3, 0.99, 1.01, 1.5, 2.4, 2.6, 3.1, 3.5, 4.0, 5.0, 20.0)]
    for a in (1.0, 1.5, 2.0, 3.7, 8.0, 11.9, 12.0, 15.0, 20.0, 50.0, 100.0, 300.0, 1e3, 1e4, 1e6):
        for zz in (-6.36, -4, -2, -1, -0.3, 0, 0.3, 1, 2, 4, 6.36):
            c = 1 - 1 / (9 * a) + zz / (3 * a**0.5)
            if c > 0.02:
                pts.append((a, a * c**3))
        pts.append((a, a))
        if a <= 100:
            pts += [(a, a * 0.29), (a, a * 0.31), (a, a * 2.3), (a, a * 2.4), (a, a + 0.99), (a, a + 1.01), (a, 1e-4)]
    return pts


mp.dps = 90
rows("Gamma", gamma_parts, gamma_points())  # P, Q, dP/da, dx/da
out["LogGammaQ"] = []
mp.dps = 1500
for a, x in ((0.5, 800.0), (3.0, 1500.0), (40.0, 2000.0), (1000.0, 2300.0)):
    out["LogGammaQ"].append([a, x, float(log(gamma_parts(mpf(a), mpf(x))[1]))])
mp.dps = 60
out["LogGammaP"] = [[a, x, float(log(gamma_parts(mpf(a), mpf(x))[0]))] for a, x in ((200.0, 1.5), (3.0, 1e-200), (1000.0, 100.0), (1e-3, 1e-300))]


# --- incomplete beta ----------------------------------------------------------
def beta_lower(a, b, x, y):
    """I, ∂I/∂a, ∂I/∂b and the density at x by the series in x."""
    eps = mpf(10) ** -mp.dps
    t = 1 / a
    s, wa, wb, ga, gb = t, mpf(0), mpf(0), mpf(0), mpf(0)
    n = 0
    while True:
        ga += (1 - b) / ((a + b + n) * (a + 1 + n))
        gb += 1 / (a + b + n)
        t = t * x * (a + b + n) / (a + 1 + n)
        n += 1
        s += t
        wa += t * ga
        wb += t * gb
        if x * (a + b + n) < a + 1 + n and t * (1 + gb) < eps * s * (1 - x):
            break
    k = exp(a * log(x) + b * log(y) - loggamma(a) - loggamma(b) + loggamma(a + b))
    return (k * s, k * (s * (log(x) - digamma(a + 1) + digamma(a + b)) + wa),
            k * (s * (log(y) - digamma(b) + digamma(a + b)) + wb), k / (x * y))


def beta_parts(a, b, x):
    """I, 1-I, ∂I/∂a, ∂I/∂b, dx/da, dx/db, with more digits where a tail is tiny."""
    mp.dps = 90
    r = beta_parts_at(a, b, x)
    if min(r[:2]) < mpf(10) ** -40:
        mp.dps = 500
        r = beta_parts_at(a, b, x)
    mp.dps = 90
    return r


def beta_parts_at(a, b, x):
    y = 1 - x
    if x > 0.5:
        q, db, da, f = beta_lower(b, a, y, x)
        p, da, db = 1 - q, -da, -db
    else:
        p, da, db, f = beta_lower(a, b, x, y)
        q = 1 - p
    return p, q, da, db, -da / f, -db / f


def beta_points():
    pts = []
    small = (1e-3, 0.03, 0.5, 0.9)
    big = (1.0, 1.7, 4.0, 5.5, 12.0, 80.0, 1000.0, 1e6)
    for a in small + big:
        for b in small + big:
            mu, sd = float(digamma(a) - digamma(b)), float(sqrt(psi(1, a) + psi(1, b)))
            zs = (-6, -2.5, -0.8, 0.1, 1.2, 3, 6) if min(a, b) >= 1 else (-1.5, -0.5, 0.2, 0.7, 1.3)
            for zz in zs:
                x = float(1 / (1 + exp(-(mpf(mu) + zz * mpf(sd)))))
                if 1e-290 < x < 1 - 1e-14:
                    pts.append((a, b, x))
            for x in (0.02, 0.3, 0.499, 0.501, 0.9):
                m = a / (a + b)
                v = (m * (1 - m) / (a + b + 1)) ** 0.5
                if abs(x - m) < 7 * v:
                    pts.append((a, b, x))
    # The quadrature's singularity at its distances from the interval.
    pts += [(0.19, 8000.0, z / 8000) for z in (1.2, 2.0, 3.5, 4.2, 6.0, 12.0)]
    return pts


mp.dps = 90
rows("Beta", beta_parts, beta_points())
out["Beta"] = [r for r in out["Beta"] if min(r[3:5]) > 1e-200]  # farther out 500 digits do not do

# --- Student's t --------------------------------------------------------------


def student(nu, t):
    x, y = nu / (nu + t * t), t * t / (nu + t * t)
    tail = beta_lower(nu / 2, mpf(1) / 2, x, y)[0] if x <= 0.5 else 1 - beta_lower(mpf(1) / 2, nu / 2, y, x)[0]
    return tail / 2 if t <= 0 else 1 - tail / 2


mp.dps = 300
st = [(nu, t) for nu in (0.1, 1.0, 2.5, 7.0, 30.0, 1000.0, 1e6) for t in (-30.0, -8.0, -2.0, -0.5, -1e-4, 0.3, 1.5, 6.0)]
rows("StudentTCDF", student, st)


def student_grad(nu, t):
    """dt/dν = (t/2)(∂I/∂a/(2K) + 1/ν) at x = ν/(ν+t²)."""
    x = nu / (nu + t * t)
    p = beta_parts_at(nu / 2, mpf(1) / 2, x)
    return t / 2 * (-p[4] / (x * (1 - x)) / 2 + 1 / nu)


mp.dps = 150
sg = [(nu, t) for nu in (0.05, 0.5, 1.0, 3.0, 12.0, 70.0, 1000.0, 9e4, 1.1e5, 2e6) for t in (-7.0, -2.5, -1.0, -1e-3, 0.2, 1.2, 5.0, 40.0)]
rows("StudentTSampleGrad", student_grad, [p for p in sg if p[1] < 7 or p[0] <= 70])

# Values beyond the float64 range are for the tests of edges.
out = {k: [r for r in v if all(map(math.isfinite, r))] for k, v in out.items()}
print("{\n" + ",\n".join(json.dumps(k) + ": [\n" + ",\n".join(" " + json.dumps(r) for r in v) + "\n]" for k, v in out.items()) + "\n}")
