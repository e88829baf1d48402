"""What stands against a gesture, in the words of the page: file names instead of ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

from curation.decisions import regroup
from curation.errors import DecisionError
from curation.workspace.context import Context

NAMED = 5
"""Items named in a message."""


@contextmanager
def in_words(context: Context) -> Iterator[None]:
    """Turns a ContradictedError into a DecisionError that names files and says what to do."""
    try:
        yield
    except regroup.ContradictedError as error:
        count = len(error.decision_ids)
        answers = "1 answer" if count == 1 else f"{count} answers"
        if error.known is None:
            raise DecisionError(
                f"This group holds open contradictions ({called(context, error.items)}), and "
                f"{answers} would tear it when it is split; resolve the conflicts first "
                "(Decisions panel), then split."
            ) from error
        change = "change it" if count == 1 else "change one of them"
        raise DecisionError(
            f"{called(context, [error.items[0], error.items[-1]])} are known to be {error.known} "
            f"by {answers}; {change} first (Decisions panel), or leave one out."
        ) from error


def called(context: Context, items: Sequence[str]) -> str:
    """File names of items for a message, with their folders where they are needed."""
    known = context.catalogue.position
    paths = [context.item(item).name if item in known else item for item in items[:NAMED]]
    short = [PurePosixPath(path).name for path in paths]
    names = short if len(set(short)) == len(set(paths)) else paths
    if len(items) > NAMED:
        return f"{', '.join(names)} and {len(items) - NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
