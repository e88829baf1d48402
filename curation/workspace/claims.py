"""Claims: images that nobody looked at are accepted where an audit says that so few are wrong."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from curation import ties
from curation.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.criterion.sorted_groups import SortedGroup
from curation.decisions.claims import Acceptance, Claim, Claimed, ClaimLog, Plan
from curation.errors import BusyError, DecisionError
from curation.proposals.sorting.board import SURE, Board
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Question, Sweep
from curation.proposals.sorting.sweeping import TILES
from curation.workspace.accepted import Accepted
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.sorting import Sorting, place
from curation.workspace.standing import Standing, planned

AHEAD = 4 * TILES
"""Audits that are put into grids together, so that a grid has one group."""
PRECISION = (0.5, 0.9999)


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
        known = None if id is None else self._log.known(id)
        if known is not None:
            return self._again(criterion, known)
        owner, shown = self._context.shown(criterion)
        groups = self._sorting.groups(owner)
        if not groups:
            raise DecisionError("Name a few images first: a claim is about named groups.")
        made, position = self._predicted.latest(criterion, shown), owner.answering.position
        of_now = (shown.generation.number, shown.n_items, position)
        if (
            made is None
            or (made.asked.number, made.asked.n_items, made.asked.log_position) != of_now
        ):
            raise BusyError("The groups are being computed; ask again in a moment.", 2.0)
        board = self._sorting.board(owner, shown, groups, made.value)
        only = None if group is None else place(groups, group)
        anchors = [one.anchor for one in groups]
        taken, ids = self._accepted.images(criterion), shown.space.item_ids
        chosen = [row for row in _sure(board, only) if ids[row] not in taken]
        if not chosen:
            raise DecisionError(
                "No image is sure enough yet to be accepted unseen: sort on, then try again."
            )
        seed = int(np.random.default_rng().integers(2**31))
        turns = np.random.default_rng(seed).permutation(len(chosen)).tolist()
        wanted = None if only is None else anchors[only]
        plan = Plan(
            target, of, confidence, wanted, shown.generation.number, position, seed,
            self._tries(owner, wanted),
            {one.anchor: len(one.members) for one in groups if wanted in (None, one.anchor)},
        )  # fmt: skip
        images = (
            Claimed(ids[row], anchors[board.guess[row]], round(float(board.sureness[row]), 6), turn)
            for row, turn in zip(chosen, turns, strict=True)
        )
        claim = Claim(
            id or uuid.uuid4().hex, criterion, reviewer or "reviewer", plan, tuple(images)
        )
        if not planned(claim):
            raise DecisionError(
                f"Of the images that nobody put into a group the model is sure of {len(chosen)}: "
                "too few to accept them by looking at some. Sweep their groups, or claim a smaller "
                "share."
            )
        return self._told(owner, self._log.add(claim), None)

    def _again(self, criterion: str, known: Claim) -> Json:
        if known.criterion != criterion:
            raise DecisionError(
                f"Expected an id of a claim of {criterion!r}, got one of {known.criterion!r}; give "
                "every claim an id of its own."
            )
        return self.state(known.id)

    def _tries(self, owner: Criterion, group: str | None) -> int:
        """Claims of the same that were audited in vain: each halves what the next may err."""
        steps = self._log.acceptances(owner.name)
        before = [one for one in self._log.of(owner.name) if one.plan.group == group]
        vain = [one for one in before if one.id not in steps or not steps[one.id].accepted]
        return sum(len(self._accepted.standing(owner, one).audited) > 0 for one in vain)

    # --- how they stand --------------------------------------------------------------------

    def all(self, criterion: str) -> list[Json]:
        """The claims of a criterion that were not taken back, newest first, see ``state``;
        UnknownName if there is none."""
        owner = self._context.owner(criterion)
        steps = self._log.acceptances(criterion)
        told = [self._told(owner, one, steps.get(one.id)) for one in self._log.of(criterion)
                if one.id not in steps or steps[one.id].accepted]  # fmt: skip
        return told[::-1]

    def state(self, claim_id: str) -> Json:
        """What is claimed, how many audits it has and needs, and what it holds; UnknownName."""
        claim = self._log.find(claim_id)
        steps = self._log.acceptances(claim.criterion)
        return self._told(self._context.owner(claim.criterion), claim, steps.get(claim.id))

    def _told(self, owner: Criterion, claim: Claim, step: Acceptance | None) -> Json:
        plan, standing = claim.plan, self._accepted.standing(owner, claim)
        audited, held = len(standing.audited), standing.held
        later = [one.audits - audited for one in standing.looks if one.audits > audited]
        needed = 0 if held or standing.changed or not later else later[0]
        upto = 0 if held is None else held.images
        if step is not None:
            upto = min(upto, step.accepted)
        return {
            "id": claim.id,
            "group": plan.group,
            "target": plan.target,
            "of": plan.of,
            "confidence": plan.confidence,
            "images": len(claim.images),
            "audited": audited,
            "wrong": int(standing.audited.sum()),
            "needed": needed,
            "seconds": round(_seconds(needed)),
            "state": _state(standing, step),
            "accepts": len(standing.unseen(upto)),
            "left": None if held is None else held.left,
            "reviewer": claim.reviewer,
            "time": claim.time,
        }

    # --- audit -----------------------------------------------------------------------------

    def questions(
        self, claim_id: str, reviewer: str, tab: str = "", have: Collection[str] = (), n: int = 3
    ) -> Json:
        """Up to ``n`` grids of the images to audit next, each of one group; answered as sweeps.

        None for what another person's screen shows. Raises UnknownName.
        """
        claim = self._log.find(claim_id)
        owner = self._context.owner(claim.criterion)
        told = self.state(claim_id)
        waiting = self._waiting(owner, claim, told["audited"] + told["needed"])[:AHEAD]
        held = set(have)

        def choose(board: Board, groups: Sequence[SortedGroup], shown: Snapshot) -> list[Question]:
            column_of = {item: number for number, one in enumerate(groups) for item in one.members}
            by_group: dict[int, list[int]] = {}
            for one in waiting:
                row, column = shown.position.get(one.item_id), column_of.get(one.anchor)
                if row is None or column is None or not board.open[row] or one.item_id in held:
                    continue
                by_group.setdefault(column, []).append(row)
            return _grids(by_group)[:n]

        return {
            "claim": told,
            **self._sorting.offered(claim.criterion, reviewer, tab, have, choose),
        }

    def _waiting(self, owner: Criterion, claim: Claim, upto: int) -> list[Claimed]:
        """The images that nobody looked at among the first ``upto`` to be audited; none where the
        claim says nothing any more."""
        standing = self._accepted.standing(owner, claim)
        if standing.changed:
            return []
        return [claim.images[at] for at in claim.in_turn[:upto].tolist() if standing.looked[at] < 0]

    # --- accept ----------------------------------------------------------------------------

    def accept(self, claim_id: str, reviewer: str) -> Json:
        """Take the images that a claim holds as they are; its state then.

        They are marked as accepted unseen wherever they appear, and answers still overrule them.
        Raises UnknownName, and DecisionError where the claim does not hold.
        """
        claim = self._log.find(claim_id)
        owner = self._context.owner(claim.criterion)
        standing = self._accepted.standing(owner, claim)
        if standing.held is None:
            needed = self.state(claim_id)["needed"]
            then = f"check {needed} more" if needed else "sort on, then begin another one"
            raise DecisionError(
                f"The claim does not hold: {len(standing.audited)} images were checked, "
                f"{int(standing.audited.sum())} of them wrong; {then}."
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


def _grids(by_group: Mapping[int, Sequence[int]]) -> list[Question]:
    """Grids of the rows of each group, the fullest first."""
    grids = [
        Sweep(column, tuple(rows[start : start + TILES]), len(rows))
        for column, rows in by_group.items()
        for start in range(0, len(rows), TILES)
    ]
    return [*sorted(grids, key=lambda one: (-len(one.items), one.group))]


def _state(standing: Standing, step: Acceptance | None) -> str:
    if step is not None and not step.accepted:
        return "revoked"
    if standing.held is not None:
        return "holds" if step is None else "accepted"
    if step is not None:
        return "shaken"
    ended = all(len(standing.audited) >= one.audits for one in standing.looks)
    return "failed" if ended or standing.changed else "open"


def _sure(board: Board, only: int | None) -> list[int]:
    """Rows of the undecided images that the model is sure of, in a group or in any, the surest
    first."""
    rows = board.undecided
    rows = rows[(board.guess[rows] >= 0) if only is None else (board.guess[rows] == only)]
    rows = rows[board.sureness[rows] >= SURE]
    return [int(row) for row in rows[ties.best_first(board.sureness[rows])]]


def _seconds(audits: int) -> float:
    """What so many audits take in grids."""
    pace = Pace()
    return -(-audits // TILES) * pace.grid + audits * pace.tile
