"""What the demo promises: few answers rearrange its map around the reviewer's own meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curation.demo.packed import objects_source
from curation.evaluation.oracle import Oracle
from curation.spaces.layout import layout
from curation.types import FloatArray
from curation.workspace import open_workspace
from curation.workspace.space_view import SpaceView

CRITERION = "same colour"


def of_one_label(places: FloatArray, labels: np.ndarray, k: int = 5) -> float:
    """Share of each place's ``k`` nearest that have its own label."""
    gaps = ((places[:, None] - places[None]) ** 2).sum(2)
    np.fill_diagonal(gaps, np.inf)
    nearest = np.argsort(gaps, axis=1)[:, :k]
    return float((labels[nearest] == labels[:, None]).mean())


def rearranged(space: SpaceView, labels: np.ndarray, start: FloatArray | None) -> float:
    """``of_one_label`` of the map, the mean of three drawings: each hangs on rounding."""
    drawn = [layout(space.space.vectors, space.neighbours, start, seed=seed) for seed in range(3)]
    return float(np.mean([of_one_label(places, labels) for places in drawn]))


def test_thirty_answers_rearrange_the_map_around_colours(tmp_path: Path) -> None:
    source = objects_source(tmp_path / "objects")
    with open_workspace(tmp_path / "workspace", source=source, inline=True) as workspace:
        workspace.criteria.add(CRITERION)
        first = workspace.snapshot(CRITERION)
        start = layout(first.space.vectors, first.neighbours)
        truth = {
            item: workspace.items.get(item).attributes["colour"] for item in first.space.item_ids
        }
        labels = np.array(list(truth.values()))
        oracle = Oracle(truth)
        while oracle.answers < 30 and oracle.answer_next(workspace, CRITERION, "mix"):
            if oracle.answers % 15 == 0:
                workspace.training.train_now(CRITERION)
        last = workspace.snapshot(CRITERION)
        end = layout(last.space.vectors, last.neighbours, start)
    assert rearranged(last, labels, start) > rearranged(first, labels, None) + 0.1
    moved = np.linalg.norm(end - start, axis=1)
    assert np.median(moved) > 0.1 * np.ptp(start, axis=0).max() / 2
