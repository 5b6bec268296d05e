"""Polynomials of the kernels by the algorithm of Remez (1934), mpmath 1.3.0.

Writes coefficients.go to standard output. Each is the minimax polynomial for the error stated there,
with its coefficients rounded; the error given is that of the rounded polynomial.
"""
import sys, struct
from mpmath import mp, mpf, mpmathify, lu_solve, matrix, cos, pi, log, exp, sqrt, erfc, erf, loggamma, digamma, expm1, log1p, sin

mp.dps = 50

def remez(f, w, a, b, degree, fixed=()):
    """Coefficients c, len(fixed) of them given, that minimise max |w(x) (Σ c[i] x^i - f(x))|."""
    k0 = len(fixed)
    n = degree + 1 - k0
    if n == 0:
        return list(fixed), mpf(0)
    target = lambda x: (f(x) - sum(c * x**i for i, c in enumerate(fixed))) * w(x)
    basis = lambda x: [x**(k0 + i) * w(x) for i in range(n)]
    nodes = [(a + b) / 2 - (b - a) / 2 * cos(pi * (2 * i + 1) / (2 * (n + 1))) for i in range(n + 1)]
    grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * (i + mpf(1) / 2) / (16 * (n + 1))) for i in range(16 * (n + 1))]
    grid = [a] + grid + [b]
    if k0:
        grid = [x for x in grid if x != 0]
        nodes = [x if x != 0 else (b - a) / 1000 for x in nodes]
    tg = [target(x) for x in grid]
    bg = [basis(x) for x in grid]
    for _ in range(12):
        A = matrix(n + 1, n + 1); y = matrix(n + 1, 1)
        for i, x in enumerate(nodes):
            for j, v in enumerate(basis(x)): A[i, j] = v
            A[i, n] = (-1)**i
            y[i] = target(x)
        s = lu_solve(A, y)
        err = [sum(s[j] * v[j] for j in range(n)) - t for v, t in zip(bg, tg)]
        # one extremum in each run of equal signs
        runs = []
        for i, e in enumerate(err):
            if runs and (e > 0) == (err[runs[-1]] > 0):
                if abs(e) > abs(err[runs[-1]]): runs[-1] = i
            else: runs.append(i)
        while len(runs) > n + 1:
            if len(runs) == n + 2:
                runs.pop(0 if abs(err[runs[0]]) < abs(err[runs[-1]]) else -1)
            else:
                i = min(range(len(runs) - 1), key=lambda i: max(abs(err[runs[i]]), abs(err[runs[i + 1]])))
                del runs[i:i + 2]
        if len(runs) < n + 1: break
        worst = max(abs(e) for e in err)
        nodes = [grid[i] for i in runs]
        if worst < abs(s[n]) * mpf('1.02'): break
    return list(fixed) + [s[j] for j in range(n)], max(abs(e) for e in err)

def f64(x): return float(x)
def f32(x): return struct.unpack('f', struct.pack('f', float(x)))[0]

def f64down(x):
    v = f64(x)
    return v if v <= x else f64(v - mpf(2)**(mp.frexp(mpf(v))[1] - 53))

def f32down(x):  # towards zero, so that the next part is not negative
    v = f32(x)
    return v if v <= x else f32(v - 2.0**-24)

def f40(x): return float(mpf(int(mpmathify(x) * 2**40)) / 2**40) if x > 0.5 else float(x)  # 40 bits, times 13 more exact

def fit(f, w, a, b, degree, to=f64, fixed=()):
    fixed = [mpf(to(c)) for c in fixed]
    a, b = mpmathify(a), mpmathify(b)
    c, _ = remez(f, w, a, b, degree, fixed)
    c = fixed + [mpf(to(v)) for v in c[len(fixed):]]
    grid = [a + (b - a) * (i + mpf(1) / 3) / 2000 for i in range(2000)]
    e = max(abs(w(x) * (sum(v * x**i for i, v in enumerate(c)) - f(x))) for x in grid)
    return c, e

half = mpf(1) / 2
TINY = mpf(10)**-9  # lower end of intervals that begin at zero, relative to the upper

def precise(f):
    def g(x):
        mp.dps += 30
        try: return f(x)
        finally: mp.dps -= 30
    return g

@precise
def exp_q(r): return (expm1(r) - r) / r**2 if r else half                        # e^r = 1 + r + r² q(r)
@precise
def log_r(z):                                                                     # log((1+s)/(1-s)) = 2s + s z r(z), z = s²
    s = sqrt(z); return (log((1 + s) / (1 - s)) / s - 2) / z
@precise
def erf_p(v): x = sqrt(v); return (erf(x) / x - 1)                               # erf x = x + x p(x²)
@precise
def erfcx_p(t): x = 4 * (1 + t) / (1 - t); return (1 + 2 * x) * exp(x * x) * erfc(x)
@precise
def sin_p(v): x = sqrt(v); return (sin(x) / x - 1) / v                           # sin x = x + x³ p(x²)
@precise
def cos_p(v): x = sqrt(v); return (cos(x) - 1 + v / 2) / v**2                    # cos x = 1 - x²/2 + x⁴ p(x²)
@precise
def sinpi_p(v): x = sqrt(v); return sin(pi / 2 * x) / x                          # sin πx/2 = x p(x²)
@precise
def cospi_p(v): return (cos(pi / 2 * sqrt(v)) - 1) / v                           # cos πx/2 = 1 + x² p(x²)
@precise
def lgamma_q(d): return loggamma(2 + d) / d if abs(d) > mpf(10)**-30 else 1 - mp.euler   # log Γ(2+d) = d q(d)
@precise
def binet(v):                                                                     # log Γ(x) = (x-1/2) log x - x + log(2π)/2 + p(v)/x, v = 1/x²
    x = 1 / sqrt(v); return (loggamma(x) - ((x - half) * log(x) - x + log(2 * pi) / 2)) * x
