"""How claims stand: which of their images were looked at, and what that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from curation.criterion import Criterion
from curation.decisions.claims import Claim, Claimed
from curation.decisions.closure import Implications
from curation.evaluation import certificate
from curation.evaluation.certificate import SHARES, Held, Look, Sizes
from curation.types import BoolArray, IndexArray, Pair


@dataclass(frozen=True)
class Standing:
    """``looked`` int8 [N], of each image of a claim in its order: 1 right, 0 wrong, -1 nobody
    looked; ``looks`` are those planned, ``held`` what the first one holds that the claim survived.

    ``decided``: anchor -> images that answers put into its group, without the claim's own.
    ``changed``: a group that the claim is about is gone or has lost images, so it says nothing.
    """

    claim: Claim
    looked: IndexArray
    audited: BoolArray
    looks: tuple[Look, ...]
    held: Held | None
    decided: Mapping[str, int]
    changed: bool

    def unseen(self, upto: int) -> list[Claimed]:
        """Of the surest ``upto`` images those that nobody looked at."""
        images = self.claim.images[:upto]
        return [one for one, seen in zip(images, self.looked[:upto], strict=True) if seen < 0]


def standing_of(owner: Criterion, claim: Claim, excluded: Collection[str]) -> Standing:
    """Where the answers so far leave a claim.

    An image that was excluded, disputed, or put into another group counts as wrong.
    """
    with owner.changes.lock:
        known = owner.answering.implications
        torn = {end for one in known.conflicts for end in (one.pair.a, one.pair.b)}
        torn.update(excluded)
        looked = np.array([_looked(known, one, torn) for one in claim.images], np.int8)
        groups = {anchor: _members(known, claim, anchor) for anchor in claim.plan.decided}
    turns = claim.in_turn
    seen = looked[turns]
    n = int(np.argmax(seen < 0)) if (seen < 0).any() else len(seen)
    wrong = seen[:n] == 0
    frozen = [_sizes(claim, share) for share in SHARES]
    looks = planned(claim)
    held = None
    for look in looks:
        if look.audits > n or held is not None:
            break
        held = certificate.held(
            turns[: look.audits], wrong[: look.audits], frozen, claim.plan.target, claim.plan.of,
            len(claim.images), look.error,
        )  # fmt: skip
    changed = any(size < claim.plan.decided[anchor] for anchor, size in groups.items())
    if changed or (held is not None and not _holds_still(known, claim, held, groups)):
        held = None
    return Standing(claim, looked.astype(np.int64), wrong, looks, held, groups, changed)


def planned(claim: Claim) -> tuple[Look, ...]:
    """When a claim is tried; never where only looking at all of its images could tell. A claim that
    was tried before in other words has half the error each time."""
    plan = claim.plan
    allowed = certificate.allowed_wrong(plan.target, plan.of, _sizes(claim, 1.0))
    return certificate.looks(len(claim.images), allowed, 1 - (1 - plan.confidence) / 2**plan.tries)


def certified(standing: Standing, upto: int, left: int) -> set[str]:
    """The anchors of the groups for which the claim holds by itself, were all ``left`` wrong images
    in that one group."""
    plan = standing.claim.plan
    more = Counter(one.anchor for one in standing.claim.images[:upto])
    return {
        anchor
        for anchor, n in more.items()
        if left
        <= certificate.allowed_wrong(plan.target, plan.of, [(standing.decided.get(anchor, 0), n)])
    }


def _looked(known: Implications, one: Claimed, torn: Collection[str]) -> int:
    if one.item_id in torn:
        return 0
    relation = known.relation(one.item_id, one.anchor)
    if relation is not None:
        return int(relation == "same")
    if len(known.members(one.item_id)) > 1:
        return 0
    return -1 if known.verdict(Pair.of(one.item_id, one.anchor)) is None else 0


def _members(known: Implications, claim: Claim, anchor: str) -> int:
    """Images that answers put into the group of an anchor, without those of the claim."""
    return sum(one not in claim.ids for one in known.members(anchor))


def _sizes(claim: Claim, share: float) -> Sizes:
    n = certificate.part(share, len(claim.images))
    more = Counter(one.anchor for one in claim.images[:n])
    return [(count, more[anchor]) for anchor, count in claim.plan.decided.items()]


def _holds_still(known: Implications, claim: Claim, held: Held, groups: dict[str, int]) -> bool:
    """Whether what is left wrong is few enough for the groups as they are now, joined or grown."""
    more = Counter(one.anchor for one in claim.images[: held.images])
    joined: dict[str, tuple[int, int]] = {}
    for anchor, size in groups.items():
        first = min(known.members(anchor))
        before = joined.get(first, (0, 0))
        joined[first] = (size, before[1] + more[anchor])
    sizes = list(joined.values())
    return held.left <= certificate.allowed_wrong(claim.plan.target, claim.plan.of, sizes)
