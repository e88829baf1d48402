from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curation.errors import WorkspaceError
from curation.spaces.generations import Current, GenerationStore
from curation.types import Generation


def generation(number: int, parent: int | None = None) -> Generation:
    return Generation(
        number=number,
        parent=parent,
        encoder="builtin",
        n_decisions=4,
        log_position=5,
        objective="human",
        created="2026-01-01T00:00:00+00:00",
        metrics={"auc": 0.75},
    )


def arrays(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n)
    return {
        "vectors": rng.random((n, 3), np.float32),
        "neighbours": rng.integers(0, n, (n, 2)),
        "similarities": rng.random((n, 2), np.float32),
        "calibration": np.array([1.0, -2.0]),
    }


def test_round_trip(tmp_path: Path) -> None:
    adapter = tmp_path / "trained.safetensors"
    adapter.write_bytes(b"weights")
    store = GenerationStore(tmp_path / "g")
    assert store.numbers() == ()
    assert store.latest() is None
    store.write(generation(0), arrays(5))
    store.write(generation(3, 0), arrays(5), adapter)
    again = GenerationStore(tmp_path / "g")
    assert again.numbers() == (0, 3)
    assert again.latest() == 3
    assert again.read(3) == generation(3, 0)
    assert again.adapter(0) is None
    kept = again.adapter(3)
    assert kept is not None
    assert kept.read_bytes() == b"weights"
    np.testing.assert_array_equal(again.array(3, "vectors", 5), arrays(5)["vectors"])
    np.testing.assert_array_equal(again.array(3, "calibration"), [1.0, -2.0])
    near = again.neighbours(3, 5)
    assert near is not None
    np.testing.assert_array_equal(near.indices, arrays(5)["neighbours"])


def test_what_does_not_exist_is_none(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    store.write(generation(0), {})
    assert store.array(0, "layout", 5) is None
    assert store.array(7, "vectors", 5) is None
    assert store.neighbours(0, 5) is None
    assert store.newest(0, "layout") is None
    assert store.current() is None


def test_a_generation_grows_with_its_items(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    store.write(generation(0), arrays(5))
    held = store.array(0, "vectors", 5)
    store.extend(0, arrays(8))
    newest = store.newest(0, "vectors")
    assert newest is not None
    assert len(newest) == 8
    store.prune(0, 8)
    assert store.array(0, "vectors", 5) is None
    assert store.array(0, "vectors", 8) is not None
    assert store.array(0, "calibration") is not None
    np.testing.assert_array_equal(held, arrays(5)["vectors"])


def test_half_written_generations_do_not_count(tmp_path: Path) -> None:
    (tmp_path / ".4.tmp").mkdir()
    (tmp_path / ".4.tmp" / "meta.json").write_text("{}")
    (tmp_path / "5").mkdir()
    store = GenerationStore(tmp_path)
    assert store.numbers() == ()
    store.write(generation(4), arrays(2))
    assert store.numbers() == (4,)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    with pytest.raises(WorkspaceError, match="missing"):
        store.write(generation(0), arrays(2), tmp_path / "missing.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_taken_once(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    store.write(generation(0), {})
    with pytest.raises(WorkspaceError, match="next free one is 1"):
        store.write(generation(0), {})


def test_current_is_remembered(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    store.write(generation(2), {})
    store.set_current(2, pinned=True)
    assert GenerationStore(tmp_path).current() == Current(2, True)
    with pytest.raises(WorkspaceError, match="No generation 9"):
        store.set_current(9)


def test_arrays_per_item_need_their_number(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_items"):
        GenerationStore(tmp_path).array(0, "vectors")


def test_no_items_at_all(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    store.write(generation(0), {"vectors": np.empty((0, 3), np.float32)})
    found = store.array(0, "vectors", 0)
    assert found is not None
    assert found.shape == (0, 3)
