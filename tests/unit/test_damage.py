"""Damaged files of a real workspace: made again with a warning, or refused with the way out."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.errors import WorkspaceBusy, WorkspaceError
from curation.workspace import Workspace

CRITERION = "belongs together"
N_DIGITS = 150
GENERATION = "generations/belongs-together-*/1"
Damage = Callable[[Path], None]


@pytest.fixture
def work(prepared_trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared_trained, tmp_path / "work"))


def one(work: Path, pattern: str) -> Path:
    (found,) = work.glob(pattern)
    return found


def write(pattern: str, content: str | bytes) -> Damage:
    def damage(work: Path) -> None:
        data = content if isinstance(content, bytes) else content.encode()
        one(work, pattern).write_bytes(data)

    return damage


def cut(pattern: str, share: float = 0.5) -> Damage:
    def damage(work: Path) -> None:
        path = one(work, pattern)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return damage


def remove(*patterns: str) -> Damage:
    def damage(work: Path) -> None:
        for pattern in patterns:
            for path in work.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def change(pattern: str, **values: Any) -> Damage:
    def damage(work: Path) -> None:
        path = one(work, pattern)
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return damage


def keyless(pattern: str, key: str) -> Damage:
    def damage(work: Path) -> None:
        path = one(work, pattern)
        stored = json.loads(path.read_text())
        del stored[key]
        path.write_text(json.dumps(stored))

    return damage


def sql(statement: str) -> Damage:
    def damage(work: Path) -> None:
        connection = sqlite3.connect(work / "curation.db")
        assert connection.execute(statement).rowcount
        connection.commit()
        connection.close()

    return damage


def both(*damages: Damage) -> Damage:
    def damage(work: Path) -> None:
        for one in damages:
            one(work)

    return damage


STORE = "embeddings/*"
MADE_AGAIN: dict[str, tuple[Damage, str]] = {
    "empty description": (write(f"{GENERATION}/meta.json", ""), "Generation 1 cannot be used"),
    "keyless description": (keyless(f"{GENERATION}/meta.json", "metrics"), ""),
    "description without parent": (
        keyless(f"{GENERATION}/meta.json", "parent"),
        "Generation 1 cannot be used",
    ),
    "description of other types": (
        change(f"{GENERATION}/meta.json", log_position="far"),
        "log_position",
    ),
    "description that is a list": (write(f"{GENERATION}/meta.json", "[1]"), "cannot be used"),
    "no description": (remove(f"{GENERATION}/meta.json"), "Generation 1 cannot be used"),
    "cut adapter": (cut(f"{GENERATION}/adapter.safetensors"), "adapter.safetensors is damaged"),
    "choice is garbage": (write(f"{GENERATION}/../current.json", "\x00{"), "current.json is dam"),
    "choice of no number": (write(f"{GENERATION}/../current.json", '{"number": "x"}'), "current"),
    "choice of none there": (
        write(f"{GENERATION}/../current.json", '{"number": 9, "pinned": false}'),
        "generation 9, which is not there; generation 1 is used",
    ),
    "choice that is a list": (write(f"{GENERATION}/../current.json", "[]"), "current.json"),
    "cut vectors": (cut(f"{GENERATION}/vectors-*.npy"), "vectors-150.npy is damaged"),
    "empty neighbours": (write(f"{GENERATION}/neighbours-*.npy", b""), "neighbours-150.npy"),
    "cut losses": (cut(f"{GENERATION}/losses.npy", 0.9), "losses.npy is damaged"),
    "cut first space": (cut(f"{GENERATION}/../0/vectors-*.npy", 0.01), "vectors-150.npy"),
    "halved embeddings": (cut(f"{STORE}/vectors.f32"), "75 of 150 are whole"),
    "no vectors": (remove(f"{STORE}/vectors.f32"), "0 of 150 are whole"),
    "names are garbage": (write(f"{STORE}/ids.txt", b"\xff\xfe\n" * 9), "0 of 9 are whole"),
    "store without dimension": (write(f"{STORE}/store.json", "{}"), "store.json was missing or"),
    "no store file": (remove(f"{STORE}/store.json"), "store.json was missing or damaged"),
    "card is garbage": (write(f"{STORE}/encoder.json", "nothing"), "encoder.json was missing or"),
    "neither card nor dimension": (
        both(write(f"{STORE}/encoder.json", "1"), write(f"{STORE}/store.json", "")),
        "no dimension is known",
    ),
    "no embeddings at all": (remove("embeddings"), ""),
    "list of items": (cut("items.parquet"), "list of items was damaged"),
    "list of items is text": (write("items.parquet", "[]"), "list of items was damaged"),
    "visitors": (lambda work: write_new(work / "visitors.json", "{"), "visitors.json was damaged"),
}


def write_new(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.mark.parametrize("name", MADE_AGAIN)
def test_what_can_be_made_again_is(name: str, work: Path, open_: Any) -> None:
    before = truth(work)
    damage, message = MADE_AGAIN[name]
    damage(work)
    workspace: Workspace = open_(work)
    told = workspace.status(CRITERION)["message"]
    assert message in told
    assert bool(told) == bool(message)
    assert workspace.review.decisions(CRITERION)["total"] == 40
    shown = workspace.snapshot(CRITERION)
    assert len(shown.space.item_ids) == len(set(shown.space.item_ids)) == N_DIGITS
    names = [workspace.items.get(item).name for item in shown.space.item_ids]
    np.testing.assert_allclose(shown.base, [before[name] for name in names], atol=1e-6)
    store = workspace.context.owner(CRITERION).generations
    again = np.asarray(shown.space.vectors)
    assert np.allclose(np.linalg.norm(again, axis=1), 1, atol=1e-5)
    assert store.current() is not None
    if "is used" in message or "vectors" in message or "embeddings" in name:
        assert workspace.status(CRITERION)["generation"] == 1
    assert workspace.review.next_proposals(CRITERION, "ann", 1)
    workspace.training.train_now(CRITERION)
    workspace.close()
    again_opened = open_(work)
    assert again_opened.status(CRITERION)["message"] == ""
    if "are whole" in message or "put aside" in told or "What was there" in told:
        assert list(work.rglob("*.damaged-1"))


def truth(work: Path) -> dict[str, Any]:
    """Unit vector of each item, by name, from the file they came from."""
    file = json.loads((work / "workspace.json").read_text())["embeddings"]
    with np.load(file) as table:
        rows = table["F"] / np.linalg.norm(table["F"], axis=1, keepdims=True)
        return dict(zip(table["files"].tolist(), rows, strict=True))


TRAINED = r"holds no answers, but generation 1 .* of 40\. Restore curation\.db"
REFUSED: dict[str, tuple[Damage, str]] = {
    "log is gone": (remove("curation.db*"), TRAINED),
    "log is empty": (both(remove("curation.db-*"), write("curation.db", "")), TRAINED),
    "log without answers": (
        both(sql("DELETE FROM shown"), sql("DELETE FROM decisions")),
        TRAINED,
    ),
    "log is something else": (write("curation.db", "text " * 99), "damaged or something else"),
    "a changed verdict": (
        sql("UPDATE decisions SET verdict = 'sume' WHERE seq = 7"),
        r"table decisions, row seq 7, verdict must be one of same.*got 'sume'.*backup",
    ),
    "a changed kind": (
        sql("UPDATE decisions SET kind = 'odd' WHERE seq = 3"),
        r"row seq 3, kind must be one of",
    ),
    "a changed pair": (
        sql("UPDATE decisions SET b = '' WHERE seq = 4"),
        r"row seq 4, a must be a verdict on two items",
    ),
    "text for a number": (
        sql("UPDATE decisions SET generation = 'x' WHERE seq = 5"),
        r"row seq 5, generation must be integer, got text",
    ),
    "a changed criterion": (
        sql("UPDATE decisions SET criterion = 'belongs togethen' WHERE seq = 6"),
        r"row seq 6, criterion must be something that is in criteria",
    ),
    "a changed reference": (
        sql("UPDATE decisions SET supersedes = 'nothing' WHERE seq = 6"),
        r"row seq 6, supersedes must be something that is in decisions",
    ),
    "source of another type": (
        change("workspace.json", embeddings=5),
        r"text or null for embeddings in .*workspace\.json, got 5.*remove that entry",
    ),
    "encoder of another type": (change("workspace.json", encoder=None), "text for encoder"),
    "settings are a list": (write("workspace.json", "[1]"), "remove the file"),
    "criteria of other types": (
        lambda work: write_new(work / "criteria.json", json.dumps({CRITERION: {"overlap": "2"}})),
        r"whole number from 1 .* for overlap in .*criteria\.json, criterion 'belongs together'",
    ),
    "criteria are a list": (
        lambda work: write_new(work / "criteria.json", json.dumps({CRITERION: [1]})),
        r"criteria\.json, got \[1\] for the criterion",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_is_refused_with_the_way_out(name: str, work: Path, open_: Any) -> None:
    damage, message = REFUSED[name]
    damage(work)
    before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    with pytest.raises(WorkspaceError, match=message):
        open_(work)
    for path, content in before.items():
        if path.name not in ("curation.lock", "curation.db-shm", "curation.db-wal"):
            assert path.read_bytes() == content
    assert (work / "curation.db").exists() == any(path.name == "curation.db" for path in before)


def test_a_log_that_is_gone_can_be_gone_on_without_by_choice(work: Path, open_: Any) -> None:
    remove("curation.db*")(work)
    (work / "generations").rename(work / "old generations")
    assert open_(work).review.decisions(CRITERION)["total"] == 0


def test_a_damaged_list_of_items_stays_where_its_source_is_gone(
    work: Path, tmp_path: Path, open_: Any
) -> None:
    change("workspace.json", embeddings=str(tmp_path / "gone.npz"))(work)
    cut("items.parquet")(work)
    with pytest.raises(WorkspaceError, match=r"The source cannot be scanned now: .*gone\.npz"):
        open_(work)
    assert (work / "items.parquet").exists()


def test_a_damaged_image_that_was_shown_is_listed(
    prepared_images: Path, tmp_path: Path, open_: Any
) -> None:
    work = Path(shutil.copytree(prepared_images, tmp_path / "work"))
    (work / "observed").mkdir()
    (work / "observed" / f"{'0' * 32}.image").write_bytes(b"half an image")
    workspace = open_(work)
    listed = [row["path"] for row in workspace.overview()["unreadable"]]
    assert any(path.endswith(f"{'0' * 32}.image") for path in listed)


def test_what_a_kill_left_is_swept_by_who_holds_the_workspace(work: Path, open_: Any) -> None:
    left = work / "observed" / ".0123456789abcdef0123456789abcdef.tmp"
    left.parent.mkdir()
    left.write_bytes(b"half an image")
    holder = open_(work)
    assert not left.exists()
    left.write_bytes(b"being written")
    with pytest.raises(WorkspaceBusy):
        open_(work)
    assert left.exists()
    holder.close()
