"""Claims: that images nobody looked at are in the right groups, as an audit of some of them says.

A claim is written down whole before its first audit: which images, in which groups, how sure the
model is of each, in which order they are drawn, and what is to be shown. Its audits are ordinary
answers; accepting it and taking it back are rows of their own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
from sqlalchemy import ColumnElement, Connection, insert, select

from curation.clock import now
from curation.decisions import schema
from curation.decisions.store import Database
from curation.errors import UnknownName
from curation.types import IndexArray


@dataclass(frozen=True, slots=True)
class Plan:
    """What a claim is about: at least a share ``target`` of the ``of`` ("pairs" or "images") in the
    groups is true, at a ``confidence``.

    ``group`` is the anchor of the one group it is about, None for all; ``decided`` anchor ->
    images that answers had put into that group; ``seed`` drew the order of the audits;
    ``tries`` claims of the same were audited in vain before.
    """

    target: float
    of: str
    confidence: float
    group: str | None
    generation: int
    log_position: int
    seed: int
    tries: int = 0
    decided: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An image of a claim, thought to be in the group of ``anchor``; audited in its ``turn``."""

    item_id: str
    anchor: str
    probability: float
    turn: int


@dataclass(frozen=True)
class Claim:
    """A claim as it was written down: ``images``, the surest first."""

    id: str
    criterion: str
    reviewer: str
    plan: Plan
    images: tuple[Claimed, ...]
    time: str = ""

    @cached_property
    def in_turn(self) -> IndexArray:
        """Places of the images int64 [N] in the order in which they are audited."""
        return np.argsort(np.array([one.turn for one in self.images], np.int64))

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(one.item_id for one in self.images)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The surest ``accepted`` images of a claim are taken as they are, at most ``left`` of them
    wrong; 0: it was taken back."""

    claim_id: str
    accepted: int
    left: int
    reviewer: str
    time: str = ""


class ClaimLog:
    """Reads and appends claims; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Claim] = {}

    def add(self, claim: Claim) -> Claim:
        """Write a claim down, whole; one of the same id is returned as it stands."""
        images = [
            {"claim_id": claim.id, "place": place, **asdict(one)}
            for place, one in enumerate(claim.images)
        ]
        with self._database.writing() as connection:
            found = _read(connection, schema.claims.c.id == claim.id)
            if found:
                return found[0]
            row = {
                "id": claim.id,
                "criterion": claim.criterion,
                "reviewer": claim.reviewer,
                "plan": json.dumps(asdict(claim.plan)),
                "time": now(),
            }
            connection.execute(insert(schema.claims), row)
            if images:
                connection.execute(insert(schema.claimed), images)
        return self.find(claim.id)

    def find(self, claim_id: str) -> Claim:
        """The claim of an id; UnknownName if there is none."""
        known = self._known.get(claim_id)
        if known is not None:
            return known
        with self._database.reading() as connection:
            found = _read(connection, schema.claims.c.id == claim_id)
        if not found:
            raise UnknownName("claim", claim_id, then="Take an id from the list of claims.")
        self._known[claim_id] = found[0]
        return found[0]

    def known(self, claim_id: str) -> Claim | None:
        """The claim of an id, None where there is none yet."""
        try:
            return self.find(claim_id)
        except UnknownName:
            return None

    def of(self, criterion: str) -> list[Claim]:
        """The claims of a criterion, oldest first."""
        claims = schema.claims
        query = select(claims.c.id).where(claims.c.criterion == criterion).order_by(claims.c.seq)
        with self._database.reading() as connection:
            ids = list(connection.execute(query).scalars())
        return [self.find(id) for id in ids]

    def accept(self, step: Acceptance) -> None:
        """Write down that a claim was accepted, or taken back."""
        with self._database.writing() as connection:
            row = asdict(step) | {"time": now()}
            connection.execute(insert(schema.claim_steps), row)

    def acceptances(self, criterion: str) -> dict[str, Acceptance]:
        """The newest step of each claim of a criterion, by the claim's id."""
        steps, claims = schema.claim_steps, schema.claims
        query = (
            select(steps)
            .join(claims, claims.c.id == steps.c.claim_id)
            .where(claims.c.criterion == criterion)
            .order_by(steps.c.seq)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return {
            row.claim_id: Acceptance(row.claim_id, row.accepted, row.left, row.reviewer, row.time)
            for row in rows
        }


def _read(connection: Connection, which: ColumnElement[bool]) -> list[Claim]:
    claims, claimed = schema.claims, schema.claimed
    heads = connection.execute(select(claims).where(which).order_by(claims.c.seq)).all()
    images: defaultdict[str, list[Claimed]] = defaultdict(list)
    query = (
        select(claimed)
        .join(claims, claims.c.id == claimed.c.claim_id)
        .where(which)
        .order_by(claimed.c.claim_id, claimed.c.place)
    )
    for row in connection.execute(query):
        one = Claimed(row.item_id, row.anchor, row.probability, row.turn)
        images[row.claim_id].append(one)
    return [
        Claim(
            row.id, row.criterion, row.reviewer, Plan(**json.loads(row.plan)),
            tuple(images[row.id]), row.time,
        )
        for row in heads
    ]  # fmt: skip
