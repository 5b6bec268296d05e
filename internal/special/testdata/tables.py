#!/usr/bin/env python3
"""Writes ../tables.go: the polynomial, rational and quadrature constants.

Made with Python 3 and mpmath 1.3.0 at 60 digits:  python3 tables.py > ../tables.go

Fits interpolate at Chebyshev nodes, which costs at most a digit against the
minimax fit; every degree is the least whose error, printed in the comment of
the table, is below 2^-54 of the function.
"""
from fractions import Fraction
from mpmath import mp, mpf, mpc, cos, pi, lu_solve, matrix, loggamma, digamma, log, log1p
from mpmath import exp, expm1, sqrt, erfc, besseli, findroot, bernfrac, legendre, diff, factorial, atanh, mpmathify, chebyt, quad

mp.dps = 60


def nodes(n, lo, hi):
    lo, hi = mpf(lo), mpf(hi)
    return [(lo + hi) / 2 + (hi - lo) / 2 * cos(pi * (2 * i + 1) / (2 * n)) for i in range(n)]


def horner(c, x):
    r = mpf(0)
    for a in reversed(c):
        r = r * x + a
    return r


def rational(f, m, n, lo, hi):
    """Numerator (degree m) and denominator (degree n, constant 1) through Chebyshev nodes."""
    xs = nodes(m + n + 1, lo, hi)
    a = matrix(m + n + 1, m + n + 1)
    b = matrix(m + n + 1, 1)
    for i, x in enumerate(xs):
        y = f(x)
        for j in range(m + 1):
            a[i, j] = x**j
        for j in range(1, n + 1):
            a[i, m + j] = -y * x**j
        b[i] = y
    s = lu_solve(a, b)
    return [s[i] for i in range(m + 1)], [mpf(1)] + [s[m + j] for j in range(1, n + 1)]


def worst(f, p, q, lo, hi):
    return max(abs(horner(p, x) / horner(q, x) / f(x) - 1) for x in nodes(300, lo, hi))


def least(f, lo, hi, ratio, goal=mpf(2) ** -54):
    """The smallest fit that reaches goal; ratio is the denominator's share of the degree."""
    for d in range(2, 60):
        n = d // 2 if ratio else 0
        p, q = rational(f, d - n, n, lo, hi)
        e = worst(f, p, q, lo, hi)
        if e < goal:
            return p, q, e
    raise SystemExit("no fit")


def num(x):
    return repr(float(x))


def table(name, comment, c):
    print(f"// {name}: {comment}.")
    print(f"var {name} = [...]float64{{")
    for i in range(0, len(c), 4):
        print("\t" + ", ".join(num(v) for v in c[i:i + 4]) + ",")
    print("}\n")


def fit(name, what, f, lo, hi, ratio=False):
    p, q, e = least(f, lo, hi, ratio)
    where = f"{what}, on [{lo}, {hi}], relative error {mp.nstr(e, 2)}"
    if ratio:
        table(name + "P", "numerator of " + where, p)
        table(name + "Q", "denominator of " + name, q)
    else:
        table(name, where, p)


def split(x, parts):
    out = []
    for _ in range(parts):
        out.append(float(x))
        x -= mpf(out[-1])
    return out


def lgamma_fit():
    fit("lgamma12", "lgamma(1+z)/(z(z-1)) in t = z-0.5", lambda t: loggamma(t + mpf("1.5")) / (t * t - mpf("0.25")), "-0.5", "0.5", True)


def digamma_fit():
    root = findroot(digamma, mpf("1.4616321449683623"))
    fit("digamma12", "digamma(x)/(x-x0) in t = x-1.5", lambda t: digamma(t + mpf("1.5")) / (t + mpf("1.5") - root), "-0.5", "0.5", True)
    hi, lo = split(root, 2)
    print("// The zero of digamma in (1, 2) is digammaRoot + digammaRootLow.")
    print(f"const (\n\tdigammaRoot    = {hi!r}\n\tdigammaRootLow = {lo!r}\n)\n")


def bernoulli_tables():
    b = [Fraction(*bernfrac(2 * k)) for k in range(1, 16)]
    table("stirlingC", "B(2k)/(2k(2k-1)), k = 1, 2, …: Stirling's series", [mpf((v / (2 * k * (2 * k - 1))).numerator) / (v / (2 * k * (2 * k - 1))).denominator for k, v in zip(range(1, 9), b)])
    table("digammaC", "B(2k)/(2k), k = 1, 2, …", [mpf(v.numerator) / v.denominator / (2 * k) for k, v in zip(range(1, 9), b)])
    table("trigammaC", "B(2k), k = 1, 2, …", [mpf(v.numerator) / v.denominator for v in b[:9]])
    table("bernoulliC", "B(2k)/(2k)!, k = 1, 2, …", [mpf(v.numerator) / v.denominator / factorial(2 * k) for k, v in zip(range(1, 16), b)])


def small_differences():
    g = lambda q: (atanh(sqrt(q)) / sqrt(q) - 1) / q if q else mpf(1) / 3
    fit("log1pmxC", "(atanh(r)/r - 1)/r² in r²", g, "0", "0.1876")
    fit("expm1mxC", "(s + expm1(-s))/s²", lambda s: (s + expm1(-s)) / s**2 if s else mpf(1) / 2, "0", "1")


