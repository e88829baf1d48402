"""Exact losses of the objectives that are put together of several terms.

Twelve random rows, two views of six items: {0, 1} and {2, 3} are groups, 0 and 1 differ from 2 and
3, the pair (0, 4) is ignored and (1, 5) suspected. Each term is summed over rows and pairs one by
one, as the sources write it, so a term that is lost, flipped or weighed otherwise shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
import torch

from curation.learning.objectives import create
from curation.learning.objectives.base import Head, Relations, Teachers
from curation.learning.objectives.predictors import Residual

N, D = 6, 4
M = 2 * N
HEAD = Head(D, 3, 0)
ROWS = range(M)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def unit(vectors: torch.Tensor) -> torch.Tensor:
    scaled: torch.Tensor = vectors / vectors.norm(dim=-1, keepdim=True)
    return scaled


def pairs_of(*weights: tuple[int, int, float]) -> torch.Tensor:
    """Weights of pairs of items [M, M], the same for all their views."""
    items = torch.zeros(N, N, dtype=torch.float64)
    for first, second, weight in weights:
        items[first, second] = items[second, first] = weight
    return items.repeat(2, 2)


def relations() -> Relations:
    return Relations(
        own=torch.eye(M, dtype=torch.bool).roll(N, 0),
        same=pairs_of((0, 1, 1.0), (2, 3, 0.5)),
        different=pairs_of((0, 2, 1.0), (0, 3, 1.0), (1, 2, 1.0), (1, 3, 0.5)),
        ignored=pairs_of((0, 4, 1.0)).bool(),
        suspected=pairs_of((1, 5, 1.0)).bool(),
        item=torch.arange(N).repeat(2),
        group=GROUP,
        teachers=TEACHERS,
    )


GROUP = torch.tensor([0, 0, 1, 1, -1, -1]).repeat(2)
TEACHERS = Teachers(*(unit(drawn(M, D, seed=seed)) for seed in (1, 2, 3)))
KNOWN = relations()
OWN, SAME, APART, IGNORED = KNOWN.own, KNOWN.same, KNOWN.different, KNOWN.ignored
PULL = [[1.0 if OWN[i, j] else float(SAME[i, j]) for j in ROWS] for i in ROWS]


def created(name: str, **settings: Any) -> Any:
    """The objective in double precision, with the parts that only it has."""
    return create(name, HEAD, **settings).double()


def cosines(first: torch.Tensor, second: torch.Tensor | None = None) -> list[list[float]]:
    second = first if second is None else second
    return (unit(first) @ unit(second).T).tolist()


def log_sum(values: Iterable[float]) -> float:
    return math.log(sum(math.exp(value) for value in values))


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)


def close(loss: torch.Tensor, expected: float) -> None:
    assert float(loss.detach()) == pytest.approx(expected, abs=1e-6)


def supcon(logits: list[list[float]], known: Relations = KNOWN) -> list[float]:
    """L_out of each anchor: all rows but itself and the ignored ones are in the denominator."""
    pull = known.positive.tolist()
    losses = []
    for i in ROWS:
        others = [k for k in ROWS if k != i and (pull[i][k] or not known.ignored[i, k])]
        total = log_sum(logits[i][k] for k in others)
        terms = (pull[i][k] * (total - logits[i][k]) for k in others)
        losses.append(sum(terms) / sum(pull[i]))
    return losses


def nt_xent(logits: list[list[float]], gone: list[list[bool]]) -> float:
    """The mean over all rows of the loss of their other views; ``gone`` pairs repel nobody."""
    half = len(logits) // 2
    rows = range(len(logits))
    return mean(
        log_sum(logits[i][k] for k in rows if k != i and not gone[i][k])
        - logits[i][(i + half) % len(rows)]
        for i in rows
    )


def over(matrix: list[list[float]], temperature: float) -> list[list[float]]:
    return [[value / temperature for value in row] for row in matrix]


def entropy_of_mean(soft: torch.Tensor) -> float:
    return float(sum(-p * math.log(p) for p in soft.mean(0).tolist()))


def column_contrast(soft: torch.Tensor, temperature: float) -> float:
    columns = cosines(torch.cat([soft[:N].T, soft[N:].T]))
    return nt_xent(over(columns, temperature), [[False] * len(columns)] * len(columns))


def test_occ_is_instances_and_groups_and_columns_less_entropy() -> None:
    made, vectors = created("occ"), drawn(M, D)

    def constrained(similarity: list[list[float]], temperature: float, gone: torch.Tensor) -> float:
        """PCL: the mean over weighted others, times the number of rows, is the denominator."""
        total = mass = 0.0
        for i in ROWS:
            weight = [0.0 if k == i or gone[i, k] else 1.0 + float(APART[i, k]) for k in ROWS]
            chance = [math.exp(value / temperature) for value in similarity[i]]
            some = sum(w * e for w, e in zip(weight, chance, strict=True)) / sum(weight)
            for p in ROWS:
                total -= PULL[i][p] * math.log(chance[p] / (M * some))
                mass += PULL[i][p]
        return total / mass

    soft = (unit(vectors) @ unit(made.centres).T / 0.2).softmax(1).detach()
    close(
        made(vectors, KNOWN),
        constrained(cosines(vectors), 0.2, IGNORED)
        + constrained(cosines(soft), 1.0, IGNORED | KNOWN.suspected)
        + column_contrast(soft, 1.0)
        - entropy_of_mean(soft),
    )


def test_ghose_is_instances_and_columns_less_entropy_and_centroids() -> None:
    made, vectors = created("ghose"), drawn(M, D)
    soft = (unit(vectors) @ unit(made.centres).T / 0.2).softmax(1).detach()
    likeness = []
    for picks in ([0, 1, 6, 7], [2, 3, 8, 9]):
        rows = unit(vectors[picks])
        likeness += (unit(rows.mean(0)) @ rows.T).tolist()
    close(
        made(vectors, KNOWN),
        nt_xent(over(cosines(vectors), 0.5), IGNORED.tolist())
        + column_contrast(soft, 1.0)
        - entropy_of_mean(soft)
        - mean(likeness),
    )


@pytest.mark.parametrize("step", [0, 1])
def test_hpcr_is_a_cycling_proxy_term_and_two_distilled_ones(step: int) -> None:
    made, vectors = created("hpcr", period=4), drawn(M, D)
    for _ in range(step):
        made(drawn(M, D, seed=9), KNOWN)
    group = GROUP.tolist()
    decided = [i for i in ROWS if group[i] >= 0]
    to_proxy = cosines(vectors, made.proxies.detach())
    proxy = mean(
        log_sum(to_proxy[i][group[j]] / 0.09 for j in decided) - to_proxy[i][group[i]] / 0.09
        for i in decided
    )
    before = TEACHERS.before
    moved = mean(
        (now - then) ** 2
        for row, old in zip(to_proxy, cosines(before, made.proxies.detach()), strict=True)
        for now, then in zip(row, old, strict=True)
    )
    new, old = over(cosines(vectors), 0.09), over(cosines(before), 0.09)
    kept = 0.0
    for i in ROWS:
        others = [k for k in ROWS if k != i]
        now, then = (log_sum(of[i][k] for k in others) for of in (new, old))
        kept -= sum(math.exp(old[i][k] - then) * (new[i][k] - now) for k in others) / M
    factor = 0.5625 if step == 0 else (0.5625 + 1.8) / 2
    close(made(vectors, KNOWN), factor * proxy + 0.1 * moved + 0.5 * kept)


def test_multi_head_is_supcon_at_bent_temperatures_and_their_penalty() -> None:
    made, vectors = created("multi_head", heads=2), drawn(M, D)
    made.shape.data = drawn(2, 2, seed=4)
    heads = []
    for linear, (offset, slope) in zip(made.maps.detach(), made.shape.tolist(), strict=True):
        similarity = cosines(vectors @ linear)
        bend = [[math.log(2) * math.tanh(offset + slope * s) for s in row] for row in similarity]
        logits = [
            [s / (0.1 * math.exp(b)) for s, b in zip(*rows, strict=True)]
            for rows in zip(similarity, bend, strict=True)
        ]
        heads.append(mean(supcon(logits)) + 0.1 * mean(b * b for row in bend for b in row))
    close(made(vectors, KNOWN), mean(heads))


def test_cacr_draws_the_farthest_positive_and_pushes_the_nearest_negative() -> None:
    vectors = drawn(M, D)
    distance = [[2.0 - 2.0 * s for s in row] for row in cosines(vectors)]

    def share(values: list[float], t: float) -> float:
        weight = [math.exp(t * value) for value in values]
        return sum(w * value for w, value in zip(weight, values, strict=True)) / sum(weight)

    def anchor(i: int) -> float:
        positive = [distance[i][k] for k in ROWS if PULL[i][k] > 0]
        negative = [distance[i][k] for k in ROWS if k != i and not PULL[i][k] and not IGNORED[i, k]]
        return share(positive, 1.0) - share(negative, -2.0)

    close(create("cacr", HEAD)(vectors, KNOWN), mean(anchor(i) for i in ROWS))


def test_cwcl_moves_the_frozen_weights_by_the_answers() -> None:
    vectors = drawn(M, D)
    logits = over(cosines(vectors[:N], vectors[N:]), 0.1)
    frozen = cosines(TEACHERS.frozen[:N])
    terms = []
    for i in range(N):
        left = [j for j in range(N) if not IGNORED[i, j]]
        weight = {j: frozen[i][j] / 2 + 0.5 for j in left}
        for j in left:  # an answer moves the weight towards 1 or 0 as far as it is sure
            weight[j] += float(SAME[i, j]) * (1.0 - weight[j]) - float(APART[i, j]) * weight[j]
        there = log_sum(logits[i][j] for j in left)
        pulled = sum(weight[j] * (there - logits[i][j]) for j in left)
        terms.append(pulled / sum(weight.values()))
        terms.append(log_sum(logits[j][i] for j in left) - logits[i][i])
    close(create("cwcl", HEAD)(vectors, KNOWN), mean(terms))


def test_directpred_sets_its_predictor_from_the_moving_correlation() -> None:
    made, vectors = created("directpred"), drawn(M, D)
    before, rows, target = made.correlation.clone(), unit(vectors), TEACHERS.target
    found = made(vectors, KNOWN)
    now = sum(torch.outer(row, row) for row in rows) / M
    values, basis = torch.linalg.eigh(0.3 * before + 0.7 * now)
    weight = basis @ torch.diag((values / values.max()).sqrt() + 0.01) @ basis.T
    close(found, mean(2 - 2 * float(unit(rows[i] @ weight) @ target[(i + N) % M]) for i in ROWS))


def test_sscl_adds_the_hardest_negative_and_reweighs_and_debiases() -> None:
    """Mixes of the one hardest negative are that negative again."""
    tau, tau_plus, beta, mixes = 0.5, 0.1, 1.0, 3
    vectors = drawn(M, D)
    similarity = cosines(vectors)

    def anchor(i: int) -> float:
        own = (i + N) % M
        negative = [similarity[i][k] for k in ROWS if k not in (i, own)]
        negative += mixes * [max(negative)]
        positive = math.exp(similarity[i][own] / tau)
        hardness = [math.exp(beta * s / tau) for s in negative]
        weighed = sum(h * math.exp(s / tau) for h, s in zip(hardness, negative, strict=True))
        left = weighed / mean(hardness) - tau_plus * len(negative) * positive
        left = max(left / (1 - tau_plus), len(negative) * math.exp(-1 / tau))
        return -math.log(positive / (positive + left))

    close(create("sscl", HEAD, hard=1, mixes=mixes)(vectors, KNOWN), mean(anchor(i) for i in ROWS))


def test_sscl_mixes_nothing_but_negatives_in_a_small_batch() -> None:
    """Two items of equal views: all mixes of an anchor's negatives are the other item."""
    vectors = drawn(2, D).repeat(2, 1)
    known = replace(KNOWN, own=torch.eye(4, dtype=torch.bool).roll(2, 0))
    s = cosines(vectors)[0][1]
    made = create("sscl", HEAD, tau_plus=0.0, mixes=6)(vectors, known)
    close(made, math.log(1 + 8 * math.exp((s - 1) / 0.5)))


