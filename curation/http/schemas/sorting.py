"""Images named, swept in grids and joined: questions out, answers in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from curation.http.schemas.common import Answer, Id, Item, MaybeName, Scope, Whole
from curation.http.schemas.review import Recorded
from curation.proposals.sorting.questions import Form

MOST_TILES = 200


class SortAskIn(Scope):
    """The next questions of a ``form`` (null: the product chooses), about one ``group`` only where
    that is given; ``have`` are items that the client has on its screen or put off."""

    form: Form | None = None
    group: Id | None = None
    n: Annotated[int, Field(ge=1, le=20)] = 5
    have: list[Id] = Field(default_factory=list, max_length=2_000)


class SortGroup(Answer):
    """``id`` is an item that stands for the group; ``name`` is empty where nobody gave one."""

    id: str
    name: str
    size: int


class Guess(Answer):
    group: str
    chance: float


class NameQuestion(Answer):
    """Which group is the item in? ``guesses`` are those it may be in, likeliest first."""

    form: Literal["name"]
    item: Item
    guesses: list[Guess]


class SweepTile(Item):
    """``other`` is the group that the item is in if not in this one, null where none is likely."""

    other: str | None


class SweepQuestion(Answer):
    """Which of the tiles are not in the group? ``supposed`` images in all are thought to be."""

    form: Literal["sweep"]
    group: str
    supposed: int
    tiles: list[SweepTile]


class MergeQuestion(Answer):
    """Are two groups one?"""

    form: Literal["merge"]
    one: str
    other: str
    of_one: list[Item]
    of_other: list[Item]


SortQuestion = Annotated[NameQuestion | SweepQuestion | MergeQuestion, Field(discriminator="form")]


class SortQuestions(Answer):
    """``message`` says why there is no question."""

    questions: list[SortQuestion]
    groups: list[SortGroup]
    message: str
    client: str


class _Step(Scope):
    batch_id: Id | None = None
    milliseconds: Whole | None = None


class NameIn(_Step):
    """The item is in ``group``, or in a new one called ``new``; ``guess`` is the group that was
    thought likeliest."""

    item: Id
    group: Id | None = None
    new: MaybeName = ""
    guess: Id | None = None


class SweepIn(_Step):
    """``members`` are in the group; ``wrong`` are not: item -> the group it is in, or null."""

    group: Id
    members: list[Id] = Field(default_factory=list, max_length=MOST_TILES)
    wrong: dict[Id, Id | None] = Field(default_factory=dict, max_length=MOST_TILES)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.members or self.wrong):
            raise PydanticCustomError("empty", "A grid needs at least one item; send its items")
        return self


class PilesIn(_Step):
    one: Id
    other: Id
    same: bool


class SortSkipIn(Scope):
    """Pairs of an item and a group's item that a question was about."""

    pairs: list[tuple[Id, Id]] = Field(min_length=1, max_length=MOST_TILES)

    @model_validator(mode="after")
    def _two(self) -> Self:
        if any(one == other for one, other in self.pairs):
            raise PydanticCustomError("self_pair", "A pair needs two different items")
        return self


class Sorted(Recorded):
    """What an answer did, with the groups after it."""

    groups: list[SortGroup]


class Foretold(Answer):
    """Of the latest guesses about an image ``right`` were right before the answer; ``low`` and
    ``high`` are the 95 % interval of that share."""

    right: int
    of: int
    low: float
    high: float


class SortPace(Answer):
    """Median seconds of this person's steps, of a grid those a tile; null below 20 of a kind."""

    pair: float | None
    name: float | None
    new_name: float | None
    sweep_tile: float | None
    merge: float | None


class GroupProgress(SortGroup):
    """``size`` images are decided, ``guessed`` more are thought to be in the group; ``sure`` of all
    these are decided or sure, ``auto`` accepted unseen under a claim. ``mixed_with`` is the id of
    the group that it is mixed up with, ``wrong`` the wrong tiles and all tiles of its last grid."""

    guessed: int
    sure: int
    auto: int
    state: Literal["named", "guessed", "mixed", "certified"]
    mixed_with: str | None
    wrong: tuple[int, int] | None


class GroupNumber(Answer):
    """About so many groups: ``low`` are found, ``high`` at most at 95 % confidence; those of
    less than a share ``smallest`` of the images may be unseen."""

    about: int
    low: int
    high: int
    smallest: float


class SortProgress(Answer):
    """``by_folder`` of the decided images rest on their folder's name alone; ``number`` of groups
    is null before it can be said. ``sure`` images are decided, or in a group with a chance of 90 %
    or more. ``next_minute`` is the number of images that another minute is expected
    to change or to make sure of; ``seconds`` is the time that this person spent."""

    images: int
    decided: int
    by_folder: int
    number: GroupNumber | None
    sure: int
    agreement: Foretold | None
    next_minute: int | None
    good_enough: bool
    seconds: float
    pace: SortPace
    groups: list[GroupProgress]
