"""The criteria of a workspace, and how each is reviewed and trained."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from curation import files
from curation import settings as configuration
from curation.criterion import Criterion
from curation.decisions.wordings import CriterionRecord
from curation.errors import CurationError
from curation.learning import objectives
from curation.settings import CriterionSettings
from curation.workspace.context import Context, Json


class Criteria:
    """Meanings of "belongs together", each with decisions, settings and generations of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.RLock()
        self._stored: dict[str, Json] = {}

    def restore(self, offered: Mapping[str, str]) -> None:
        """Bring back what the log knows; a new workspace begins with ``offered``, name: question.

        Raises WorkspaceError where a generation or the settings of a criterion are damaged.
        """
        log, path = self._context.log, self._context.paths.criteria
        self._stored = configuration.read_criteria(path)
        if not log.criteria():
            for name, question in offered.items():
                log.add_criterion(name, question)
        for row in log.criteria():
            self._begin(row.name)

    def all(self) -> list[Json]:
        """Names, titles and questions of all criteria that are not deleted, oldest first."""
        return [_row(one) for one in self._context.log.criteria() if not one.deleted]

    def deleted(self) -> list[Json]:
        """Those that are deleted; nothing of them is lost, see ``bring_back``."""
        return [_row(one) for one in self._context.log.criteria() if one.deleted]

    def find(self, called: str) -> str | None:
        """The name of the criterion that is called so, by name or title; None where none is."""
        records = self._context.log.criteria()
        named = [one.name for one in records if called == one.name]
        return next(iter(named + [one.name for one in records if called == one.title]), None)

    def add(self, name: str, question: str = "") -> Json:
        """Add a meaning of "belongs together"; one that is there already stays as it is, and a
        deleted one comes back.

        Raises CurationError for a name that is empty or too long.
        """
        name = name.strip()
        if not name:
            raise CurationError("A criterion needs a name; say in words what belongs together.")
        with self._lock:
            known = self._record(self.find(name))
            if known is not None and known.name in self._context.engine.criteria:
                return self.bring_back(known.name, "api") if known.deleted else _row(known)
            self._context.log.add_criterion(name, question)
            self._context.engine.projecting.project(self._begin(name))
        return {"name": name, "title": name, "question": question}

    def word(
        self, criterion: str, reviewer: str, title: str | None = None, question: str | None = None
    ) -> Json:
        """Rename a criterion, or let it ask something else; answers and generations stay its own.

        Raises UnknownName, DecisionError for a title that is empty or another criterion's.
        """

        def change(old: CriterionRecord) -> CriterionRecord:
            called = old.title if title is None else title.strip()
            asks = old.question if question is None else question.strip()
            return replace(old, title=called, question=asks)

        return _row(self._context.log.word_criterion(criterion, reviewer, change))

    def delete(self, criterion: str, reviewer: str) -> Json:
        """Take a criterion out of sight; its answers, settings and generations stay on disk.

        Raises UnknownName, CurationError for the last one that there is, or a session's.
        """
        owner = self._context.owner(criterion)
        with self._lock:
            if not any(one["name"] != criterion for one in self.all()):
                raise CurationError(
                    "Expected another criterion to go on with, got the last one; add one first, or "
                    "rename this one."
                )
            if owner.session is not None:
                raise CurationError(
                    f"Criterion {criterion!r} belongs to a session under Teach, which needs it; "
                    "rename it instead."
                )
            log = self._context.log
            return _row(
                log.word_criterion(criterion, reviewer, lambda old: replace(old, deleted=True))
            )

    def bring_back(self, criterion: str, reviewer: str) -> Json:
        """A deleted criterion as it was, with all its answers. Raises UnknownName."""
        log = self._context.log
        return _row(
            log.word_criterion(criterion, reviewer, lambda old: replace(old, deleted=False))
        )

    def _record(self, name: str | None) -> CriterionRecord | None:
        return next((one for one in self._context.log.criteria() if one.name == name), None)

    def _begin(self, name: str) -> Criterion:
        settings = configuration.restored(CriterionSettings, self._stored.get(name, {}))
        return self._context.engine.add(name, settings)

    def settings(self, criterion: str) -> Json:
        """How a criterion is reviewed and trained, by the names of ``CriterionSettings``.

        Raises UnknownName.
        """
        return asdict(self._context.owner(criterion).settings)

    def configure(self, criterion: str, changes: Mapping[str, Any]) -> Json:
        """Change settings of a criterion; all of them as they are then.

        Raises CurationError (UnknownName) that says what is valid; nothing is changed then.
        """
        owner = self._context.owner(criterion)
        check_names(changes)
        with self._lock:
            wanted = configuration.changed(owner.settings, changes)
            stored = {**self._stored, criterion: asdict(wanted)}
            files.write_json(self._context.paths.criteria, stored)
            self._stored = stored
            owner.configure(wanted)
        return asdict(wanted)

    def is_configured(self, criterion: str) -> bool:
        """Whether settings of a criterion were ever changed."""
        return criterion in self._stored


def _row(record: CriterionRecord) -> Json:
    return {"name": record.name, "title": record.title, "question": record.question}


def check_names(changes: Mapping[str, Any]) -> None:
    """UnknownName for a strategy or objective that is none; TrainingError where one is given that
    lacks something here."""
    from curation.proposals import registry

    registry.create(str(changes.get("strategy", "mix")))
    if "objective" in changes:
        objectives.entry(str(changes["objective"])).require()
