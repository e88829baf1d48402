"""Claims: images that nobody looked at are accepted where an audit says that so few are wrong."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from curation import ties
from curation.criterion import Criterion
from curation.decisions.claims import Acceptance, Claim, Claimed, ClaimLog, Plan, in_turn
from curation.errors import BusyError, DecisionError
from curation.evaluation import certificate
from curation.evaluation.certificate import SHARES, Held, Look
from curation.learning.grouping import SURE
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Sweep
from curation.proposals.sorting.sweeping import TILES
from curation.types import BoolArray
from curation.workspace import views
from curation.workspace.accepted import Accepted, right
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.sort_views import group_row, proposals, question_row
from curation.workspace.sorting import Sorting, place

AHEAD = 4 * TILES
"""Audits that are put into grids together, so that a grid has one group."""
PRECISION = (0.5, 0.9999)
Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claim stands: ``wrong`` bool [n] of the n first audits, the looks planned, and what it
    holds at the first look that it survived, None before."""

    wrong: BoolArray
    looks: tuple[Look, ...]
    held: Held | None


class Claims:
    """The claims of a workspace. A claim's images are fixed before its first audit; how it stands
    follows from the answers alone."""

    def __init__(
        self,
        context: Context,
        log: ClaimLog,
        accepted: Accepted,
        predicted: PredictedGroups,
        sorting: Sorting,
    ) -> None:
        self._context = context
        self._log = log
        self._accepted = accepted
        self._predicted = predicted
        self._sorting = sorting

    # --- begin -----------------------------------------------------------------------------

    def begin(
        self,
        criterion: str,
        reviewer: str,
        *,
        target: float = 0.99,
        of: str = "pairs",
        confidence: float = 0.95,
        group: str | None = None,
        id: str | None = None,
    ) -> Json:
        """Write a claim down about the undecided images that the model is sure of, see ``state``.

        Of one ``group`` (any item in it) or of all. A repeated ``id`` is the same claim. Raises
        UnknownName; BusyError while groups are computed; DecisionError where there is nothing to
        claim, or for a ``target`` or ``confidence`` out of range.
        """
        for name, value in (("target", target), ("confidence", confidence)):
            if not PRECISION[0] <= value <= PRECISION[1]:
                raise DecisionError(f"Expected a {name} from .5 to .9999, got {value:g}.")
        owner, shown = self._context.shown(criterion)
        made = self._predicted.latest(criterion, shown)
        position = owner.answering.position
        groups = self._sorting.groups(owner)
        if not groups:
            raise DecisionError("Name a few images first: a claim is about named groups.")
        if made is None or made.asked.log_position != position:
            raise BusyError("The groups are being computed; ask again in a moment.", 2.0)
        board = self._sorting.board(owner, shown, groups, made.value)
        only = None if group is None else place(groups, group)
        anchors = [one.anchor for one in groups]
        taken = self._accepted.images(criterion)
        rows = [row for row in _candidates(board, only) if shown.space.item_ids[row] not in taken]
        chosen = [row for row in rows if board.sureness[row] >= SURE]
        if not chosen:
            raise DecisionError(
                "No image is sure enough yet to be accepted unseen: sort on, then try again."
            )
        seed = int(np.random.default_rng().integers(2**31))
        turns = np.random.default_rng(seed).permutation(len(chosen)).tolist()
        claim = Claim(
            id or uuid.uuid4().hex,
            criterion,
            reviewer or "reviewer",
            Plan(
                target, of, confidence, None if only is None else anchors[only],
                shown.generation.number, position, seed,
                {
                    one.anchor: len(one.members)
                    for column, one in enumerate(groups)
                    if only in (None, column)
                },
            ),
            tuple(
                Claimed(
                    shown.space.item_ids[row], anchors[board.guess[row]],
                    round(float(board.sureness[row]), 6), turn,
                )
                for row, turn in zip(chosen, turns, strict=True)
            ),
        )  # fmt: skip
        if not _standing(owner, claim).looks:
            raise DecisionError(
                f"{len(chosen)} images are sure enough, too few to accept them by looking at some: "
                "sweep their groups, or claim a smaller share."
            )
        return self._told(owner, self._log.add(claim), None)

    # --- how they stand --------------------------------------------------------------------

    def all(self, criterion: str) -> list[Json]:
        """The claims of a criterion, newest first, see ``state``; UnknownName if there is none."""
        owner = self._context.owner(criterion)
        steps = self._log.acceptances(criterion)
        claims = self._log.of(criterion)
        return [self._told(owner, claim, steps.get(claim.id)) for claim in reversed(claims)]

    def state(self, claim_id: str) -> Json:
        """What is claimed, how many audits it has and needs, and what it holds; UnknownName."""
        claim = self._log.find(claim_id)
        steps = self._log.acceptances(claim.criterion)
        return self._told(self._context.owner(claim.criterion), claim, steps.get(claim.id))

    def _told(self, owner: Criterion, claim: Claim, step: Acceptance | None) -> Json:
        plan, standing = claim.plan, _standing(owner, claim)
        audited, holds = len(standing.wrong), standing.held
        later = [one.audits - audited for one in standing.looks if one.audits > audited]
        needed = 0 if holds or not later else later[0]
        accepted = step.accepted if step else 0
        surest = claim.images[: accepted or (holds.images if holds else 0)]
        return {
            "id": claim.id,
            "group": plan.group,
            "target": plan.target,
            "of": plan.of,
            "confidence": plan.confidence,
            "images": len(claim.images),
            "audited": audited,
            "wrong": int(standing.wrong.sum()),
            "needed": needed,
            "seconds": round(_seconds(needed)),
            "state": _state(standing, step),
            "accepts": sum(right(owner, one) is None for one in surest),
            "left": step.left if accepted and step else holds.left if holds else None,
            "reviewer": claim.reviewer,
            "time": claim.time,
        }

    # --- audit -----------------------------------------------------------------------------

    def questions(
        self, claim_id: str, reviewer: str, tab: str = "", have: Collection[str] = (), n: int = 3
    ) -> Json:
        """Up to ``n`` grids of the images to audit next, each of one group; answered as sweeps.

        Raises UnknownName.
        """
        claim = self._log.find(claim_id)
        owner, shown = self._context.shown(claim.criterion)
        groups = self._sorting.groups(owner)
        made = self._predicted.latest(claim.criterion, shown)
        board = self._sorting.board(owner, shown, groups, None if made is None else made.value)
        told = self._told(owner, claim, None)
        waiting = [
            one
            for _, one in in_turn(claim.images)[: told["audited"] + told["needed"]]
            if right(owner, one) is None
            and one.item_id not in have
            and one.item_id in shown.position
        ][:AHEAD]
        by_group: dict[int, list[int]] = {}
        for one in waiting:
            column = place(groups, one.anchor)
            by_group.setdefault(column, []).append(shown.position[one.item_id])
        grids = [
            Sweep(column, tuple(rows[start : start + TILES]), len(rows))
            for column, rows in by_group.items()
            for start in range(0, len(rows), TILES)
        ]
        grids = sorted(grids, key=lambda one: (-len(one.items), one.group))[:n]
        for proposal in proposals(grids, board, groups, shown):
            owner.asking.queue.claim(proposal, reviewer, tab)

        def painted(row: int) -> Json:
            return views.item(self._context.item(shown.space.item_ids[row]))

        return {
            "claim": told,
            "questions": [question_row(one, board, groups, painted) for one in grids],
            "groups": [group_row(one) for one in groups],
        }

    # --- accept ----------------------------------------------------------------------------

    def accept(self, claim_id: str, reviewer: str) -> Json:
        """Take the images that a claim holds as they are; its state then.

        They are marked as accepted unseen wherever they appear, and answers still overrule them.
        Raises UnknownName, and DecisionError where the claim does not hold.
        """
        claim = self._log.find(claim_id)
        owner = self._context.owner(claim.criterion)
        standing = _standing(owner, claim)
        if standing.held is None:
            needed = self._told(owner, claim, None)["needed"]
            then = f"check {needed} more" if needed else "sort on, then begin another one"
            raise DecisionError(
                f"The claim does not hold: {len(standing.wrong)} images were checked, "
                f"{int(standing.wrong.sum())} of them wrong; {then}."
            )
        held = standing.held
        self._log.accept(Acceptance(claim.id, held.images, held.left, reviewer or "reviewer"))
        owner.changes.note()
        return self.state(claim_id)

    def revoke(self, claim_id: str, reviewer: str) -> Json:
        """Take the acceptance of a claim back, in one step; its state then. Raises UnknownName."""
        claim = self._log.find(claim_id)
        self._log.accept(Acceptance(claim.id, 0, 0, reviewer or "reviewer"))
        self._context.owner(claim.criterion).changes.note()
        return self.state(claim_id)


