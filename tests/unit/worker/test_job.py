"""The table of jobs, and that the modules of the worker do not go in circles."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from curation.errors import UnknownName
from curation.worker.job import JOBS, find

HOUSE = Path(__file__).resolve().parents[3]
WORKER = HOUSE / "curation" / "worker"
NOT_FOR_JOBS = {"loop", "client", "process", "__main__"}


def outside_the_worker() -> Iterator[ast.AST]:
    for path in sorted((HOUSE / "curation").rglob("*.py")):
        if WORKER not in path.parents:
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def strings(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def submitted() -> set[str]:
    """Names of jobs that are written out where they are submitted."""
    found: set[str] = set()
    for node in outside_the_worker():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("submit", "_submit"):
            found |= strings(node.args)
    return found


def imported(path: Path) -> set[str]:
    """Modules of the worker that a file of it imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == "curation.worker":
            found |= {alias.name for alias in node.names}
        elif node.module.startswith("curation.worker."):
            found.add(node.module.rpartition(".")[2])
    return found


def test_every_submitted_job_is_in_the_table_and_none_is_left_over() -> None:
    assert {"encode", "map", "query"} <= submitted() <= JOBS.keys()
    assert JOBS.keys() <= strings(outside_the_worker())


@pytest.mark.parametrize("name", list(JOBS))
def test_every_job_is_a_generator_with_a_rank(name: str) -> None:
    job = find(name)
    module, _, function = job.function.partition(":")
    assert inspect.isgeneratorfunction(getattr(import_module(module), function))
    assert job.name == name
    assert job.rank >= 0


def test_an_unknown_job_is_named() -> None:
    with pytest.raises(UnknownName, match=r"job 'captoins'. Did you mean captions"):
        find("captoins")


def test_the_worker_goes_in_no_circle_and_jobs_know_nothing_of_the_loop() -> None:
    graph = {path.stem: imported(path) for path in WORKER.glob("*.py")}
    assert list(TopologicalSorter(graph).static_order())  # CycleError otherwise
    jobs = {job.function.partition(":")[0].rpartition(".")[2] for job in JOBS.values()}
    for module in ("job", *jobs):
        assert not graph[module] & NOT_FOR_JOBS, module
