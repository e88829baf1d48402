"""Teaching sessions: what a person, a robot and a camera say, and what they are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from curation.http.schemas.common import Answer, Given, Id, MaybeName, Name, Step
from curation.types import SessionMode, SessionStatus


class OpenIn(Given):
    """``mode`` pick wants one ``category``; sort names bins as it goes.

    A session takes a criterion over that is there already only where that is said.
    """

    name: Name
    teacher: Name = "api"
    mode: SessionMode = "pick"
    category: MaybeName = ""
    take_over: bool = False


class Teacher(Given):
    teacher: Name = "api"


class UndoPickIn(Teacher):
    """Of one ``item`` where it is given."""

    item: Step = ""


class PickIn(Teacher):
    """Into a ``bin`` where several are sorted into. A name that a bin had before means that bin
    still, unless it is said to be ``new``."""

    item: Name
    bin: Name | None = None
    new: bool = False


class SortIn(PickIn):
    bin: Name


class BinIn(Teacher):
    bin: Name
    to: Name


class AsksIn(Teacher):
    share: Annotated[FiniteFloat, Field(ge=0, le=1)]


class RobotIn(Teacher):
    robot: Name


class ItemIn(Given):
    item: Name
    by: Name = "robot"


class BeltIn(Given):
    """``more`` lets the belt move on; ``shown`` are the items on the client's screen."""

    more: bool = False
    shown: list[Id] = Field(default_factory=list, max_length=1_000)


class Observed(Answer):
    """What to do with an item; ``bin`` null: leave it."""

    item: str
    bin: str | None
    confidence: float
    action: Literal["act", "ask", "wait"]
    generation: int


class SessionRow(Answer):
    session: str
    name: str
    mode: SessionMode
    status: SessionStatus
    started: str
    picks: int


class Bin(Answer):
    """``taught`` items, of which the last few are listed; ``robot`` would add so many."""

    name: str
    taught: int
    robot: int
    items: list[str]


class Contradiction(Answer):
    """An item and the bins that teachers put it into."""

    item: str
    bins: dict[str, str]


class Refused(Answer):
    item: str
    bin: str


class State(Answer):
    """Bins, picks, what was learnt, how sure the robot is."""

    session: str
    name: str
    mode: SessionMode
    status: SessionStatus
    started: str
    ended: str | None
    ask_share: float
    bins: list[Bin]
    picks: int
    taught: int
    learnt: int
    observed: int
    observations: int
    asks: int
    confident_share: float | None
    agreement: float | None
    generation: int
    learning: bool
    contradictions: list[Contradiction]
    refused: list[Refused]
    disputes: int
    robots: list[str]
    trouble: str


class Picked(Answer):
    id: str
    repeated: bool
    picks: int
    bin: str | None
    conflict: bool


class UndonePick(Answer):
    undone: str | None
    picks: int


class BeltItem(Answer):
    id: str
    name: str
    bin: str | None
    confidence: float
    action: Literal["act", "ask"]


class Belt(Answer):
    """``sorted``: of the items shown those that lie in a bin by now, item to teacher to bin."""

    belt: list[BeltItem]
    state: State
    all_seen: bool
    sorted: dict[str, dict[str, str]]


class BinItems(Answer):
    bin: str
    items: list[str]


class Said(Answer):
    bin: str | None
    confidence: float


class Answers(Answer):
    """What the robot would do with every item."""

    generation: int
    answers: dict[str, Said]


class Curve(Answer):
    """[picks, share] each: right before it was told, and sure of."""

    agreement: list[tuple[int, float]]
    confident: list[tuple[int, float]]


class Robots(Answer):
    """Names of the robots that have a token."""

    robots: list[str]


class Granted(Robots):
    """The token is told this once; only its hash is kept."""

    robot: str
    token: str