def _standing(owner: Criterion, claim: Claim) -> Standing:
    """Where the answers so far leave a claim."""
    plan, images = claim.plan, claim.images
    turns = in_turn(images)
    places, wrong = [], []
    for number, one in turns:
        found = right(owner, one)
        if found is None:
            break
        places.append(number)
        wrong.append(not found)
    anchors = [one.anchor for one in images]
    sizes = [
        _sizes(plan.decided, anchors[: certificate.part(share, len(images))]) for share in SHARES
    ]
    allowed = certificate.allowed_wrong(plan.target, plan.of, sizes[-1])
    looks = certificate.looks(len(images), allowed, plan.confidence)
    holds = partial(
        certificate.held, sizes_of=sizes, target=plan.target, of=plan.of, population=len(images)
    )
    where, bad = np.array(places, np.int64), np.array(wrong, np.bool_)
    for look in looks:
        if look.audits > len(bad):
            break
        held = holds(where[: look.audits], bad[: look.audits], error=look.error)
        if held is not None:
            return Standing(bad, looks, held)
    return Standing(bad, looks, None)


def _state(standing: Standing, step: Acceptance | None) -> str:
    if step is not None:
        return "accepted" if step.accepted else "revoked"
    if standing.held is not None:
        return "holds"
    ended = all(len(standing.wrong) >= one.audits for one in standing.looks)
    return "failed" if ended else "open"


def _candidates(board: Board, only: int | None) -> list[int]:
    """Rows of the undecided images of a group, or of all groups, the surest first."""
    rows = board.undecided
    rows = rows[(board.guess[rows] >= 0) if only is None else (board.guess[rows] == only)]
    return [int(row) for row in rows[ties.best_first(board.sureness[rows])]]


def _sizes(decided: Mapping[Key, int], more: Sequence[Key]) -> list[int]:
    """Sizes of the groups with more images in."""
    return list((Counter(decided) + Counter(more)).values())


def _seconds(audits: int) -> float:
    """What so many audits take in grids."""
    pace = Pace()
    return -(-audits // TILES) * pace.grid + audits * pace.tile
