"""Values of the functions of package kernel at random arguments, mpmath 1.3.0 at 60 digits.

    python3 reference.py > reference.txt

A line is: function, arguments, value as a double and the rest of it as a double, hexadecimal.
A number after the script's name sets how many arguments a range has, default 40.
"""
import random, sys, struct
from mpmath import mp, mpf, exp, expm1, log, log1p, tanh, loggamma, digamma, erf, erfc, sin, cos, power, inf

mp.dps = 60
N = int(sys.argv[1]) if len(sys.argv) > 1 else 40
rng = random.Random(1)

def bits(lo, hi):
    """A double between two of equal sign, uniform over the doubles."""
    a, b = (struct.unpack('<q', struct.pack('<d', abs(v)))[0] for v in (lo, hi))
    v = struct.unpack('<d', struct.pack('<q', rng.randint(min(a, b), max(a, b))))[0]
    return -v if lo < 0 else v

def flat(lo, hi): return rng.uniform(lo, hi)

TINY, HUGE, ULP = 5e-324, 1.7976931348623157e308, 2.0**-52
def both(lo, hi): return [(bits, lo, hi), (bits, -lo, -hi)]
def around(*points): return [(flat, p - w, p + w) for p in points for w in (1e-3, 1e-12)]

def gamma_at(x): return loggamma(x).real
def sigmoid(x): return 1 / (1 + exp(-x))
def softplus(x): return log1p(exp(x)) if x < 0 else x + log1p(exp(-x))

positive = [(bits, TINY, HUGE), (bits, 1e-3, 1e3), (flat, 0.5, 2), (flat, 0, 10)] + around(1)
UNARY = {
    'Exp': (exp, both(TINY, 709) + [(flat, -10, 10), (flat, -708, 709), (flat, -745, -708)]),
    'Expm1': (expm1, both(TINY, 709) + [(flat, -40, 40), (flat, -1, 1), (flat, 0.3, 0.4), (flat, -0.4, -0.3), (flat, 709, 709.78)]),
    'Log': (log, positive),
    'Log1p': (log1p, [(bits, TINY, HUGE), (bits, -TINY, -1 + ULP), (flat, -1, 1), (flat, -0.3, 0.6), (flat, 0, 10), (bits, 1e300, HUGE)]),
    'Tanh': (tanh, both(TINY, 25) + [(flat, -1, 1), (flat, -20, 20)]),
    'Sigmoid': (sigmoid, both(TINY, 745) + [(flat, -40, 40), (flat, -745, -700)]),
    'Softplus': (softplus, both(TINY, 745) + [(flat, -40, 40), (flat, -3, 3), (flat, -745, -700)]),
    'Lgamma': (gamma_at, [(bits, TINY, 1e300), (bits, 1e-3, 1e3), (flat, 0.01, 5), (flat, 0.5, 2.5), (flat, 2.4, 4), (flat, 5, 50)] + around(1, 2, 0.5, 1.5, 2.5)),
    'Digamma': (digamma, [(bits, 1e-300, 1e300), (bits, 1e-3, 1e3), (flat, 0.01, 5), (flat, 5, 50)] + around(1.4616321449683623, 0.5, 1.5, 2.5)),
    'Erf': (erf, both(TINY, 7) + [(flat, -1, 1), (flat, -6, 6)] + around(0.75)),
    'Erfc': (erfc, both(1e-20, 26) + [(flat, -6, 6), (flat, -1, 1), (flat, 6, 26), (flat, 26, 27.2)] + around(0.75)),
    'Sin': (sin, both(TINY, 2.0**30) + [(flat, -10, 10), (flat, -1e6, 1e6)]),
    'Cos': (cos, both(TINY, 2.0**30) + [(flat, -10, 10), (flat, -1e6, 1e6)]),
}

def line(name, args, value):
    if not mp.isfinite(value) or abs(value) > HUGE: return
    hi = float(value)
    print(name, *(float.hex(a) for a in args), hi.hex(), float(value - mpf(hi)).hex())

def main():
    for name, (f, ranges) in UNARY.items():
        for draw, lo, hi in ranges:
            for _ in range(N):
                x = draw(lo, hi)
                line(name, [x], f(mpf(x)))
    for name in ('Sin', 'Cos'):  # next to multiples of π/2, where the reduction cancels
        for _ in range(2 * N):
            x = float(mp.pi / 2 * rng.randint(1, 2**rng.randint(1, 29)))
            line(name, [x], UNARY[name][0](mpf(x)))
    for _ in range(4 * N):  # over the whole range of results
        x = bits(TINY, HUGE)
        y = float(flat(-745, 709) / log(mpf(x))) if x != 1 else 2.0
        line('Pow', [x, y], power(mpf(x), mpf(y)))
    for _ in range(4 * N):
        x, y = flat(0, 3), flat(-5, 5)
        line('Pow', [x, y], power(mpf(x), mpf(y)))
    for _ in range(2 * N):
        x = 1 + flat(-1, 1) * 2.0**-rng.randint(1, 50)
        if x == 1: continue
        y = float(flat(-745, 709) / log(mpf(x)))
        line('Pow', [x, y], power(mpf(x), mpf(y)))
    for _ in range(N):  # powers of negative numbers
        x, y = -bits(1e-3, 1e3), float(rng.randint(-90, 90))
        line('Pow', [x, y], power(mpf(x), mpf(y)))

main()
