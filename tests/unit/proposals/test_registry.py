"""Strategies that other packages bring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scenes import blobs, state_of

from curation.errors import ProposalError, UnknownName
from curation.proposals import registry
from curation.proposals.base import FAMILIES, Candidates, Strategy
from curation.proposals.needs import NEEDS


class Own(Strategy):
    """A strategy of somebody else."""

    id = "own"
    kind = "positive"
    family = "control"
    summary = when = paper = "for tests"

    def candidates(self, *_: Any) -> Candidates:
        return Candidates(np.array([0]), np.array([1]), np.array([0.5]), ["why"])


def needs_an_argument(self: Any, k: Any) -> None:
    self.k = k


def changed(**attributes: Any) -> type[Any]:
    return type("Changed", (Own,), attributes)


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Install one entry point; ``bring(what, name)`` returns the registry with it."""
    module = ModuleType("brought_for_tests")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def install(what: object, name: str = "bringer") -> ModuleType:
        vars(module)["it"] = what
        points = [EntryPoint(name, "brought_for_tests:it", registry.GROUP)]
        monkeypatch.setattr(registry, "entry_points", lambda **_: points)
        registry._all.cache_clear()
        return registry

    yield install
    monkeypatch.undo()
    registry._all.cache_clear()


def test_a_package_brings_a_strategy(bring: Callable[..., ModuleType]) -> None:
    found = bring(Own)
    assert "own" in found.names()
    state = state_of(blobs()[0])
    assert found.create("own").propose(state, 5, np.random.default_rng(0))[0].strategy == "own"
    assert [row["absent"] for row in found.catalogue(state) if row["id"] == "own"] == [""]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (42, "a subclass"),
        (type("Bare", (Strategy,), {}), r"candidates\(\)"),
        (changed(id="Not An Id"), "an id"),
        (changed(id="random"), "taken"),
        *((changed(id=name), "taken") for name in ("mix", "audit", "manual", "neighbours")),
        *((changed(**{name: lambda *_: []}), name) for name in ("propose", "lacks", "_check")),
        (changed(kind="best"), "a kind"),
        (changed(family="mine"), "a family"),
        (changed(paper=None), "paper"),
        (changed(needs=("luck",)), "luck"),
        (changed(needs="place"), "a tuple of needs"),
        (changed(needs=None), "a tuple of needs"),
        (changed(__init__=needs_an_argument), "without arguments"),
        (dataclass(changed(__annotations__={"k": set}, k=field(default_factory=set))), "plain"),
    ],
)
def test_a_bad_one_is_named_with_what_is_wrong(
    bring: Callable[..., ModuleType], what: object, told: str
) -> None:
    found = bring(what)
    with pytest.raises(ProposalError, match=told) as caught:
        found.create("bringer")
    assert "'bringer' (brought_for_tests:it)" in str(caught.value)
    assert "bringer" not in found.names()
    row = found.catalogue()[-1]
    assert (row["id"], row["family"]) == ("bringer (brought_for_tests:it)", "not loaded")
    assert row["absent"] == str(caught.value)
    assert found.create("random").id == "random"


def test_a_bad_one_takes_no_name_away(bring: Callable[..., ModuleType]) -> None:
    found = bring(changed(id="sepp_band"), "sepp_band")
    assert type(found.create("sepp_band")).__name__ == "SeppBand"
    ids = [row["id"] for row in found.catalogue()]
    assert len(ids) == len(set(ids))
    assert ids[-1] == "sepp_band (brought_for_tests:it)"


def test_one_that_cannot_say_what_is_absent_proposes_nothing(
    bring: Callable[..., ModuleType],
) -> None:
    found = bring(changed(absent=classmethod(lambda *_: 1 / 0)))
    state = state_of(blobs()[0])
    told = {row["id"]: row["absent"] for row in found.catalogue(state)}
    assert "ZeroDivisionError" in told["own"]
    assert told["random"] == ""
    assert found.create("own").propose(state, 5, np.random.default_rng(0)) == []


def test_one_that_does_not_load_is_named(
    bring: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = bring(Own)
    monkeypatch.delitem(sys.modules, "brought_for_tests")
    with pytest.raises(ProposalError, match=r"'bringer'.*ModuleNotFoundError"):
        found.create("bringer")


def test_unknown_names_list_the_valid_ones() -> None:
    with pytest.raises(UnknownName, match="Did you mean typiclust"):
        registry.create("typiclus")


def test_the_catalogue_says_what_each_is_for() -> None:
    rows = registry.catalogue()
    assert [row["id"] for row in rows] != sorted(row["id"] for row in rows)
    assert {row["id"] for row in rows} == set(registry.names())
    families = [row["family"] for row in rows[1:]]
    assert families == sorted(families, key=FAMILIES.index)
    for row in rows:
        assert row["summary"]
        assert row["when"].endswith(".")
        assert row["paper"]
        assert set(row["needs"]) <= NEEDS.keys()


def test_the_state_says_what_is_absent() -> None:
    rows = {row["id"]: row["absent"] for row in registry.catalogue(state_of(blobs()[0]))}
    assert rows["knn_k"] == ""
    assert rows["text_agree"] == NEEDS["second"][1]
    assert rows["geo_time"] == f"{NEEDS['place'][1]}; {NEEDS['time'][1]}"


JARGON = (
    "cosine",
    "cluster",
    "embedding",
    "anchor",
    "negative",
    "positive",
    "synthetic",
    "k-means",
)


@pytest.mark.parametrize("strategy", registry.OURS, ids=lambda one: one.id)
def test_a_card_says_in_plain_words_why_it_is_asked(strategy: type[Strategy]) -> None:
    assert 0 < len(strategy.asks) <= 50
    assert [word for word in JARGON if word in strategy.asks.lower()] == []
    assert strategy.asks[0].islower()
    assert not strategy.asks.endswith(".")
