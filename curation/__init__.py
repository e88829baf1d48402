"""Interactive curation of positive and negative pairs for visual contrastive learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.workspace import Workspace

__version__ = "0.1.0"


def open_workspace(path: str, **options: Any) -> Workspace:
    """Open or create a workspace; see ``curation.workspace.open_workspace`` for the options."""
    from curation.workspace import open_workspace as opened

    return opened(path, **options)
