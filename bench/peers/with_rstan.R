# The posteriors in rstan, with its defaults and the compiler's flags of R
# (R_MAKEVARS_USER). Compiled programs are kept in the folder for temporary files.
# Called by bench/compare, whose comment says how; needs rstan and jsonlite.

option <- function(name, default = "") {
  at <- match(paste0("-", name), commandArgs(TRUE))
  if (is.na(at)) default else commandArgs(TRUE)[at + 1]
}

report <- function(...) cat(jsonlite::toJSON(list(side = "rstan", ...), auto_unbox = TRUE, digits = NA), "\n")

# The syntax of rstan 2.21, which has arrays' sizes behind their names.
older <- function(text) {
  text <- gsub("array\\[([^]]*)\\] (\\w+(<[^>]*>)?) (\\w+)", "\\2 \\4[\\1]", text, perl = TRUE)
  gsub("gp_exp_quad_cov", "cov_exp_quad", text, fixed = TRUE)
}

# The program, compiled if it is not yet, and the processor seconds that took.
build <- function(text) {
  makevars <- Sys.getenv("R_MAKEVARS_USER")
  key <- tempfile("")
  writeLines(c(text, if (nzchar(makevars)) readLines(makevars), R.version.string, rstan::stan_version()), key)
  kept <- file.path(dirname(tempdir()), paste0("gopyro-rstan-", tools::md5sum(key), ".rds"))
  if (!file.exists(kept)) {
    if (!file.exists(rstan::rstan_options("boost_lib"))) rstan::rstan_options(boost_lib = "/usr/include") # Debian's place
    before <- proc.time()
    model <- rstan::stan_model(model_code = text)
    built <- list(model = model, seconds = sum((proc.time() - before)[-3]))
    saveRDS(built, kept)
    return(built)
  }
  readRDS(kept)
}

# Names in the block of parameters.
parameters <- function(text) {
  block <- regmatches(text, regexec("(?s)\nparameters \\{(.*?)\n\\}", text, perl = TRUE))[[1]][2]
  declared <- strsplit(gsub("//[^\n]*", "", block), ";")[[1]]
  sub("^\\s*(.*\\s)?", "", sub("\\[[^]]*\\]$", "", declared[grepl("\\S", declared)]), perl = TRUE)
}

zero_based <- function(name) {
  index <- regmatches(name, gregexpr("[0-9]+(?=[],])", name, perl = TRUE))
  regmatches(name, gregexpr("[0-9]+(?=[],])", name, perl = TRUE)) <- lapply(index, function(i) as.character(as.integer(i) - 1))
  name
}

main <- function() {
  workload <- option("workload")
  if (!require("rstan", quietly = TRUE)) {
    return(report(version = "", workload = workload, skipped = "R lacks the package rstan"))
  }
  version <- paste0("rstan ", packageVersion("rstan"), " (Stan ", rstan::stan_version(), ")")
  if (workload == "version") {
    return(report(version = version, workload = workload))
  }
  source <- file.path(option("programs"), paste0(workload, ".stan"))
  if (!file.exists(source)) {
    return(report(version = version, workload = workload, skipped = "not written for Stan"))
  }
  text <- older(paste(readLines(source), collapse = "\n"))
  built <- build(text)
  data <- jsonlite::fromJSON(file.path(option("data"), paste0(option("posterior"), ".data.json")))
  first <- "-first" %in% commandArgs(TRUE)
  draws <- if (first) 1 else 1000
  before <- proc.time()
  fit <- rstan::sampling(built$model, data, chains = if (first) 1 else 4, iter = 1000 + draws, warmup = 1000,
                         seed = as.integer(option("seed")) + 1L, refresh = 0, cores = 1)
  used <- sum((proc.time() - before)[1:2])
  if (first) {
    return(report(version = version, workload = workload))
  }
  x <- as.array(fit, pars = parameters(text)) # draw, chain, scalar
  out <- file(option("out"), "wb")
  writeBin(as.vector(x), out, size = 8, endian = "little")
  close(out)
  all <- rstan::get_sampler_params(fit, inc_warmup = TRUE)
  drawn <- rstan::get_sampler_params(fit, inc_warmup = FALSE)
  report(
    version = version, workload = workload, compile = built$seconds,
    seconds = min(used, sum(rstan::get_elapsed_time(fit))),
    leapfrogs = sum(sapply(all, function(p) sum(p[, "n_leapfrog__"]))),
    divergences = sum(sapply(drawn, function(p) sum(p[, "divergent__"]))),
    chains = dim(x)[2], draws = dim(x)[1], names = zero_based(dimnames(x)[[3]])
  )
}

suppressMessages(suppressWarnings(main()))
