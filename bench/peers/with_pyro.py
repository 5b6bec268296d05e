"""The workloads in Pyro, with its defaults: validation on, no compilation, single
precision, one thread. With --jit, compiled by torch and without validation.
Called by bench/compare, whose comment says how."""

import time
import warnings

import numpy as np
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Importance, JitTrace_ELBO, JitTraceEnum_ELBO, Trace_ELBO, TraceEnum_ELBO, config_enumerate
from pyro.infer.autoguide import AutoDelta, AutoNormal, init_to_feasible, init_to_value
from pyro.infer.mcmc.util import initialize_model
from torch.distributions import constraints

import recipe

warnings.simplefilter("ignore")


def tensor(x):
    return torch.tensor(np.asarray(x), dtype=torch.float32)


def elbo(options):
    return JitTrace_ELBO(ignore_jit_warnings=True) if options.jit else Trace_ELBO()


def coin(options):
    data = [torch.tensor(1.0)] * 6 + [torch.tensor(0.0)] * 4

    def model():
        f = pyro.sample("latent_fairness", dist.Beta(torch.tensor(10.0), torch.tensor(10.0)))
        for i, x in enumerate(data):
            pyro.sample(f"obs_{i}", dist.Bernoulli(f), obs=x)

    def guide():
        alpha = pyro.param("alpha_q", torch.tensor(15.0), constraint=constraints.positive)
        beta = pyro.param("beta_q", torch.tensor(15.0), constraint=constraints.positive)
        pyro.sample("latent_fairness", dist.Beta(alpha, beta))

    return SVI(model, guide, pyro.optim.Adam({"lr": 0.0005, "betas": (0.90, 0.999)}), loss=elbo(options))


def scale_model():
    weight = pyro.sample("weight", dist.Normal(8.5, 1.0))
    return pyro.sample("measurement", dist.Normal(weight, 0.75))


conditioned_scale = pyro.condition(scale_model, data={"measurement": torch.tensor(9.5)})


def scale(options):
    def guide():
        a = pyro.param("a", torch.tensor(8.5))
        b = pyro.param("b", torch.tensor(1.0))
        pyro.sample("weight", dist.Normal(a, torch.abs(b)))

    return SVI(conditioned_scale, guide, pyro.optim.SGD({"lr": 0.001, "momentum": 0.1}), loss=elbo(options))


def iris(options):
    data = tensor(recipe.petals())

    @config_enumerate
    def model():
        p = pyro.sample("p", dist.Dirichlet(torch.ones(2)))
        with pyro.plate("cluster", 2):
            mu = pyro.sample("mu", dist.Normal(0.0, 10.0))
            sigma = pyro.sample("sigma", dist.InverseGamma(1.0, 1.0))
        with pyro.plate("data", len(data)):
            z = pyro.sample("z", dist.Categorical(p))
            pyro.sample("x", dist.Normal(mu[z], sigma[z]), obs=data)

    start = {name: tensor(v) for name, v in recipe.IRIS_START.items()}
    guide = AutoDelta(pyro.poutine.block(model, expose=["p", "mu", "sigma"]), init_loc_fn=init_to_value(values=start))
    loss = JitTraceEnum_ELBO(max_plate_nesting=1, ignore_jit_warnings=True) if options.jit else TraceEnum_ELBO(max_plate_nesting=1)
    return SVI(model, guide, pyro.optim.Adam({"lr": 1e-3}), loss=loss)


def hier(options):
    group, floor, y = recipe.radon_like()
    group, floor, y = torch.tensor(group), tensor(floor), tensor(y)

    def model():
        mu = pyro.sample("mu", dist.Normal(0.0, 10.0))
        beta = pyro.sample("beta", dist.Normal(0.0, 10.0))
        sa = pyro.sample("sigma_alpha", dist.HalfNormal(1.0))
        sy = pyro.sample("sigma_y", dist.HalfNormal(1.0))
        with pyro.plate("groups", 85):
            alpha = pyro.sample("alpha", dist.Normal(mu, sa))
        with pyro.plate("data", len(y)):
            pyro.sample("y", dist.Normal(alpha[group] + beta * floor, sy), obs=y)

    guide = AutoNormal(model, init_loc_fn=init_to_feasible, init_scale=0.1)
    return SVI(model, guide, pyro.optim.Adam({"lr": 0.01}), loss=elbo(options))


