"""The first steps are offered once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from curation.workspace import open_workspace


def test_a_reviewer_is_welcomed_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "v.npz", F=rng.normal(size=(12, 4)), files=[f"i{n}" for n in range(12)])
    options: dict[str, Any] = {"embeddings": tmp_path / "v.npz", "inline": True}
    with open_workspace(tmp_path / "w", **options) as workspace:
        criterion = workspace.criteria.all()[0]["name"]
        assert workspace.visitors.welcome("ann")
        assert not workspace.visitors.welcome("ann")
        a, b = workspace.snapshot(criterion).space.item_ids[:2]
        workspace.review.decide(criterion, "bob", [{"a": a, "b": b, "verdict": "same"}])
        assert not workspace.visitors.welcome("bob")
    with open_workspace(tmp_path / "w", **options) as workspace:
        assert not workspace.visitors.welcome("ann")
        assert workspace.visitors.welcome("cid")
