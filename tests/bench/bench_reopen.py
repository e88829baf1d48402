"""Opening, and opening again: nothing is embedded twice, and how much memory it all takes.

    python tests/bench/bench_reopen.py FOLDER [--items 10000] [--runs 3] [--out reopen.json]

For the images in FOLDER and for ``--items`` vectors [512] without images: serve them in a new
workspace, answer 30 pairs, train once, stop with Ctrl+C; then serve the same workspace again
``--runs`` times. Seconds from the start of the process:

``page``       the server answers at all.
``pair``       the first pair is there to be reviewed.
``complete``   every item is embedded and shown.
``embedded``   items embedded in this start; 0 when reopened (``unchanged``: no file of embeddings
               was written or touched either).

``peak MiB`` is the largest resident memory of the server and of each of its workers up to then,
memory-mapped files included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common
from common import Server, clustered_vectors, serving

from curation.spaces.shelf import CARD, open_store


def files_of(workspace: Path) -> dict[str, tuple[int, int]]:
    """Size and time of writing of every file of embeddings (not of the card that names them)."""
    found = (workspace / "embeddings").rglob("*")
    return {
        str(file.relative_to(workspace)): (file.stat().st_size, file.stat().st_mtime_ns)
        for file in found
        if file.is_file() and file.name != CARD
    }


def embedded(files: dict[str, tuple[int, int]], workspace: Path) -> int:
    """Items that the store on disk holds."""
    folders = {workspace / Path(*Path(name).parts[:2]) for name in files}
    return sum(len(open_store(folder)) for folder in folders)


def started(server: Server, start: float, reviewer: str) -> dict[str, float]:
    """Times from the start of the process."""
    times = {}

    def reached(name: str) -> None:
        times[name] = round(time.perf_counter() - start, 2)

    server.until(lambda: server.get("/api/status"), common.START_SECONDS, 0.02)
    reached("page")
    server.until(
        lambda: server.post("/api/proposals", reviewer=reviewer)["cards"],
        common.START_SECONDS,
        0.05,
    )
    reached("pair")
    server.ready()
    reached("complete")
    return times


def opened(arguments: list[str | Path], workspace: Path, *, first: bool) -> dict[str, Any]:
    before = files_of(workspace)
    known = embedded(before, workspace)
    start = time.perf_counter()
    with serving(arguments, workspace) as server:
        found: dict[str, Any] = started(server, start, "bench" if first else "again")
        if first:
            server.decide(30)
            server.until(lambda: server.get("/api/status")["training"] is None, 300)
            server.post("/api/train")
            server.until(lambda: server.get("/api/status")["training"] is None, 300)
            server.until(lambda: server.get("/api/status")["map_ready"], 600)
        found["peak_mib"] = server.peak_mib()
    after = files_of(workspace)
    found["embedded"] = embedded(after, workspace) - known
    if not first:
        found["unchanged"] = after == before
    return found


def measure(arguments: list[str | Path], workspace: Path, runs: int) -> dict[str, Any]:
    first = opened(arguments, workspace, first=True)
    again = [opened(arguments, workspace, first=False) for _ in range(runs)]
    return {
        "first": first,
        "again": again,
        "median": {
            name: round(float(np.median([run[name] for run in again])), 2)
            for name in ("page", "pair", "complete", "embedded")
        },
    }


def row(times: dict[str, Any], peak: dict[str, int]) -> dict[str, Any]:
    shown = {name: times[name] for name in ("page", "pair", "complete", "embedded")}
    return shown | {f"{name} MiB": size for name, size in peak.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="images in folders")
    parser.add_argument("--items", type=int, default=10_000, help="vectors; 0 leaves them out")
    parser.add_argument("--runs", type=int, default=3, help="times to open it again")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {}
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        sources: dict[str, list[str | Path]] = {}
        if options.folder:
            sources[options.folder.name] = [options.folder]
        if options.items:
            vectors = clustered_vectors(Path(name) / "vectors.npz", options.items)
            sources["vectors"] = ["--embeddings", vectors]
        for source, arguments in sources.items():
            found = result[source] = measure(arguments, Path(name) / source, options.runs)
            rows[f"{source}, new"] = row(found["first"], found["first"]["peak_mib"])
            rows[f"{source}, again"] = row(found["median"], found["again"][-1]["peak_mib"])
    common.report(result, rows, options.out)


if __name__ == "__main__":
    main()
