"""A teacher who knows the labels plays a session: what a number of picks buys."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from curation.errors import CurationError, UnknownName

EVERY = 10
SURE = 0.8
PATIENCE = 300.0
"""Seconds to wait for an update."""


class Robot(Protocol):
    """The calls of a robot's client that a session makes."""

    def observe(self, image: bytes | None = None, *, item: str | None = None) -> dict[str, Any]: ...

    def pick(self, item: str, teacher: str = "") -> dict[str, Any]: ...

    def state(self) -> dict[str, Any]: ...

    def answers(self) -> dict[str, Any]: ...


def play(
    robot: Robot,
    labels: Mapping[str, str],
    category: str,
    *,
    n_picks: int = 40,
    seed: int = 0,
    frozen: Callable[[Sequence[str]], Collection[str]] | None = None,
) -> list[dict[str, Any]]:
    """Pick ``n_picks`` random items of ``category`` and measure on the items nobody picked.

    One row at 0, 10, 20, ... picks; the pool is drawn by ``seed`` (Ghose et al. 2022, sec. 4).
    ``frozen`` gives the items that the same picks would take without learning. Raises
    UnknownName for a category that no item has.
    """
    members = sorted(item for item, label in labels.items() if label == category)
    if not members:
        raise UnknownName("category", category, set(labels.values()))
    pool = [members[row] for row in np.random.default_rng(seed).permutation(len(members))]
    curve = [_row(robot, labels, category, [], 0.0, frozen)]
    for start in range(0, min(n_picks, len(pool)), EVERY):
        picked = pool[: min(start + EVERY, n_picks, len(pool))]
        for item in picked[start:]:
            robot.observe(item=item)
            robot.pick(item)
        seconds = _until_learnt(robot, len(picked))
        curve.append(_row(robot, labels, category, picked, seconds, frozen))
    return curve


def _until_learnt(robot: Robot, n_picks: int) -> float:
    """Seconds from the last pick's receipt to answers that have learnt it."""
    began = time.perf_counter()
    while True:
        state = robot.state()
        waited = time.perf_counter() - began
        if (state["learnt"] >= n_picks or n_picks < 2) and not state["learning"]:
            return waited
        if waited > PATIENCE:
            raise CurationError(
                f"Expected an update within {PATIENCE:.0f} s, got none: {state['trouble']}"
            )
        time.sleep(0.05)


def _row(
    robot: Robot,
    labels: Mapping[str, str],
    category: str,
    picked: Sequence[str],
    seconds: float,
    frozen: Callable[[Sequence[str]], Collection[str]] | None,
) -> dict[str, Any]:
    answers, state = robot.answers()["answers"], robot.state()
    rest = set(labels) - set(picked)
    truth = {item for item in rest if labels[item] == category}
    taken = {item for item in rest if item in answers and answers[item]["bin"] == category}
    sure = [answers[item]["confidence"] >= SURE for item in rest if item in answers]
    f1, precision, recall = _agreement(taken, truth)
    row = {
        "picks": len(picked),
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "confident_share": float(np.mean(sure)) if sure else 0.0,
        "asks": state["asks"],
        "seconds_to_changed_answer": round(seconds, 3),
        "generation": state["generation"],
    }
    if frozen is not None:
        row["f1_without_learning"] = _agreement(set(frozen(picked)) & rest, truth)[0]
    return row


def _agreement(taken: set[str], truth: set[str]) -> tuple[float, float, float]:
    """F1, precision and recall; 0 where nothing was taken."""
    right = len(taken & truth)
    return (
        2 * right / max(len(taken) + len(truth), 1),
        right / max(len(taken), 1),
        right / max(len(truth), 1),
    )
