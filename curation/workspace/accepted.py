"""Images that were accepted unseen: in a group by a claim that holds, and by no answer."""

from __future__ import annotations

from dataclasses import asdict

from curation.criterion import Criterion
from curation.decisions.claims import Acceptance, Claim, Claimed, ClaimLog
from curation.workspace.context import Context, Json
from curation.workspace.standing import Standing, certified, standing_of

CERTIFIES = 0.95
"""The least share and confidence of a claim by which a group is called certified."""


class Accepted:
    """What claims put into groups, apart from what answers do: as long as the answers that the
    claim rests on stand."""

    def __init__(self, context: Context, log: ClaimLog) -> None:
        self._context = context
        self._log = log
        self._kept: dict[str, tuple[tuple[int, int], Standing]] = {}

    def standing(self, owner: Criterion, claim: Claim) -> Standing:
        """How a claim stands by the answers so far."""
        excluded = self._context.log.excluded()
        key = (owner.changes.version, len(excluded))
        kept = self._kept.get(claim.id)
        if kept is None or kept[0] != key:
            kept = self._kept[claim.id] = (key, standing_of(owner, claim, excluded))
        return kept[1]

    def images(self, criterion: str) -> dict[str, Claimed]:
        """The images that are accepted unseen now, by id; those that an answer has reached since
        are no more. UnknownName if there is no such criterion."""
        found: dict[str, Claimed] = {}
        for _, standing, upto in self._accepted(criterion):
            for one in standing.unseen(upto):
                found.setdefault(one.item_id, one)
        return found

    def certified(self, criterion: str) -> set[str]:
        """Anchors of the groups for which an accepted claim holds by itself."""
        found: set[str] = set()
        for step, standing, upto in self._accepted(criterion):
            plan = standing.claim.plan
            if min(plan.target, plan.confidence) >= CERTIFIES and standing.held is not None:
                found |= certified(standing, upto, max(step.left, standing.held.left))
        return found

    def claims(self, criterion: str) -> list[Json]:
        """What was claimed of the images accepted now, with all that its arithmetic needs: the
        images in the order of sureness, when each was to be audited, and what the answers said
        (null: nobody looked)."""
        right = {1: True, 0: False}
        return [
            {
                "id": standing.claim.id,
                **asdict(standing.claim.plan),
                "time": standing.claim.time,
                "accepted": {**asdict(step), "accepted": upto},
                "images": [
                    {**asdict(one), "right": right.get(int(seen))}
                    for one, seen in zip(standing.claim.images, standing.looked, strict=True)
                ],
            }
            for step, standing, upto in self._accepted(criterion)
        ]

    def _accepted(self, criterion: str) -> list[tuple[Acceptance, Standing, int]]:
        """The claims that were accepted and still hold, and how many images each takes."""
        owner = self._context.owner(criterion)
        steps = self._log.acceptances(criterion)
        found = []
        for id, step in steps.items():
            if not step.accepted:
                continue
            standing = self.standing(owner, self._log.find(id))
            if standing.held is not None:
                found.append((step, standing, min(step.accepted, standing.held.images)))
        return found
