"""How far a long command is: on a terminal a line with rate and time left, elsewhere nothing."""

from __future__ import annotations

import sys
from typing import Any

_UNITS = {"scanning": " files", "encoding": " items", "pixels": " files"}
_SAID = {"pixels": "looking at pixels"}


class Progress:
    """Shows the stages of an opening; ``done`` of ``total`` say where encoding stands."""

    def __init__(self, *, quiet: bool) -> None:
        self.done = 0
        self.total = 0
        self._quiet = quiet or not sys.stderr.isatty()
        self._stage = ""
        self._bar: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A stage is so far; called often."""
        if stage == "encoding":
            self.done, self.total = done, total
        if self._quiet or not total:
            return
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = _bar(stage, done, total)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def stopped(self) -> str:
        """What is said after Ctrl+C."""
        return stopped(self.done, self.total)


def stopped(done: int, total: int) -> str:
    """What is said after Ctrl+C, where ``done`` of ``total`` items are encoded; 0 of 0 where that
    is not known."""
    if not total:
        return "curation: stopped; what was written is kept, the same command goes on."
    return f"curation: stopped: {done:,} of {total:,} kept; the same command goes on."


def _bar(stage: str, done: int, total: int) -> Any:
    from tqdm import tqdm

    return tqdm(
        desc=_SAID.get(stage, stage), initial=done, total=total, unit=_UNITS.get(stage, ""),
        file=sys.stderr, leave=False, dynamic_ncols=True,
    )  # fmt: skip
