"""Names, needs, third parties and broken contracts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import torch

from curation.commands.main import main
from curation.errors import TrainingError, UnknownName
from curation.learning import objectives
from curation.learning.objectives import registry
from curation.learning.objectives.base import Head, Objective, Relations, evaluate
from curation.learning.objectives.catalogue import ENTRIES
from curation.learning.objectives.entry import Entry

HEAD = Head(4, 2, 0)
PLACE = f"{__name__}:Good"


class Good(Objective):
    def __init__(self, head: Head, *, answer: float | torch.Tensor = 0.5) -> None:
        del head
        super().__init__()
        self.answer = answer

    def forward(self, vectors: torch.Tensor, relations: Relations) -> torch.Tensor:
        del relations
        return vectors.sum() * 0 + self.answer


class Bad(Good):
    def __init__(self, head: Head, *, answer: float | torch.Tensor) -> None:
        super().__init__(head, answer=answer)

    def forward(self, vectors: torch.Tensor, relations: Relations) -> Any:
        del vectors, relations
        return self.answer


class Boom(Good):
    def __init__(self, head: Head) -> None:
        raise ValueError(f"no luck with {head}")


def itself(head: Head) -> Head:
    return head


def entry(name: str = "mine", **changes: Any) -> Entry:
    return replace(Entry(name, "does little", "nobody 2026", PLACE), **changes)


GOOD_ENTRY = entry()
MISNAMED = entry("yours")
TAKEN = entry("human")
NEEDY = entry("needy", needs=("embeddings", "smell"))
NEEDLESS = entry("idle", needs=None)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let other packages declare entry points: name -> attribute of this module."""

    def declare(**points: Any) -> None:
        found = [
            EntryPoint(name, f"{__name__}:{attribute}", registry.GROUP)
            for name, attribute in points.items()
        ]
        monkeypatch.setattr(registry, "entry_points", lambda **_: found)
        registry._declared.cache_clear()

    yield declare
    monkeypatch.undo()
    registry._declared.cache_clear()


def nothing(rows: int = 3) -> Relations:
    none = torch.zeros(rows, rows)
    return Relations(none.bool(), none, none, none.bool(), none.bool())


def test_unknown_objective_lists_the_valid_ones() -> None:
    assert {"human", "occ", "supcon", "simclr"} <= set(objectives.names())
    assert list(objectives.names()) == sorted(objectives.names())
    with pytest.raises(UnknownName, match=r"supcon.*human"):
        objectives.create("supcom", HEAD)


def test_defaults_are_those_of_the_class() -> None:
    assert objectives.defaults("human") == {"temperature": 0.1, "different_weight": 2.0}
    made = objectives.create("human", HEAD, temperature=0.3)
    assert made.temperature == 0.3


def test_another_package_adds_an_objective(declared: Callable[..., None]) -> None:
    declared(mine="GOOD_ENTRY")
    assert "mine" in objectives.names()
    assert objectives.defaults("mine") == {"answer": 0.5}
    made = objectives.create("mine", HEAD)
    assert float(evaluate("mine", made, torch.ones(3, 4), nothing())) == 0.5


@pytest.mark.parametrize(
    ("name", "attribute", "reason"),
    [
        ("mine", "HEAD", "expected an Entry"),
        ("mine", "MISNAMED", "'yours'"),
        ("human", "TAKEN", "one of this name"),
        ("needy", "NEEDY", "smell"),
        ("mine", "no_such_thing", "AttributeError"),
        ("idle", "NEEDLESS", "TypeError"),
    ],
)
def test_a_broken_package_is_named_where_it_is_asked_for(
    declared: Callable[..., None], name: str, attribute: str, reason: str
) -> None:
    declared(**{name: attribute})
    assert reason in objectives.broken()[name]
    assert len(objectives.names()) == len(ENTRIES)
    if name != "human":
        with pytest.raises(TrainingError, match=name):
            objectives.create(name, HEAD)


def test_a_package_does_not_take_the_place_of_what_is_built_in(
    declared: Callable[..., None],
) -> None:
    declared(human="TAKEN")
    assert type(objectives.create("human", HEAD)).__name__ == "Human"
    assert objectives.entry("human").place != TAKEN.place


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("an_objective_that_raises:Mine", "boom"),
        ("no_such_module:Mine", "no_such_module"),
        (f"{__name__}:HEAD", "not callable"),
        (f"{__name__}:Boom", "no luck"),
        (f"{__name__}:itself", "a Head"),
        ("", "Empty module name"),
        (None, "NoneType"),
    ],
)
def test_whatever_another_package_raises_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str | None, reason: str
) -> None:
    (tmp_path / "an_objective_that_raises.py").write_text("raise RuntimeError('boom')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(registry._REGISTERED, "mine", entry(place=place))
    rows = {row["id"]: row for row in objectives.described()}
    assert set(rows) == set(objectives.names())
    with pytest.raises(TrainingError, match=rf"'mine'.*{reason}"):
        objectives.create("mine", HEAD)


def test_a_package_within_one_that_is_not_there_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._REGISTERED, "far", entry("far", package="nowhere.within"))
    rows = {row["id"]: row for row in objectives.catalogue()}
    assert "nowhere.within" in rows["far"]["absent"]


def test_a_place_without_class_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = entry("broken", place="curation.errors:NoSuchClass")
    monkeypatch.setitem(registry._REGISTERED, "broken", broken)
    with pytest.raises(TrainingError, match=r"'broken'.*NoSuchClass"):
        objectives.create("broken", HEAD)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._REGISTERED, "far", entry("far", package="not_installed_at_all"))
    row = next(row for row in objectives.catalogue() if row["id"] == "far")
    assert not row["live"]
    assert "not_installed_at_all" in row["absent"]
    with pytest.raises(TrainingError, match="not_installed_at_all"):
        objectives.create("far", HEAD)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (0.5, "a float"),
        (torch.ones(3), "shape"),
        (torch.tensor(float("nan")), "nan"),
        (torch.tensor(float("inf")), "inf"),
        (torch.tensor(0.0, device="meta"), "meta"),
    ],
)
def test_a_loss_that_is_no_finite_number_is_named(
    answer: float | torch.Tensor, reason: str
) -> None:
    with pytest.raises(TrainingError, match=rf"'bad', got .*{reason}"):
        evaluate("bad", Bad(HEAD, answer=answer), torch.ones(3, 4), nothing())


def test_rows_that_do_not_fit_the_relations_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"\(5, 4\).*'good'"):
        evaluate("good", Good(HEAD), torch.ones(5, 4), nothing())
    with pytest.raises(TrainingError, match="one device"):
        evaluate("good", Good(HEAD), torch.ones(3, 4, device="meta"), nothing())


def test_the_command_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["objectives", "--json"], lambda _: 1) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(objectives.names())
    by_id = {row["id"]: row for row in rows}
    assert by_id["human"]["defaults"]["different_weight"] == 2.0
    assert by_id["human"]["live"]
    assert not by_id["clip"]["live"]
    assert "text" in by_id["clip"]["absent"]
    assert by_id["clip"]["defaults"]
    assert all(row["paper"] and row["source"] and row["summary"] for row in rows)
    assert main(["objectives"], lambda _: 1) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "SupCon L_out (Khosla et al. 2020)" in lines["supcon"]
    assert ["ignores answers" in lines[name] for name in ("supcon", "simclr")] == [False, True]
