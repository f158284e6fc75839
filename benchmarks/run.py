"""Whole-process times and peak memory of the budgets in the design, beside a bare PyYAML pass over the same files.

`python benchmarks/run.py [--corpus DIR] [--runs N] [--quick]` prints a Markdown table; nothing here is a test.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SMALL = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "registry.example/web:1.2", securityContext: {privileged: true}}
"""
YAML_PASS = """\
import os, sys, yaml
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if name.endswith((".yaml", ".yml")):
            try:
                for _ in yaml.load_all(open(os.path.join(folder, name), "rb"), yaml.CSafeLoader):
                    pass
            except Exception:
                pass
"""


class Measured(NamedTuple):
    """Seconds of the median run, and the peak memory of all its processes together, in MiB."""

    seconds: float
    mebibytes: float


def measure(command: Sequence[str], runs: int) -> Measured:
    """The median of some runs of a whole process; its exit code must be one of a finished scan.

    Memory is looked at in a run of its own: looking takes a processor from those that are measured.
    """
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        _check(command, subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode)
        seconds.append(time.perf_counter() - started)
    peak = 0.0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, tree_memory(process.pid))
        time.sleep(0.005)
    _check(command, process.returncode)
    return Measured(statistics.median(seconds), peak)


def _check(command: Sequence[str], code: int) -> None:
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {code}")


def tree_memory(root: int) -> float:
    """Proportional set size of a process and its children in MiB, so that forked pages count once (Linux)."""
    total, pending = 0, [root]
    while pending:
        pid = pending.pop()
        try:
            with open(f"/proc/{pid}/smaps_rollup") as lines:
                total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    pending += map(int, children.read().split())
        except OSError:
            continue
    return total / 1024


def generated_rules(folder: Path, count: int) -> None:
    """`count` rules of the usual shape, each with an expression of its own."""
    for number in range(count):
        (folder / f"generated-{number}.yaml").write_text(
            f"id: generated-{number}\ntitle: Generated rule {number}\nsubject: container\nseverity: low\n"
            f"expression: container.?securityContext.?runAsUser.orValue(1) != {number + 2}\n"
            "messageExpression: \"'container ' + container.name + ' runs as that user'\"\n"
            "evidence: [securityContext.runAsUser]\nrationale: To measure.\nremediation: None.\n"
        )


def copies(corpus: Path, folder: Path, times: int) -> Path:
    """A folder with links to a corpus under several names."""
    target = folder / f"x{times}"
    target.mkdir()
    for number in range(times):
        (target / f"copy{number}").symlink_to(corpus)
    return target


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpora" / "realworld")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="leave out the copies of the corpus")
    arguments = parser.parse_args()
    scan = [
        sys.executable,
        "-m",
        "auditor",
        "scan",
        "--no-config",
        "--profile",
        "all",
        "-o",
        "json",
        "--fail-on",
        "none",
    ]
    os.chdir(ROOT)
    # As installed: with compiled bytecode, whatever the environment says. A first run writes it, and is not measured.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[tuple[str, Measured]] = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        os.environ["PYTHONPYCACHEPREFIX"] = str(scratch / "bytecode")
        small = scratch / "small.yaml"
        small.write_text(SMALL)
        measure([*scan, str(small)], 1)
        rows.append(("kubeplumb --version", measure([sys.executable, "-m", "auditor", "--version"], arguments.runs)))
        rows.append(("one small manifest", measure([*scan, str(small)], arguments.runs)))
        rules = scratch / "rules"
        rules.mkdir()
        generated_rules(rules, 300)
        many = [*scan, "--rules", str(rules)]
        rows.append(("one small manifest, 300 more rules", measure([*many, str(small)], arguments.runs)))
        if arguments.corpus.is_dir():
            corpus = str(arguments.corpus)
            base = measure([sys.executable, "-c", YAML_PASS, corpus], arguments.runs)
            rows.append(("PyYAML CSafeLoader pass over the corpus", base))
            rows.append(("the corpus, 1 job", measure([*scan, "--jobs", "1", corpus], arguments.runs)))
            rows.append(("the corpus, 2 jobs", measure([*scan, "--jobs", "2", corpus], arguments.runs)))
            rows.append(("the corpus, 2 jobs, 300 more rules", measure([*many, "--jobs", "2", corpus], arguments.runs)))
            for times in () if arguments.quick else (4, 16):
                linked = str(copies(arguments.corpus, scratch, times))
                rows.append((f"the corpus {times} times, 2 jobs", measure([*scan, "--jobs", "2", linked], 1)))
        else:
            print(f"no corpus at {arguments.corpus}: only start-up is measured", file=sys.stderr)
            base = None
    print("| what | seconds | of the PyYAML pass | peak MiB |\n|---|---|---|---|")
    for what, result in rows:
        share = f"{result.seconds / base.seconds:.2f}" if base else ""
        print(f"| {what} | {result.seconds:.3f} | {share} | {result.mebibytes:.0f} |")


if __name__ == "__main__":
    # The benchmark itself must not be what runs out of memory or file handles.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
