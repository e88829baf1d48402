"""What a teacher does with the bins: picks, renames, merges, and taking back."""

from __future__ import annotations

from collections.abc import Sequence

from curation.criterion.session import TaughtSession, new_key
from curation.errors import UnknownName
from curation.teaching.events import Event
from curation.workspace.context import Context, Json
from curation.workspace.teach.sessions import Sessions


class Bins:
    """The bins of sessions, and what lies in them."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self._sessions = sessions

    def pick(
        self,
        session: str,
        item: str,
        teacher: str,
        bin: str | None = None,
        key: str = "",
        new: bool = False,
    ) -> Json:
        """Put an observed item into a bin; *pick* needs none named. A repeated key is one pick.

        A name that a bin had before means that bin still, unless it is said to be ``new``. Raises
        UnknownName for an item that was not observed, DecisionError where the session is paused or
        has ended, or no bin is named.
        """
        taught = self._sessions.find(session)
        self._context.item(item)
        kind = "new" if new else "pick"
        with taught.writing:
            before = len(taught.state.bins)
            event, repeated = taught.record(
                Event(key or new_key(), taught.name, kind, teacher, item, bin, taught.guess(item))
            )
            standing = taught.state.standing(item)
            if not repeated and standing and (len(taught.state.bins) > before or before == 1):
                self._name_group(taught, standing[-1].bin, teacher)
        self._learn(taught)
        torn = item in taught.state.contradictions()
        return {
            "id": event.id, "repeated": repeated, "picks": len(taught.state.picks),
            "bin": standing[-1].bin if standing else None, "conflict": torn,
        }  # fmt: skip

    def rename(self, session: str, bin: str, name: str, teacher: str, key: str = "") -> Json:
        """Give a bin another name; who still uses the old one means the same bin.

        The session's state then. Raises UnknownName for a bin that is none, DecisionError for a
        name that is taken.
        """
        return self._change(session, "rename", bin, name, teacher, key)

    def merge(self, session: str, bin: str, into: str, teacher: str, key: str = "") -> Json:
        """Put a bin's items into another bin; the old name means that one from now on.

        The session's state then. Raises UnknownName for a bin that is none.
        """
        return self._change(session, "merge", bin, into, teacher, key)

    def _change(
        self, session: str, kind: str, bin: str, value: str, teacher: str, key: str
    ) -> Json:
        taught, value = self._sessions.find(session), value.strip()
        with taught.writing:
            taught.record(Event(key or new_key(), taught.name, kind, teacher, bin=bin, value=value))
            if value in taught.state.bins:
                self._name_group(taught, value, teacher)
        self._learn(taught)
        return self._sessions.state(session)

    def undo(self, session: str, teacher: str, key: str = "", item: str = "") -> Json:
        """Take back the teacher's last pick, rename or merge, or their last pick of ``item``.

        ``undone`` is the event taken back, None where there is none. Raises UnknownName, and
        DecisionError where the session is paused or has ended.
        """
        taught = self._sessions.find(session)
        with taught.writing:
            event = Event(key or new_key(), taught.name, "undo", teacher)
            known = taught.events.find(event)
            last = None if known else taught.state.last_step(teacher, item)
            if known is None and last is None:
                return {"undone": None, "picks": len(taught.state.picks)}
            if last is not None:
                event = Event(event.id, taught.name, "undo", teacher, value=last.id)
            done, _ = taught.record(event)
            for name in taught.state.bins:
                self._name_group(taught, name, teacher)
        self._learn(taught)
        return {"undone": done.value, "picks": len(taught.state.picks)}

    def items(self, session: str, bin: str) -> Json:
        """All that a bin's count of taught items stands for, the newest first.

        Raises UnknownName for a session or bin that is none.
        """
        taught = self._sessions.find(session)
        with taught.lock:
            name, by_bin = taught.state.bin_named(bin), taught.state.taught()
            refused = taught.carried().refused
        if name not in by_bin:
            raise UnknownName("bin", name, by_bin)
        return {"bin": name, "items": [item for item in by_bin[name][::-1] if item not in refused]}

    def sorted(self, session: str, items: Sequence[str]) -> dict[str, dict[str, str]]:
        """Of ``items`` those that lie in a bin: item -> teacher -> bin, the last said last.

        Raises UnknownName for no session.
        """
        taught = self._sessions.find(session)
        with taught.lock:
            found = {item: taught.state.standing(item) for item in dict.fromkeys(items)}
        return {i: {pick.teacher: pick.bin for pick in said} for i, said in found.items() if said}

    def _name_group(self, taught: TaughtSession, bin: str, teacher: str) -> None:
        """The bin's name for its group, as pair review shows it."""
        log = self._context.log
        first = next((pick.item for pick in taught.state.picks if pick.bin == bin), None)
        if first is not None and log.names(taught.name).get(first) != bin:
            log.name_group(taught.name, first, bin, teacher)

    def _learn(self, taught: TaughtSession) -> None:
        """Start an update where one is due, without waiting for the next look at the clock."""
        self._context.engine.retrainer.train_if_due(taught.criterion)
