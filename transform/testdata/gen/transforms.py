"""Reference table of the transforms: x, y = f(x), log |det J| -> ../ref.json

Made with Python 3.11, mpmath 1.4.1 (requirements.txt).

Every map is written from its definition. log |det J| is that of a central
difference Jacobian, step 1e-250 with 900 digits: where sigmoid'(700) is 1e-304
that still leaves 300 digits. The script asserts that it agrees with the closed
form to 1e-50. x holds exact doubles; y and log |det J| are the nearest ones.

J is that of the free coordinates of y: of a simplex the first K-1 entries, of a
triangular matrix the lower triangle by rows, of a correlation factor the part
below the diagonal by rows. It is null where x has more entries than y has free
ones (softmax). Sources: Stan Reference Manual, "Constraint Transforms";
Lewandowski, Kurowicka and Joe (2009) for the correlation factor.
"""

import json
import math
import pathlib

import mpmath as mp

mp.mp.dps = 900
STEP = mp.mpf(10) ** -250


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x))


def log_sigmoid_slope(x):
    return -softplus(x) - softplus(-x)


# Maps of a vector x to the entries of y, the free entries first where that matters.

def stick_breaking(x):
    """Stan's and PyTorch's: x = 0 is the uniform simplex."""
    left, y = mp.mpf(1), []
    for i, e in enumerate(x):
        z = sigmoid(e - mp.log(len(x) - i))
        y.append(left * z)
        left *= 1 - z
    return y + [left]


def stick_breaking_log_det(x):
    left, total = mp.mpf(0), mp.mpf(0)
    for i, e in enumerate(x):
        t = e - mp.log(len(x) - i)
        total += left + log_sigmoid_slope(t)
        left -= softplus(t)
    return total


def softmax(x):
    w = [mp.exp(e - max(x)) for e in x]
    return [e / sum(w) for e in w]


def ordered(x):
    y = [x[0]]
    for e in x[1:]:
        y.append(y[-1] + mp.exp(e))
    return y


def positive_ordered(x):
    y = [mp.exp(x[0])]
    for e in x[1:]:
        y.append(y[-1] + mp.exp(e))
    return y


def side(n, strict):
    """Rows of a triangle of n entries, without or with its diagonal."""
    return (math.isqrt(8 * n + 1) + (1 if strict else -1)) // 2


def lower_cholesky(x):
    d = side(len(x), strict=False)
    y, entries = [], iter(x)
    for i in range(d):
        y.append([mp.exp(e) if j == i else e for j, e in zip(range(i + 1), entries)] + [mp.mpf(0)] * (d - i - 1))
    return y


