"""Claims about images that nobody looked at: questions out, acceptance in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from curation.http.schemas.common import Answer, Id, Scope
from curation.http.schemas.review import ReviewerIn
from curation.http.schemas.sorting import SortGroup, SweepQuestion

Of = Literal["pairs", "images"]


class ClaimIn(Scope):
    """Of the images that the model is sure of at least a share ``target`` (of them or of the pairs
    that they make) is true, at a ``confidence``, if the answers are; of one ``group`` (any
    item in it), or of all. A repeated ``id`` is the same claim."""

    target: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.99
    of: Of = "pairs"
    confidence: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.95
    group: Id | None = None
    id: Id | None = None


class Claim(Answer):
    """``images`` are claimed, ``audited`` of them looked at and ``wrong`` of those wrong; about
    ``seconds`` for the ``needed`` ones until it is tried again. It ``accepts`` so many, of which
    ``left`` may be wrong at most; ``shaken``: accepted, but answers since then do not bear it out,
    so it accepts none."""

    id: str
    group: str | None
    target: float
    of: Of
    confidence: float
    images: int
    audited: int
    wrong: int
    needed: int
    seconds: int
    state: Literal["open", "holds", "failed", "accepted", "shaken", "revoked"]
    accepts: int
    left: int | None
    reviewer: str
    time: str


class Claims(Answer):
    claims: list[Claim]


class AuditsIn(ReviewerIn):
    """The next grids of a claim; ``have`` are items that the client has on its screen."""

    have: list[Id] = Field(default_factory=list, max_length=2_000)
    n: Annotated[int, Field(ge=1, le=20)] = 3


class Audits(Answer):
    claim: Claim
    questions: list[SweepQuestion]
    groups: list[SortGroup]
    client: str
