"""The program of a worker process: ``python -m curation.worker CONNECTION NICENESS NAME``."""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection

from curation.worker.loop import Loop
from curation.worker.process import leave_with_parent

leave_with_parent()
os.nice(int(sys.argv[2]))
Loop(Connection(int(sys.argv[1]))).run()
