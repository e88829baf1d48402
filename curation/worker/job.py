"""The one table of what a worker can do: the name, the function and the rank of every job.

A job's function is a generator. It yields a progress value after every short step (a training step,
an encoded batch) and returns its result; the job of the lowest rank steps next (see
``curation.worker.loop``). Arguments, progress and results are plain values: files carry the arrays.
Every job may be run again after a kill: what is already on disk is kept or rewritten whole.

Functions are named, not imported: heavy parts load with the first step of the job that needs them,
and the modules of jobs may import from here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from curation.errors import UnknownName

Steps = Generator[dict[str, Any], None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of job: ``function`` is ``module:function``; a lower ``rank`` steps first."""

    name: str
    function: str
    rank: int

    def start(self, arguments: Mapping[str, Any]) -> Steps:
        """The steps of one run; nothing of them is done yet."""
        module, _, function = self.function.partition(":")
        steps: Steps = getattr(import_module(module), function)(**arguments)
        return steps


JOBS = {
    job.name: job
    for job in (
        Job("query", "curation.worker.embedding:query", 0),
        Job("observe", "curation.worker.teaching:observe", 0),
        Job("teach", "curation.worker.teaching:teach", 1),
        Job("train", "curation.worker.training:train", 1),
        Job("project", "curation.worker.generations:project", 1),
        Job("moved", "curation.worker.generations:moved", 2),
        Job("group", "curation.worker.grouping:group", 2),
        Job("encode", "curation.worker.embedding:encode", 3),
        Job("take_vectors", "curation.worker.embedding:take_vectors", 3),
        Job("views", "curation.worker.embedding:views", 4),
        Job("captions", "curation.worker.embedding:captions", 4),
        Job("map", "curation.worker.generations:map_layout", 4),
        Job("doubts", "curation.worker.doubts:doubts", 4),
        Job("generate", "curation.worker.embedding:generate", 5),
        Job("pixels", "curation.worker.pixels:look", 6),
    )
}


def find(name: str) -> Job:
    """The job of a name; UnknownName lists the valid ones."""
    if name not in JOBS:
        raise UnknownName("job", name, JOBS)
    return JOBS[name]
