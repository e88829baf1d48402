from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import Oracle

from curation.criterion.drawing import AUDIT_EVERY, audit_places, single_questions
from curation.criterion.pace import Pace
from curation.criterion.snapshot import Snapshot
from curation.decisions.queue import Wanted
from curation.errors import DecisionError
from curation.settings import CriterionSettings
from curation.types import Decision, Generation, Neighbours, Pair, Space
from curation.workspace import Workspace, views

CRITERION = "belongs together"


def decision(verdict: Any, number: int = 0, **more: Any) -> Decision:
    pair = Pair.of("a", "b")
    return Decision(f"d{number}", pair, verdict, CRITERION, "ann", **more)


@pytest.fixture
def snapshot() -> Snapshot:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    near = Neighbours(np.full((3, 1), -1, np.int64), np.zeros((3, 1), np.float32))
    return Snapshot(
        generation=Generation(2, 1, "builtin", 0, 0, "human", ""),
        space=Space(2, ("a", "b", "c"), vectors),
        base=vectors,
        neighbours=near,
        position={"a": 0, "b": 1, "c": 2},
        eligible=np.ones(3, np.bool_),
        calibration=(10.0, -6.0),
    )


# --- a snapshot ----------------------------------------------------------------------------


def test_cosines_and_expectations(snapshot: Snapshot) -> None:
    pairs = [Pair.of("a", "b"), Pair.of("a", "c")]
    np.testing.assert_allclose(snapshot.cosines(pairs), [0.8, 0.0], atol=1e-6)
    assert snapshot.cosines([]).shape == (0,)
    assert snapshot.cosine("a", "b") == pytest.approx(0.8)
    assert snapshot.probability(0.6) == pytest.approx(0.5)
    assert snapshot.expected(pairs[0]) == "same"
    assert snapshot.expected(pairs[1]) == "different"
    assert snapshot.expected(Pair.of("a", "new")) is None


# --- how review goes -----------------------------------------------------------------------


def test_pace_counts_answers_not_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("curation.criterion.pace.time.monotonic", lambda: clock[0])
    pace = Pace(last_answer=0.0)
    assert not pace.answered
    assert pace.session("ann") == {"decisions": 0, "per_minute": 0.0}
    for number, verdict in enumerate(["same", "different", "unsure"]):
        pace.note(decision(verdict, number, strategy="knn_k"), changed=False)
        clock[0] += 30
    assert pace.answered
    assert pace.session("ann") == {"decisions": 3, "per_minute": 2.0}
    assert pace.session("bob")["decisions"] == 0
    clock[0] += 1000
    assert pace.session("ann") == {"decisions": 3, "per_minute": 0.0}


# --- plain dictionaries --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind", "names"),
    [
        (["x", None, "y", "x"], "category", ["x", "y"]),
        ([1, 2, 2, None], "category", ["1", "2"]),
        ([True, False], "category", ["False", "True"]),
        ([0.5 * n for n in range(20)], "number", []),
        ([f"2024-05-{n + 1:02d}T06:00:00" for n in range(20)], "time", []),
        ([None, *(f"2024:05:01 06:{n:02d}:00" for n in range(20))], "time", []),
        (
            [f"2024-05-{n + 1:02d}" for n in range(3)],
            "category",
            ["2024-05-01", "2024-05-02", "2024-05-03"],
        ),
        (
            ["x", *(f"2024-05-{n + 1:02d}" for n in range(12))],
            "category",
            [*(f"2024-05-{n + 1:02d}" for n in range(12)), "x"],
        ),
        ([None, None], "category", []),
        ([], "category", []),
    ],
)
def test_colours_are_categories_or_numbers(values: Any, kind: str, names: list[str]) -> None:
    found = views.colours(values)
    assert (found["kind"], found["names"]) == (kind, names)
    assert len(found["values"]) == len(values)
    if kind == "category":
        missing = [value == -1 for value in found["values"]]
        assert missing == [value is None for value in values]


def test_times_are_told_by_the_clock_they_were_written_by() -> None:
    times = [f"2024-05-01T06:{n:02d}:00+09:00" for n in range(20)]
    assert views.colours(["", *times])["values"][:3] == [None, 1714543200.0, 1714543260.0]


def test_an_empty_text_is_no_category() -> None:
    assert views.colours(["a", "", None]) == {
        "kind": "category", "values": [0, -1, -1], "names": ["a"],
    }  # fmt: skip


# --- a criterion -------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_first_items(workspace: Workspace) -> None:
    owner = workspace.engine.add("empty", CriterionSettings())
    with pytest.raises(DecisionError, match="wait for the first batch"):
        owner.asking.lease("ann", "t", 1)
    with pytest.raises(DecisionError):
        owner.asking.prepare()


def test_audits_come_every_so_many_questions(workspace: Workspace) -> None:
    owner = workspace.engine.criteria[CRITERION]
    assert list(audit_places(45, single_questions(owner.answering.decisions()))) == [10, 30]
    ids = [item.id for item in workspace.catalogue.items]
    for number in range(7):
        one = Pair.of(ids[0], ids[number + 1])
        owner.decide([replace(decision("different", number), pair=one)])
    assert list(audit_places(20, single_questions(owner.answering.decisions()))) == [3]
    workspace.groups.decide(CRITERION, "ann", ids[20:24], "same")
    # A gallery's answers were no questions.
    assert list(audit_places(20, single_questions(owner.answering.decisions()))) == [3]
    assert AUDIT_EVERY == 20


def test_the_pairs_with_counts_follow_the_space(workspace: Workspace) -> None:
    owner = workspace.engine.criteria[CRITERION]
    before = owner.changes.version
    owner.asking.prepare()
    assert owner.changes.version > before
    counts = owner.asking.counts()
    assert counts["positive"] > 20
    first = owner.asking.queue.pending()
    leased = owner.asking.lease("ann", "t", 3, Wanted(kinds=["positive"]))
    assert {one.kind for one in leased} == {"positive"}
    assert owner.asking.queue.pending() == first | {one.pair for one in leased}
    workspace.groups.decide(CRITERION, "ann", [leased[0].pair.a, leased[0].pair.b], "same")
    assert owner.asking.closed(leased[0])
    assert owner.asking.counts()["positive"] < counts["positive"]


def test_a_swap_of_the_space_loses_and_repeats_no_pair(trained: Workspace, oracle: Oracle) -> None:
    owner = trained.engine.criteria[CRITERION]
    held = trained.review.next_proposals(CRITERION, "ann", 5, tab="t")
    trained.training.restore(CRITERION, 0)
    owner.asking.prepare()
    again = trained.review.next_proposals(CRITERION, "ann", 5, tab="t")
    assert [one.pair for one in again] == [one.pair for one in held]
    for one in held:
        trained.review.decide(CRITERION, "ann", [oracle.given(trained, one)], tab="t")
    later = {one.pair for one in trained.review.next_proposals(CRITERION, "ann", 50, tab="t")}
    assert not later & {one.pair for one in held}


def test_a_background_draw_keeps_what_is_on_screens(
    workspace: Workspace, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.engine.criteria[CRITERION]
    waiting: list[Any] = []
    monkeypatch.setattr(owner.asking, "_later", waiting.append)
    held = workspace.review.next_proposals(CRITERION, "bob", 4, tab="b")
    oracle.answer(workspace, 8)
    assert waiting  # drawn beside the review, not in a request
    for step in waiting:
        step()
    assert {one.pair for one in held} <= {
        one.pair for one in workspace.review.next_proposals(CRITERION, "bob", 4, tab="b")
    }
