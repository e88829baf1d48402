"""The robot's side of a session: what to do with the items that it sees."""

from __future__ import annotations

from typing import Any

from curation.criterion.session import TaughtSession, new_key
from curation.criterion.snapshot import Snapshot
from curation.teaching.events import Event
from curation.types import Item
from curation.workspace.context import Context, Json
from curation.workspace.teach.images import ShownImages
from curation.workspace.teach.sessions import Sessions

Judged = tuple[str | None, float, int]
"""Bin (None: none), confidence, and generation that says so."""


class Robot:
    """Observes items and says what it would do with each."""

    def __init__(self, context: Context, sessions: Sessions, images: ShownImages) -> None:
        self._context = context
        self._sessions = sessions
        self._images = images

    def observe(
        self,
        session: str,
        item: str | None = None,
        image: bytes | None = None,
        by: str = "robot",
        key: str = "",
    ) -> Json:
        """What to do with an item, given by its id or as the bytes of an image file.

        A new image becomes an item of the workspace. ``action`` is act, ask (which bin?) or wait
        (the session is paused, or nothing was taught). Raises SourceError for no image,
        UnknownName, BusyError where too many new images came at once, DecisionError where the
        session has ended.
        """
        taught = self._sessions.find(session)
        taught.state.check(Event("", taught.name, "observe", by))
        if item is not None:
            known = self._context.item(item)
        else:
            known = self._images.take(taught, image or b"")
        bin, confidence, generation = self.judged(taught, known)
        with taught.writing:
            action = taught.action(bin, confidence)
            value = "ask" if action == "ask" else "act"
            event = Event(key or new_key(), taught.name, "observe", by, known.id, value=value)
            first, repeated = taught.record(event)
        if repeated and action != "wait":
            action = first.value or action
        return {
            "item": known.id, "bin": bin, "confidence": round(confidence, 4), "action": action,
            "generation": generation,
        }  # fmt: skip

    def judged(self, taught: TaughtSession, item: Item) -> Judged:
        """What the robot makes of one item (not JSON); embeds it where the space lacks it.

        Raises BusyError and CurationError where that cannot be.
        """
        shown = taught.shown
        row = None if shown is None else shown.position.get(item.id)
        if shown is not None and row is not None:
            answers = taught.answers(shown)
            return _named(answers.judge.names, answers.chosen[row], answers.confidence[row], shown)
        vector = self._images.vector(taught, item)
        shown = taught.shown
        if shown is None or vector.shape[1] != shown.space.vectors.shape[1]:
            return None, 0.5, taught.criterion.retraining.number
        judge = taught.answers(shown).judge
        chosen, confidence = judge.judge(vector)
        return _named(judge.names, chosen[0], confidence[0], shown)

    def answers(self, session: str) -> Json:
        """What the robot would do with every item of the space: bin or None, and confidence.

        Raises UnknownName.
        """
        taught = self._sessions.find(session)
        shown = taught.shown
        if shown is None:
            return {"generation": taught.criterion.retraining.number, "answers": {}}
        found = taught.answers(shown)
        names = found.judge.names
        answers = {
            item: {"bin": names[c] if c >= 0 else None, "confidence": round(float(p), 4)}
            for item, c, p in zip(shown.space.item_ids, found.chosen, found.confidence, strict=True)
        }
        return {"generation": shown.generation.number, "answers": answers}


def _named(names: tuple[str, ...], chosen: Any, confidence: Any, shown: Snapshot) -> Judged:
    name = names[int(chosen)] if chosen >= 0 else None
    return name, float(confidence), shown.generation.number