def lower_cholesky_log_det(x):
    d = side(len(x), strict=False)
    return sum(x[i * (i + 3) // 2] for i in range(d))


def corr_cholesky(x):
    """Rows of unit length; tanh x are the partial correlations."""
    d = side(len(x), strict=True)
    y, entries = [], iter(x)
    for i in range(d):
        left, row = mp.mpf(1), []
        for _ in range(i):
            z = mp.tanh(next(entries))
            row.append(z * mp.sqrt(left))
            left *= 1 - z * z
        y.append(row + [mp.sqrt(left)] + [mp.mpf(0)] * (d - i - 1))
    return y


def corr_cholesky_log_det(x):
    d, total, entries = side(len(x), strict=True), mp.mpf(0), iter(x)
    for i in range(d):
        left = mp.mpf(0)
        for _ in range(i):
            log_one_less = -2 * mp.log(mp.cosh(next(entries)))  # log(1 - tanh^2)
            total += left / 2 + log_one_less
            left += log_one_less
    return total


# Which entries of y are free, as a flat list.

def all_entries(y):
    return y


def all_but_last(y):
    return y[:-1]


def triangle(y):
    return [e for i, row in enumerate(y) for e in row[: i + 1]]


def strict_triangle(y):
    return [e for i, row in enumerate(y) for e in row[:i]]


def log_det(f, free, x):
    columns = []
    for j in range(len(x)):
        at = lambda s: free(f([e + s if i == j else e for i, e in enumerate(x)]))
        columns.append([(a - b) / (2 * STEP) for a, b in zip(at(STEP), at(-STEP))])
    return mp.log(abs(mp.det(mp.matrix(columns))))


REAL = [0.0, 0.5, -1.25, 3.0, -6.5, 20.0, -40.0, 300.0, -700.0]
VECTORS = [
    [[0.0], [1.5], [-30.0], [40.0]],
    [[0.0, 0.0], [0.75, -2.0], [-30.0, 25.0]],
    [[0.0] * 3, [0.3, -0.7, 1.1], [10.0, -10.0, 5.0], [-40.0, 40.0, 0.0]],
    [[0.0] * 4, [1.0, -0.5, 0.25, 2.0], [5.0, -15.0, 15.0, -5.0]],
]
LARGER = [[0.2 * i - 0.5 for i in range(n)] for n in (6, 10)] + [[6.0, -6.0, 3.0, -3.0, 8.0, 0.0]]
TRIANGLES = [v for vs in (VECTORS[0], VECTORS[2]) for v in vs] + LARGER
SIMPLEX = [v for vs in VECTORS for v in vs]
FULL = [v for vs in VECTORS[1:] for v in vs] + [[1000.0, 0.0, -1000.0], [0.1, 0.2, 0.3, 0.4, 0.5]]


def scalar(name, f, closed, points=REAL, **params):
    p = {k: mp.mpf(v) for k, v in params.items()}
    return name, params, lambda x: [f(x[0], **p)], all_entries, lambda x: closed(x[0], **p), [[x] for x in points], True


def interval(x, low, high):
    return low + (high - low) * sigmoid(x)


def interval_log_det(x, low, high):
    return mp.log(high - low) + log_sigmoid_slope(x)


def affine(x, loc, scale):
    return loc + scale * x


TRANSFORMS = [
    scalar("exp", mp.exp, lambda x: x),
    scalar("softplus", softplus, lambda x: -softplus(-x)),
    scalar("sigmoid", sigmoid, log_sigmoid_slope),
    scalar("interval", interval, interval_log_det, low=0.0, high=1.0),
    scalar("interval", interval, interval_log_det, low=-2.5, high=7.25),
    scalar("interval", interval, interval_log_det, low=1e6, high=1e6 + 0.5),
    *(scalar("affine", affine, lambda x, loc, scale: mp.log(abs(scale)), loc=l, scale=s)
      for l, s in ((0.0, 1.0), (2.5, -0.25), (-1e3, 1e-6))),
    ("stick_breaking", {}, stick_breaking, all_but_last, stick_breaking_log_det, SIMPLEX, False),
    ("softmax", {}, softmax, None, None, FULL, False),
    ("ordered", {}, ordered, all_entries, lambda x: sum(x[1:]), FULL[:-2] + [[0.1, 0.2, 0.3, 0.4, 0.5]], False),
    ("positive_ordered", {}, positive_ordered, all_entries, sum, FULL[:-2] + [[0.1, 0.2, 0.3, 0.4, 0.5]], False),
    ("lower_cholesky", {}, lower_cholesky, triangle, lower_cholesky_log_det, TRIANGLES + [[0.1 * i for i in range(15)]], False),
    ("corr_cholesky", {}, corr_cholesky, strict_triangle, corr_cholesky_log_det, TRIANGLES, False),
]
NOTES = {
    "stick_breaking": "x has K-1 entries, y has K; z_i = sigmoid(x_i - log(K-1-i)), y_i = z_i prod_{j<i} (1 - z_j)",
    "softmax": "x and y have K entries; no inverse, no Jacobian",
    "ordered": "y_0 = x_0, y_i = y_{i-1} + exp(x_i)",
    "positive_ordered": "y_0 = exp(x_0), y_i = y_{i-1} + exp(x_i)",
    "lower_cholesky": "x is the lower triangle by rows, its diagonal as logarithms",
    "corr_cholesky": "x is the part below the diagonal by rows, as inverse hyperbolic tangents of partial correlations",
}


def double(v):
    if isinstance(v, list):
        return [double(e) for e in v]
    f = float(v)
    assert math.isfinite(f)
    return f


def case(name, params, f, free, closed, points, is_scalar):
    rows = []
    for point in points:
        x = [mp.mpf(e) for e in point]
        y, det = f(x), None
        if closed is not None:
            det, want = log_det(f, free, x), closed(x)
            assert abs(det - want) <= mp.mpf(10) ** -50 * max(1, abs(want)), (name, point, det, want)
            det = double(want)
        rows.append({"x": point[0] if is_scalar else point, "y": double(y[0] if is_scalar else y), "log_det": det})
    head = {"transform": name, "params": params}
    if name in NOTES:
        head["note"] = NOTES[name]
    return head, rows


def main():
    blocks = []
    for t in TRANSFORMS:
        head, rows = case(*t)
        lines = [f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()]
        lines.append('   "points": [\n' + ",\n".join("    " + json.dumps(r, allow_nan=False) for r in rows) + "\n   ]")
        blocks.append("  {\n" + ",\n".join(lines) + "\n  }")
        print(head["transform"], head["params"], len(rows))
    text = '{\n "source": "mpmath %s",\n "cases": [\n%s\n ]\n}\n' % (mp.__version__, ",\n".join(blocks))
    (pathlib.Path(__file__).resolve().parent.parent / "ref.json").write_text(text)


if __name__ == "__main__":
    main()
