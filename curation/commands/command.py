"""What a command consists of."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

Serve = Callable[[Namespace], int]
"""Opens the page of the workspace that the options name; ``app`` hands it in."""


@dataclass(frozen=True)
class Command:
    """One command: its row in the list of commands, its options, and what it does."""

    name: str
    help: str
    add: Callable[[ArgumentParser], None]
    """Add the command's options to its parser."""
    run: Callable[[Namespace, Serve], int]
    """Run the command; returns the exit status. Raises CurationError."""
    route: str = ""
    """The same over HTTP, at the server that holds the workspace; "" where there is none."""
    more: str = ""
    """Follows ``help`` where the command is described alone."""
