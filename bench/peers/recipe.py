"""Data of the workloads by the recipe of bench/data.go, and what the programs of
all peers share."""

import argparse
import csv
import json
import pathlib

import numpy as np


def outputs(seed, n):
    """Outputs 1 … n of SplitMix64."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniforms(seed, n):
    return ((outputs(seed, n) >> np.uint64(11)).astype(float) + 0.5) / 2.0**53


def normals(seed, n):
    u = uniforms(seed, n + n % 2).reshape(-1, 2)
    r, angle = np.sqrt(-2 * np.log(u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([r * np.cos(angle), r * np.sin(angle)], 1).reshape(-1)[:n]


def logistic(n, d, seed):
    x = normals(seed, n * d).reshape(n, d)
    w = np.array([(-1) ** j * (j + 1) / d for j in range(d)])
    return x, (uniforms(seed + 1, n) < 1 / (1 + np.exp(-(x @ w)))).astype(float)


def radon_like():
    """Groups, floors and readings."""
    n, groups = 919, 85
    group = np.floor(groups * uniforms(3, n) ** 2).astype(int)
    group[:groups] = np.arange(groups)
    floor = (uniforms(4, n) < 0.17).astype(float)
    y = 1.5 + 0.33 * normals(5, groups)[group] - 0.66 * floor + 0.75 * normals(6, n)
    return group, floor, y


def petals():
    """Petal lengths of the irises."""
    path = pathlib.Path(__file__).parents[2] / "data" / "iris.csv"
    with open(path) as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    column = next(c for c in rows[0] if "petal" in c.lower() and "length" in c.lower())
    return np.array([float(r[column]) for r in rows])


SCHOOLS = (np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18]))
IRIS_START = {"p": [0.5, 0.5], "mu": [4.0, 2.0], "sigma": [1.0, 1.0]}


def point(n):
    """Where gradients are evaluated."""
    return np.array([0.1 * (i % 5) for i in range(n)])


def mean(losses):
    """The mean and its standard error, of which gopyro takes no less than the
    rounding error of single precision."""
    losses = np.asarray(losses, float)
    return [losses.mean(), losses.std(ddof=1) / len(losses) ** 0.5]


def parser():
    p = argparse.ArgumentParser()
    p.add_argument("-workload")
    p.add_argument("-seed", type=int, default=0)
    p.add_argument("-steps", type=int, default=1000)
    p.add_argument("-data", help="folder of posteriors")
    p.add_argument("-posterior")
    p.add_argument("-out", help="file for draws")
    p.add_argument("-first", action="store_true", help="one draw of one chain")
    p.add_argument("-programs", help="folder of Stan programs")
    p.add_argument("--jit", action="store_true")
    return p


def report(**fields):
    print(json.dumps(fields), flush=True)
