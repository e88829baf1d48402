"""The labelling API of two calls: pairs out, verdicts in."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Oracle

from curation.errors import UnknownName
from curation.workspace import Workspace

CRITERION = "belongs together"


def test_pairs_that_are_marked_are_decided_as_they_were_asked(
    workspace: Workspace, oracle: Oracle
) -> None:
    pairs = workspace.uncertain_pairs(CRITERION, n=6, reviewer="ann")
    assert len(pairs) == 6
    answers = [(one, oracle.verdict(workspace, one.pair)) for one in pairs]
    receipts = workspace.mark_pairs(CRITERION, answers, reviewer="ann")
    assert [receipt["seq"] for receipt in receipts] == [1, 2, 3, 4, 5, 6]
    kept = workspace.log.read(CRITERION)
    assert [(one.pair, one.verdict) for one in kept] == [(one.pair, said) for one, said in answers]
    assert [(one.strategy, one.kind, one.score) for one in kept] == [
        (one.strategy, one.kind, one.score) for one in pairs
    ]
    more = workspace.uncertain_pairs(CRITERION, n=6, reviewer="ann")
    assert not {one.pair for one in pairs} & {one.pair for one in more if one.kind != "audit"}


def test_two_reviewers_are_not_asked_the_same_pairs(workspace: Workspace) -> None:
    mine, yours = (workspace.uncertain_pairs(CRITERION, n=6, reviewer=who) for who in ("a", "b"))
    assert not {one.pair for one in mine} & {one.pair for one in yours}


def test_a_verdict_that_is_none_records_nothing(workspace: Workspace) -> None:
    first, second = workspace.uncertain_pairs(CRITERION, n=2, reviewer="ann")
    wrong: Any = "maybe"
    with pytest.raises(UnknownName, match="verdict 'maybe'"):
        workspace.mark_pairs(CRITERION, [(first, "same"), (second, wrong)], reviewer="ann")
    assert workspace.log.position(CRITERION) == 0
