"""A criterion of its own: a log, generations and no workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from criteria import NAME, VectorsOnly, generation

from curation.criterion import Criterion
from curation.decisions.log import DecisionLog
from curation.decisions.store import Database, open_database
from curation.settings import CriterionSettings
from curation.spaces.generations import GenerationStore


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "curation.db")
    yield opened
    opened.dispose()


@pytest.fixture
def log(database: Database) -> DecisionLog:
    made = DecisionLog(database)
    made.add_criterion(NAME, "")
    return made


@pytest.fixture
def generations(tmp_path: Path) -> GenerationStore:
    made = GenerationStore(tmp_path / "generations")
    made.write(generation(0, None), {})
    made.set_current(0)
    return made


@pytest.fixture
def criterion(log: DecisionLog, generations: GenerationStore) -> Criterion:
    return Criterion(NAME, CriterionSettings(), log, generations, VectorsOnly())


@pytest.fixture
def make(generations: GenerationStore) -> Callable[..., None]:
    """Writes a generation, as the worker does."""

    def write(number: int, parent: int = 0, **metrics: Any) -> None:
        generations.write(generation(number, parent, **metrics), {})

    return write
