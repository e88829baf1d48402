"""Answers in place of earlier ones: what they replace, and at which cost."""

from __future__ import annotations

from typing import Any

import pytest

from curation.criterion.corrections import up_to_date
from curation.decisions import closure, log, rows
from curation.decisions.log import DecisionLog
from curation.types import Decision, Pair
from curation.workspace import Workspace

CRITERION = "belongs together"


def decision(id: str, supersedes: str | None = None) -> Decision:
    return Decision(
        id=id,
        pair=Pair("a", "b"),
        verdict="same",
        criterion="c",
        reviewer="ann",
        supersedes=supersedes,
    )


class Recorded:
    """A log that holds d1, replaced by d2, replaced by d3; counts how often it is read."""

    reads = 0

    def superseded(self, _criterion: str) -> dict[str, str]:
        self.reads += 1
        return {"d1": "d2", "d2": "d3"}


@pytest.mark.parametrize(
    ("given", "target", "reads"),
    [
        (["new"], [None], 0),
        (["new>d3"], ["d3"], 0),
        (["new>d1"], ["d3"], 1),
        (["d2>d1"], ["d1"], 1),
        (["x>d1", "y>d1", "z>d2"], ["d3", "d3", "d3"], 1),
        (["x", "y>x", "z>y"], [None, "x", "y"], 0),
        (["x>nowhere"], ["nowhere"], 1),
    ],
)
def test_the_newest_change_is_replaced(given: Any, target: Any, reads: int) -> None:
    known: Any = Recorded()
    asked = [decision(*one.split(">")) for one in given]
    made = up_to_date(asked, {"d3"}, known)
    assert [one.supersedes for one in made] == target
    assert [one.id for one in made] == [one.id for one in asked]
    assert known.reads == reads


def test_answers_on_one_pair_cost_what_one_costs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is the log read again for each, nor what other answers imply built up anew."""
    a, b, c = (item.id for item in workspace.catalogue.items[:3])
    given = {"a": a, "b": b, "verdict": "same"}
    workspace.review.decide(CRITERION, "ann", [given])
    read, applied = [0], [0]
    plain_read, plain_add = rows.read_decisions, closure.Implications.add

    def reading(*arguments: Any) -> list[Decision]:
        found = plain_read(*arguments)
        read[0] += len(found)
        return found

    def adding(self: closure.Implications, one: Decision) -> closure.Effect:
        applied[0] += 1
        return plain_add(self, one)

    monkeypatch.setattr(log, "read_decisions", reading)
    monkeypatch.setattr(closure.Implications, "add", adding)
    for turn in range(60):
        verdict = ("different", "same")[turn % 2]
        workspace.review.decide(CRITERION, "ann", [{**given, "verdict": verdict}])
    workspace.review.decide(
        CRITERION,
        "ann",
        [{**given, "verdict": ("different", "same")[turn % 2]} for turn in range(60)],
    )
    assert read[0] == 0
    assert applied[0] <= 2 * 60
    assert workspace.review.decisions(CRITERION)["total"] == 1
    workspace.review.decide(CRITERION, "ann", [{"a": b, "b": c, "verdict": "same"}])
    whole = DecisionLog(workspace._database)
    standing = whole.effective(CRITERION)
    assert [one.id for one in standing] == [
        row["id"] for row in reversed(workspace.review.decisions(CRITERION)["rows"])
    ]


def test_answers_of_many_reviewers_to_one_pair_name_the_oldest(workspace: Workspace) -> None:
    a, b = (item.id for item in workspace.catalogue.items[:2])
    for turn in range(40):
        told = {"a": a, "b": b, "verdict": ("different", "same")[turn % 2], "id": f"d{turn}"}
        workspace.review.decide(CRITERION, f"reviewer {turn}", [told])
    conflicts = workspace.review.conflicts(CRITERION)
    assert len(conflicts) == 20
    owner = workspace.context.owner(CRITERION)
    assert {one.path for one in owner.answering.conflicts()} == {("d0",)}
