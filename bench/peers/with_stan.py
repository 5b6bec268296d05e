"""The posteriors in Stan: CmdStan of the folder that the environment variable
CMDSTAN names, with its defaults but for STANCFLAGS=--O1. Compiled programs are
kept in the folder for temporary files. Called by
bench/compare, whose comment says how."""

import array
import csv
import hashlib
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time

import recipe

CHAINS, STANCFLAGS = 4, "--O1"


def version(home):
    text = (home / "makefile").read_text()
    return re.search(r"^CMDSTAN_VERSION\s*:?=\s*(\S+)", text, re.M).group(1)


def build(home, source):
    """The program, compiled if it is not yet, and the processor seconds that took."""
    text = source.read_bytes() + str(home).encode() + STANCFLAGS.encode()
    local = home / "make" / "local"
    text += local.read_bytes() if local.exists() else b""
    folder = pathlib.Path(tempfile.gettempdir()) / f"gopyro-stan-{hashlib.sha256(text).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    program, took = folder / source.stem, folder / "seconds"
    if not took.exists():
        (folder / source.name).write_bytes(source.read_bytes())
        run = subprocess.run(["make", "-C", home, f"STANCFLAGS={STANCFLAGS}", program], capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(f"{source.name} does not compile: {run.stderr.strip().splitlines()[-1]}")
        took.write_text(str(processor()))
    return program, float(took.read_text())


def processor():
    """Processor seconds of ended processes that this one started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sample(program, data, seed, output, *more):
    """Runs the program; the lesser of its own clock and its processor time, warm-up
    and draws, and the time from start to end of the process."""
    command = [program, "sample", *more, "data", f"file={data}", "random", f"seed={seed + 1}", "output", f"file={output}", "refresh=0"]
    before, start = processor(), time.time()
    run = subprocess.run(command, capture_output=True, text=True)
    wall, cpu = time.time() - start, processor() - before
    if run.returncode:
        raise SystemExit((run.stderr or run.stdout).strip().splitlines()[-1])
    own = sum(float(s) for s in re.findall(r"([\d.]+) seconds \(Total\)", run.stdout))
    return min(own, cpu), wall


def chains(output):
    """Header and rows of the files of all chains."""
    for c in range(1, CHAINS + 1):
        with open(output.with_name(f"{output.stem}_{c}.csv")) as f:
            rows = csv.reader(line for line in f if not line.startswith("#"))
            yield next(rows), [[float(v) for v in row] for row in rows]


def zero_based(name):
    base, *index = name.split(".")
    return base + (f"[{','.join(str(int(i) - 1) for i in index)}]" if index else "")


def parameters(source):
    """Names in the block of parameters."""
    block = re.search(r"\nparameters \{(.*?)\n\}", source.read_text(), re.S).group(1)
    return re.findall(r"(\w+);", block)


def main():
    options = recipe.parser().parse_args()
    if not os.environ.get("CMDSTAN"):
        recipe.report(side="stan", version="", workload=options.workload, skipped="CMDSTAN names no folder with CmdStan")
        return
    home = pathlib.Path(os.environ["CMDSTAN"])
    fields = dict(side="stan", version=f"CmdStan {version(home)} (stanc {STANCFLAGS})", workload=options.workload)
    source = pathlib.Path(options.programs).resolve() / f"{options.workload}.stan"
    if options.workload == "version":
        recipe.report(**fields)
        return
    if not source.exists():
        recipe.report(**fields, skipped="not written for Stan")
        return
    data = pathlib.Path(options.data) / f"{options.posterior}.data.json"
    program, fields["compile"] = build(home, source)
    with tempfile.TemporaryDirectory() as tmp:
        output = pathlib.Path(tmp) / "draws.csv"
        if options.first:
            _, first = sample(program, data, options.seed, output, "num_samples=1")
            recipe.report(**fields, first=first)
            return
        seconds, _ = sample(program, data, options.seed, output, f"num_chains={CHAINS}")
        drawn = list(chains(output))
        # A second run, which draws the same, counts the leapfrogs of warm-up: writing
        # them would take time from the first.
        sample(program, data, options.seed, output, f"num_chains={CHAINS}", "save_warmup=1")
        both = list(chains(output))
    header = drawn[0][0]
    if any(rows != all_rows[-len(rows) :] for (_, rows), (_, all_rows) in zip(drawn, both)):
        raise SystemExit("the run that counts leapfrogs drew something else")
    leapfrogs, divergent = header.index("n_leapfrog__"), header.index("divergent__")
    wanted = set(parameters(source))
    columns = [i for i, name in enumerate(header) if name.split(".")[0] in wanted]
    with open(options.out, "wb") as f:
        for i in columns:
            for _, rows in drawn:
                array.array("d", [row[i] for row in rows]).tofile(f)
    recipe.report(
        **fields,
        seconds=seconds,
        leapfrogs=int(sum(row[leapfrogs] for _, rows in both for row in rows)),
        divergences=int(sum(row[divergent] for _, rows in drawn for row in rows)),
        chains=CHAINS,
        draws=len(drawn[0][1]),
        names=[zero_based(header[i]) for i in columns],
    )


main()