def subsampled(options, own_indices):
    """Logistic regression on a million rows, 1000 at a step. Pyro draws them by a
    permutation of all rows, if the user does not bring indices."""
    n, m = 1_000_000, 1000
    x, y = recipe.logistic(n, 20, seed=1)
    x, y = tensor(x), tensor(y)

    def model():
        beta = pyro.sample("beta", dist.Normal(torch.zeros(20), 1.0).to_event(1))
        rows = torch.randint(n, (m,)) if own_indices else None
        with pyro.plate("data", n, subsample_size=m, subsample=rows) as i:
            pyro.sample("y", dist.Bernoulli(logits=x[i] @ beta), obs=y[i])

    guide = AutoNormal(model, init_loc_fn=init_to_feasible, init_scale=0.1)
    return SVI(model, guide, pyro.optim.Adam({"lr": 0.01}), loss=elbo(options))


FITS = {
    "coin": coin,
    "scale": scale,
    "iris": iris,
    "hier": hier,
    "logreg_subsample": lambda o: subsampled(o, False),
    "logreg_own_indices": lambda o: subsampled(o, True),
}


def fit(svi, options):
    """Losses of the first steps; the time of a step after the first tenth."""
    warm = options.steps // 10
    losses = [svi.step() for _ in range(warm)]
    start = time.process_time()
    losses += [svi.step() for _ in range(options.steps - warm)]
    took = time.process_time() - start
    return took / (options.steps - warm), {"loss": recipe.mean(losses[options.steps // 2 :])}


def importance(options):
    start = time.process_time()
    posterior = Importance(conditioned_scale, num_samples=options.steps)
    posterior.run()
    took = time.process_time() - start
    ess = float(posterior.get_ESS())
    marginal = pyro.infer.EmpiricalMarginal(posterior, "weight")
    return took / options.steps, {
        "weight": [float(marginal.mean), float(marginal.variance) ** 0.5 / ess**0.5],
        "log_evidence": [float(posterior.get_log_normalizer()), (1 / ess - 1 / options.steps) ** 0.5],
    }


def schools():
    y, sigma = map(tensor, recipe.SCHOOLS)

    def model():
        mu = pyro.sample("mu", dist.Normal(0.0, 5.0))
        tau = pyro.sample("tau", dist.HalfCauchy(5.0))
        with pyro.plate("schools", 8):
            eta = pyro.sample("eta", dist.Normal(0.0, 1.0))
            pyro.sample("y", dist.Normal(mu + tau * eta, sigma), obs=y)

    return model, {"mu": (), "tau": (), "eta": (8,)}


def regression():
    x, y = map(tensor, recipe.logistic(1000, 20, seed=11))

    def model():
        beta = pyro.sample("beta", dist.Normal(torch.zeros(20), 1.0).to_event(1))
        with pyro.plate("data", len(y)):
            pyro.sample("y", dist.Bernoulli(logits=x @ beta), obs=y)

    return model, {"beta": (20,)}


def gradient(made, options):
    """Value and gradient on the unconstrained scale, as Pyro's samplers take them."""
    model, shapes = made
    _, potential, _, _ = initialize_model(model, jit_compile=options.jit, skip_jit_warnings=True)
    n = sum(int(np.prod(s)) for s in shapes.values())
    where, at, z = recipe.point(n), 0, {}
    for name, shape in shapes.items():
        k = int(np.prod(shape))
        z[name] = tensor(where[at : at + k].reshape(shape)).requires_grad_(True)
        at += k

    def evaluate():
        value = potential(z)
        return value, torch.autograd.grad(value, list(z.values()))

    for _ in range(20):
        value, grads = evaluate()
    start = time.process_time()
    for _ in range(options.steps):
        evaluate()
    took = time.process_time() - start
    g = -np.concatenate([np.atleast_1d(v.detach().numpy()) for v in grads]).astype(float)
    lp = -float(value.detach())
    return took / options.steps, {"log_density": [lp, 0], "gradient": [float(g @ np.arange(1, n + 1)), 0]}


def main():
    options = recipe.parser().parse_args()
    torch.set_num_threads(1)
    pyro.set_rng_seed(options.seed)
    pyro.enable_validation(not options.jit)
    side = "pyro-jit" if options.jit else "pyro"
    version = f"Pyro {pyro.__version__} on PyTorch {torch.__version__}"
    seconds, check, skipped, w = 0, {}, "", options.workload
    if w in FITS:
        seconds, check = fit(FITS[w](options), options)
    elif w == "importance" and not options.jit:
        seconds, check = importance(options)
    elif w == "grad_eight_schools":
        seconds, check = gradient(schools(), options)
    elif w == "grad_logreg":
        seconds, check = gradient(regression(), options)
    elif w != "version":
        skipped = "Pyro cannot compile importance sampling" if w == "importance" else "not written for Pyro"
    recipe.report(side=side, version=version, workload=w, us=seconds * 1e6, check=check, skipped=skipped)


main()
