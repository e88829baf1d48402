"""What objectives cost, against a library's loss or the plain formula in the same run.

    python tests/bench/bench_objectives.py [--rows 256 1024 4096] [--dim 128] [--runs 5]
                                           [--device cpu] [--names ...] [--out F]

``ours`` and ``plain``: forward and backward of one batch [rows, dim] (rows / 2 items, two views),
milliseconds on one thread, the best of ``--runs`` taken in turns. ``ratio`` is ours / plain.
``peak``: what a process of its own, forked for it, grows by over the bare batch at most, MiB (on
CUDA: the allocator's peak). ``plain`` is empty where there is nothing to compare with.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common
import torch
from pytorch_metric_learning.losses import SupConLoss, VICRegLoss
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor
from torch.nn import functional

from curation.learning import objectives
from curation.learning.objectives.base import Head, Relations, Teachers
from curation.learning.objectives.predictors import predictor

Loss = Callable[[Tensor], Tensor]
GROUPS = 10


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


def plain(name: str, known: Relations) -> Loss | None:
    """The library's loss, or the formula as it is usually written."""
    rows = len(known.own)
    half = rows // 2
    own = torch.arange(rows, device=known.own.device).roll(half)
    diagonal = torch.eye(rows, dtype=torch.bool, device=known.own.device)

    def nt_xent(vectors: Tensor, temperature: float = 0.2) -> Tensor:
        unit = functional.normalize(vectors, dim=1)
        logits = (unit @ unit.T / temperature).masked_fill(diagonal, -torch.inf)
        return functional.cross_entropy(logits, own)

    def library_nt_xent(vectors: Tensor) -> Tensor:
        from lightly.loss import NTXentLoss

        return torch.as_tensor(NTXentLoss(temperature=0.2)(*vectors.chunk(2)))

    def debiased(vectors: Tensor, beta: float = 0.0, tau_plus: float = 0.1) -> Tensor:
        unit = functional.normalize(vectors, dim=1)
        chance = (unit @ unit.T / 0.5).exp()
        positive = chance.gather(1, own[:, None]).squeeze(1)
        apart = ~(diagonal | known.own)
        negative = chance.masked_select(apart).reshape(rows, -1)
        weight = negative**beta
        total = (weight * negative).sum(1) / weight.mean(1)
        count = rows - 2
        left = (total - tau_plus * count * positive) / (1 - tau_plus)
        left = left.clamp_min(count * 0.1353352832)
        return -(positive / (positive + left)).log().mean()

    def moco(vectors: Tensor) -> Tensor:
        unit = functional.normalize(vectors, dim=1)[:half]
        keys = known.teachers.target  # type: ignore[union-attr]
        together = (unit * keys[half:]).sum(1, keepdim=True)
        logits = torch.cat([together, unit @ keys[:1024].T], dim=1) / 0.2
        target = torch.zeros(half, dtype=torch.long, device=vectors.device)
        return functional.cross_entropy(logits, target)

    head = predictor(Head(known.teachers.target.shape[1], GROUPS, 0))  # type: ignore[union-attr]
    head = head.to(known.own.device)

    def simsiam(vectors: Tensor) -> Tensor:
        rows = functional.normalize(vectors, dim=1)
        (first, second), (still, other) = head(rows).chunk(2), rows.detach().chunk(2)
        return -(
            functional.cosine_similarity(first, other).mean()
            + functional.cosine_similarity(second, still).mean()
        )

    def weighted(vectors: Tensor) -> Tensor:
        unit = functional.normalize(vectors, dim=1)
        logits = (unit @ unit.T / 0.1).masked_fill(diagonal, -1e9)
        pull = known.positive
        negative = (1.0 + known.different) * ~(known.ignored | known.suspected)
        chance = (logits - logits.amax(1, keepdim=True).detach()).exp()
        total = (chance * torch.where(pull > 0, torch.ones_like(pull), negative)).sum(1)
        log_chance = (chance + 1e-30).log() - total.log()[:, None]
        return -((pull * log_chance).sum(1) / pull.sum(1)).mean()

    label = torch.where(known.group >= 0, known.group, GROUPS + known.item)  # type: ignore[operator]
    supcon = SupConLoss(temperature=0.1, reducer=MeanReducer())
    vicreg = VICRegLoss()

    def spread(vectors: Tensor) -> Tensor:
        wide = functional.normalize(vectors, dim=1) * vectors.shape[1] ** 0.5
        return torch.as_tensor(vicreg(wide[:half], ref_emb=wide[half:]))

    known_forms: dict[str, Loss] = {
        "simclr": library_nt_xent if find_spec("lightly") else nt_xent,
        "supcon": lambda vectors: torch.as_tensor(supcon(vectors, label)),
        "human": weighted,
        "debiased": debiased,
        "hcl": lambda vectors: debiased(vectors, beta=1.0),
        "moco": moco,
        "simsiam": simsiam,
        "vicreg": spread,
    }
    return known_forms.get(name)


def milliseconds(loss: Loss, vectors: Tensor) -> float:
    """One forward and backward; on the CPU the time of this process, whatever else runs."""
    rows = vectors.clone().requires_grad_()
    clock = time.perf_counter if vectors.is_cuda else time.process_time
    if vectors.is_cuda:
        torch.cuda.synchronize()
    start = clock()
    loss(rows).backward()  # type: ignore[no-untyped-call]
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
    other = plain(name, known)

    def ours(batch: Tensor) -> Tensor:
        value: Tensor = objective(batch, known)
        return value

    milliseconds(ours, vectors)  # fills a queue, loads kernels
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(runs):
        times["ours"].append(milliseconds(ours, vectors))
        if other is not None:
            times["plain"].append(milliseconds(other, vectors))
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
        if any("package" in what for what in objectives.entry(name).absent()):
            continue
        for rows in options.rows:
            row = measure(name, rows, options.dim, options.runs, options.device)
            table[f"{name} {rows}"] = row
            sys.stderr.write(f"{name} {rows} {row}\n")
    common.report({"dim": options.dim, "device": options.device, "rows": table}, table, options.out)


if __name__ == "__main__":
    main()
