"""What is kept of a session: its curve over time, and its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from curation.desk.base import Json
from curation.desk.live import Live
from curation.desk.teaching import Teaching
from curation.spaces import shelf

if TYPE_CHECKING:
    from curation.exports.data import ExportData


class Keeping(Teaching):
    """How a session went, and what it leaves as files."""

    def teach_curve(self, session: str) -> Json:
        """How a session went, by picks.

        ``agreement``: [picks, share of the last picks that the robot had right before it was told];
        ``confident``: [picks learnt, share of the other items it was sure of then], up to the
        picks that stand: what was learnt of those taken back since is left out.
        """
        live = self._live(session)
        with live.lock:
            agreement, standing = live.session.agreements(), len(live.session.picks)
        standing = max(standing, sum(map(len, live.taught().values())))
        generations = live.lane.generations
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

    def teach_export(self, session: str) -> Json:
        """Write a session's archive into the workspace: what was taught, what came of it, how it
        went; see ``curation.teaching.bundle``. Raises UnknownName and ExportError."""
        from curation.teaching.bundle import Lesson, encoder_line, weights_file, write_bundle

        live = self._live(session)
        spec = self.workspace_settings.encoder
        with live.lock:
            data = self._own(live, self._export_data(live.name, "session"))
            lesson = Lesson(
                data=data,
                events=live.events.read(live.name),
                state={**self.teach_state(session), "curve": self.teach_curve(session)},
                answers=self.teach_answers(session)["answers"],
                taught=frozenset(i for items in live.taught().values() for i in items),
                encoder=self._encoder_card(),
                weights=None if self.workspace_settings.embeddings else weights_file(spec),
                images=self._shown_images(data),
            )
        self.paths.exports.mkdir(exist_ok=True)
        done = write_bundle(self.paths.exports / f"{session}-session.zip", lesson)
        encoder = encoder_line(lesson.encoder, lesson.weights)
        return {"path": str(done.path), "files": done.manifest["files"], "encoder": encoder}

    def _own(self, live: Live, data: ExportData) -> ExportData:
        """The data without what was shown to other sessions, unless it was decided about here."""
        shown = {item.id for item in data.items.values() if self._was_shown(item)}
        decided = {item for one in data.decisions for item in (one.pair.a, one.pair.b)}
        others = shown - set(live.session.observed) - decided
        return replace(data, excluded=data.excluded | others)

    def _shown_images(self, data: ExportData) -> dict[str, Path]:
        """Files of the items that robots and cameras showed, by id."""
        items = [i for i in data.items.values() if self._was_shown(i) and i.id not in data.excluded]
        return {item.id: file for item in items if (file := self.file(item)) is not None}

    def _encoder_card(self) -> Json:
        store = self.engine.store
        if store is None:
            return {}
        card = shelf.read_card(store.folder)
        return {"spec": card["spec"], "dim": card["dim"], "fingerprint": store.folder.name}
