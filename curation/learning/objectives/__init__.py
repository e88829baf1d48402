"""Training objectives, one family a file.

``names`` and ``create`` are all that callers need; listing names imports no torch.
"""

from curation.learning.objectives.registry import create, names, register

__all__ = ["create", "names", "register"]
