"""Teaching sessions: what a teacher and a robot say to each other."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from curation import files
from curation.desk.base import Json
from curation.desk.live import Live
from curation.desk.sessions import Sessions, new_key
from curation.errors import BusyError, CurationError
from curation.items.decode import image_id, load_image
from curation.items.entry import Entry
from curation.review.snapshot import Snapshot
from curation.teaching.events import Event
from curation.types import Item

AT_ONCE = 8
"""New images that may wait for the encoder together; more are told to come again."""
EMBED_SECONDS = 60.0


class Teaching(Sessions):
    """Sessions in which a person sorts a few and the robot learns to sort the rest."""

    def __init__(self, *settings: Any, **options: Any) -> None:
        super().__init__(*settings, **options)
        self._embedding = threading.BoundedSemaphore(AT_ONCE)

    # --- the robot -------------------------------------------------------------------------

    def teach_observe(
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
        live = self._live(session)
        live.session.check(Event("", live.name, "observe", by))
        known = self.item(item) if item is not None else self._take_image(live, image or b"")
        name, confidence, generation = self._judged(live, known)
        with live.lock:
            action = self._action(live, name, confidence)
            value = "ask" if action == "ask" else "act"
            event = Event(key or new_key(), live.name, "observe", by, known.id, value=value)
            first, repeated = live.record(event)
        if repeated and action != "wait":
            action = first.value or action
        return {
            "item": known.id, "bin": name, "confidence": round(confidence, 4), "action": action,
            "generation": generation,
        }  # fmt: skip

    def _action(self, live: Live, name: str | None, confidence: float) -> str:
        session = live.session
        if session.status != "active" or not session.picks:
            return "wait"
        shown = live.lane.track.snapshot
        knows = name is not None or session.mode == "pick"
        if shown is None or not session.may_ask():
            return "act" if knows else "wait"
        return "act" if knows and not self._unsure(live, shown, confidence) else "ask"

    @staticmethod
    def _unsure(live: Live, shown: Snapshot, confidence: float) -> bool:
        """Whether the robot is less sure than of most of what it may not ask about."""
        others, share = live.confidences(shown), live.session.ask_share
        return confidence < 1 and (not len(others) or confidence <= np.quantile(others, share))

    def _judged(self, live: Live, item: Item) -> tuple[str | None, float, int]:
        """Bin or None, confidence and generation of one item."""
        shown = live.lane.track.snapshot
        row = None if shown is None else shown.position.get(item.id)
        if shown is not None and row is not None:
            answers = live.answers(shown)
            return _named(answers.judge.names, answers.chosen[row], answers.confidence[row], shown)
        vector = self._vector(live, item)
        shown = live.lane.track.snapshot
        if shown is None or vector is None or vector.shape[1] != shown.space.vectors.shape[1]:
            return None, 0.5, live.lane.number
        judge = live.answers(shown).judge
        chosen, confidence = judge.judge(vector)
        return _named(judge.names, chosen[0], confidence[0], shown)

    def _vector(self, live: Live, item: Item) -> Any:
        """Vector [1, D] of an item that the space does not show yet."""
        kept = live.extra.get(item.id)
        if kept is not None and kept[0] == live.lane.number:
            return kept[1]
        with self._turn():
            return self._embedded(live, item)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the places before the encoder; BusyError where all are taken."""
        if not self._embedding.acquire(blocking=False):
            raise BusyError(f"{AT_ONCE} new images are being embedded; send this one again.", 1.0)
        try:
            yield
        finally:
            self._embedding.release()

    def _embedded(self, live: Live, item: Item) -> Any:
        number = live.lane.number
        future = self.engine.observe(live.lane, item.id, self.file(item))
        try:
            found = future.result(EMBED_SECONDS)["vector"]
        except TimeoutError as error:
            raise BusyError("The encoder did not answer in time; send it again.", 5.0) from error
        self.engine.extend(live.lane)
        if found is None:
            raise CurationError(f"{item.name} cannot be embedded; observe another image.")
        vector = np.array([found], np.float32)
        live.extra[item.id] = (number, vector)
        return vector

    def _take_image(self, live: Live, data: bytes) -> Item:
        """The item of an image; a new one is taken in only where it can be embedded now."""
        if self.workspace_settings.embeddings:
            raise CurationError(
                "These items came with their vectors, so there is no encoder to embed an image; "
                "observe items by their id."
            )
        name = image_id(data)
        if name in self.catalogue.position and self.item(name).present:
            return self.item(name)
        with self._turn():
            item = self._add_image(name, data)
            self._embedded(live, item)
        return item

    def _add_image(self, name: str, data: bytes) -> Item:
        with self._taking:
            file = self.paths.observed / f"{name}.image"
            files.write_bytes(file, data)
            try:
                load_image(file)
                return self.catalogue.add(Entry(str(file), file))
            except CurationError:
                file.unlink(missing_ok=True)
                raise

    # --- the teacher -----------------------------------------------------------------------

    def teach_pick(
        self,
        session: str,
        item: str,
        teacher: str,
        bin: str | None = None,
        key: str = "",
        new: bool = False,
    ) -> Json:
        """Put an observed item into a bin; *pick* needs none named. A repeated key is one pick.

        A name that a bin had before means that bin still, unless it is said to be ``new``.
        """
        live = self._live(session)
        self.item(item)
        kind = "new" if new else "pick"
        with live.lock:
            before = len(live.session.bins)
            event, repeated = live.record(
                Event(key or new_key(), live.name, kind, teacher, item, bin, live.guess(item))
            )
            standing = live.session.standing(item)
            if not repeated and standing and (len(live.session.bins) > before or before == 1):
                self._name(live, standing[-1].bin, teacher)
        self._learn(live)
        torn = item in live.session.contradictions()
        return {
            "id": event.id, "repeated": repeated, "picks": len(live.session.picks),
            "bin": standing[-1].bin if standing else None, "conflict": torn,
        }  # fmt: skip

    def teach_rename(self, session: str, bin: str, name: str, teacher: str, key: str = "") -> Json:
        """Give a bin another name; who still uses the old one means the same bin."""
        return self._change_bin(session, "rename", bin, name, teacher, key)

    def teach_merge(self, session: str, bin: str, into: str, teacher: str, key: str = "") -> Json:
        """Put a bin's items into another bin; the old name means that one from now on."""
        return self._change_bin(session, "merge", bin, into, teacher, key)

    def _change_bin(
        self, session: str, kind: str, bin: str, value: str, teacher: str, key: str
    ) -> Json:
        live = self._live(session)
        with live.lock:
            live.record(
                Event(key or new_key(), live.name, kind, teacher, bin=bin, value=value.strip())
            )
            if value.strip() in live.session.bins:
                self._name(live, value.strip(), teacher)
        self._learn(live)
        return self.teach_state(session)

    def teach_undo(self, session: str, teacher: str, key: str = "", item: str = "") -> Json:
        """Take back the teacher's last pick, rename or merge, or their last pick of ``item``."""
        live = self._live(session)
        with live.lock:
            event = Event(key or new_key(), live.name, "undo", teacher)
            known = live.events.find(event)
            last = None if known else live.session.last_step(teacher, item)
            if known is None and last is None:
                return {"undone": None, "picks": len(live.session.picks)}
            if last is not None:
                event = Event(event.id, live.name, "undo", teacher, value=last.id)
            done, _ = live.record(event)
            for name in live.session.bins:
                self._name(live, name, teacher)
        self._learn(live)
        return {"undone": done.value, "picks": len(live.session.picks)}

    def _name(self, live: Live, bin: str, teacher: str) -> None:
        """The bin's name for its group, as pair review shows it."""
        first = next((pick.item for pick in live.session.picks if pick.bin == bin), None)
        if first is not None and self.log.names(live.name).get(first) != bin:
            self.log.name_group(live.name, first, bin, teacher)

    def _learn(self, live: Live) -> None:
        """Start an update where one is due, without waiting for the next look at the clock."""
        if not self.engine.inline and self.engine.due(live.lane, time.monotonic()):
            self.engine.train(live.lane)

    def teach_belt(
        self, session: str, n: int = 8, by: str = "belt", more: bool = False
    ) -> list[Json]:
        """The ``n`` items on the belt that nobody has picked, with their answers.

        Those observed last, filled up with items of the workspace in an order of the session's own;
        ``more`` lets the belt move on by ``n``. Once all were on it, it goes round: those come
        again that were observed longest ago.
        """
        live = self._live(session)
        shown = live.lane.track.snapshot
        if shown is None:
            return []
        passed = self._passed(live)
        if live.session.status == "ended":
            return [self._on_belt(live, self.item(item)) for item in passed[-n:]]
        waiting = [] if more else passed[-n:]
        unseen = self._unseen(live, shown) if len(waiting) < n else iter(())
        coming = sorted(
            unseen, key=lambda item: hashlib.blake2b((session + item).encode()).digest()
        )[: n - len(waiting)]
        if more and not coming:
            coming = passed[:n]
        for item in coming:
            self.teach_observe(session, item, by=by)
        self._ask_again(live, session, self._passed(live)[-n:], by)
        return [self._on_belt(live, self.item(item)) for item in self._passed(live)[-n:]]

    def _ask_again(self, live: Live, session: str, items: list[str], by: str) -> None:
        """Once a generation, observe anew what lies there and would be asked about by now.

        The least clear come first, and each counts as an observation, so the share allowed holds.
        """
        with live.lock:
            number, before = live.lane.number, live.asked_at
            live.asked_at = number
            quiet = [item for item in items if live.session.observed[item] != "ask"]
        if number == before or live.session.status != "active":
            return
        judged = {item: self._judged(live, self.item(item)) for item in quiet}
        for item, (name, confidence, _) in sorted(judged.items(), key=lambda one: one[1][1]):
            if self._action(live, name, confidence) == "ask":
                self.teach_observe(session, item, by=by)

    def teach_all_seen(self, session: str) -> bool:
        """Whether every item has been on the belt, so that it goes round."""
        live = self._live(session)
        shown = live.lane.track.snapshot
        return shown is not None and next(self._unseen(live, shown), None) is None

    def teach_sorted(self, session: str, items: Sequence[str]) -> dict[str, dict[str, str]]:
        """Of ``items`` those that lie in a bin: item -> teacher -> bin, the last said last."""
        live = self._live(session)
        with live.lock:
            found = {item: live.session.standing(item) for item in dict.fromkeys(items)}
        return {i: {pick.teacher: pick.bin for pick in said} for i, said in found.items() if said}

    @staticmethod
    def _passed(live: Live) -> list[str]:
        """Items observed that nobody has picked, those observed last at the end."""
        with live.lock:
            picked = {pick.item for pick in live.session.picks}
            return [item for item in live.session.observed if item not in picked]

    def _unseen(self, live: Live, shown: Snapshot) -> Iterator[str]:
        """Items of the source that are there and were never observed.

        What robots and cameras showed lies before those who saw it, in no other session.
        """
        seen, known = live.session.observed, map(self.item, shown.space.item_ids)
        return (i.id for i in known if i.id not in seen and i.present and not self._was_shown(i))

    def _was_shown(self, item: Item) -> bool:
        """Whether a robot or a camera showed an item that no source holds."""
        return any(path.startswith(f"{self.paths.observed}{os.sep}") for path in item.paths)

    def _on_belt(self, live: Live, item: Item) -> Json:
        """A question stands as long as the item is unclear."""
        name, confidence, _ = self._judged(live, item)
        shown, session = live.lane.track.snapshot, live.session
        asks = session.observed.get(item.id) == "ask" and session.ask_share > 0
        asks = asks and shown is not None and self._unsure(live, shown, confidence)
        return {
            "id": item.id, "name": item.name, "bin": name, "confidence": round(confidence, 4),
            "action": "ask" if asks else "act",
        }  # fmt: skip


def _named(
    names: tuple[str, ...], chosen: Any, confidence: Any, shown: Snapshot
) -> tuple[str | None, float, int]:
    name = names[int(chosen)] if chosen >= 0 else None
    return name, float(confidence), shown.generation.number
