"""A workspace: the one object that the page, the HTTP API, the command line and notebooks talk to.

    with open_workspace("~/work", source="~/photos", inline=True) as workspace:
        pairs = workspace.uncertain_pairs("belongs together", n=10, reviewer="me")
        answers = [(one, "same" if alike(one.pair.a, one.pair.b) else "different") for one in pairs]
        workspace.mark_pairs("belongs together", answers, reviewer="me")

Everything that concerns a meaning of "belongs together" takes its ``criterion``. Methods return
plain JSON values unless their docstring says otherwise, and raise CurationError with a message
that can be shown as it is: always UnknownName for a criterion, an item or a session that is none.
"""

from __future__ import annotations

from curation.workspace.opening import open_workspace
from curation.workspace.workspace import Workspace

__all__ = ["Workspace", "open_workspace"]