def test_ifnd_leaves_out_pairs_of_the_surest_share() -> None:
    """Items 0 to 2 lie around one axis and 3 to 5 around another: two clusters."""
    axis = torch.eye(D, dtype=torch.float64)[[0, 0, 0, 1, 1, 1] * 2]
    vectors = axis + 0.2 * drawn(M, D)
    made = create("ifnd", Head(D, 2, 0), steps=2).double()
    logits = over(cosines(vectors), 0.2)
    label = [0, 0, 0, 1, 1, 1] * 2
    centres = torch.stack([unit(unit(vectors)[torch.tensor(label) == k].sum(0)) for k in (0, 1)])
    to_centre = over(cosines(vectors, centres), 0.2)
    sure = sorted(ROWS, key=lambda i: log_sum(to_centre[i]) - to_centre[i][label[i]])
    for share in (0.0, 0.5, 1.0, 1.0):
        trusted = sure[: round(share * M)]
        gone = [
            [i in trusted and k in trusted and label[i] == label[k] and not OWN[i, k] for k in ROWS]
            for i in ROWS
        ]
        close(made(vectors, KNOWN), nt_xent(logits, gone))


def test_dbpm_weighs_by_the_remembered_losses_of_items() -> None:
    """Item 5 is seen in the first two steps, item 6 in the other two."""
    made = create("dbpm", HEAD, warm_up=2, noisy=0.5, faulty=0.5).double()
    history: dict[int, list[float]] = {}
    for step in range(4):
        items = [0, 1, 2, 3, 4, 5 if step < 2 else 6] * 2
        vectors = drawn(M, D, seed=step)
        losses = supcon(over(cosines(vectors), 0.2))
        for i in range(N):
            history.setdefault(items[i], []).append((losses[i] + losses[i + N]) / 2)
        means = {
            item: mean(loss * (t + 1) / len(of) for t, loss in enumerate(of))
            for item, of in history.items()
        }
        centre = mean(means.values())
        spread = math.sqrt(mean((value - centre) ** 2 for value in means.values()))

        def weight(
            i: int,
            means: dict[int, float] = means,
            items: list[int] = items,
            losses: list[float] = losses,
            centre: float = centre,
            spread: float = spread,
        ) -> float:
            if abs(means[items[i]] - centre) < 0.5 * spread:
                return 1.0
            return math.exp(-(((losses[i] - centre) / spread) ** 2) / 2)

        weights = [1.0 if step < 2 else weight(i) for i in ROWS]
        assert (step < 2) == (min(weights) == 1.0)
        known = replace(KNOWN, item=torch.tensor(items))
        close(made(vectors, known), mean(w * loss for w, loss in zip(weights, losses, strict=True)))


