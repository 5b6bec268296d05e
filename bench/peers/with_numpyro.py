"""The workloads in NumPyro, compiled by XLA for one thread: fits in single
precision, which is the default, samplers in double. Times are those of a second
run, without compiling. Called by bench/compare, whose comment says how."""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import json
import pathlib
import tempfile
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro import handlers, optim
from numpyro.infer import MCMC, NUTS, SVI, Trace_ELBO, TraceEnum_ELBO, init_to_feasible, init_to_uniform, init_to_value
from numpyro.infer.autoguide import AutoDelta, AutoNormal
from numpyro.infer.util import initialize_model

import recipe

CHAINS, WARMUP, DRAWS = 4, 1000, 1000
TIMED = 20_000  # steps of a compiled loop


def coin():
    data = [1.0] * 6 + [0.0] * 4

    def model():
        f = numpyro.sample("latent_fairness", dist.Beta(10.0, 10.0))
        for i, x in enumerate(data):
            numpyro.sample(f"obs_{i}", dist.Bernoulli(f), obs=x)

    def guide():
        alpha = numpyro.param("alpha_q", 15.0, constraint=dist.constraints.positive)
        beta = numpyro.param("beta_q", 15.0, constraint=dist.constraints.positive)
        numpyro.sample("latent_fairness", dist.Beta(alpha, beta))

    return SVI(model, guide, optim.Adam(0.0005, b1=0.9, b2=0.999), Trace_ELBO())


def scale():
    def model():
        weight = numpyro.sample("weight", dist.Normal(8.5, 1.0))
        numpyro.sample("measurement", dist.Normal(weight, 0.75))

    def guide():
        a = numpyro.param("a", 8.5)
        b = numpyro.param("b", 1.0)
        numpyro.sample("weight", dist.Normal(a, jnp.abs(b)))

    conditioned = handlers.condition(model, data={"measurement": 9.5})
    return SVI(conditioned, guide, optim.Momentum(0.001, 0.1), Trace_ELBO())


def iris():
    data = jnp.array(recipe.petals())

    def model():
        p = numpyro.sample("p", dist.Dirichlet(jnp.ones(2)))
        with numpyro.plate("cluster", 2):
            mu = numpyro.sample("mu", dist.Normal(0.0, 10.0))
            sigma = numpyro.sample("sigma", dist.InverseGamma(1.0, 1.0))
        with numpyro.plate("data", len(data)):
            z = numpyro.sample("z", dist.Categorical(p), infer={"enumerate": "parallel"})
            numpyro.sample("x", dist.Normal(mu[z], sigma[z]), obs=data)

    start = {name: jnp.array(v) for name, v in recipe.IRIS_START.items()}
    guide = AutoDelta(handlers.block(model, hide=["z", "x", "data"]), init_loc_fn=init_to_value(values=start))
    return SVI(model, guide, optim.Adam(1e-3), TraceEnum_ELBO(max_plate_nesting=1))


def hier():
    group, floor, y = map(jnp.array, recipe.radon_like())

    def model():
        mu = numpyro.sample("mu", dist.Normal(0.0, 10.0))
        beta = numpyro.sample("beta", dist.Normal(0.0, 10.0))
        sa = numpyro.sample("sigma_alpha", dist.HalfNormal(1.0))
        sy = numpyro.sample("sigma_y", dist.HalfNormal(1.0))
        with numpyro.plate("groups", 85):
            alpha = numpyro.sample("alpha", dist.Normal(mu, sa))
        with numpyro.plate("data", len(y)):
            numpyro.sample("y", dist.Normal(alpha[group] + beta * floor, sy), obs=y)

    guide = AutoNormal(model, init_loc_fn=init_to_feasible, init_scale=0.1)
    return SVI(model, guide, optim.Adam(0.01), Trace_ELBO())


def subsampled(own_indices):
    n, m = 1_000_000, 1000
    x, y = (jnp.array(v, dtype=jnp.float32) for v in recipe.logistic(n, 20, seed=1))

    def model():
        beta = numpyro.sample("beta", dist.Normal(jnp.zeros(20), 1.0).to_event(1))
        if own_indices:
            i = jax.random.randint(numpyro.prng_key(), (m,), 0, n)
            with numpyro.plate("data", m), handlers.scale(scale=n / m):
                numpyro.sample("y", dist.Bernoulli(logits=x[i] @ beta), obs=y[i])
        else:
            with numpyro.plate("data", n, subsample_size=m) as i:
                numpyro.sample("y", dist.Bernoulli(logits=x[i] @ beta), obs=y[i])

    guide = AutoNormal(model, init_loc_fn=init_to_feasible, init_scale=0.1)
    return SVI(model, guide, optim.Adam(0.01), Trace_ELBO())


FITS = {
    "coin": coin,
    "scale": scale,
    "iris": iris,
    "hier": hier,
    "logreg_subsample": lambda: subsampled(False),
    "logreg_own_indices": lambda: subsampled(True),
}


