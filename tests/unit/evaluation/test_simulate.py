"""The oracle reviewer and the loop around it, on a real workspace of digits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from curation.decisions.closure import build
from curation.errors import CurationError
from curation.evaluation.oracle import Oracle
from curation.evaluation.simulate import measuring_points, pair_counts, simulate
from curation.types import Decision, Pair, Verdict
from curation.workspace import Workspace

CRITERION = "belongs together"
COLUMNS = {
    "answers", "interactions", "filled", "generation", "ari", "nmi", "acc", "ari_estimated_k",
    "ari_unseen", "knn5", "implied_same", "implied_different", "same_precision", "conflicts",
    "seconds",
}  # fmt: skip


def labels_of(workspace: Workspace) -> dict[str, str]:
    return {item.id: item.paths[0].split("/")[0] for item in workspace.catalogue.items}


def run(workspace: Workspace, **changes: Any) -> dict[str, Any]:
    given = {"criterion": CRITERION, "n_answers": 60, "seed": 1, **changes}
    return simulate(workspace, labels_of(workspace), **given)


def test_the_curve_names_every_figure(workspace: Workspace) -> None:
    result = run(workspace)
    assert result["n_items"] == 150
    assert result["n_labels"] == 10
    curve = result["curve"]
    assert [row["answers"] for row in curve] == [0, 25, 50, 60]
    assert all(set(row) == COLUMNS for row in curve)
    assert [row["generation"] for row in curve[:2]] == [0, 1]
    assert all(row["ari"] > 0.7 for row in curve)
    assert curve[-1]["implied_different"] > 0
    assert curve[-1]["same_precision"] == 1.0
    assert curve[-1]["conflicts"] == 0


def test_unseen_items_are_never_proposed(workspace: Workspace) -> None:
    run(workspace, n_answers=30)
    rows = workspace.review.decisions(CRITERION, limit=100)["rows"]
    asked = {row[end]["id"] for row in rows for end in "ab"}
    assert len(workspace.items.held()) == 30
    assert not asked & workspace.items.held()


def test_skips_are_interactions_but_no_answers(workspace: Workspace) -> None:
    last = run(workspace, n_answers=20, skip_rate=0.3)["curve"][-1]
    assert last["answers"] == 20
    assert last["interactions"] > 20


def test_errors_show_in_the_precision(workspace: Workspace) -> None:
    last = run(workspace, error_rate=0.5)["curve"][-1]
    assert last["same_precision"] < 1.0


def test_it_ends_where_nothing_is_left_to_ask(workspace: Workspace) -> None:
    labels = dict.fromkeys(labels_of(workspace), "one")
    given: dict[str, Any] = {"criterion": CRITERION, "n_answers": 500, "strategy": "knn_k"}
    result = simulate(workspace, labels, **given)
    assert result["curve"][-1]["answers"] < 500


def test_another_strategy_fills_in_where_one_has_nothing(workspace: Workspace) -> None:
    result = run(workspace, n_answers=20, strategy="text_agree", otherwise="random")
    assert result["curve"][-1]["answers"] == result["curve"][-1]["filled"] == 20


def test_an_item_without_label_is_named(workspace: Workspace) -> None:
    labels = labels_of(workspace)
    missing = next(iter(labels))
    del labels[missing]
    with pytest.raises(CurationError, match=missing):
        simulate(workspace, labels, criterion=CRITERION, n_answers=5)


@pytest.mark.parametrize("rates", [{"error_rate": 1.0}, {"skip_rate": -0.1}])
def test_impossible_rates_are_refused(rates: dict[str, Any]) -> None:
    with pytest.raises(CurationError, match="0 to below 1"):
        Oracle({}, **rates)


def test_points_double_up_to_the_end() -> None:
    assert measuring_points(300) == {25, 50, 100, 200, 300}
    assert measuring_points(10) == {10}


def test_pair_counts_agree_with_brute_force() -> None:
    rng = np.random.default_rng(0)
    names = [f"{k:032x}" for k in range(12)]
    labels = {name: str(rng.integers(3)) for name in names}
    decisions = []
    for seq, (a, b) in enumerate(rng.permutation(list(itertools.combinations(names, 2)))[:14]):
        verdict: Verdict = (
            "same" if (labels[a] == labels[b]) != (rng.random() < 0.2) else "different"
        )
        decisions.append(Decision(str(seq), Pair.of(a, b), verdict, "c", "r", seq=seq + 1))
    known = build(decisions)
    counts = pair_counts(known.closure(), labels)
    pairs = [Pair.of(a, b) for a, b in itertools.combinations(names, 2)]
    relation = {pair: known.relation(pair.a, pair.b) for pair in pairs}
    disputed = {conflict.pair for conflict in known.conflicts}
    explicit = {d.pair for d in decisions} - disputed
    same = [pair for pair in pairs if relation[pair] == "same"]
    assert counts["implied_same"] == len(set(same) - explicit)
    different = {pair for pair in pairs if relation[pair] == "different"}
    assert counts["implied_different"] == len(different - explicit)
    true = np.mean([labels[pair.a] == labels[pair.b] for pair in same])
    assert counts["same_precision"] == pytest.approx(true)
