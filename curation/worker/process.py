"""How a worker process starts, what is said over its connection, and how it ends.

To the worker go ::

    ("submit", number, name, arguments)     run a job of the table under this number
    ("threads", count)                      CPU threads from the next step on
    ("stop",)                               end now, whatever is unfinished

and from it come ::

    ("stepping", number)                    before a step, where it is another job's than the last
    ("progress", number, progress)          now and then after a step
    ("done", number, result)                the job has ended; so has it after
    ("failed", number, kind, text, more)    the name of the exception's class, its message, and what
                                            else one of this package says

A step may end the process. What it had sent by then can still be read: the last job told to be
stepping, and neither done nor failed, is the one that was under way.

The process ends with its parent, in the middle of a step too: the next server must not meet a
second writer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

END_SECONDS = 2.0


def launch(connection: Connection, niceness: int, name: str) -> subprocess.Popen[bytes]:
    """Start a worker process that takes its jobs from ``connection``.

    A program of its own, not a multiprocessing child: those run the caller's script once more. Its
    standard input is a pipe that nobody writes to and that breaks when the caller dies. It is in a
    process group of its own: Ctrl+C at the terminal is for the caller, which then says stop.
    """
    home = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    number = connection.fileno()
    return subprocess.Popen(
        [sys.executable, "-m", __package__, str(number), str(niceness), name],
        stdin=subprocess.PIPE,
        pass_fds=(number,),
        process_group=0,
        env={
            # Threads that wait for work must not spin: decoding and the server need the cores.
            "OMP_WAIT_POLICY": "PASSIVE",
            **os.environ,
            "PYTHONPATH": f"{home}{os.pathsep}{known}" if known else home,
        },
    )


def end(ended: subprocess.Popen[bytes]) -> int:
    """Wait a little for a process that should end, kill it where it does not; its exit code."""
    try:
        code = ended.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        ended.kill()
        code = ended.wait()
    if ended.stdin is not None:
        ended.stdin.close()
    return code


def leave_with_parent() -> None:
    """End this process at once when its parent has died; what was being written is left out."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then says stop
    threading.Thread(target=wait, name="parent", daemon=True).start()
