"""What jobs read of generations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curation.spaces.generations import GenerationStore
from curation.worker.generations import adapted


def test_generation_0_is_the_embedding_before_it_is_on_disk(tmp_path: Path) -> None:
    """A session's first image may come before the space has been drawn."""
    base = np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(adapted(GenerationStore(tmp_path), 0, base), base)
