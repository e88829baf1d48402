"""The one check, here and in CI: style, types, JavaScript, documents, then tests, fast ones first.

Prints the seconds of each step, the coverage and the numbers of tests; the last line sums those of
pytest. A step that cannot run here says so in one line.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "tests" / "js"
DOCUMENTS = ROOT / "docs" / "mkdocs.yml"
Command = tuple[str, ...]

NEHALEM = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "FAISS_OPT_LEVEL": "generic",
}
"""How numpy, scipy, scikit-learn, torch and faiss compute on a processor without AVX."""
ROUNDED = ("tests/unit/proposals", "tests/unit/learning", "tests/unit/criterion")
"""Tests whose choices could hang on how a kernel rounds; run under another one, too."""
PARALLEL = ("-n", "2", "--dist", "worksteal")
COVERAGE_SHOWN = 10
OLDEST_NODE = 20


@dataclass(frozen=True)
class Step:
    """Commands that run one after the other until one fails, or why none can run here."""

    name: str
    commands: tuple[Command, ...] = ()
    left_out: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    report: Path | None = None
    """Where pytest leaves what it counted."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended, after how many seconds; ``output`` where it was not shown at once."""

    step: Step
    status: int
    seconds: float
    output: str = ""


def main() -> int:
    """Run all steps, the rest too where one fails; the exit status of the first failure."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [one for phase in phases(Path(folder)) for one in run_phase(phase)]
        print_coverage(covered(Path(folder)))
        for outcome in outcomes:
            print(f"{outcome.step.name}: {outcome.seconds:.0f} s{counted_by_node(outcome.output)}")
        failed = [one for one in outcomes if one.status]
        names = ", ".join(one.step.name for one in failed)
        print(f"all: {time.monotonic() - started:.0f} s; failed steps: {names or 'none'}")
        print(counted_by_pytest([one.step.report for one in outcomes if one.step.report]))
    return failed[0].status if failed else 0


def phases(folder: Path) -> Iterator[Sequence[Step]]:
    """One phase after the other; the steps of a phase run beside each other, on one core each."""
    yield Step("types", (module("mypy"),)), style(), javascript(), documents(folder)
    whole = ("tests/contract", "tests/unit", "tests/property")
    yield (measured(pytest(folder, "unit", *whole, *PARALLEL), covered(folder)),)
    yield (other_kernel(folder),)
    yield (pytest(folder, "api", "tests/api", *PARALLEL),)
    # Tests of the browser wait much. Those of a module share servers.
    yield (pytest(folder, "browser", "tests/browser", "-n", "3", "--dist", "loadfile"),)


def module(*arguments: str) -> Command:
    return (sys.executable, "-m", *arguments)


def style() -> Step:
    return Step("style", (module("ruff", "check", "."), module("ruff", "format", "--check", ".")))


def javascript() -> Step:
    """Types, style and unit tests of the page's scripts."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return Step("javascript", left_out="Node and npm are not installed")
    version = subprocess.run((node, "--version"), capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        found = f"Node {version.strip()} is older than {OLDEST_NODE}"
        return Step("javascript", left_out=found)
    if not (SCRIPTS / "package.json").exists():
        return Step("javascript", left_out="there is no tests/js/package.json")
    prefix = (npm, "--prefix", str(SCRIPTS))
    install = (*prefix, "install", "--no-package-lock", "--no-audit", "--no-fund")
    runs = tuple((*prefix, "run", name) for name in ("check", "lint", "test"))
    return Step("javascript", (install, *runs))


def documents(folder: Path) -> Step:
    if not DOCUMENTS.exists():
        return Step("documents", left_out="there is no docs/mkdocs.yml")
    built = str(folder / "site")
    return Step(
        "documents", (module("mkdocs", "build", "--strict", "-f", str(DOCUMENTS), "-d", built),)
    )


def pytest(folder: Path, name: str, *arguments: str, **environment: str) -> Step:
    report = folder / f"{name}.xml"
    command = module("pytest", *arguments, f"--junitxml={report}")
    return Step(name, (command,), environment=environment, report=report)


def covered(folder: Path) -> Path:
    """Where the lines that the unit step ran are noted."""
    return folder / "covered.json"


def measured(step: Step, report: Path) -> Step:
    """A step of pytest that notes the lines of curation that it runs in this and pytest's own
    processes."""
    own = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
    measuring = module("slipcover", "--source", "curation", "--json", "--out", str(report))
    (command,) = step.commands
    return replace(step, commands=((*measuring, *command[1:], *own),))


def other_kernel(folder: Path) -> Step:
    """The tests that rounding could change, as another processor computes."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return Step("kernels", left_out=f"none to choose from on {platform.machine()}")
    return pytest(folder, "Nehalem", *ROUNDED, *PARALLEL, **NEHALEM)


def run_phase(phase: Sequence[Step]) -> list[Outcome]:
    """Run the steps beside each other, two at a time; a step that is alone shows its output."""
    ready = [step for step in phase if not step.left_out]
    for step in phase:
        if step.left_out:
            print(f"{step.name}: left out, {step.left_out}", flush=True)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda step: run(step, alone=len(phase) == 1), ready))
    for one in outcomes:
        print(one.output, end="")
        print(f"{one.step.name}: exit {one.status}, {one.seconds:.0f} s", flush=True)
    return outcomes


def run(step: Step, *, alone: bool) -> Outcome:
    started = time.monotonic()
    output, status = "", 0
    for command in step.commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **step.environment},
            stdout=None if alone else subprocess.PIPE,
            stderr=None if alone else subprocess.STDOUT,
            text=True,
            check=False,
        )
        output += done.stdout or ""
        status = done.returncode
        if status:
            break
    return Outcome(step, status, time.monotonic() - started, output)


def print_coverage(report: Path) -> None:
    """The share of lines that the unit step ran, and the modules with the smallest."""
    if not report.exists():
        return
    found = json.loads(report.read_text("utf-8"))
    share = {name: one["summary"]["percent_covered"] for name, one in found["files"].items()}
    least = sorted(share, key=share.__getitem__)[:COVERAGE_SHOWN]
    total = found["summary"]["percent_covered"]
    print(f"{total:.1f} % of the lines of curation ran in the unit step; least:")
    print("\n".join(f"  {share[name]:5.1f} % {name}" for name in least))


def counted_by_node(output: str) -> str:
    """What ``node --test`` counted, as the end of a line; empty where it did not run."""
    found = dict(re.findall(r"^(?:#|ℹ) (pass|fail) (\d+)$", output, re.MULTILINE))
    return f", {found['pass']} passed, {found['fail']} failed" if found else ""


def counted_by_pytest(reports: Sequence[Path]) -> str:
    """The numbers of tests in all reports, in pytest's words."""
    passed = failed = skipped = 0
    for report in filter(Path.exists, reports):
        for suite in ElementTree.parse(report).iter("testsuite"):
            tests, left = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
            wrong = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
            passed, failed, skipped = passed + tests - wrong - left, failed + wrong, skipped + left
    return f"{passed} passed, {failed} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main())
