from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from threads import at_once, restless

from curation.errors import EncoderError, WorkspaceError
from curation.spaces.store import EmbeddingStore

DIM, VIEWS = 6, 3


def rows(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)


def ids(start: int, stop: int) -> list[str]:
    return [f"item{k}" for k in range(start, stop)]


def test_round_trip_and_reopen(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "s", DIM, VIEWS)
    assert store.vectors().shape == (0, DIM)
    assert store.views() is None
    store.append(ids(0, 4), rows(4))
    store.append(ids(4, 6), rows(2, 1))
    again = EmbeddingStore(tmp_path / "s", DIM, VIEWS)
    assert again.ids == tuple(ids(0, 6))
    assert len(again) == 6
    assert "item5" in again
    assert again.row("item5") == 5
    np.testing.assert_array_equal(again.vectors(), np.concatenate([rows(4), rows(2, 1)]))


def test_known_ids_are_left_alone(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, 0)
    store.append(ids(0, 3), rows(3))
    store.append(ids(1, 5), rows(4, 9))
    assert store.ids == tuple(ids(0, 5))
    np.testing.assert_array_equal(store.vectors()[:3], rows(3))
    np.testing.assert_array_equal(store.vectors()[3:], rows(4, 9)[2:])
    store.append(ids(0, 5), rows(5, 7))
    assert len(store) == 5


def test_views_come_later_and_stand_in_until_then(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    store.append(ids(0, 5), rows(5))
    views = np.random.default_rng(2).standard_normal((3, VIEWS, DIM)).astype(np.float16)
    store.append_views(views)
    assert store.n_viewed() == 3
    store.append(ids(5, 7), rows(2, 1))
    found = EmbeddingStore(tmp_path, DIM, VIEWS).views()
    assert found is not None
    assert found.shape == (7, VIEWS, DIM)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found[:3], views)
    stand_in = np.repeat(store.vectors()[3:, None].astype(np.float16), VIEWS, axis=1)
    np.testing.assert_array_equal(found[3:], stand_in)


def test_views_given_with_the_vectors(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    views = np.ones((2, VIEWS, DIM), np.float16)
    store.append(ids(0, 2), rows(2), views)
    assert store.n_viewed() == 2
    np.testing.assert_array_equal(store.views(), views)


def test_another_number_of_views_starts_views_anew(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, 0)
    store.append(ids(0, 4), rows(4))
    assert store.views() is None
    wider = EmbeddingStore(tmp_path, DIM, 2)
    assert wider.n_viewed() == 0
    wider.append_views(np.ones((1, 2, DIM), np.float16))
    found = wider.views()
    assert found is not None
    np.testing.assert_array_equal(found[0], np.ones((2, DIM)))
    np.testing.assert_array_equal(found[3, 1], rows(4)[3].astype(np.float16))


def test_a_torn_append_is_forgotten(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    store.append(ids(0, 3), rows(3))
    with (tmp_path / "vectors.f32").open("ab") as file:
        file.write(b"half a row")
    with (tmp_path / f"views-{VIEWS}.f16").open("ab") as file:
        file.write(b"\0" * (VIEWS * DIM * 2 * 5))
    with (tmp_path / "ids.txt").open("ab") as file:
        file.write(b"item3-and-a-very-long-line-that-was-never-finished-because-of-a-kill")
    again = EmbeddingStore(tmp_path, DIM, VIEWS)
    assert again.ids == tuple(ids(0, 3))
    np.testing.assert_array_equal(again.vectors(), rows(3))
    again.append(ids(3, 4), rows(1, 5))
    reopened = EmbeddingStore(tmp_path, DIM, VIEWS)
    assert reopened.ids == tuple(ids(0, 4))
    np.testing.assert_array_equal(reopened.vectors()[3], rows(1, 5)[0])


def test_a_reader_sees_appended_rows_after_refresh(tmp_path: Path) -> None:
    writer = EmbeddingStore(tmp_path, DIM, 0)
    reader = EmbeddingStore(tmp_path, DIM, 0)
    writer.append(ids(0, 2), rows(2))
    held = writer.vectors()
    assert reader.refresh() == 2
    writer.append(ids(2, 5), rows(3, 1))
    assert reader.refresh() == 5
    assert reader.ids == tuple(ids(0, 5))
    np.testing.assert_array_equal(reader.vectors(), writer.vectors())
    np.testing.assert_array_equal(held, rows(2))


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    EmbeddingStore(tmp_path, DIM, 0)
    with pytest.raises(EncoderError, match="6 dimensions, the encoder gives 7"):
        EmbeddingStore(tmp_path, 7, 0)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text('{"format": 99, "dim": 6}')
    with pytest.raises(WorkspaceError, match="format 99"):
        EmbeddingStore(tmp_path, DIM, 0)


@pytest.mark.parametrize("shape", [(2, DIM + 1), (3, DIM)])
def test_wrong_shapes_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    with pytest.raises(EncoderError, match="vectors"):
        store.append(ids(0, 2), np.zeros(shape, np.float32))
    assert len(EmbeddingStore(tmp_path, DIM, VIEWS)) == 0


def test_more_views_than_items_are_refused(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    store.append(ids(0, 2), rows(2))
    with pytest.raises(EncoderError, match="views of stored rows"):
        store.append_views(np.zeros((3, VIEWS, DIM), np.float16))


def test_a_disk_that_takes_nothing_is_named(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, 0)
    (tmp_path / "vectors.f32").mkdir()
    with pytest.raises(WorkspaceError, match=r"vectors\.f32"):
        store.append(ids(0, 1), rows(1))
    assert len(store) == 0


def test_threads_that_refresh_together_read_a_tail_once(tmp_path: Path) -> None:
    writer = EmbeddingStore(tmp_path, DIM, 0)
    readers = [EmbeddingStore(tmp_path, DIM, 0) for _ in range(400)]
    writer.append(ids(0, 40), rows(40))
    with restless():
        for trial, reader in enumerate(readers):
            at_once(reader.refresh, reader.refresh)
            assert reader.ids == tuple(ids(0, 40)), trial
            np.testing.assert_array_equal(reader.vectors(), rows(40))


def refresh_often(store: EmbeddingStore) -> None:
    for _ in range(5):
        store.refresh()


def test_threads_that_append_together_store_each_item_once(tmp_path: Path) -> None:
    with restless():
        for trial in range(40):
            store = EmbeddingStore(tmp_path / str(trial), DIM, 0)
            at_once(
                partial(store.append, ids(0, 10), rows(20)[:10]),
                partial(store.append, ids(5, 20), rows(20)[5:]),
                partial(refresh_often, store),
            )
            again = EmbeddingStore(tmp_path / str(trial), DIM, 0)
            assert sorted(again.ids) == sorted(ids(0, 20)), trial
            for row, name in enumerate(again.ids):
                assert store.row(name) == row
                np.testing.assert_array_equal(again.vectors()[row], rows(20)[int(name[4:])])


def test_a_name_given_twice_is_one_item(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, DIM, VIEWS)
    store.append(["a", "b", "a"], rows(3))
    assert store.ids == ("a", "b")
    np.testing.assert_array_equal(EmbeddingStore(tmp_path, DIM, VIEWS).vectors(), rows(3)[:2])
