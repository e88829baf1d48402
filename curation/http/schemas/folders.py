"""Folders named by class, and answers that are probably wrong."""

from __future__ import annotations

from typing import Literal

from curation.http.schemas.common import Answer, Id, Name, Scope
from curation.http.schemas.review import DecisionRow, Recorded
from curation.http.schemas.sorting import SortGroup


class AdoptIn(Scope):
    """An attribute whose values are a starting grouping."""

    attribute: Name = "folder"


class Adopted(Recorded):
    """``left`` are the items that answers place elsewhere: these stay where they are."""

    left: list[str]


class FoldersOffer(Answer):
    """What the folders are called: ``names`` are the first of ``folders`` classes, ``images`` lie
    in such folders. ``asks``: nobody has chosen yet; ``wanted`` was chosen when the server was
    started, and is to be sent as a choice. ``taken`` answers rest on a name alone."""

    asks: bool
    wanted: Literal["use", "check"] | None
    choice: Literal["use", "check", "ignore"] | None
    names: list[str]
    folders: int
    images: int
    taken: int


class FoldersChosen(FoldersOffer):
    """``done`` is what taking the names as a start did, null where they are ignored."""

    done: Adopted | None


class ChooseIn(Scope):
    """``use`` the names as a start, ``check`` them for errors (which takes them as a start, too),
    or ``ignore`` them."""

    choice: Literal["use", "check", "ignore"]


class CheckIn(Scope):
    """An item that was looked at again is right where it is, or in the ``group`` of this item.

    ``other``: the second item of the answer that was doubted; kept, this very answer is confirmed.
    """

    item: Id
    group: Id | None = None
    other: Id | None = None
    batch_id: Id | None = None


class CheckedAgain(Recorded):
    groups: list[SortGroup]


class DoubtRow(Answer):
    """An answer that is ``wrong`` with this chance. ``odd`` is the item that does not fit: it is in
    ``group`` (null: in none) and is more ``like`` another one (null: like none more than its own);
    ``folder``: its folder's name alone says so."""

    decision: DecisionRow
    wrong: float
    odd: str
    group: SortGroup | None
    like: SortGroup | None
    folder: bool


class Doubted(Answer):
    """Worst first; ``pending`` while these are looked for anew. ``more``: the list was cut, and
    the others come when these are answered."""

    pending: bool
    more: bool
    doubts: list[DoubtRow]
