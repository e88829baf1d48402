"""A person who knows the labels sorts for some seconds."""

from __future__ import annotations

import pytest

from curation.errors import CurationError
from curation.evaluation.sorter import Sorter
from curation.evaluation.sorting import sort_for
from curation.proposals.sorting.pace import Pace
from curation.workspace import Workspace

CRITERION = "belongs together"


def truth(workspace: Workspace) -> dict[str, str]:
    return {item.id: item.name.partition("/")[0] for item in workspace.catalogue.items}


@pytest.mark.parametrize("forms", ["auto", "name", "sweep", "pairs"])
def test_seconds_of_sorting_pay(workspace: Workspace, forms: str) -> None:
    labels = truth(workspace)
    sorter = Sorter(labels)
    found = sort_for(workspace, labels, criterion=CRITERION, seconds=90, sorter=sorter, forms=forms)
    rows = found["curve"]
    assert [row["seconds"] for row in rows] == [30, 60, 90]
    assert sorter.seconds <= 90
    assert rows[-1]["interactions"] == sum(sorter.answers.values())
    assert rows[-1]["images_seen"] == len(sorter.seen)
    if forms == "auto":
        assert rows[-1]["ari"] > 0.9
        assert rows[-1]["ari"] >= rows[0]["ari"]


def test_wrong_answers_show(workspace: Workspace) -> None:
    labels = truth(workspace)
    sorter = Sorter(labels, error_rate=0.4)
    rows = sort_for(workspace, labels, criterion=CRITERION, seconds=120, sorter=sorter)["curve"]
    assert rows[-1]["ari"] < 0.9


def test_a_slower_person_answers_less(workspace: Workspace) -> None:
    labels = truth(workspace)
    slow = Sorter(labels, pace=Pace(known=16, new=40, grid=10, tile=2))
    sort_for(workspace, labels, criterion=CRITERION, seconds=120, sorter=slow)
    assert sum(slow.answers.values()) < 12


def test_an_error_rate_is_a_share(workspace: Workspace) -> None:
    with pytest.raises(CurationError, match="error rate"):
        Sorter({}, error_rate=1.5)


def test_every_item_needs_a_label(workspace: Workspace) -> None:
    with pytest.raises(CurationError, match="complete the label column"):
        sort_for(workspace, {}, criterion=CRITERION, seconds=9, sorter=Sorter({}))


def test_a_reviewer_model_is_told_by_what_differs() -> None:
    assert Pace.of("") == Pace()
    assert Pace.of(" known=2, tile = 0.3") == Pace(known=2, tile=0.3)
    for text in ("known", "known=", "known=-1", "known=nan", "speed=2", "known=inf"):
        with pytest.raises(CurationError, match="Expected seconds of"):
            Pace.of(text)


def test_what_is_accepted_after_sorting_is_checked(workspace: Workspace) -> None:
    labels = truth(workspace)
    sorter = Sorter(labels)
    told = sort_for(
        workspace, labels, criterion=CRITERION, seconds=60, sorter=sorter, accept=0.9
    )["accepted"]  # fmt: skip
    accepted = workspace.exports.data(CRITERION, "pairs").accepted
    assert told["auto"] == len(accepted)
    assert bool(told["auto"]) == (told["message"] == "")
    if accepted:
        right = [labels[item] == labels[anchor] for item, (anchor, _) in accepted.items()]
        assert told["right"] == sum(right) / len(right)
    assert sorter.seconds - told["audit_seconds"] <= 60
    assert 0 < told["pairs_found"] <= 1
    assert told["pairs_true"] > 0.9
