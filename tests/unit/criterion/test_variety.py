"""No image again and again."""

from __future__ import annotations

from collections import Counter

from curation.criterion.variety import FEW, varied
from curation.evaluation.oracle import Oracle
from curation.types import Kind, Pair, Proposal
from curation.workspace import Workspace

CRITERION = "belongs together"


def asked(a: str, b: str, kind: Kind = "uncertain") -> Proposal:
    return Proposal(Pair.of(a, b), kind, "explore", 0.5, "", 0)


def alone(_: str) -> list[str]:
    return []


def never(_: Pair) -> bool:
    return False


def pairs(proposals: list[Proposal]) -> list[tuple[str, str]]:
    return [(one.pair.a, one.pair.b) for one in proposals]


def test_another_image_of_the_group_stands_for_one_that_was_shown_too_often() -> None:
    drawn = [asked("a", f"x{place}") for place in range(2 * FEW)]
    found, often = varied(drawn, [], lambda item: ["b"] if item == "a" else [], never)
    assert not often
    seen = Counter(end for pair in pairs(found) for end in pair)
    assert max(seen.values()) == FEW
    assert [other for _, other in pairs(found)] == [f"x{place}" for place in range(2 * FEW)]


def test_what_has_no_other_image_is_told_apart() -> None:
    before = [Pair("a", f"w{place}") for place in range(FEW)]
    drawn = [asked("a", "x"), asked("y", "z")]
    fresh, often = varied(drawn, before, alone, never)
    assert (pairs(fresh), pairs(often)) == ([("y", "z")], [("a", "x")])


def test_a_pair_that_is_known_is_not_made() -> None:
    before = [Pair("a", f"w{place}") for place in range(FEW)]
    _, often = varied([asked("a", "x")], before, lambda _: ["b"], lambda pair: pair.a == "b")
    assert pairs(often) == [("a", "x")]


def test_an_audit_asks_what_it_asks() -> None:
    before = [Pair("a", f"w{place}") for place in range(FEW)]
    fresh, _ = varied([asked("a", "x", "audit")], before, lambda _: ["b"], never)
    assert pairs(fresh) == [("a", "x")]


def test_no_image_is_in_more_than_a_twentieth_of_the_questions(workspace: Workspace) -> None:
    labels = {item.id: item.name.partition("/")[0] for item in workspace.catalogue.items}
    oracle = Oracle(labels)
    for _ in range(200):
        assert oracle.answer_next(workspace, CRITERION, "mix")
    rows = workspace.review.decisions(CRITERION, limit=500)["rows"]
    seen = Counter(row[end]["id"] for row in rows for end in ("a", "b"))
    assert max(seen.values()) <= 0.05 * len(rows)
