"""Who was shown round: the first steps are offered to a reviewer once."""

from __future__ import annotations

from curation import files
from curation import settings as configuration
from curation.desk.exporting import Exporting


class Guiding(Exporting):
    """The guided first run."""

    def welcome(self, reviewer: str) -> bool:
        """Whether this is the reviewer's first visit; from then on it is not.

        Whoever has decided something here needs no guide. Raises WorkspaceError where the visit
        cannot be kept, so that nobody is shown round twice.
        """
        path = self.paths.visitors
        with self._lock:
            known = configuration.read_json(path) if path.exists() else {}
            if reviewer in known:
                return False
            files.write_json(path, {**known, reviewer: True})
        return not any(
            entry.reviewer == reviewer
            for row in self.log.criteria()
            for entry in self.log.read(row.name)
        )
