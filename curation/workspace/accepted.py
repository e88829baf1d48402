"""Images that were accepted unseen: in a group by a claim that held, and by no answer."""

from __future__ import annotations

from dataclasses import asdict

from curation.criterion import Criterion
from curation.decisions.claims import Acceptance, Claimed, ClaimLog
from curation.types import Pair
from curation.workspace.context import Context, Json


class Accepted:
    """What claims put into groups, apart from what answers do."""

    def __init__(self, context: Context, log: ClaimLog) -> None:
        self._context = context
        self._log = log

    def images(self, criterion: str) -> dict[str, Claimed]:
        """The images that are accepted unseen now, by id; those that an answer has reached since
        are no more. UnknownName if there is no such criterion."""
        owner = self._context.owner(criterion)
        steps = self._log.acceptances(criterion)
        found: dict[str, Claimed] = {}
        for claim in self._log.of(criterion) if steps else ():
            step = steps.get(claim.id)
            for one in claim.images[: step.accepted if step else 0]:
                if right(owner, one) is None:
                    found.setdefault(one.item_id, one)
        return found

    def claims(self, criterion: str) -> list[Json]:
        """What was claimed of the images accepted now, with all that its arithmetic needs: the
        images in the order of sureness, when each was to be audited, and what the answers said."""
        owner = self._context.owner(criterion)
        steps = self._log.acceptances(criterion)
        standing = [one for one in self._log.of(criterion) if _accepts(steps.get(one.id))]
        return [
            {
                "id": claim.id,
                **asdict(claim.plan),
                "time": claim.time,
                "accepted": asdict(steps[claim.id]),
                "images": [{**asdict(one), "right": right(owner, one)} for one in claim.images],
            }
            for claim in standing
        ]


def _accepts(step: Acceptance | None) -> bool:
    return step is not None and step.accepted > 0


def right(owner: Criterion, one: Claimed) -> bool | None:
    """Whether answers put an image where its claim says; None where nobody looked at it."""
    known = owner.answering.implications
    relation = known.relation(one.item_id, one.anchor)
    if relation is None and known.verdict(Pair.of(one.item_id, one.anchor)) is None:
        return None
    return relation == "same"
