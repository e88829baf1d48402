"""Strategies for hard negatives: whole draws by naive loops with the same random numbers."""

from __future__ import annotations

import numpy as np
import pytest
from naive import contrastive_loss, is_open, kept, length_one, share
from scenes import blobs, cosines, found, nearest_lists, same_scores, some_answers, state_of

from curation.proposals.base import State

VECTORS, LABELS = blobs(per_blob=8)


def scene(answers: int) -> State:
    """24 items with some answers, every seventh excluded."""
    known = some_answers(LABELS, answers) if answers else None
    return state_of(VECTORS, known, eligible=np.arange(24) % 7 != 3)


def bound_of(state: State, quantile: float) -> float:
    """The quantile of all pairs: items are few enough that no sample is drawn."""
    return float(np.quantile(cosines(state)[np.triu_indices(state.n_items, 1)], quantile))


def from_0_to_1(values: list[float] | np.ndarray) -> np.ndarray:
    low, high = min(values), max(values)
    return np.array([(value - low) / (high - low) if high > low else 0.0 for value in values])


@pytest.mark.parametrize("answers", [0, 20])
@pytest.mark.parametrize(("k", "per_item"), [(7, 2), (256, 6)])
def test_unremix_by_a_loop(answers: int, k: int, per_item: int) -> None:
    """A third each of gradient, cosine and distance to the others, scaled for every anchor."""
    state, scored = scene(answers), []
    cosine, bound = cosines(state), bound_of(state, 0.99)
    for i in np.flatnonzero(state.eligible).tolist():
        below = [j for j in np.flatnonzero(state.eligible).tolist() if cosine[i, j] < bound]
        near = sorted(below, key=lambda j: -cosine[i, j])[:k]
        near = [j for j in near if is_open(state, i, j)]
        if len(near) < 2:
            continue
        like = [cosine[i, j] for j in near]
        gradient = share([1 / 0.2, *np.array(like) / 0.2])[1:] / 0.2  # its positive at cosine 1
        apart = [np.mean([1 - cosine[j, m] for m in near if m != j]) for j in near]
        apart = np.minimum(apart, np.quantile(apart, 0.95))
        worth = np.sum([from_0_to_1(part) for part in (gradient, like, apart)], axis=0) / 3
        best = sorted(zip(near, worth, strict=True), key=lambda one: -one[1])[:5]
        scored += [(i, j, score) for j, score in best]
    got = found("unremix", state, k=k, per_item=per_item)
    same_scores(got, kept(state, scored, per_item=per_item))


def slopes(
    bank: np.ndarray, query: np.ndarray, positive: np.ndarray, temperature: float
) -> np.ndarray:
    """Slope of the loss by every number of the bank, by differences."""
    out = np.zeros_like(bank)
    for place in np.ndindex(*bank.shape):
        step = np.zeros_like(bank)
        step[place] = 1e-5
        up, down = (contrastive_loss(b, query, positive, temperature)
                    for b in (bank + step, bank - step))  # fmt: skip
        out[place] = (up - down) / 2e-5
    return out


@pytest.mark.parametrize("answers", [0, 20])
def test_adco_bank_by_a_loop(answers: int) -> None:
    """Six adversaries climb the loss of nine items four times; items near them are asked."""
    state, tau = scene(answers), 0.2
    rng, rows = np.random.default_rng(2), VECTORS.astype(np.float64)
    anchors = rng.permutation(24)[:9]
    bank = rows[rng.permutation(24)[:6]]
    query, positive = rows[anchors], rows[[nearest_lists(state, 1)[a][0] for a in anchors]]
    speed = np.zeros_like(bank)
    for _ in range(4):
        speed = 0.9 * speed + slopes(bank, query, positive, tau)
        bank = bank + 3.0 * speed
    bank = length_one(bank)
    shares = np.array([
        share([q @ p / tau, *(bank @ q / tau)])[1:] for q, p in zip(query, positive, strict=True)
    ])  # fmt: skip
    activity, cosine, bound = shares.mean(0), cosines(state), bound_of(state, 0.9)
    scored = []
    for k in range(6):
        anchor = anchors[np.argmax(shares[:, k])]
        for j in sorted(range(24), key=lambda j: -(rows[j] @ bank[k]))[:8]:
            if cosine[anchor, j] < bound:
                scored.append((anchor, j, activity[k] / activity.max()))
    got = found("adco_bank", state, bank=6, batch=9, steps=4, temperature=tau, quantile=0.9)
    same_scores(got, kept(state, scored, per_item=2))
