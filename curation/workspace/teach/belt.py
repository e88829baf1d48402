"""The belt: the items of a session that nobody has picked, as they pass the teacher."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from curation.criterion.session import TaughtSession
from curation.criterion.snapshot import Snapshot
from curation.types import Item
from curation.workspace.context import Context, Json
from curation.workspace.teach.images import was_shown
from curation.workspace.teach.robot import Robot
from curation.workspace.teach.sessions import Sessions


class Belt:
    """What lies before the teacher."""

    def __init__(self, context: Context, sessions: Sessions, robot: Robot) -> None:
        self._context = context
        self._sessions = sessions
        self._robot = robot
        self._asked_at: dict[str, int] = {}

    def items(self, session: str, n: int = 8, by: str = "belt", more: bool = False) -> list[Json]:
        """The ``n`` items on the belt that nobody has picked, with their answers.

        Those observed last, filled up with items of the workspace in an order of the session's own;
        ``more`` lets the belt move on by ``n``. Once all were on it, it goes round: those come
        again that were observed longest ago. Raises UnknownName for no session.
        """
        taught = self._sessions.find(session)
        shown = taught.shown
        if shown is None:
            return []
        passed = _passed(taught)
        if taught.state.status == "ended":
            return self._painted(taught, passed[-n:])
        waiting = [] if more else passed[-n:]
        unseen = self._unseen(taught, shown) if len(waiting) < n else iter(())
        coming = sorted(
            unseen, key=lambda item: hashlib.blake2b((session + item).encode()).digest()
        )[: n - len(waiting)]
        if more and not coming:
            coming = passed[:n]
        for item in coming:
            self._robot.observe(session, item, by=by)
        self._ask_again(taught, session, _passed(taught)[-n:], by)
        return self._painted(taught, _passed(taught)[-n:])

    def all_seen(self, session: str) -> bool:
        """Whether every item has been on the belt, so that it goes round.

        Raises UnknownName for no session.
        """
        taught = self._sessions.find(session)
        shown = taught.shown
        return shown is not None and next(self._unseen(taught, shown), None) is None

    def _ask_again(self, taught: TaughtSession, session: str, items: list[str], by: str) -> None:
        """Once a generation, observe anew what lies there and would be asked about by now.

        The least clear come first, and each counts as an observation, so the share allowed holds.
        """
        with taught.lock:
            number, before = taught.criterion.retraining.number, self._asked_at.get(session, 0)
            self._asked_at[session] = number
            quiet = [item for item in items if taught.state.observed[item] != "ask"]
        if number == before or taught.state.status != "active":
            return
        judged = {item: self._robot.judged(taught, self._context.item(item)) for item in quiet}
        for item, (bin, confidence, _) in sorted(judged.items(), key=lambda one: one[1][1]):
            if taught.action(bin, confidence) == "ask":
                self._robot.observe(session, item, by=by)

    def _unseen(self, taught: TaughtSession, shown: Snapshot) -> Iterator[str]:
        """Items of the source that are there and were never observed.

        What robots and cameras showed lies before those who saw it, in no other session.
        """
        seen, known = taught.state.observed, map(self._context.item, shown.space.item_ids)
        paths = self._context.paths
        return (i.id for i in known if i.id not in seen and i.present and not was_shown(paths, i))

    def _painted(self, taught: TaughtSession, items: list[str]) -> list[Json]:
        return [self._tile(taught, self._context.item(item)) for item in items]

    def _tile(self, taught: TaughtSession, item: Item) -> Json:
        """A question stands as long as the item is unclear."""
        bin, confidence, _ = self._robot.judged(taught, item)
        shown, session = taught.shown, taught.state
        asks = session.observed.get(item.id) == "ask" and session.ask_share > 0
        asks = asks and shown is not None and taught.unsure(shown, confidence)
        return {
            "id": item.id, "name": item.name, "bin": bin, "confidence": round(confidence, 4),
            "action": "ask" if asks else "act",
        }  # fmt: skip


def _passed(taught: TaughtSession) -> list[str]:
    """Items observed that nobody has picked, those observed last at the end."""
    with taught.lock:
        picked = {pick.item for pick in taught.state.picks}
        return [item for item in taught.state.observed if item not in picked]
