"""What jobs read of generations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.spaces import neighbours
from curation.spaces.generations import GenerationStore
from curation.types import FloatArray, IndexArray
from curation.worker.generations import adapted
from curation.worker.job import find
from curation.workspace import Workspace


def test_generation_0_is_the_embedding_before_it_is_on_disk(tmp_path: Path) -> None:
    """A session's first image may come before the space has been drawn."""
    base = np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(adapted(GenerationStore(tmp_path), 0, base), base)


@pytest.mark.parametrize("job", ["project", "train", "teach"])
def test_a_query_waits_for_one_block_of_neighbours_and_not_for_all(
    trained: Workspace, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = [0]
    most_similar = neighbours.most_similar

    def counted(queries: FloatArray, base: FloatArray, k: int) -> tuple[IndexArray, FloatArray]:
        asked[-1] += len(queries) if len(base) == 150 else 0
        return most_similar(queries, base, k)

    monkeypatch.setattr(neighbours, "_ASKED", 40)
    monkeypatch.setattr(neighbours, "most_similar", counted)
    owner = trained.engine.criteria[trained.criteria.all()[0]["name"]]
    position, ids = owner.answering.position, [item.id for item in trained.catalogue.items]
    more: dict[str, dict[str, Any]] = {
        "project": {"number": 1},
        "train": {
            "number": 2, "parent": 1, "log_position": position, "objective": "human",
            "device": "cpu", "rival": None,
        },
        "teach": {
            "number": 2, "parent": 1, "log_position": position, "n_decisions": 40,
            "bins": {"left": ids[:3], "right": ids[60:63]},
        },
    }  # fmt: skip
    for _ in find(job).start({**trained.engine.backend.making(owner), **more[job]}):
        asked.append(0)
    assert [n for n in asked if n][-4:] == [40, 40, 40, 30]
    assert max(asked) == 40
