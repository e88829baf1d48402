"""Two reviewers, a robot, training, new items, restoring and excluding at once, on one server.

    python tests/bench/stress.py [--seconds 600] [--seed 0]

The server runs in this process with its threads and worker processes. At the end, when all is
quiet, it is checked that the log is what was acknowledged, that no id is doubled, that what is
shown is what its owner says, and that no lease is left. Prints counts and violations as JSON; exit
status 1 where something does not hold.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from strain import Strain, picture, violations

from curation.commands.simulated_sessions import served
from curation.settings import DEFAULT_CRITERION
from curation.workspace import Workspace, open_workspace

FIRST = 60
QUIET_SECONDS = 300.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "images"
        source.mkdir()
        for number in range(FIRST):
            (source / f"{number:03d}.png").write_bytes(picture(rng))
        with open_workspace(Path(folder) / "work", source, device="cpu") as workspace:
            while workspace.status(DEFAULT_CRITERION)["embedded"] < FIRST:
                time.sleep(0.1)
            with served(workspace) as url:
                strain = Strain(workspace, url, DEFAULT_CRITERION, source, options.seed)
                strain.start()
                time.sleep(options.seconds)
                strain.stop()
            wait_until_quiet(workspace)
            found = violations(strain)
    print(
        json.dumps(
            {"done": strain.done, "failures": strain.failures, "violations": found}, indent=1
        )
    )
    return 1 if found or strain.failures else 0


def wait_until_quiet(workspace: Workspace, seconds: float = QUIET_SECONDS) -> None:
    """Until no run is under way and all items are in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        owners = workspace.engine.criteria.values()
        ready = workspace.engine.intake.arrival.stage == "ready"
        if ready and not any(one.retraining.run for one in owners):
            return
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
