"""What strategies share, written out once more as loops, for tests on small inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scenes import EVERYTHING, cosines, nearest_lists

from curation.proposals.base import State
from curation.types import Constraints, FloatArray

T = TypeVar("T")


def is_open(state: State, i: int, j: int) -> bool:
    """Whether a pair of two eligible items is neither answered, nor pending, nor implied."""
    known, pair = state.constraints, [min(i, j), max(i, j)]
    told = [*known.pairs.tolist(), *known.pending.tolist()]
    groups = sorted((int(known.group[i]), int(known.group[j])))
    implied = groups[0] >= 0 and (
        groups[0] == groups[1] or groups in known.cannot_link.tolist()
    )  # fmt: skip
    fine = i != j and state.eligible[i] and state.eligible[j]
    return bool(fine and not implied and pair not in told)


def kept(
    state: State,
    scored: Iterable[tuple[int, int, float]],
    budget: int = EVERYTHING,
    per_item: int = EVERYTHING,
) -> dict[tuple[int, int], float]:
    """Pair -> score of the best open ones of (i, j, score), each once, no item in too many."""
    taken: dict[tuple[int, int], float] = {}
    used: Counter[int] = Counter()
    for i, j, score in sorted(scored, key=lambda one: -one[2]):
        pair = (int(min(i, j)), int(max(i, j)))
        free = max(used[pair[0]], used[pair[1]]) < per_item
        if len(taken) < budget and pair not in taken and free and is_open(state, *pair):
            taken[pair] = float(score)
            used.update(pair)
    return taken


def first(items: Iterable[T], worth: Callable[[T], float]) -> T:
    """The item of the largest worth, of those within half a millionth of it the first."""
    known = [worth(one) for one in items]
    return next(one for one, own in zip(items, known, strict=True) if own >= max(known) - 5e-7)


def falling(count: int) -> list[float]:
    """Scores of what comes in order: the first 1, the others evenly down to above 0."""
    return [1 - k / count for k in range(count)]


def share(values: npt.ArrayLike) -> np.ndarray:
    """Softmax of one row."""
    grown = np.exp(np.asarray(values) - np.max(values))
    return np.asarray(grown / grown.sum())


def length_one(rows: Iterable[np.ndarray]) -> np.ndarray:
    return np.array([row / np.linalg.norm(row) for row in rows])


def smoothed(state: State) -> np.ndarray:
    """Simplified graph convolution: three lazy steps to the mean of the ten nearest, centred.

    An edge counts in both directions, by the cube of its cosine.
    """
    cosine, near, n = cosines(state), nearest_lists(state, 10), state.n_items
    weight = np.zeros((n, n))
    for i in range(n):
        for j in near[i]:
            weight[i, j] = weight[j, i] = np.clip(cosine[i, j], 0, 1) ** 3 + 1e-6
    rows = state.space.vectors.astype(np.float64)
    rows = length_one(rows - rows.mean(0))
    for _ in range(3):
        rows = np.array([rows[i] / 2 + np.average(rows, 0, weight[i]) / 2 for i in range(n)])
    return length_one(rows - rows.mean(0))


class Groups(NamedTuple):
    """The groups told apart: ``cores`` and ``leads`` [C], ``chance`` [N, C] of every item."""

    cores: list[int]
    leads: list[int]
    chance: np.ndarray


def groups_of(state: State, unlike: float = -np.inf) -> Groups:
    """Groups that answers tell apart, or a mean cosine of the frozen vectors below ``unlike``."""
    known = state.constraints
    members = {g: np.flatnonzero(known.group == g) for g in range(known.n_groups)}
    apart = {g: {a + b - g for a, b in known.cannot_link.tolist() if g in (a, b)} for g in members}

    def differ(g: int, h: int) -> bool:
        return h in apart[g] or (state.base[members[g]] @ state.base[members[h]].T).mean() < unlike

    cores: list[int] = []
    for g in sorted(members, key=lambda g: -len(members[g]) - len(apart[g])):
        if all(differ(g, core) for core in cores):
            cores.append(g)
    first = set(cores)
    cores += [g for g in members if g not in first and len(apart[g] & first) >= 6]
    rows = smoothed(state)
    leads = [_lead(rows, known.strength, members[g]) for g in cores]
    return Groups(cores, leads, _chances(rows, known, cores, apart))


def _lead(rows: np.ndarray, strength: FloatArray, members: np.ndarray) -> int:
    """The best supported member; of those as good the one nearest to the mean."""
    mean = rows[members].mean(0)
    best = max(round(float(strength[i]), 3) for i in members)
    return int(first([i for i in members if round(float(strength[i]), 3) == best],
                     lambda i: rows[i] @ mean))  # fmt: skip


def _chances(
    rows: np.ndarray, known: Constraints, cores: list[int], apart: Mapping[int, set[int]]
) -> np.ndarray:
    """Of members 1, where answers exclude it 0, else a ridge classifier's."""
    placed = [i for i in range(len(rows)) if known.group[i] in cores]
    if not placed:
        return np.zeros((len(rows), 0))
    target = np.array([[float(known.group[i] == core) for core in cores] for i in placed])
    chance = ridge_shares(rows, placed, target, np.maximum(known.strength[placed], 0.1))
    for i in range(len(rows)):
        group = int(known.group[i])
        if group in cores:
            chance[i] = [group == core for core in cores]
        elif group >= 0:
            chance[i, [core in apart[group] for core in cores]] = 0
    return chance


