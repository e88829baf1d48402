"""What objectives cost, against a library's loss or the plain formula in the same run.

    python tests/bench/bench_objectives.py [--rows 256 1024 4096] [--dim 128] [--runs 5]
                                           [--device cpu] [--names ...] [--out F]

``ours`` and ``plain``: forward and backward of one batch [rows, dim] (rows / 2 items, two views),
milliseconds on one thread, the best of ``--runs`` taken in changing turns. ``ratio`` is ours /
plain.
``peak``: what a process of its own, forked for it, grows by over the bare batch at most, MiB (on
CUDA: the allocator's peak).
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common
import torch
from plain_objectives import Loss, Plain
from torch import Tensor
from torch.nn import functional

from curation.learning import objectives
from curation.learning.objectives.base import Head, Relations, Teachers

GROUPS = 10
QUEUE = 1024


def relations(rows: int, dim: int, device: str) -> Relations:
    """Two views of rows / 2 items, every second item decided, in ten groups."""
    items = (torch.arange(rows) % (rows // 2)).to(device)
    own = (items[:, None] == items).fill_diagonal_(False)
    decided = items % 2 == 0
    group = torch.where(decided, items // 2 % GROUPS, -1)
    both = decided[:, None] & decided & (items[:, None] != items)
    none = torch.zeros(rows, rows, dtype=torch.bool, device=device)
    unit = functional.normalize(torch.randn(rows, dim, device=device), dim=1)
    return Relations(
        own=own,
        same=((group[:, None] == group) & both).float(),
        different=((group[:, None] != group) & both).float(),
        ignored=none,
        suspected=none,
        item=items,
        group=group,
        teachers=Teachers(unit, unit, unit),
        text=unit,
        number=torch.randn(rows, device=device),
        sequence=torch.arange(rows, device=device) // 4,
    )


def milliseconds(loss: Loss, vectors: Tensor) -> float:
    """One forward and backward; on the CPU the time of this process, whatever else runs."""
    rows = vectors.clone().requires_grad_()
    clock = time.perf_counter if vectors.is_cuda else time.process_time
    if vectors.is_cuda:
        torch.cuda.synchronize()
    start = clock()
    loss(rows).backward()
    if vectors.is_cuda:
        torch.cuda.synchronize()
    return 1000 * (clock() - start)


def peak_mib(loss: Loss, vectors: Tensor) -> float:
    """Memory of one forward and backward beyond what is there before."""
    if vectors.is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        milliseconds(loss, vectors)
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    ctypes.CDLL(None).malloc_trim(0)  # freed memory that a child would use again without growing
    here, there = multiprocessing.Pipe()

    def child() -> None:
        torch.set_num_threads(1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        milliseconds(loss, vectors)
        there.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    there.close()
    grown = float(here.recv()) if here.poll(120) else float("nan")
    process.join()
    return grown


def measure(name: str, rows: int, dim: int, runs: int, device: str) -> dict[str, Any]:
    torch.manual_seed(0)
    known = relations(rows, dim, device)
    vectors = torch.randn(rows, dim, device=device)
    objective = objectives.create(name, Head(dim, GROUPS, 0)).to(device)
    other = Plain(known, objective, dim).of(name)

    def ours(batch: Tensor) -> Tensor:
        value: Tensor = objective(batch, known)
        return value

    for _ in range(1 + 2 * QUEUE // rows):  # fills a queue, loads kernels
        for loss in (ours, other):
            if loss is not None:
                milliseconds(loss, vectors)
    turns = [("ours", ours)] + ([("plain", other)] if other is not None else [])
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(runs):
        for kind, loss in turns:
            times[kind].append(milliseconds(loss, vectors))
        turns.reverse()  # whoever comes second finds memory that the first one warmed
    found: dict[str, Any] = {"ours": round(min(times["ours"]), 2)}
    if other is not None:
        found["plain"] = round(min(times["plain"]), 2)
        found["ratio"] = round(found["ours"] / found["plain"], 2)
        found["peak plain"] = round(peak_mib(other, vectors))
    found["peak"] = round(peak_mib(ours, vectors))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[256, 1024, 4096])
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--names", nargs="+", default=list(objectives.names()))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table: dict[str, dict[str, Any]] = {}
    for name in options.names:
        package = objectives.entry(name).package
        if package and importlib.util.find_spec(package) is None:
            continue
        for rows in options.rows:
            row = measure(name, rows, options.dim, options.runs, options.device)
            table[f"{name} {rows}"] = row
            sys.stderr.write(f"{name} {rows} {row}\n")
    common.report({"dim": options.dim, "device": options.device, "rows": table}, table, options.out)


if __name__ == "__main__":
    main()
