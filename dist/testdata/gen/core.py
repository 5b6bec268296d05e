"""How a reference table is computed, checked against SciPy and written.

Made with Python 3.11, mpmath 1.4.1, numpy 2.4.6, scipy 1.17.1 (requirements.txt).

A family is a class with static methods of mpmath numbers:

    logp(x, *params)      log density, -inf off the support
    cdf(x, *params)       optional
    mean, variance, entropy(*params)   None where undefined or not closed
    frozen(*params)       the SciPy distribution that the values are checked with
    CASES                 list of Case

Every parameter and point is taken as the exact value of its double. Values are
computed with 50 digits, derivatives by central differences of relative step
1e-200 with 510 digits or more, so that truncation and cancellation stay far
below a double's last bit; what is written is the nearest double.
"""

import json
import math
import pathlib
from dataclasses import dataclass, field

import mpmath as mp
import scipy

DIGITS = 50
LARGEST_SUMMED_COUNT = 20000
GRID = [1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-6]
QUANTILES = [1e-10, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 - 1e-10]
SOURCE = f"mpmath {mp.__version__}, scipy {scipy.__version__}"
OUT = pathlib.Path(__file__).resolve().parent.parent / "ref"

mp.mp.dps = DIGITS


@dataclass
class Case:
    """Parameters (exact doubles), points beyond the grid, points off the support."""

    params: dict
    points: list = field(default_factory=list)
    outside: list = field(default_factory=list)
    grid: bool = True
    quantiles: bool = True


def exact(v):
    """The double (or nested list of doubles) v as mpmath numbers."""
    return [exact(e) for e in v] if isinstance(v, (list, tuple)) else mp.mpf(v)


def number(v):
    """v as JSON: nearest double, "inf" and "-inf", null for None, lists by entry."""
    if v is None or isinstance(v, (str, bool)):
        return v
    if isinstance(v, (list, tuple)):
        return [number(e) for e in v]
    f = float(v) + 0.0  # no negative zero
    if math.isnan(f):
        raise ValueError("NaN in a reference table")
    return f if math.isfinite(f) else ("inf" if f > 0 else "-inf")


def derivative(f, v):
    """df/dv at v, or None where f is not finite or not differentiable.

    The step h is 1e-200 |v|, at v = 0 below every double's scale, so that the
    truncation, of order h^2, underflows in a double even where the slope is zero.
    The digits are enough for a slope as small as h itself to keep 100 of them.
    """
    exponent = 550 if v == 0 else 200 - min(0, int(mp.floor(mp.log10(abs(v)))))
    digits = 110 + 2 * exponent
    with mp.workdps(digits):
        h = mp.mpf(10) ** -550 if v == 0 else mp.mpf(10) ** -200 * abs(v)
        low, mid, high = f(v - h), f(v), f(v + h)
        if not all(mp.isfinite(e) for e in (low, mid, high)):
            return None
        left, right = (mid - low) / h, (high - mid) / h
        steepest = max(abs(left), abs(right))
        if abs(left - right) > mp.mpf(10) ** -20 * max(steepest, 1):
            return None  # a kink; a smooth f leaves h f'' here
        d = (high - low) / (2 * h)
        noise = mp.mpf(10) ** (20 - digits) * max(1, abs(mid)) / h
        return d if abs(d) > noise else mp.mpf(0)


def replace(v, path, e):
    """A copy of the nested list v with the entry at path replaced by e."""
    if not path:
        return e
    w = list(v)
    w[path[0]] = replace(w[path[0]], path[1:], e)
    return w


def entry(v, path):
    for i in path:
        v = v[i]
    return v


def gradient(f, v, path=()):
    """Gradient of f in the (nested list of) numbers v, entries independent."""
    e = entry(v, path)
    if isinstance(e, list):
        return [gradient(f, v, path + (i,)) for i in range(len(e))]
    return derivative(lambda s: f(replace(v, path, s)), e)


def write(family, cases, note=None):
    """Write the table, one point a line, so that a diff shows what changed."""
    head = {"family": family, "source": SOURCE}
    if note:
        head["note"] = note
    lines = [",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items())]
    blocks = []
    for c in cases:
        rows = []
        for k, v in c.items():
            if isinstance(v, list) and v and isinstance(v[0], dict):
                inner = ",\n".join("    " + json.dumps(e, allow_nan=False) for e in v)
                rows.append(f"   {json.dumps(k)}: [\n{inner}\n   ]")
            else:
                rows.append(f"   {json.dumps(k)}: {json.dumps(v, allow_nan=False)}")
        blocks.append("  {\n" + ",\n".join(rows) + "\n  }")
    lines.append(' "cases": [\n' + ",\n".join(blocks) + "\n ]")
    OUT.mkdir(exist_ok=True)
    (OUT / f"{family}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{family}: {len(cases)} cases, {sum(len(c['points']) for c in cases)} points")
