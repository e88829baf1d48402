"""The criteria of a workspace, and how each is reviewed and trained."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from curation import files
from curation import settings as configuration
from curation.criterion import Criterion
from curation.decisions.wordings import CriterionRecord
from curation.errors import CurationError, DecisionError
from curation.learning import objectives
from curation.settings import CriterionSettings
from curation.workspace.context import Context, Json


class Criteria:
    """Meanings of "belongs together", each with decisions, settings and generations of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.RLock()
        self._stored: dict[str, Json] = {}
        self._revision = 0

    @property
    def revision(self) -> int:
        """Changes whenever a criterion is added, reworded, deleted or brought back."""
        return self._revision

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
            self._begin(row.name).mark_deleted(row.deleted)
        self._revision = log.criteria_revision()

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

    def unused(self, kind: str) -> str:
        """``kind`` with the first number that no criterion is called by, deleted ones included."""
        names = (f"{kind} {number}" for number in itertools.count(1))
        return next(name for name in names if self.find(name) is None)

    def add(self, name: str, question: str = "") -> Json:
        """Add a meaning of "belongs together"; the same one again is no change.

        Raises CurationError for a name that is empty or too long, DecisionError where a criterion
        of that name or title is deleted, is called otherwise by now, or asks something else.
        """
        name = name.strip()
        if not name:
            raise CurationError("A criterion needs a name; say in words what belongs together.")
        with self._lock:
            known = self._record(self.find(name))
            if known is None:
                return self.hold(name, question)
            _check_same(known, name, question.strip())
        return _row(known)

    def hold(self, name: str, question: str = "") -> Json:
        """Take the criterion of this very name under care, and make it where there is none yet.

        Raises DecisionError for a name that is too long, or another criterion's title.
        """
        with self._lock:
            known = self._record(name)
            if known is None:
                self._context.log.add_criterion(name, question)
                known = CriterionRecord(name, question, "", name)
            if name not in self._context.engine.criteria:
                self._context.engine.projecting.project(self._begin(name))
            self._revision = self._context.log.criteria_revision()
        return _row(known)

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

        return self._reword(criterion, reviewer, change)

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
            return self._reword(criterion, reviewer, lambda old: replace(old, deleted=True))

    def bring_back(self, criterion: str, reviewer: str) -> Json:
        """A deleted criterion as it was, with all its answers. Raises UnknownName."""
        return self._reword(criterion, reviewer, lambda old: replace(old, deleted=False))

    def _reword(
        self, criterion: str, reviewer: str, change: Callable[[CriterionRecord], CriterionRecord]
    ) -> Json:
        with self._lock:
            worded = self._context.log.word_criterion(criterion, reviewer, change)
            self._context.engine.criteria[criterion].mark_deleted(worded.deleted)
            self._revision = self._context.log.criteria_revision()
        return _row(worded)

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


def _check_same(known: CriterionRecord, name: str, question: str) -> None:
    """DecisionError where an added criterion would be another one than that of its name."""
    if known.deleted:
        raise DecisionError(
            f"Criterion {known.title!r} was deleted, got it as a new one; bring it back, or choose "
            "another name."
        )
    if name != known.title:
        raise DecisionError(
            f"Criterion {name!r} exists as {known.title!r}; go on with that one, or choose another "
            "name."
        )
    if question and question != known.question.strip():
        raise DecisionError(
            f"Criterion {known.title!r} exists with the question {known.question!r}, got "
            f"{question!r}; reword that one, or choose another name."
        )


def check_names(changes: Mapping[str, Any]) -> None:
    """UnknownName for a strategy or objective that is none; TrainingError where one is given that
    lacks something here."""
    from curation.proposals import registry

    registry.create(str(changes.get("strategy", "mix")))
    if "objective" in changes:
        objectives.entry(str(changes["objective"])).require()
