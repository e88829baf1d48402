"""The criteria of a workspace, and how each is reviewed and trained."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from curation import files
from curation import settings as configuration
from curation.criterion import Criterion
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
        """Names and questions of all criteria, oldest first."""
        rows = self._context.log.criteria()
        return [{"name": row.name, "question": row.question} for row in rows]

    def add(self, name: str, question: str = "") -> Json:
        """Add a meaning of "belongs together"; one that is there already stays as it is.

        Raises CurationError for a name that is empty or too long.
        """
        name = name.strip()
        if not name:
            raise CurationError("A criterion needs a name; say in words what belongs together.")
        engine = self._context.engine
        with self._lock:
            if name not in engine.criteria:
                self._context.log.add_criterion(name, question)
                engine.projecting.project(self._begin(name))
        return {"name": name, "question": question}

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


def check_names(changes: Mapping[str, Any]) -> None:
    """UnknownName for a strategy or objective that is none; TrainingError where one is given that
    lacks something here."""
    from curation.proposals import registry

    registry.create(str(changes.get("strategy", "mix")))
    if "objective" in changes:
        objectives.entry(str(changes["objective"])).require()
