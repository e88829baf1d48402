"""Who was shown round: the first steps are offered to a reviewer once."""

from __future__ import annotations

import threading

from curation import files
from curation import settings as configuration
from curation.workspace.context import Context


class Visitors:
    """Reviewers who have been here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()

    def welcome(self, reviewer: str) -> bool:
        """Whether this is the reviewer's first visit; from then on it is not.

        Whoever has decided something here needs no guide. Raises WorkspaceError where the visit
        cannot be kept, so that nobody is shown round twice.
        """
        path = self._context.paths.visitors
        with self._lock:
            known = configuration.read_json(path) if path.exists() else {}
            if reviewer in known:
                return False
            files.write_json(path, {**known, reviewer: True})
        log = self._context.log
        return not any(
            entry.reviewer == reviewer for row in log.criteria() for entry in log.read(row.name)
        )