def ridge_shares(
    rows: np.ndarray, placed: Sequence[int], target: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Weighted ridge on the ``placed`` rows, then a softmax; the penalty and how sharp it is are
    those that do best on each placed row when it is left out, by fitting without it."""
    prior = np.average(target, 0, weight)

    def fitted(who: list[int], penalty: float) -> np.ndarray:
        x, w = rows[[placed[k] for k in who]], weight[who][:, None]
        square = x.T @ (w * x) + penalty * np.eye(rows.shape[1])
        return np.linalg.solve(square, x.T @ (w * (target[who] - prior)))

    def left_out(penalty: float) -> np.ndarray:
        others = [[k for k in range(len(placed)) if k != out] for out in range(len(placed))]
        found = [rows[one] @ fitted(who, penalty) for one, who in zip(placed, others, strict=True)]
        return np.asarray(prior + np.array(found))

    def error(penalty: float) -> float:
        each = zip(weight, left_out(penalty), target, strict=True)
        return float(sum(w * ((a - b) ** 2).sum() for w, a, b in each))

    penalty = min((0.03, 0.1, 0.3, 1.0, 3.0), key=error)
    alone = left_out(penalty)

    def surprise(sharp: float) -> float:
        each = zip(weight, alone, target, strict=True)
        return -float(sum(w * (t * np.log(share(sharp * a) + 1e-6)).sum() for w, a, t in each))

    sharp = min((1, 2, 3, 5, 8, 12, 20), key=surprise)
    every = prior + rows @ fitted(list(range(len(placed))), penalty)
    return np.array([share(sharp * row) for row in every])


def asked(
    state: State,
    items: Sequence[int],
    scores: Iterable[float],
    budget: int,
    preference: Mapping[int, np.ndarray] | None = None,
) -> dict[tuple[int, int], float]:
    """Pairs of ``items`` with the group that each prefers, of those that it may be asked against;
    with the first item where there is no group. ``preference`` [C] by item, else its chances."""
    groups, scored = groups_of(state), []
    for item, score in zip(items, scores, strict=True):
        if not groups.cores:
            scored.append((item, items[0], score))
            continue
        wanted = groups.chance[item] if preference is None else preference[item]
        fine = [c for c, lead in enumerate(groups.leads) if is_open(state, item, lead)]
        if fine:
            scored.append((item, groups.leads[max(fine, key=lambda c: wanted[c])], score))
    return kept(state, scored, budget)


def covering(
    rows: np.ndarray,
    eligible: np.ndarray,
    placed: np.ndarray,
    mass: np.ndarray,
    worth: np.ndarray,
    count: int,
) -> list[int]:
    """Greedily the items that stand for most mass, by exp((cosine - 1) / 0.25), not covered yet."""
    near = np.exp((np.asarray(rows, np.float64) @ np.asarray(rows, np.float64).T - 1) / 0.25)
    pool = [i for i in range(len(rows)) if eligible[i]]
    known = np.flatnonzero(placed)
    covered = {x: max((near[x, p] for p in known), default=0.0) for x in pool}
    picks: list[int] = []
    free = [i for i in pool if not placed[i]]
    while free and len(picks) < count:
        gain = {
            i: worth[i] * sum(mass[x] * max(near[i, x] - covered[x], 0) for x in pool) for i in free
        }
        size = {i: np.log(max(gain[i], 1e-12)) for i in free}
        picks.append(first(free, size.__getitem__))
        free.remove(picks[-1])
        covered = {x: max(covered[x], near[picks[-1], x]) for x in pool}
    return picks


def contrastive_loss(
    bank: np.ndarray, query: np.ndarray, positive: np.ndarray, temperature: float
) -> float:
    """Mean InfoNCE of unit queries and their positives against a bank of any lengths."""
    total = 0.0
    for q, p in zip(query, positive, strict=True):
        logits = [q @ p, *(q @ (w / np.linalg.norm(w)) for w in bank)]
        total -= np.log(share(np.array(logits) / temperature)[0])
    return total / len(query)