def erfcx_fit():
    # t = (z-4)/(z+4) maps [0, ∞) on [-1, 1).
    def f(t):
        z = 4 * (1 + t) / (1 - t)
        if z > 1000:
            i = 1 / z**2
            e = (1 - i / 2 + 3 * i**2 / 4 - 15 * i**3 / 8 + 105 * i**4 / 16 - 945 * i**5 / 32 + 10395 * i**6 / 64 - 135135 * i**7 / 128) / (z * sqrt(pi))
        else:
            e = exp(z * z) * erfc(z)
        return e * (1 + 2 * z)
    fit("erfcxC", "(1+2z)·exp(z²)·erfc(z) in t = (z-4)/(z+4)", f, "-1", "1")


def bessel_fit():
    fit("besselI0Small", "(I0(x)-1)/q in q = x²/4", lambda q: (besseli(0, 2 * sqrt(q)) - 1) / q, "0", "16")
    fit("besselI1Small", "(2·I1(x)/x - 1)/q in q = x²/4", lambda q: (besseli(1, 2 * sqrt(q)) / sqrt(q) - 1) / q, "0", "16")
    fit("besselI0Large", "sqrt(x)·exp(-x)·I0(x) in 1/x", lambda t: sqrt(1 / t) * exp(-1 / t) * besseli(0, 1 / t), "0", "0.125")
    fit("besselI1Large", "sqrt(x)·exp(-x)·I1(x) in 1/x", lambda t: sqrt(1 / t) * exp(-1 / t) * besseli(1, 1 / t), "0", "0.125")


def temme_table():
    """Taylor coefficients of the c_k of DLMF 8.12.10, exact rationals until printed."""
    K, N, eta, amin = 16, 60, mpf("1.0"), 12
    al = [Fraction(0), Fraction(1)]
    for n in range(2, N + 2 * K + 4):
        s = sum(j * al[j] * al[n - j + 1] for j in range(2, n))
        al.append((al[n - 1] - s) / (n + 1))
    m = al[1:]  # mu/eta
    inv = [Fraction(1)]
    for n in range(1, len(m)):
        inv.append(-sum(m[j] * inv[n - j] for j in range(1, n + 1)))
    # inv is eta/mu, so 1/mu has the coefficient inv[i] at eta^(i-1).
    g = [Fraction(1)]  # Gamma*(a) ~ sum g_k a^-k, from Stirling's series
    b = [Fraction(*bernfrac(2 * k)) / (2 * k * (2 * k - 1)) for k in range(1, K)]
    ser = [Fraction(0)] * (K + 1)
    for k, v in enumerate(b):
        if 2 * k + 1 <= K:
            ser[2 * k + 1] = v
    for n in range(1, K + 1):
        g.append(sum(j * ser[j] * g[n - j] for j in range(1, n + 1)) / n)
    rows = []
    c = inv[1:]  # c_0 = 1/mu - 1/eta
    rows.append(c)
    for k in range(1, K):
        # c_(k-1)'/eta + (-1)^k g_k/mu; its pole cancels.
        d = [(i + 1) * c[i + 1] for i in range(len(c) - 1)]
        sgn = (-1) ** k * g[k]
        assert d[0] + sgn * inv[0] == 0
        c = [d[i + 1] + sgn * inv[i + 1] for i in range(min(len(d), len(inv)) - 1)]
        rows.append(c)
    print("// temmeC[k] holds the Taylor coefficients in η of c_k, DLMF 8.12.10, as many")
    print(f"// as |η| ≤ {eta} and a ≥ {amin} need for an error below 2^-56.")
    print("var temmeC = [...][]float64{")
    for k, row in enumerate(rows):
        row = [mpf(v.numerator) / v.denominator for v in row[:N]]
        n = max([i + 1 for i, v in enumerate(row) if abs(v) * eta**i / mpf(amin) ** k > mpf(2) ** -57] or [0])
        if n == 0:
            break
        print("\t{")
        for i in range(0, n, 4):
            print("\t\t" + ", ".join(num(v) for v in row[i:min(n, i + 4)]) + ",")
        print("\t},")
    print("}\n")


def gauss_table(n):
    """Gauss-Legendre nodes and weights on [0, 1]."""
    xs, ws = [], []
    for i in range(n):
        x = cos(pi * (i + mpf("0.75")) / (n + mpf("0.5")))
        for _ in range(8):
            p0, p1 = mpf(1), x
            for k in range(2, n + 1):
                p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
            dp = n * (x * p1 - p0) / (x * x - 1)
            x -= p1 / dp
        xs.append((1 - x) / 2)
        ws.append(1 / ((1 - x * x) * dp**2))
    print(f"// gauss{n} holds node and weight of the {n}-point Gauss-Legendre rule on [0, 1].")
    print(f"var gauss{n} = [...][2]float64{{")
    for x, w in zip(xs, ws):
        print(f"\t{{{num(x)}, {num(w)}}},")
    print("}\n")


print("// Code generated by testdata/tables.py; DO NOT EDIT.\n")
print("package special\n")
lgamma_fit()
digamma_fit()
bernoulli_tables()
small_differences()
erfcx_fit()
bessel_fit()
temme_table()
gauss_table(32)
gauss_table(64)
