"""Training objectives, one or one family a file.

Listing them imports no torch; ``create`` builds one.
"""

from curation.learning.objectives.registry import (
    broken,
    catalogue,
    create,
    defaults,
    described,
    entry,
    names,
)

__all__ = [
    "broken",
    "catalogue",
    "create",
    "defaults",
    "described",
    "entry",
    "names",
]
