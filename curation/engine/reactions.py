"""Background threads: what is done when a job has ended, or when nobody waits for it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from curation.worker.client import WorkerClosed

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
"""Takes, in words, what went wrong."""
FAILED = "A step in the background failed ({}); review goes on. The server's output says more."


def _tell_nobody(_trouble: str) -> None:
    """For steps that belong to no criterion: the server's output has them."""


class Reactions:
    """Runs steps behind the screen, two at a time; ``inline`` runs each in the calling thread."""

    def __init__(self, *, inline: bool) -> None:
        self.inline = inline
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="reaction")

    def run(self, step: Callable[[], None], tell: Tell = _tell_nobody) -> None:
        """Do a step soon; ``tell`` hears of it where it fails."""
        if self.inline:
            step()
            return
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._threads.submit(self.guarded, step, tell)

    def after(
        self,
        job: Future[Any],
        then: Callable[[Future[Any]], None],
        tell: Tell = _tell_nobody,
    ) -> None:
        """Call ``then`` with a job that has ended."""
        if self.inline:
            then(job)
            return
        job.add_done_callback(lambda ended: self.run(lambda: then(ended), tell))

    def result(self, job: Future[Any], tell: Tell) -> dict[str, Any] | None:
        """What a job that has ended gave; None, and ``tell`` hears of it, where it failed."""
        if job.cancelled():
            return None
        error = job.exception()
        if error is None:
            tell("")
            result: dict[str, Any] = job.result()
            return result
        tell(str(error))
        if self.inline:
            raise error
        log.warning("%s", error)
        return None

    @staticmethod
    def guarded(step: Callable[[], None], tell: Tell = _tell_nobody) -> None:
        """Do a step now; a failure is told and logged, and ends nothing else."""
        try:
            step()
        except WorkerClosed:  # the next start goes on from what is on disk
            log.debug("A background step was left out: the workspace is being closed.")
        except Exception as error:
            log.exception("A background step failed; review goes on.")
            tell(FAILED.format(error or type(error).__name__))

    def close(self) -> None:
        """Wait for the steps under way; those that wait are left out."""
        self._threads.shutdown(wait=True, cancel_futures=True)