def fit(svi, options):
    state = svi.init(jax.random.PRNGKey(options.seed))

    def run(n):
        return jax.jit(lambda s: jax.lax.scan(lambda t, _: svi.update(t), s, None, length=n))

    _, losses = run(options.steps)(state)
    n = min(TIMED, 5 * options.steps)
    timed = run(n)
    start = time.time()
    compiled = timed.lower(state).compile()
    compile_time = time.time() - start
    jax.block_until_ready(compiled(state))
    start = time.process_time()
    jax.block_until_ready(compiled(state))
    took = time.process_time() - start
    return took / n, {"loss": recipe.mean(np.asarray(losses)[options.steps // 2 :])}, compile_time


def schools_model(y, sigma, centered, name="eta"):
    mu = numpyro.sample("mu", dist.Normal(0.0, 5.0))
    tau = numpyro.sample("tau", dist.HalfCauchy(5.0))
    with numpyro.plate("schools", len(y)):
        if centered:
            theta = numpyro.sample("theta", dist.Normal(mu, tau))
        else:
            theta = mu + tau * numpyro.sample(name, dist.Normal(0.0, 1.0))
        numpyro.sample("y", dist.Normal(theta, sigma), obs=y)


def regression():
    x, y = map(jnp.array, recipe.logistic(1000, 20, seed=11))

    def model():
        beta = numpyro.sample("beta", dist.Normal(jnp.zeros(20), 1.0).to_event(1))
        with numpyro.plate("data", len(y)):
            numpyro.sample("y", dist.Bernoulli(logits=x @ beta), obs=y)

    return model, {"beta": (20,)}


def gradient(model, shapes, options):
    """Value and gradient on the unconstrained scale in a compiled loop, as samplers
    take them. Each evaluation depends on the one before."""
    n = sum(int(np.prod(s)) for s in shapes.values())
    where, at, z = recipe.point(n), 0, {}
    for name, shape in shapes.items():
        k = int(np.prod(shape))
        z[name] = jnp.array(where[at : at + k].reshape(shape))
        at += k
    both = jax.value_and_grad(initialize_model(jax.random.PRNGKey(0), model).potential_fn)

    def again(_, state):
        z, _ = state
        value, grads = both(z)
        return jax.tree.map(lambda a, g: a + 1e-30 * g, z, grads), value

    loop = jax.jit(lambda z: jax.lax.fori_loop(0, TIMED, again, (z, 0.0)))
    jax.block_until_ready(loop(z))
    start = time.process_time()
    jax.block_until_ready(loop(z))
    took = time.process_time() - start
    value, grads = both(z)
    g = -np.concatenate([np.atleast_1d(grads[name]) for name in shapes]).astype(float)
    return took / TIMED, {"log_density": [-float(value), 0], "gradient": [float(g @ np.arange(1, n + 1)), 0]}, 0


def kid_score(d):
    x = jnp.stack([jnp.ones(d["N"]), d["mom_hs"], d["mom_iq"], d["mom_hs"] * d["mom_iq"]], 1)

    def model():
        beta = numpyro.sample("beta", dist.ImproperUniform(dist.constraints.real_vector, (), (4,)))
        sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
        numpyro.sample("kid_score", dist.Normal(x @ beta, sigma), obs=d["kid_score"])

    return model


def autoregression(d):
    k, n, y = int(d["K"]), len(d["y"]), d["y"]
    x = jnp.stack([y[k - 1 - i : n - 1 - i] for i in range(k)], 1)

    def model():
        alpha = numpyro.sample("alpha", dist.Normal(0.0, 10.0))
        beta = numpyro.sample("beta", dist.Normal(0.0, 10.0).expand([k]))
        sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
        numpyro.sample("y", dist.Normal(alpha + x @ beta, sigma), obs=y[k:])

    return model


def mixture(d):
    def model():
        mu = numpyro.sample("mu", dist.ImproperUniform(dist.constraints.ordered_vector, (), (2,)))
        numpyro.factor("prior", dist.Normal(0.0, 2.0).log_prob(mu).sum())
        sigma = numpyro.sample("sigma", dist.HalfNormal(2.0).expand([2]))
        theta = numpyro.sample("theta", dist.Beta(5.0, 5.0))
        parts = dist.Categorical(probs=jnp.stack([theta, 1 - theta]))
        numpyro.sample("y", dist.MixtureSameFamily(parts, dist.Normal(mu, sigma)), obs=d["y"])

    return model


def poisson_process(d):
    squares = -0.5 * (d["x"][:, None] - d["x"]) ** 2
    n = len(d["x"])

    def model():
        rho = numpyro.sample("rho", dist.Gamma(25.0, 4.0))
        alpha = numpyro.sample("alpha", dist.HalfNormal(2.0))
        z = numpyro.sample("f_tilde", dist.Normal(0.0, 1.0).expand([n]))
        cov = alpha**2 * jnp.exp(squares / rho**2) + 1e-10 * jnp.eye(n)
        numpyro.sample("k", dist.Poisson(jnp.exp(jnp.linalg.cholesky(cov) @ z)), obs=d["k"])

    return model


def radon(d, centered):
    county = d["county_idx"].astype(int) - 1

    def model():
        sigma_alpha = numpyro.sample("sigma_alpha", dist.HalfNormal(1.0))
        sigma_y = numpyro.sample("sigma_y", dist.HalfNormal(1.0))
        mu_alpha = numpyro.sample("mu_alpha", dist.Normal(0.0, 10.0))
        beta = numpyro.sample("beta", dist.Normal(0.0, 10.0).expand([2]))
        with numpyro.plate("counties", int(d["J"])):
            if centered:
                alpha = numpyro.sample("alpha", dist.Normal(mu_alpha, sigma_alpha))
            else:
                alpha = mu_alpha + sigma_alpha * numpyro.sample("alpha_raw", dist.Normal(0.0, 1.0))
        mean = alpha[county] + d["log_uppm"] * beta[0] + d["floor_measure"] * beta[1]
        numpyro.sample("log_radon", dist.Normal(mean, sigma_y), obs=d["log_radon"])

    return model


POSTERIORS = {
    "eight_schools_noncentered": lambda d: lambda: schools_model(d["y"], d["sigma"], False, "theta_trans"),
    "eight_schools_centered": lambda d: lambda: schools_model(d["y"], d["sigma"], True),
    "kidscore_interaction": kid_score,
    "arK": autoregression,
    "low_dim_gauss_mix": mixture,
    "gp_pois_regr": poisson_process,
    "radon_hierarchical_intercept_noncentered": lambda d: radon(d, False),
    "radon_hierarchical_intercept_centered": lambda d: radon(d, True),
}


def draw(options):
    """Draws of NUTS, one chain after the other; a first run compiles."""
    if not options.first:  # compile once for all seeds
        jax.config.update("jax_compilation_cache_dir", str(pathlib.Path(tempfile.gettempdir()) / "gopyro-jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)
    text = (pathlib.Path(options.data) / f"{options.posterior}.data.json").read_text()
    data = {name: np.asarray(v, dtype=float) if isinstance(v, list) else v for name, v in json.loads(text).items()}
    kernel = NUTS(POSTERIORS[options.workload](data), init_strategy=init_to_uniform)
    draws = 1 if options.first else DRAWS
    mcmc = MCMC(kernel, num_warmup=WARMUP, num_samples=draws, progress_bar=False)
    keys = jax.random.split(jax.random.PRNGKey(options.seed), CHAINS)
    wanted = ["num_steps", "diverging"]
    mcmc.run(keys[0], extra_fields=wanted)
    if options.first:
        return {}
    seconds, leapfrogs, divergences, samples = 0, 0, 0, []
    for key in keys:
        start = time.process_time()
        mcmc.run(key, extra_fields=wanted)
        seconds += time.process_time() - start
        extra = mcmc.get_extra_fields()
        leapfrogs += int(extra["num_steps"].sum())
        divergences += int(extra["diverging"].sum())
        samples.append(mcmc.get_samples())
    for key in keys:  # once more, to count the leapfrogs of warm-up
        mcmc.warmup(key, extra_fields=wanted, collect_warmup=True)
        leapfrogs += int(mcmc.get_extra_fields()["num_steps"].sum())
    names, columns = [], []
    for name in samples[0]:
        flat = np.stack([np.asarray(s[name], dtype=float).reshape(draws, -1) for s in samples])
        for i in range(flat.shape[2]):
            names.append(name if samples[0][name].ndim == 1 else f"{name}[{i}]")
            columns.append(flat[:, :, i])
    np.stack(columns).tofile(options.out)
    return dict(seconds=seconds, leapfrogs=leapfrogs, divergences=divergences, chains=CHAINS, draws=draws, names=names)


def main():
    options = recipe.parser().parse_args()
    w = options.workload
    fields = dict(side="numpyro", version=f"NumPyro {numpyro.__version__} on JAX {jax.__version__}", workload=w)
    if w in POSTERIORS:
        numpyro.enable_x64()
        recipe.report(**fields, **draw(options))
        return
    seconds, check, compile_time = 0, {}, 0
    if w in FITS:
        seconds, check, compile_time = fit(FITS[w](), options)
    elif w == "grad_eight_schools":
        y, sigma = map(jnp.array, recipe.SCHOOLS)
        shapes = {"mu": (), "tau": (), "eta": (8,)}
        seconds, check, _ = gradient(lambda: schools_model(y, sigma, False), shapes, options)
    elif w == "grad_logreg":
        seconds, check, _ = gradient(*regression(), options)
    elif w != "version":
        fields["skipped"] = "NumPyro has no importance sampling" if w == "importance" else "not written for NumPyro"
    recipe.report(**fields, us=seconds * 1e6, check=check, compile=compile_time)


main()
