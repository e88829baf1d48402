"""Sessions: opening and ending them, picks and bins, and who may talk."""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from curation.decisions.checks import check_criterion
from curation.desk.base import Json
from curation.desk.guiding import Guiding
from curation.desk.live import Live
from curation.errors import DecisionError, UnknownName
from curation.paths import slug
from curation.review.snapshot import Snapshot
from curation.teaching.answers import SURE
from curation.teaching.events import Event, EventLog
from curation.teaching.session import MODES

TEACHING = {"every_decisions": 3, "idle_seconds": 1.5}
"""When a session's space is updated: far more often than a review's."""


class Sessions(Guiding):
    """Sessions, what they have come to, and the robots that may talk."""

    def __init__(self, *settings: Any, **options: Any) -> None:
        super().__init__(*settings, **options)
        self._events = EventLog(self._database)
        self._sessions: dict[str, Live] = {}
        self._taking = threading.Lock()

    def _start(self, criterion: str | None, offered: Mapping[str, str]) -> None:
        super()._start(criterion, offered)
        self.catalogue.add_folder(self.paths.observed)
        for name in dict.fromkeys(event.criterion for event in self._events.read()):
            self._sessions[slug(name)] = self._restored(name)

    # --- sessions --------------------------------------------------------------------------

    def teach_open(
        self,
        name: str,
        teacher: str,
        mode: str = "pick",
        category: str = "",
        key: str = "",
        take_over: bool = False,
    ) -> Json:
        """Open a session, which is a criterion of this name; *pick* wants its ``category``.

        A criterion that is there already becomes one only where that is said (``take_over``): its
        space is from then on updated as often as a session's.
        """
        name = name.strip()
        if mode not in MODES:
            raise UnknownName("mode", mode, MODES)
        if mode == "pick" and not category.strip():
            raise DecisionError("Say what is wanted: a session that picks needs a category.")
        with self._taking:
            live = self._sessions.get(slug(name))
            wanted = category.strip() if mode == "pick" else None
            opening = Event(key or new_key(), name, "open", teacher, bin=wanted, value=mode)
            known = self._events.find(opening) is not None
            if live is None:
                if not (take_over or known):
                    self._check_free(name)
                self._begin(opening)
            elif not known:
                raise DecisionError(f"There is a session {name!r}; choose another name.")
        return self.teach_state(slug(name))

    def _begin(self, opening: Event) -> None:
        """Record the opening, and its criterion; what a kill keeps back is made good later."""
        name = opening.criterion
        check_criterion(name, "")
        if name in self.engine.lanes:
            self.set_settings(name, TEACHING)
        self._events.append(opening)
        self._sessions[slug(name)] = self._restored(name)

    def _restored(self, name: str) -> Live:
        """The session as its events left it, on a criterion updated at a session's pace."""
        self.add_criterion(name)
        if name not in self._stored:
            self.set_settings(name, TEACHING)
        return Live.restore(self._lane(name), self._events)

    def _check_free(self, name: str) -> None:
        if name in self.engine.lanes:
            raise DecisionError(
                f"There is a criterion {name!r}; choose another name, or say that the session is "
                "to take it over (take_over)."
            )

    def teach_sessions(self) -> list[Json]:
        """All sessions, oldest first."""
        return [
            {"session": one, "name": live.name, "mode": live.session.mode,
             "status": live.session.status, "started": live.session.started,
             "picks": len(live.session.picks)}
            for one, live in self._sessions.items()
        ]  # fmt: skip

    def teach_status(self, session: str, kind: str, teacher: str, key: str = "") -> Json:
        """Pause, resume or end a session."""
        if kind not in ("pause", "resume", "end"):
            raise UnknownName("step", kind, ("pause", "resume", "end"))
        live = self._live(session)
        live.record(Event(key or new_key(), live.name, kind, teacher))
        if kind == "end":
            self.engine.finish(live.lane)
        return self.teach_state(session)

    def teach_asks(self, session: str, share: float, teacher: str, key: str = "") -> Json:
        """Let the robot ask about at most this share of what it observes."""
        if not 0 <= share <= 1:
            raise DecisionError(f"Expected a share from 0 to 1, got {share}.")
        live = self._live(session)
        live.record(Event(key or new_key(), live.name, "asks", teacher, value=str(share)))
        return self.teach_state(session)

    def _live(self, session: str) -> Live:
        live = self._sessions.get(session)
        if live is None:
            raise UnknownName("session", session, self._sessions)
        return live

    # --- what the page and the robot see ---------------------------------------------------

    def teach_version(self, session: str) -> tuple[int, int]:
        """Changes whenever the state does."""
        live = self._live(session)
        return live.version, live.lane.track.version

    def teach_state(self, session: str) -> Json:
        """Bins, picks, what was learnt, how sure the robot is."""
        live = self._live(session)
        with live.lock:
            state, torn = live.session, live.session.contradictions()
            carried = live.carried()
            taught, refused = live.session.taught(), carried.refused
            disputes = live.disputes(carried)
        taught = {bin: [i for i in items if i not in refused] for bin, items in taught.items()}
        shown = live.lane.track.snapshot
        learnt = set() if shown is None else _learnt(live, shown)
        bins = self._bins(live, taught, shown)
        confident = None
        if shown is not None and state.picks:
            others = live.confidences(shown)
            confident = float((others >= SURE).mean()) if len(others) else 1.0
        return {
            "session": session, "name": live.name, "mode": state.mode, "status": state.status,
            "started": state.started, "ended": state.ended or None,
            "ask_share": state.ask_share, "bins": bins,
            "picks": len(state.picks), "taught": sum(map(len, taught.values())),
            "learnt": sum(item in learnt for items in taught.values() for item in items),
            "observed": len(state.observed), "observations": state.n_observed,
            "asks": state.n_asked,
            "confident_share": confident, "agreement": state.agreement(),
            "generation": live.lane.number, "learning": live.lane.run is not None,
            "contradictions": [
                {"item": item, "bins": {pick.teacher: pick.bin for pick in picks}}
                for item, picks in torn.items()
            ],
            "refused": [{"item": item, "bin": bin} for item, bin in refused.items()],
            "disputes": disputes,
            "robots": sorted(set(state.tokens.values())), "trouble": live.lane.trouble,
        }  # fmt: skip

    @staticmethod
    def _bins(live: Live, taught: dict[str, list[str]], shown: Snapshot | None) -> list[Json]:
        counts: dict[str, int] = {}
        if shown is not None:
            answers = live.answers(shown)
            for number, name in enumerate(answers.judge.names):
                counts[name] = int((answers.chosen == number).sum()) - len(taught.get(name, ()))
        return [
            {"name": name, "taught": len(items), "robot": max(counts.get(name, 0), 0),
             "items": items[::-1][:4]}
            for name, items in taught.items()
        ]  # fmt: skip

    def teach_bin_items(self, session: str, bin: str) -> Json:
        """All that a bin's count of taught items stands for, the newest first."""
        live = self._live(session)
        with live.lock:
            name, taught = live.session.bin_named(bin), live.session.taught()
            refused = live.carried().refused
        if name not in taught:
            raise UnknownName("bin", name, taught)
        return {"bin": name, "items": [item for item in taught[name][::-1] if item not in refused]}

    def teach_answers(self, session: str) -> Json:
        """What the robot would do with every item of the space: bin or None, and confidence."""
        live = self._live(session)
        shown = live.lane.track.snapshot
        if shown is None:
            return {"generation": live.lane.number, "answers": {}}
        found = live.answers(shown)
        names = found.judge.names
        answers = {
            item: {"bin": names[c] if c >= 0 else None, "confidence": round(float(p), 4)}
            for item, c, p in zip(shown.space.item_ids, found.chosen, found.confidence, strict=True)
        }
        return {"generation": shown.generation.number, "answers": answers}

    # --- robots' tokens --------------------------------------------------------------------

    def teach_grant(self, session: str, robot: str, teacher: str) -> Json:
        """A bearer token for a robot; shown once, only its hash is kept."""
        live = self._live(session)
        token = secrets.token_urlsafe(24)
        live.record(Event(new_key(), live.name, "grant", robot, bin=teacher, value=_hash(token)))
        return {"robot": robot, "token": token}

    def teach_revoke(self, session: str, robot: str) -> Json:
        """No token of this robot is valid any more."""
        live = self._live(session)
        if robot not in live.session.tokens.values():
            raise UnknownName("robot", robot, set(live.session.tokens.values()))
        live.record(Event(new_key(), live.name, "revoke", robot))
        return {"robots": sorted(set(live.session.tokens.values()))}

    def teach_robot(self, token: str, session: str) -> str | None:
        """The robot whose token this is, None for no valid one of the session."""
        live = self._sessions.get(session)
        return None if live is None else live.session.tokens.get(_hash(token))


def new_key() -> str:
    """A key for an event that came without one."""
    return uuid.uuid4().hex


def _hash(token: str) -> str:
    return hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _learnt(live: Live, shown: Snapshot) -> set[str]:
    """Items that the space was made of, in the last update from picks where others followed."""
    picks = shown.generation.metrics.get("picks")
    if picks is None:
        kept = live.lane.generations
        made = (kept.read(number).metrics for number in reversed(kept.numbers()))
        picks = next((one["picks"] for one in made if "picks" in one), {})
    return {item for items in picks.values() for item in items}
