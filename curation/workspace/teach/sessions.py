"""Sessions: opening, pausing and ending them, and how each one goes."""

from __future__ import annotations

import threading

from curation.criterion.session import TaughtSession, new_key
from curation.decisions.checks import check_criterion
from curation.errors import DecisionError, UnknownName
from curation.paths import slug
from curation.teaching.events import Event, EventLog
from curation.types import SESSION_MODES, SESSION_STEPS
from curation.workspace.context import Context, Json
from curation.workspace.criteria import Criteria
from curation.workspace.teach.state import state_of

PACE = {"every_decisions": 3, "idle_seconds": 1.5}
"""When a session's space is updated: far more often than a review's."""


class Sessions:
    """All sessions of a workspace; each is a criterion of its name."""

    def __init__(self, context: Context, criteria: Criteria, events: EventLog) -> None:
        self._context = context
        self._criteria = criteria
        self._events = events
        self._sessions: dict[str, TaughtSession] = {}
        self._opening = threading.Lock()

    def restore(self) -> None:
        """Bring back all sessions as their events left them; before anything trains.

        Raises WorkspaceError where the decisions that a kill kept back cannot be written.
        """
        for name in dict.fromkeys(event.criterion for event in self._events.read()):
            self._sessions[slug(name)] = self._restored(name)

    def open(
        self,
        name: str,
        teacher: str,
        mode: str = "pick",
        category: str = "",
        key: str = "",
        take_over: bool = False,
    ) -> Json:
        """Open a session, which is a criterion of this name or title; *pick* wants a ``category``.

        A criterion that is there already becomes one only where that is said (``take_over``): its
        space is from then on updated as often as a session's. Raises UnknownName for a mode, and
        DecisionError for a name that is taken or none, or a category that is missing.
        """
        name = self._criteria.find(name.strip()) or name.strip()
        if mode not in SESSION_MODES:
            raise UnknownName("mode", mode, SESSION_MODES)
        if mode == "pick" and not category.strip():
            raise DecisionError("Say what is wanted: a session that picks needs a category.")
        with self._opening:
            wanted = category.strip() if mode == "pick" else None
            opening = Event(key or new_key(), name, "open", teacher, bin=wanted, value=mode)
            known = self._events.find(opening) is not None
            if slug(name) not in self._sessions:
                if not known:
                    self._check_free(name, take_over)
                self._begin(opening)
            elif not known:
                raise DecisionError(f"There is a session {name!r}; choose another name.")
        return self.state(slug(name))

    def _begin(self, opening: Event) -> None:
        """Record the opening, and its criterion; what a kill keeps back is made good later."""
        name = opening.criterion
        check_criterion(name, "")
        owner = self._context.engine.criteria.get(name)
        if owner is None:
            self._events.append(opening)
            self._sessions[slug(name)] = self._restored(name)
            return
        with owner.awaiting_session():  # the new pace holds for picks, of which there are none yet
            self._criteria.configure(name, PACE)
            self._events.append(opening)
            self._sessions[slug(name)] = self._restored(name)

    def _restored(self, name: str) -> TaughtSession:
        """The session as its events left it, on a criterion updated at a session's pace."""
        self._criteria.hold(name)
        if not self._criteria.is_configured(name):
            self._criteria.configure(name, PACE)
        return self._context.owner(name).restore_session(self._events)

    def _check_free(self, name: str, take_over: bool) -> None:
        owner = self._context.engine.criteria.get(name)
        if owner is None:
            return
        if owner.deleted:
            raise DecisionError(
                f"There was a criterion {name!r}, which is deleted; bring it back first, or choose "
                "another name."
            )
        if not take_over:
            raise DecisionError(
                f"There is a criterion {name!r}; choose another name, or say that the session is "
                "to take it over (take_over)."
            )

    def find(self, session: str) -> TaughtSession:
        """The live state of a session (not JSON); UnknownName if there is none."""
        taught = self._sessions.get(session)
        if taught is None:
            raise UnknownName("session", session, self._sessions)
        self._context.engine.projecting.wake(taught.criterion)
        return taught

    def all(self) -> list[Json]:
        """All sessions, oldest first."""
        return [
            {"session": one, "name": taught.name, "mode": taught.state.mode,
             "status": taught.state.status, "started": taught.state.started,
             "picks": len(taught.state.picks)}
            for one, taught in list(self._sessions.items())
        ]  # fmt: skip

    def step(self, session: str, kind: str, teacher: str, key: str = "") -> Json:
        """Pause, resume or end a session; its state then.

        Raises UnknownName for a session or a step that is none, DecisionError where the session
        has ended.
        """
        if kind not in SESSION_STEPS:
            raise UnknownName("step", kind, SESSION_STEPS)
        taught = self.find(session)
        taught.record(Event(key or new_key(), taught.name, kind, teacher))
        if kind == "end":
            self._context.engine.projecting.show_again(taught.criterion)
        return self.state(session)

    def ask_at_most(self, session: str, share: float, teacher: str, key: str = "") -> Json:
        """Let the robot ask about at most this share of what it observes; the state then.

        Raises UnknownName, and DecisionError for a share beyond 0 to 1 or an ended session.
        """
        if not 0 <= share <= 1:
            raise DecisionError(f"Expected a share from 0 to 1, got {share}.")
        taught = self.find(session)
        taught.record(Event(key or new_key(), taught.name, "asks", teacher, value=str(share)))
        return self.state(session)

    def version(self, session: str) -> tuple[int, int]:
        """Changes whenever the state does; UnknownName for no session."""
        return self.find(session).version

    def state(self, session: str) -> Json:
        """Bins, picks, what was learnt, how sure the robot is; UnknownName for no session."""
        return state_of(session, self.find(session))
