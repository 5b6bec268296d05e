# Writes reference.json: draws of several kinds, and what R's packages
# posterior and loo say of them. Versions are recorded in the output.
# Run in this directory: Rscript reference.R
suppressMessages({library(posterior); library(loo); library(jsonlite)})
set.seed(20240611)
ar <- function(n, rho) as.numeric(arima.sim(list(ar = rho), n))
cases <- list(
  independent = replicate(4, rnorm(250)),
  autocorrelated = replicate(4, ar(300, 0.9)),
  antithetic = replicate(4, ar(200, -0.6)),
  shifted = sapply(1:4, function(c) ar(200, 0.5) + (c == 4)),
  scaled = sapply(1:4, function(c) rnorm(200) * (1 + (c == 2))),
  heavy = replicate(4, rcauchy(250)),
  discrete = replicate(3, rpois(151, 2)),
  trend = sapply(1:2, function(c) rnorm(101) + (1:101) / 40),
  single = matrix(ar(400, 0.7), ncol = 1),
  binary = replicate(2, as.numeric(runif(60) < 0.3)),
  short = replicate(2, rnorm(14)),
  tiny = replicate(2, rnorm(10)),
  ramp = t(matrix(0:999, nrow = 100, byrow = TRUE))
)
# Six digits, so that the file holds the very draws that R sees.
cases <- lapply(cases, signif, 6)
probs <- c(0.05, 0.25, 0.5, 0.95)
num <- function(v) { v <- suppressWarnings(as.numeric(v)); if (is.finite(v)) v else NULL }
describe <- function(x) suppressWarnings(list(
  rhat = num(rhat(x)), rhat_basic = num(rhat_basic(x, split = FALSE)),
  rhat_split = num(rhat_basic(x)),
  ess_bulk = num(ess_bulk(x)), ess_tail = num(ess_tail(x)), ess_mean = num(ess_mean(x)),
  ess_sd = num(ess_sd(x)), ess_basic = num(ess_basic(x, split = FALSE)),
  mcse_mean = num(mcse_mean(x)), mcse_sd = num(mcse_sd(x)),
  probs = probs, ess_quantile = unname(ess_quantile(x, probs)),
  mcse_quantile = unname(mcse_quantile(x, probs)), quantile = unname(quantile(x, probs))
))
ratios <- list(light = rnorm(1000), heavy = 3 * rexp(2000)^1.1, few = rnorm(20), ties = rep(c(0, 1), 200))
smooth <- lapply(lapply(ratios, signif, 6), function(r) {
  p <- suppressWarnings(psis(r, r_eff = 0.8))
  k <- p$diagnostics$pareto_k
  list(ratios = r, rel_eff = 0.8, k = if (is.finite(k)) k else NULL,
       weights = as.numeric(weights(p, normalize = FALSE)))
})
gpd <- lapply(c(-0.3, 0.2, 0.8), function(k) {
  x <- signif(2 * expm1(-k * log(runif(500))) / k, 6)
  fit <- loo:::gpdfit(x, wip = FALSE)
  list(x = x, k = fit$k, sigma = fit$sigma)
})
ll <- matrix(dnorm(rep(rnorm(12), each = 400), rnorm(4800, sd = 0.4), 1, log = TRUE), nrow = 400)
ll <- signif(ll, 6)
w <- suppressWarnings(waic(ll)); l <- suppressWarnings(loo(ll, r_eff = rep(1, 12)))
out <- list(
  versions = list(R = R.version.string, posterior = as.character(packageVersion("posterior")),
                  loo = as.character(packageVersion("loo"))),
  cases = lapply(cases, function(x) list(draws = lapply(seq_len(ncol(x)), function(c) x[, c]), expect = describe(x))),
  psis = smooth, gpd = gpd,
  predictive = list(log_lik = ll, waic = unname(w$pointwise[, "elpd_waic"]), waic_p = unname(w$pointwise[, "p_waic"]),
    waic_se = w$estimates["elpd_waic", "SE"], loo = unname(l$pointwise[, "elpd_loo"]), loo_p = unname(l$pointwise[, "p_loo"]),
    k = l$diagnostics$pareto_k, loo_se = l$estimates["elpd_loo", "SE"])
)
write(toJSON(out, auto_unbox = TRUE, digits = NA, null = "null", na = "null"), "reference.json")
