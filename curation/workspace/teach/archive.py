"""What is kept of a session: its curve over time, and its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from curation.criterion.session import TaughtSession
from curation.spaces import shelf
from curation.workspace.context import Context, Json
from curation.workspace.exports import Exports
from curation.workspace.items import Items
from curation.workspace.teach.images import was_shown
from curation.workspace.teach.robot import Robot
from curation.workspace.teach.sessions import Sessions

if TYPE_CHECKING:
    from curation.exports.data import ExportData
    from curation.teaching.bundle import SessionRecord


class Archive:
    """How a session went, and what it leaves as files."""

    def __init__(
        self, context: Context, items: Items, exports: Exports, sessions: Sessions, robot: Robot
    ) -> None:
        self._context = context
        self._items = items
        self._exports = exports
        self._sessions = sessions
        self._robot = robot

    def curve(self, session: str) -> Json:
        """How a session went, by picks; UnknownName for no session.

        ``agreement``: [picks, share of the last picks that the robot had right before it was told];
        ``confident``: [picks learnt, share of the other items it was sure of then], up to the
        picks that stand: what was learnt of those taken back since is left out.
        """
        taught = self._sessions.find(session)
        with taught.lock:
            agreement, standing = taught.state.agreements(), len(taught.state.picks)
        standing = max(standing, sum(map(len, taught.taught().values())))
        generations = taught.criterion.generations
        made = [generations.read(number).metrics for number in generations.numbers()]
        confident = {
            sum(map(len, one["picks"].values())): one["confident_share"]
            for one in made
            if "confident_share" in one
        }
        return {
            "agreement": [list(point) for point in agreement],
            "confident": [list(one) for one in sorted(confident.items()) if one[0] <= standing],
        }

    def write(self, session: str) -> Json:
        """Write a session's archive into the workspace: what was taught, what came of it, how it
        went; see ``curation.teaching.bundle``. Raises UnknownName and ExportError."""
        from curation.teaching.bundle import encoder_line, write_bundle

        record = self._record(session)
        folder = self._context.paths.exports
        folder.mkdir(exist_ok=True)
        done = write_bundle(folder / f"{session}-session.zip", record)
        encoder = encoder_line(record.encoder, record.weights)
        return {"path": str(done.path), "files": done.manifest["files"], "encoder": encoder}

    def _record(self, session: str) -> SessionRecord:
        from curation.teaching.bundle import SessionRecord, weights_file

        taught, settings = self._sessions.find(session), self._context.settings
        with taught.writing:
            data = self._own(taught, self._exports.data(taught.name, "session"))
            return SessionRecord(
                data=data,
                events=taught.events.read(taught.name),
                state={**self._sessions.state(session), "curve": self.curve(session)},
                answers=self._robot.answers(session)["answers"],
                taught=frozenset(i for items in taught.taught().values() for i in items),
                encoder=self._encoder_card(),
                weights=None if settings.embeddings else weights_file(settings.encoder),
                images=self._images(data),
            )

    def _own(self, taught: TaughtSession, data: ExportData) -> ExportData:
        """The data without what was shown to other sessions, unless it was decided about here."""
        paths = self._context.paths
        shown = {item.id for item in data.items.values() if was_shown(paths, item)}
        decided = {item for one in data.decisions for item in (one.pair.a, one.pair.b)}
        others = shown - set(taught.state.observed) - decided
        return replace(data, excluded=data.excluded | others)

    def _images(self, data: ExportData) -> dict[str, Path]:
        """Files of the items that robots and cameras showed, by id."""
        shown = (i for i in data.items.values() if was_shown(self._context.paths, i))
        kept = [item for item in shown if item.id not in data.excluded]
        return {item.id: file for item in kept if (file := self._items.file(item)) is not None}

    def _encoder_card(self) -> Json:
        store = self._context.engine.embeddings.store
        if store is None:
            return {}
        card = shelf.read_card(store.folder)
        return {"spec": card["spec"], "dim": card["dim"], "fingerprint": store.folder.name}
