"""The tutorial programs in Pyro, timed: microseconds of one core a step.

    python3 -m venv ~/pyro && ~/pyro/bin/pip install -r bench/peers/requirements.txt
    ~/pyro/bin/python bench/peers/tutorials.py
    GOMAXPROCS=1 go test -run '^$' -bench 'Step|Run' ./bench

Pyro runs with its defaults: validation on, no compilation, one thread.
"""

import csv
import pathlib
import time

import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Importance, Trace_ELBO, TraceEnum_ELBO, config_enumerate
from pyro.infer.autoguide import AutoDelta
from torch.distributions import constraints


def coin():
    data = [torch.tensor(1.0)] * 6 + [torch.tensor(0.0)] * 4

    def model():
        f = pyro.sample("latent_fairness", dist.Beta(torch.tensor(10.0), torch.tensor(10.0)))
        for i, x in enumerate(data):
            pyro.sample(f"obs_{i}", dist.Bernoulli(f), obs=x)

    def guide():
        alpha = pyro.param("alpha_q", torch.tensor(15.0), constraint=constraints.positive)
        beta = pyro.param("beta_q", torch.tensor(15.0), constraint=constraints.positive)
        pyro.sample("latent_fairness", dist.Beta(alpha, beta))

    adam = pyro.optim.Adam({"lr": 0.0005, "betas": (0.90, 0.999)})
    return SVI(model, guide, adam, loss=Trace_ELBO()).step


def scale_model():
    weight = pyro.sample("weight", dist.Normal(8.5, 1.0))
    return pyro.sample("measurement", dist.Normal(weight, 0.75))


conditioned_scale = pyro.condition(scale_model, data={"measurement": torch.tensor(9.5)})


def scale():
    def guide():
        a = pyro.param("a", torch.tensor(8.5))
        b = pyro.param("b", torch.tensor(1.0))
        pyro.sample("weight", dist.Normal(a, torch.abs(b)))

    sgd = pyro.optim.SGD({"lr": 0.001, "momentum": 0.1})
    return SVI(conditioned_scale, guide, sgd, loss=Trace_ELBO()).step


def iris():
    path = pathlib.Path(__file__).parents[2] / "data" / "iris.csv"
    with open(path) as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    column = next(c for c in rows[0] if "petal" in c.lower() and "length" in c.lower())
    data = torch.tensor([float(r[column]) for r in rows])

    @config_enumerate
    def model():
        p = pyro.sample("p", dist.Dirichlet(torch.ones(2)))
        with pyro.plate("cluster_param_plate", 2):
            mu = pyro.sample("mu", dist.Normal(0.0, 10.0))
            sigma = pyro.sample("sigma", dist.InverseGamma(1.0, 1.0))
        with pyro.plate("data_plate", len(data)):
            z = pyro.sample("z", dist.Categorical(p))
            pyro.sample("x", dist.Normal(mu[z], sigma[z]), obs=data)

    guide = AutoDelta(pyro.poutine.block(model, expose=["p", "mu", "sigma"]))
    adam = pyro.optim.Adam({"lr": 1e-3})
    return SVI(model, guide, adam, loss=TraceEnum_ELBO(max_plate_nesting=1)).step


def per_call(step, warm=100, n=1000):
    for _ in range(warm):
        step()
    start = time.process_time()
    for _ in range(n):
        step()
    return (time.process_time() - start) / n * 1e6


torch.set_num_threads(1)
for program in coin, scale, iris:
    pyro.clear_param_store()
    pyro.set_rng_seed(0)
    print(f"{program.__name__:12} {per_call(program()):10.1f} µs a step")
start = time.process_time()
Importance(conditioned_scale, num_samples=2000).run()
print(f"{'importance':12} {(time.process_time() - start) / 2000 * 1e6:10.1f} µs a sample")