def test_all4one_is_neighbours_and_centroids_and_features() -> None:
    made = created("all4one")
    for some in (made.predictor, made.second):
        some.outer.data = 0.3 * drawn(D, D, seed=int(some is made.second))
    made(drawn(M, D, seed=7), KNOWN)  # remembers the slow first views
    bank, keys = TEACHERS.target[:N], TEACHERS.target.split(N)
    vectors = drawn(M, D)
    rows = unit(vectors).split(N)
    place = torch.zeros(5, D, dtype=torch.float64)
    for at in range(5):
        for k in range(0, D, 2):
            place[at, k] = math.sin(at / 10000 ** (k / D))
            place[at, k + 1] = math.cos(at / 10000 ** (k / D))

    def centre(sequence: list[torch.Tensor]) -> torch.Tensor:
        seen: torch.Tensor = made.encoder((torch.stack(sequence) + place)[None])
        return seen[0, 0].detach()

    def predicted(head: Residual, row: torch.Tensor) -> torch.Tensor:
        return (row + (row @ head.inner).relu() @ head.outer).detach()

    def contrast(
        first: list[torch.Tensor], second: list[torch.Tensor], temperature: float
    ) -> float:
        logits = over(cosines(torch.stack(first), torch.stack(second)), temperature)
        return mean(log_sum(row) - row[i] for i, row in enumerate(logits))

    def nearest(i: int, key: torch.Tensor) -> list[torch.Tensor]:  # the item's own key comes last
        others = sorted({*range(N)} - {i}, key=lambda k: -float(bank[k] @ key))
        return [bank[k] for k in (*others, i)[:5]]

    near = [[nearest(i, key) for i, key in enumerate(view)] for view in keys]
    centroids = [[centre(five) for five in view] for view in near]
    shifted = [
        [
            centre([predicted(made.second, row), *five[:4]])
            for row, five in zip(rows[v], near[v], strict=True)
        ]
        for v in (0, 1)
    ]
    guesses = [[predicted(made.predictor, row) for row in view] for view in rows]
    neighbour = middle = on = off = 0.0
    for a, b in ((0, 1), (1, 0)):
        neighbour += contrast([five[0] for five in near[a]], guesses[b], 0.2) / 2
        middle += contrast(centroids[a], shifted[b], 0.1) / 2
        features = cosines(keys[a].T, rows[b].T)
        on += mean((1 - features[k][k]) ** 2 for k in range(D)) / 2
        off += mean(features[k][m] ** 2 for k in range(D) for m in range(D) if k != m) / 2
    correlated = 10 * (0.5 * math.sqrt(on) + 0.5 * math.sqrt(off))
    close(made.eval()(vectors, KNOWN), 0.5 * middle + 0.5 * neighbour + 0.5 * correlated)
