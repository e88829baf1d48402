"""Jobs that no product has, for a real worker process: run with the arguments of the real one."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from curation.errors import BusyError
from curation.worker.job import JOBS, Job

Steps = Generator[dict[str, Any], None, dict[str, Any]]
HOME = Path(__file__).resolve().parents[1]


def die(**_: Any) -> Steps:
    """Ends the process in its second step, as memory that runs out does."""
    yield {}
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def count(steps: int, log: str) -> Steps:
    """Notes each of its steps in a file."""
    for step in range(steps):
        with Path(log).open("a") as file:
            file.write(f"{step}\n")
        yield {"step": step}
    return {"steps": steps}


def until(file: str) -> Steps:
    """Steps until there is a file."""
    while not Path(file).exists():
        time.sleep(0.01)
        yield {}
    return {"found": file}


def leave(**_: Any) -> Steps:
    """Asks the interpreter to end, as some libraries do."""
    yield {}
    sys.exit("a library gives up")


def tell(what: str) -> Steps:
    """Gives what cannot be sent, as progress or as result."""
    yield {"value": threading.Lock() if what == "progress" else 0}
    return {"value": threading.Lock()}


def refuse(seconds: float) -> Steps:
    """Fails as what is asked too often at once does."""
    yield {}
    raise BusyError("Too much at once; come again.", seconds)


def launch(connection: Connection, niceness: int, name: str) -> subprocess.Popen[bytes]:
    """As ``curation.worker.process.launch``, with these jobs in the table."""
    number = connection.fileno()
    return subprocess.Popen(
        [sys.executable, __file__, str(number), str(niceness), name],
        stdin=subprocess.PIPE,
        pass_fds=(number,),
        process_group=0,
        env={**os.environ, "PYTHONPATH": str(HOME)},
    )


def plant() -> None:
    ranks = {"die": 0, "count": 1, "until": 2, "leave": 0, "tell": 0, "refuse": 0}
    for name, rank in ranks.items():
        JOBS[name] = Job(name, f"__main__:{name}", rank)
    JOBS["absent"] = Job("absent", "curation.worker.embedding:absent", 0)


if __name__ == "__main__":
    plant()
    runpy.run_module("curation.worker")
