"""Decisions in short, and a log on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.decisions.log import DecisionLog
from curation.decisions.store import open_database
from curation.types import Decision, Pair, Verdict

Maker = Callable[..., Decision]


@pytest.fixture
def make() -> Maker:
    """``make("a", "b", "same")`` with ids d1, d2, ... in order; any field by keyword."""
    count = 0

    def decision(x: str, y: str, verdict: Verdict | None, **fields: Any) -> Decision:
        nonlocal count
        count += 1
        given: dict[str, Any] = {"id": f"d{count}", "criterion": "c", "reviewer": "r", "seq": count}
        return Decision(pair=Pair.of(x, y), verdict=verdict, **given | fields)

    return decision


@pytest.fixture
def log(tmp_path: Path) -> Iterator[DecisionLog]:
    engine = open_database(tmp_path / "curation.db")
    found = DecisionLog(engine)
    found.add_criterion("c", "do these belong together?")
    yield found
    engine.dispose()