@precise
def psi_p(d): return digamma(2 + d)
@precise
def psi_tail(v): x = 1 / sqrt(v); return (log(x) - 1 / (2 * x) - digamma(x)) * x * x     # ψ(x) = log x - 1/2x - v p(v)

L = log(mpf(2)) / 2 * mpf('1.001')
Q = (pi / 4 * mpf('1.0001'))**2
def z(s): return mpf(s)**2
one = lambda x: mpf(1)

# name, what, function, weight (reciprocal of what the error is relative to), interval, degree, type, fixed coefficients
TABLE = [
    ('expQ', 'e^r = 1 + r + r² q(r) for |r| <= log(2)/2, relative to e^r - 1', exp_q, lambda r: r * r / expm1(r) if r else mpf(0), -L, L, 10, f64, [half]),
    ('expQ32', 'the same for float32', exp_q, lambda r: r * r / expm1(r) if r else mpf(0), -L, L, 5, f32, [half]),
    ('logR', 'log((1+s)/(1-s)) = 2s + s z r(z), z = s², for |s| <= 1/5', log_r, lambda v: v / 2, z('0.2') * TINY, z('0.2001'), 7, f64, []),
    ('logR32', 'the same for float32', log_r, lambda v: v / 2, z('0.2') * TINY, z('0.2001'), 3, f32, []),
    ('log1pR', 'the same for |s| <= 1/3', log_r, lambda v: v / 2, z('0.33') * TINY, z('0.33334'), 9, f64, []),
    ('log1pR32', 'the same for |s| <= 1/3, float32', log_r, lambda v: v / 2, z('0.33') * TINY, z('0.33334'), 4, f32, []),
    ('powQ', 'log((1+s)/(1-s)) = 2s + 2/3 s³ + s⁵ q(s²) for |s| <= 1/5', lambda v: (log_r(v) - mpf(2) / 3) / v, lambda v: v * v / 2, z('0.2') * TINY, z('0.2001'), 8, f64, []),
    ('erfP', 'erf x = x + x p(x²) for |x| <= 3/4', erf_p, lambda v: 1 / (1 + erf_p(v)), z('0.75') * TINY, z('0.7501'), 11, f64, []),
    ('erfcP', '(1+2x) e^(x²) erfc x = p((x-4)/(x+4)) for 3/4 <= x <= 28', erfcx_p, lambda t: 1 / erfcx_p(t), (mpf('0.749') - 4) / mpf('4.749'), mpf(24) / 32, 22, f64, []),
    ('sinP', 'sin x = x + x³ p(x²) for |x| <= π/4', sin_p, lambda v: v * sqrt(v) / sin(sqrt(v)), Q * TINY, Q, 6, f64, []),
    ('cosP', 'cos x = 1 - x²/2 + x⁴ p(x²) for |x| <= π/4', cos_p, lambda v: v * v / cos(sqrt(v)), Q * TINY, Q, 5, f64, []),
    ('sinPiP', 'sin πx/2 = x p(x²) for |x| <= 1/2', sinpi_p, lambda v: 1 / sinpi_p(v), TINY / 4, mpf('0.2501'), 6, f64, []),
    ('cosPiP', 'cos πx/2 = 1 + x² p(x²) for |x| <= 1/2', cospi_p, lambda v: v, TINY / 4, mpf('0.2501'), 6, f64, []),
    ('lgammaQ', 'log Γ(2+d) = d q(d) for |d| <= 1/2', lgamma_q, lambda d: 1 / lgamma_q(d), -half, half, 18, f64, []),
    ('binetP', 'log Γ(x) = (x-1/2) log x - x + log(2π)/2 + p(1/x²)/x for x >= 5/2, absolute', binet, sqrt, z('0.4') * TINY, z('0.4'), 12, f64, []),
    ('digammaP', 'ψ(2+d) = p(d) for |d| <= 1/2, absolute', psi_p, one, -half, half, 19, f64, []),
    ('digammaTail', 'ψ(x) = log x - 1/2x - p(1/x²)/x² for x >= 5/2, absolute', psi_tail, lambda v: v, z('0.4') * TINY, z('0.4'), 13, f64, []),
]

def parts(x, n, to=f64):
    out = []
    for _ in range(n):
        out.append(to(x)); x -= mpf(out[-1])
    return out

def main():
    print('// Code generated by coefficients.py; DO NOT EDIT.\n\npackage main\n')
    print('// Numbers in two or three parts, each as close as it can be.\nvar (')
    for name, x, n, to in [('ln2', log(mpf(2)), 2, f64), ('ln2x32', log(mpf(2)), 2, f32down), ('halfPi', pi / 2, 3, f64down),
                           ('twoThirds', mpf(2) / 3, 2, f64), ('ln2Short', log(mpf(2)), 2, f40)]:
        print(f'\t{name} = []float64{{{", ".join(v.hex() for v in parts(x, n, to))}}}')
    print(')\n\nconst (')
    for name, x in [('log2E', 1 / log(mpf(2))), ('twoOverPi', 2 / pi), ('halfLog2Pi', log(2 * pi) / 2)]:
        print(f'\t{name} = {f64(x).hex()}')
    print(')')
    for name, what, f, w, a, b, degree, to, fixed in TABLE:
        mp.dps = 40
        c, e = fit(f, w, a, b, degree, to, fixed)
        print(f'\n// {name}: {what}; error 2^{float(log(e, 2)):.1f}.')
        print(f'var {name} = []float64{{')
        for v in c: print(f'\t{float(v).hex()},')
        print('}')

if __name__ == '__main__':
    main()
