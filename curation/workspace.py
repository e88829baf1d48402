"""The one object that the page, the HTTP API, the command line and notebooks talk to.

    with open_workspace("~/work", source="~/photos", inline=True) as workspace:
        for proposal in workspace.next_proposals("belongs together", "me", n=10):
            ...
            workspace.decide("belongs together", "me", [{"a": ..., "b": ..., "verdict": "same"}])

Every method that concerns a meaning of "belongs together" takes its ``criterion``. Methods return
plain JSON values unless their docstring says otherwise, and raise CurationError with a message
that can be shown as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curation.desk.watching import Watching


class Workspace(Watching):
    """A folder with items, embeddings, decisions and generations; see the topics in ``desk``."""


def open_workspace(path: str | Path, **options: Any) -> Workspace:
    """Open or create a workspace; the options are those of ``Workspace.open``."""
    return Workspace.open(path, **options)
