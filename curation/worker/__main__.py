"""The program of a worker process: ``python -m curation.worker CONNECTION NICENESS NAME``."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

from curation.worker import process

process.leave_with_parent()
process.main(Connection(int(sys.argv[1])), int(sys.argv[2]))
