"""Blobs whose longest direction is not the one a person cares about, and answers about them."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scenes import Blobs

from curation.types import VERDICTS, Constraints


def _constraints_of(
    n: int,
    groups: Sequence[Sequence[int] | np.ndarray],
    cannot_link: Sequence[tuple[int, int]] = (),
    answers: Sequence[tuple[int, int, str]] = (),
    strength: Sequence[float] | None = None,
) -> Constraints:
    group = np.full(n, -1, np.int64)
    for number, members in enumerate(groups):
        group[list(members)] = number
    return Constraints(
        group=group,
        strength=np.ones(n, np.float32) if strength is None else np.array(strength, np.float32),
        cannot_link=np.array(cannot_link, np.int64).reshape(-1, 2),
        pairs=np.array([a[:2] for a in answers], np.int64).reshape(-1, 2),
        verdicts=np.array([VERDICTS.index(a[2]) for a in answers], np.int8),
        pending=np.empty((0, 2), np.int64),
    )


@pytest.fixture(scope="session")
def constraints_of() -> Callable[..., Constraints]:
    """Build constraints from groups of positions, group pairs and explicit answers."""
    return _constraints_of


@pytest.fixture(scope="session")
def blobs() -> Blobs:
    """160 unit vectors [160, 24]: three wanted blobs, blurred by four strong unwanted axes."""
    rng = np.random.default_rng(0)
    labels = np.arange(160) % 3
    base = 0.25 * rng.standard_normal((160, 24))
    base[:, :3] += 0.9 * np.eye(3)[labels]
    base[:, 3:7] += 1.2 * rng.standard_normal((160, 4))
    base = (base / np.linalg.norm(base, axis=1, keepdims=True)).astype(np.float32)
    groups = [np.flatnonzero(labels == k)[:12] for k in range(3)]
    return Blobs(base, labels, _constraints_of(160, groups, [(0, 1), (0, 2), (1, 2)]))
