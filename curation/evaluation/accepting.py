"""What a person who knows the labels accepts unseen after sorting, and how right that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any, Protocol

from curation.errors import DecisionError
from curation.evaluation.sorter import Sorted, Sorter


class _Claims(Protocol):
    def begin(self, criterion: str, reviewer: str, *, target: float) -> Mapping[str, Any]: ...

    def questions(self, claim_id: str, reviewer: str) -> Mapping[str, Any]: ...

    def accept(self, claim_id: str, reviewer: str) -> Mapping[str, Any]: ...


class _Closure(Protocol):
    @property
    def groups(self) -> Sequence[Sequence[str]]: ...


class _Data(Protocol):
    @property
    def closure(self) -> _Closure: ...

    @property
    def accepted(self) -> Mapping[str, tuple[str, float]]: ...


class _Exports(Protocol):
    def data(self, criterion: str, what: str) -> _Data: ...


class Claimable(Sorted, Protocol):
    """The calls of a workspace that accepting images unseen makes."""

    @property
    def claims(self) -> _Claims: ...

    @property
    def exports(self) -> _Exports: ...


def accept_unseen(
    workspace: Claimable, criterion: str, sorter: Sorter, target: float
) -> dict[str, Any]:
    """Claim that ``target`` of the pairs that are sure are true, audit it, and accept what holds.

    Returns ``audited`` images with the ``audit_seconds`` of the ``sorter``, ``auto`` images
    accepted unseen with the share of them that is ``right`` (None where there are none), and of
    what an export holds then, decided and accepted, the share of its pairs that is true
    (``pairs_true``) and the share of all true pairs that is in it (``pairs_found``). ``message``
    tells why nothing was accepted, empty else.
    """
    before, answers = sorter.seconds, Counter(sorter.answers)
    seen = set(sorter.seen)
    message = ""
    try:
        claim = workspace.claims.begin(criterion, sorter.name, target=target)["id"]
        while grids := workspace.claims.questions(claim, sorter.name)["questions"]:
            sorter.seconds_for(grids[0])
            sorter.answer(workspace, criterion, grids[0])
        workspace.claims.accept(claim, sorter.name)
    except DecisionError as error:
        message = str(error)
    data = workspace.exports.data(criterion, "pairs")
    group_of = {item: group[0] for group in data.closure.groups for item in group}
    auto = {item: anchor for item, (anchor, _) in data.accepted.items()}
    told = {**{item: group_of.get(anchor, anchor) for item, anchor in auto.items()}, **group_of}
    labels = sorter.labels
    right = sum(labels[item] == labels[anchor] for item, anchor in auto.items())
    return {
        "target": target,
        "audited": len(sorter.seen - seen),
        "audit_grids": sorter.answers.get("sweep", 0) - answers["sweep"],
        "audit_seconds": sorter.seconds - before,
        "auto": len(auto),
        "right": right / len(auto) if auto else None,
        **_pairs(told, labels),
        "message": message,
    }


def _pairs(group_of: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, float | None]:
    """Share of the pairs within groups that have one label, and of the latter that are within."""

    def within(*keys: Mapping[str, str]) -> int:
        sizes = Counter(tuple(key[item] for key in keys) for item in keys[0])
        return sum(comb(n, 2) for n in sizes.values())

    held, true = within(group_of), within(group_of, labels)
    return {
        "pairs_true": true / held if held else None,
        "pairs_found": true / max(1, within(labels)),
    }
