"""A session's state, folded from its events: bins, picks, what was observed, who may talk.

Two modes. In *pick* one category is wanted and nobody says no. In *sort* items go into bins that
teachers name as they go. A teacher who puts an item elsewhere has changed their mind; two teachers
who put it into different bins contradict each other, and the item teaches nothing until one of them
gives way. An undo takes back the teacher's own last step, as often as they like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from curation.errors import DecisionError, UnknownName
from curation.teaching.events import Event
from curation.types import SessionStatus

ASK_SHARE = 0.2
RECENT = 20
"""Picks that agreement is measured over: what the robot knew before these is as good as now."""
PICKS = ("pick", "new")
UNDOABLE = (*PICKS, "rename", "merge")


@dataclass(frozen=True, slots=True)
class Pick:
    """A teacher put an item into a bin; ``id`` is the event's.

    ``guess`` is the bin that the robot would have put it into ("": none), None where it knew none.
    """

    id: str
    item: str
    bin: str
    teacher: str
    guess: str | None = None


@dataclass
class SessionState:
    """State after ``events``; build it with ``fold``.

    ``allowance`` is how much was observed and asked when ``ask_share`` was set.
    """

    criterion: str
    mode: str = "pick"
    status: SessionStatus = "active"
    started: str = ""
    ended: str = ""
    ask_share: float = ASK_SHARE
    bins: list[str] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    observed: dict[str, str] = field(default_factory=dict)
    n_observed: int = 0
    n_asked: int = 0
    allowance: tuple[int, int] = (0, 0)
    tokens: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    steps: list[Event] = field(default_factory=list)

    def bin_named(self, name: str | None, new: bool = False) -> str:
        """The bin meant by ``name``: as it is called now, or was unless it is to be ``new``; in
        *pick* the only one."""
        if self.mode == "pick" and (name is None or self.aliases.get(name, name) in self.bins):
            return self.bins[0]
        wanted = (name or "").strip()
        if not wanted:
            raise DecisionError("Name the bin that the item goes into.")
        if wanted not in self.bins and not new:
            wanted = self.aliases.get(wanted, wanted)
        if self.mode == "pick" and wanted not in self.bins:
            raise DecisionError(
                f"This session picks {self.bins[0]!r} only, got the bin {wanted!r}; open a "
                "sorting session to name bins as you go."
            )
        return wanted

    def standing(self, item: str) -> list[Pick]:
        """Picks of an item that stand, oldest first; of each teacher the last."""
        return [pick for pick in self.picks if pick.item == item]

    def said_before(self, event: Event) -> Pick | None:
        """The pick that stands and says what ``event`` would say again."""
        if event.kind not in PICKS:
            return None
        name = self.bin_named(event.bin, event.kind == "new")
        mine = (p for p in self.standing(event.item or "") if p.teacher == event.teacher)
        return next((pick for pick in mine if pick.bin == name), None)

    def contradictions(self) -> dict[str, list[Pick]]:
        """Items that teachers put into different bins."""
        by_item: dict[str, list[Pick]] = {}
        for pick in self.picks:
            by_item.setdefault(pick.item, []).append(pick)
        return {item: picks for item, picks in by_item.items() if len({p.bin for p in picks}) > 1}

    def taught(self) -> dict[str, list[str]]:
        """Items of each bin in the order of their picks, contradictions left out."""
        torn = self.contradictions()
        found: dict[str, dict[str, None]] = {name: {} for name in self.bins}
        for pick in self.picks:
            if pick.item not in torn:
                found[pick.bin][pick.item] = None
        return {name: list(items) for name, items in found.items()}

    def agreement(self) -> float | None:
        """Share of the last picks that the robot had right before it was told; None before any."""
        found = self.agreements()
        return found[-1][1] if found else None

    def agreements(self) -> list[tuple[int, float]]:
        """The agreement after each number of picks, from the first that the robot could guess."""
        right: list[bool] = []
        found = []
        for number, pick in enumerate(self.picks, 1):
            if pick.guess is not None:
                right.append(self.aliases.get(pick.guess, pick.guess) == pick.bin)
                found.append((number, sum(right[-RECENT:]) / len(right[-RECENT:])))
        return found

    def may_ask(self) -> bool:
        """Whether one question more about the next item stays within the share allowed, counted
        from where it was set."""
        observed, asked = self.allowance
        return self.n_asked - asked + 1 <= self.ask_share * (self.n_observed - observed + 1)

    def last_step(self, teacher: str, item: str = "") -> Event | None:
        """What an undo of this teacher would take back: the last step that has a way back; of
        those about ``item`` where one is named."""
        mine = (e for e in reversed(self.steps) if e.teacher == teacher and self._has_way_back(e))
        return next((e for e in mine if not item or e.item == item), None)

    def check_going(self) -> None:
        """DecisionError where the session has ended."""
        if self.status == "ended":
            raise DecisionError(
                f"The session {self.criterion!r} has ended; open a new one, or go on in pair "
                "review."
            )

    def check_active(self) -> None:
        """DecisionError where the session takes no picks now."""
        self.check_going()
        if self.status == "paused":
            raise DecisionError(f"The session {self.criterion!r} is paused; resume it first.")

    def check(self, event: Event) -> None:
        """DecisionError or UnknownName where the event cannot happen now."""
        if event.kind != "revoke":
            self.check_going()
        if event.kind in (*UNDOABLE, "undo"):
            self.check_active()
        if event.kind in PICKS:
            self.bin_named(event.bin, event.kind == "new")
            if event.item not in self.observed:
                then = "Expected one that this session has observed; observe it first."
                raise UnknownName("observed item", str(event.item), then=then)
        if event.kind in ("rename", "merge"):
            self._check_bins(event)

    def _check_bins(self, event: Event) -> None:
        if event.bin not in self.bins:
            raise UnknownName("bin", str(event.bin), self.bins)
        target = (event.value or "").strip()
        if event.kind == "merge" and (target not in self.bins or target == event.bin):
            raise UnknownName("other bin", target, [b for b in self.bins if b != event.bin])
        if event.kind == "rename" and (not target or target in self.bins):
            raise DecisionError(
                f"Expected a new name for {event.bin!r}, got {target!r}; to join two bins, merge."
            )

    # --- folding ---------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take one event in."""
        getattr(self, f"_{event.kind}")(event)
        if event.kind in UNDOABLE:
            self.steps.append(event)

    def _open(self, event: Event) -> None:
        self.mode, self.started = event.value or "pick", event.time
        if event.bin and self.mode == "pick":
            self.bins = [event.bin]

    def _pick(self, event: Event) -> None:
        name = self.bin_named(event.bin, event.kind == "new")
        if name not in self.bins:
            self.bins.append(name)
            self.aliases.pop(name, None)
        item = event.item or ""
        self.picks = [p for p in self.picks if (p.item, p.teacher) != (item, event.teacher)]
        self.picks.append(Pick(event.id, item, name, event.teacher, event.value))
        self.observed.setdefault(item, "act")

    _new = _pick

    # After an undo, a bin that a rename or merge names may be gone, or its new name be taken.

    def _rename(self, event: Event) -> None:
        old, new = event.bin or "", event.value or ""
        if new not in self.bins:
            self._become(old, new)

    def unname(self, event: Event) -> None:
        """Give a bin its name before the rename ``event`` back, where that can be."""
        self.steps = [step for step in self.steps if step.id != event.id]
        if self._has_way_back(event):
            self._become(event.value or "", event.bin or "")

    def _has_way_back(self, step: Event) -> bool:
        """Whether an undo would change anything: others may have used a rename's names since."""
        return step.kind != "rename" or (step.value in self.bins and step.bin not in self.bins)

    def _merge(self, event: Event) -> None:
        self._become(event.bin or "", event.value or "")

    def _become(self, old: str, new: str) -> None:
        """What is or was called ``old`` is ``new`` from now on, in the place of ``old`` where there
        is no such bin yet."""
        if old in self.bins and new in self.bins:
            self.bins.remove(old)
        self.bins = [new if name == old else name for name in self.bins]
        self.aliases = {k: new if v == old else v for k, v in self.aliases.items()} | {old: new}
        self.aliases.pop(new, None)
        self.picks = [replace(p, bin=new) if p.bin == old else p for p in self.picks]

    def _pause(self, _: Event) -> None:
        self.status = "paused"

    def _resume(self, _: Event) -> None:
        self.status = "active"

    def _end(self, event: Event) -> None:
        self.status, self.ended = "ended", event.time

    def _asks(self, event: Event) -> None:
        self.ask_share = float(event.value or ASK_SHARE)
        self.allowance = (self.n_observed, self.n_asked)

    def _observe(self, event: Event) -> None:
        self.observed.pop(event.item or "", None)  # those observed last come last
        self.observed[event.item or ""] = event.value or "act"
        self.n_observed += 1
        self.n_asked += event.value == "ask"

    def _grant(self, event: Event) -> None:
        self.tokens[event.value or ""] = event.teacher

    def _revoke(self, event: Event) -> None:
        self.tokens = {key: robot for key, robot in self.tokens.items() if robot != event.teacher}


def fold(criterion: str, events: Sequence[Event]) -> SessionState:
    """The state after ``events``, without what was taken back.

    A rename that is taken back is one in the other direction: others may have used the new name.
    """
    by_id = {event.id: event for event in events}
    undone = {event.id: by_id[event.value or ""] for event in events if event.kind == "undo"}
    gone = {event.id for event in undone.values() if event.kind != "rename"}
    session = SessionState(criterion)
    for event in events:
        if event.kind == "undo":
            if undone[event.id].kind == "rename":
                session.unname(undone[event.id])
        elif event.id not in gone:
            session.apply(event)
    return session
