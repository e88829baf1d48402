"""Bases of requests and answers, and the bounded kinds of text and number that they are made of."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from curation.settings import DEFAULT_CRITERION

MOST_DECISIONS = 1_000
"""Decisions in one request: they are applied in one go, and others wait meanwhile."""
MOST_ITEMS = 100_000


class Given(BaseModel):
    """A request; a field that it does not know is refused, not left out in silence."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer; what it does not declare is a fault of the server, not left out in silence."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """``error`` is the kind, ``message`` says what was expected, what was got, and what to do."""

    error: str
    message: str


def _without_controls(text: str) -> str:
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise PydanticCustomError(
            "control_characters", "Text must hold no control characters; leave them out"
        )
    return text


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "Text must hold no NUL; leave it out")
    return text


_PLAIN = AfterValidator(_without_controls)
Plain = Annotated[str, _PLAIN]
Name = Annotated[str, Field(min_length=1, max_length=200), _PLAIN]
"""Of a criterion, a person, a bin, a group, a robot, a strategy."""
MaybeName = Annotated[str, Field(max_length=200), _PLAIN]
Id = Annotated[str, Field(min_length=1, max_length=64), _PLAIN]
"""Of an item, a decision, a batch; items' are 32 hex digits."""
Step = Annotated[str, Field(max_length=64), _PLAIN]
"""An id that the client gives, or ""."""
PairKey = Annotated[str, Field(max_length=129), _PLAIN]
Query = Annotated[str, Field(max_length=1_000), _PLAIN]
Prose = Annotated[str, Field(max_length=10_000), AfterValidator(_without_nul)]
"""Words of a person, in several lines where they like."""
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
Whole = Annotated[int, Field(ge=0, le=1_000_000_000)]

Attributes = dict[str, Any]


class OfCriterion(Given):
    """Under which criterion."""

    criterion: Name = DEFAULT_CRITERION


class Scope(OfCriterion):
    """Whose action it is, under which criterion."""

    reviewer: Name = "api"


class Item(Answer):
    """An item; ``w`` and ``h`` in pixels, ``group`` the first item of its must-link group."""

    id: str
    name: str
    w: int
    h: int
    group: str | None


class Tile(Answer):
    """An item of a gallery; ``relation`` to the item it is shown for: same, different or "".

    ``title``: what its attribute of that name says, "" without one.
    """

    id: str
    name: str
    title: str = ""
    similarity: float | None
    relation: str


class Counts(Answer):
    """Open pairs of each kind."""

    positive: int = 0
    false_negative: int = 0
    hard_negative: int = 0
    uncertain: int = 0
    audit: int = 0


class Counted(Answer):
    counts: Counts


class Exported(Answer):
    """A file that was written: ``file`` is its name, ``url`` its download."""

    path: str
    file: str
    url: str
