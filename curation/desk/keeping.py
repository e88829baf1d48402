"""What is kept of a session: its curve over time, and its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curation.desk.base import Json
from curation.desk.teaching import Teaching
from curation.spaces import shelf

if TYPE_CHECKING:
    from curation.exports.data import ExportData


class Keeping(Teaching):
    """How a session went, and what it leaves as files."""

    def teach_curve(self, session: str) -> Json:
        """How a session went, by picks.

        ``agreement``: [picks, share of the last picks that the robot had right before it was told];
        ``confident``: [picks learnt, share of the other items it was sure of then].
        """
        live = self._live(session)
        with live.lock:
            agreement = live.session.agreements()
        generations = live.lane.generations
        made = [generations.read(number).metrics for number in generations.numbers()]
        confident = {
            sum(map(len, one["picks"].values())): one["confident_share"]
            for one in made
            if "confident_share" in one
        }
        return {
            "agreement": [list(point) for point in agreement],
            "confident": [list(point) for point in sorted(confident.items())],
        }

    def teach_export(self, session: str) -> Json:
        """Write a session's archive into the workspace: what was taught, what came of it, how it
        went; see ``curation.teaching.bundle``. Raises UnknownName and ExportError."""
        from curation.teaching.bundle import Lesson, encoder_line, weights_file, write_bundle

        live = self._live(session)
        spec = self.workspace_settings.encoder
        with live.lock:
            data = self._export_data(live.name, "session")
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

    def _shown_images(self, data: ExportData) -> dict[str, Path]:
        """Files of the items that robots and cameras showed, by id."""
        files = {file.stem: file for file in sorted(self.paths.observed.glob("*.image"))}
        return {i: file for i, file in files.items() if i in data.items and i not in data.excluded}

    def _encoder_card(self) -> Json:
        store = self.engine.store
        if store is None:
            return {}
        card = shelf.read_card(store.folder)
        return {"spec": card["spec"], "dim": card["dim"], "fingerprint": store.folder.name}
