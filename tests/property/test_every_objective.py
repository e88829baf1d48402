"""What holds for every objective of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from curation.errors import TrainingError
from curation.learning import objectives
from curation.learning.objectives.base import Head, Objective, Relations, Teachers, evaluate
from curation.learning.objectives.entry import NEEDS, Entry
from curation.learning.objectives.unified import unit

NAMES = objectives.names()
DIM = 6
# Work on single coordinates.
COORDINATES = {"barlow", "vicreg", "all4one", "synco", "feature_transformation"}
# Compare rows with weights of their own: centres, proxies, maps, adversaries.
WEIGHTS = {"occ", "ghose", "dcc", "hpcr", "multi_head", "swav", "dino", "adco", "cpc"}
# A raw bilinear form; all others compare directions.
SCALED = {"cpc"}
# Draw at random, or look rows up in a queue or among centres that depend on the order.
ORDERED = {"sscl", "ifnd", "mochi", "synco", "feature_transformation", "supremix", "cpc"}
# From the second step on these weigh pairs, and leave out pairs, as they otherwise do much later.
SETTINGS: dict[str, dict[str, Any]] = {
    "dbpm": {"warm_up": 0, "noisy": 0.5, "faulty": 0.5},
    "ifnd": {"steps": 1},
}


def needed(name: str) -> Entry:
    entry = objectives.entry(name)
    if entry.package:
        pytest.importorskip(entry.package)
    return entry


def made(name: str, width: int = DIM) -> Objective:
    needed(name)
    return objectives.create(name, Head(width, 3, 0), **SETTINGS.get(name, {}))


def prepared(
    name: str, dtype: torch.dtype = torch.float64, turn: Tensor | None = None
) -> Objective:
    """The objective after one batch, turned by ``turn`` [DIM, DIM] (its queue is filled), no longer
    remembering."""
    objective = made(name).to(dtype)
    turn = torch.eye(DIM, dtype=dtype) if turn is None else turn
    objective(drawn(12, seed=9, dtype=dtype) @ turn, turned(relations(12, dtype), turn))
    return objective.eval()


def text_of(known: Relations) -> Tensor:
    assert known.text is not None
    return known.text


def turned(known: Relations, turn: Tensor) -> Relations:
    """``known`` with all vectors turned by ``turn`` [DIM, DIM]."""
    teachers = (getattr(known.teachers, of) @ turn for of in ("frozen", "before", "target"))
    return replace(known, teachers=Teachers(*teachers), text=text_of(known) @ turn)


def reordered(known: Relations, order: Tensor) -> Relations:
    """What is known of the rows in ``order``, by rows of these numbers."""
    pairs = ("own", "same", "different", "ignored", "suspected")
    of_rows = ("item", "group", "text", "number", "sequence")
    teachers = (getattr(known.teachers, of)[order] for of in ("frozen", "before", "target"))
    return Relations(
        **{of: getattr(known, of)[order][:, order] for of in pairs},
        **{of: getattr(known, of)[order] for of in of_rows},
        teachers=Teachers(*teachers),
    )


def drawn(rows: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, DIM, generator=generator, dtype=torch.float64).to(dtype)


def relations(
    rows: int, dtype: torch.dtype = torch.float64, decided: bool = True, own: bool = True
) -> Relations:
    """Two views of rows / 2 items in three groups, all decided or none."""
    items = torch.arange(rows) % (rows // 2)
    views = (items[:, None] == items).fill_diagonal_(False)
    group = items % 3
    same = (group[:, None] == group) & (items[:, None] != items) & decided
    none = torch.zeros(rows, rows, dtype=torch.bool)
    teachers = Teachers(*(unit(drawn(rows, seed=seed, dtype=dtype)) for seed in (1, 2, 3)))
    return Relations(
        own=views if own else none,
        same=same.to(dtype),
        different=((group[:, None] != group) & decided).to(dtype),
        ignored=none,
        suspected=none,
        item=items,
        group=group if decided else torch.full_like(group, -1),
        teachers=teachers,
        text=drawn(rows, seed=4, dtype=dtype),
        number=drawn(rows, seed=5, dtype=dtype)[:, 0],
        sequence=torch.arange(rows) // (rows // 2),
    )


def value(
    objective: Objective,
    vectors: Tensor,
    known: Relations,
    parameters: dict[str, Tensor] | None = None,
) -> Tensor:
    """The loss with the same random draws each time; ``parameters`` stand in for its own."""
    generator = getattr(objective, "generator", None)
    if isinstance(generator, torch.Generator):
        generator.manual_seed(0)
    found: Tensor = functional_call(objective, parameters or {}, (vectors, known))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_lengths_do_not_matter(name: str) -> None:
    if name in SCALED:
        pytest.skip("takes rows as they are")
    objective, vectors, known = prepared(name), drawn(12), relations(12)
    scale = torch.linspace(0.2, 5.0, 12, dtype=torch.float64)[:, None]
    stretched = replace(known, text=text_of(known) * scale)
    before, after = value(objective, vectors, known), value(objective, vectors * scale, stretched)
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ORDERED])
def test_the_order_of_items_does_not_matter(name: str) -> None:
    objective, vectors, known = prepared(name), drawn(12), relations(12)
    swap = torch.tensor([3, 1, 5, 0, 2, 4])
    order = torch.cat([swap, swap + 6])
    moved = reordered(known, order)
    before, after = value(objective, vectors, known), value(objective, vectors[order], moved)
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in COORDINATES | WEIGHTS])
def test_a_rotation_of_all_vectors_does_not_matter(name: str) -> None:
    vectors, known = drawn(12), relations(12)
    turn = torch.linalg.qr(drawn(DIM, seed=8)).Q
    before = value(prepared(name), vectors, known)
    after = value(prepared(name, turn=turn), vectors @ turn, turned(known, turn))
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_derivatives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rows and by all that the objective learns, with what it holds still (a target, a
    centroid, weights, mixes) where it is."""
    objective, known = prepared(name), relations(12)
    stir(objective)
    learnt = dict(objective.named_parameters())
    held: list[Tensor] = []
    detach = torch.Tensor.detach

    def loss(rows: Tensor, *parameters: Tensor) -> Tensor:
        again = iter(held) if held else None

        def still(tensor: Tensor) -> Tensor:
            if again is not None:
                return next(again)
            kept.append(detach(tensor))
            return kept[-1]

        kept: list[Tensor] = []
        with monkeypatch.context() as patch:
            patch.setattr(torch.Tensor, "detach", still)
            given = dict(zip(learnt, parameters, strict=False))
            found = value(objective, rows, known, given)
        held.extend(kept)
        return found

    vectors = drawn(12, seed=7).requires_grad_()
    assert torch.autograd.gradcheck(loss, vectors)
    assert torch.autograd.gradcheck(loss, (vectors, *learnt.values()), fast_mode=True)
    loss(vectors, *learnt.values()).backward()
    assert all(one.grad is not None and one.grad.any() for one in learnt.values())


def stir(objective: Objective) -> None:
    """Move the parameters off where they start: zeros and equal scales hide a lost gradient."""
    generator = torch.Generator().manual_seed(6)
    for parameter in objective.parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        parameter.data += 0.1 * noise.to(parameter)


# Functions of the similarities alone that read answers; of CACR's negatives the far ones are drawn.
ANSWERED = sorted(
    name
    for name in NAMES
    if "answers" in objectives.entry(name).needs and name not in COORDINATES | WEIGHTS | {"cacr"}
)


@pytest.mark.parametrize("name", ANSWERED)
def test_accepted_attract_rejected_repel_unsure_feel_nothing(name: str) -> None:
    rows, width = 12, 16
    generator = torch.Generator().manual_seed(3)
    vectors = unit(torch.randn(rows, width, generator=generator, dtype=torch.float64))
    known = relations(rows)
    known = replace(known, teachers=Teachers(vectors, vectors, vectors))
    unsure = torch.zeros(rows // 2, rows // 2, dtype=torch.bool)
    unsure[0, 1] = unsure[1, 0] = unsure[2, 5] = unsure[5, 2] = True
    unsure = unsure.repeat(2, 2)
    known = replace(
        known,
        ignored=unsure,
        same=known.same.masked_fill(unsure, 0.0),
        different=known.different.masked_fill(unsure, 0.0),
    )
    objective = made(name, width).double()
    objective(vectors, known)
    objective.eval()
    moved = vectors.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(value(objective, moved, known), moved)
    # Along column j of the pseudo-inverse only the similarity with row j changes.
    felt = gradient @ torch.linalg.pinv(vectors)
    assert felt[unsure].abs().max() < 1e-12
    assert felt[known.different > 0].min() >= -1e-12
    assert felt[known.positive > 0].sum() < 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_widened(name: str, dtype: torch.dtype) -> None:
    objective = prepared(name, torch.float32).train()
    known = relations(12, torch.float32)
    vectors = drawn(12, dtype=dtype).requires_grad_()
    text = replace(known, text=text_of(known).to(dtype))
    loss = evaluate(name, objective, vectors, text)
    loss.backward()
    assert loss.dtype == torch.float32
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_have_no_loss(name: str) -> None:
    known = reordered(relations(2, torch.float32), torch.zeros(0, dtype=torch.long))
    vectors = torch.zeros(0, DIM, requires_grad=True)
    loss = evaluate(name, made(name), vectors, known)
    loss.backward()
    assert loss.item() == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_poor_batches_give_finite_losses(name: str) -> None:
    for rows in (2, 6, 12):
        decided = relations(rows, torch.float32)
        every = ~torch.eye(rows, dtype=torch.bool)
        for known in (
            decided,
            relations(rows, torch.float32, decided=False),
            relations(rows, torch.float32, decided=False, own=False),
            replace(decided, same=every.float(), different=torch.zeros(rows, rows)),
            replace(decided, same=0 * decided.same, different=0 * decided.same, ignored=every),
        ):
            for start in (
                drawn(rows, dtype=torch.float32),
                torch.ones(rows, DIM),
                torch.zeros(rows, DIM),
            ):
                objective = made(name)
                if objective.halves and not known.own.any():
                    with pytest.raises(TrainingError, match=rf"two views.*{name!r}"):
                        evaluate(name, objective, start, known)
                    continue
                for _ in range(3):
                    vectors = start.clone().requires_grad_()
                    evaluate(name, objective, vectors, known).backward()
                    assert vectors.grad is not None
                    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_an_objective_needs_is_asked_for(name: str) -> None:
    entry = needed(name)
    assert set(entry.needs) <= set(NEEDS)
    bare = replace(relations(12, torch.float32), text=None, number=None, sequence=None)
    objective = made(name)
    if {"text", "attributes", "sequence"} & set(entry.needs):
        with pytest.raises(TrainingError, match="Expected"):
            objective(drawn(12, dtype=torch.float32), bare)
        with pytest.raises(TrainingError, match=name):
            entry.require()
    else:
        entry.require()
        evaluate(name, objective, drawn(12, dtype=torch.float32), bare)


@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_fit_is_refused_by_name(name: str) -> None:
    objective, known = made(name), relations(12, torch.float32)
    rows = drawn(12, dtype=torch.float32)
    for vectors, reason in (
        (rows.index_fill(0, torch.tensor([3]), torch.nan), "1 of 12 rows with NaN"),
        (rows[:, :, None], "vectors"),
        (rows[:10], r"'own' \[10, 10\]"),
        (rows.to("meta"), "one device"),
        (rows[:, :4], "width 6"),
    ):
        with pytest.raises(TrainingError, match=rf"{reason}.*{name!r}"):
            evaluate(name, objective, vectors, known)
    for part in ("same", "item", "text"):
        short = replace(known, **{part: getattr(known, part)[:7]})
        with pytest.raises(TrainingError, match=rf"'{part}'.*{name!r}"):
            evaluate(name, objective, rows, short)


@pytest.mark.parametrize("name", NAMES)
def test_a_teacher_is_asked_for_by_those_that_need_one(name: str) -> None:
    entry, known = needed(name), relations(12, torch.float32)
    objective = made(name)
    assert objective.teachers == ("teacher" in entry.needs)
    alone = replace(known, teachers=None)
    if objective.teachers:
        with pytest.raises(TrainingError, match=rf"{name!r}.*teacher"):
            evaluate(name, objective, drawn(12, dtype=torch.float32), alone)
    else:
        evaluate(name, objective, drawn(12, dtype=torch.float32), alone)


@pytest.mark.parametrize("name", NAMES)
def test_views_in_another_layout_are_refused_or_make_no_difference(name: str) -> None:
    """Views of an item one after the other instead of half of all rows away, or an odd one out."""
    objective, vectors, known = prepared(name), drawn(12), relations(12)
    order = torch.arange(12).reshape(2, 6).T.reshape(-1)
    if objective.halves:
        for rows in (order, order[:11], torch.arange(11)):
            with pytest.raises(TrainingError, match=rf"two views.*{name!r}"):
                evaluate(name, objective, vectors[rows], reordered(known, rows))
    elif name not in ORDERED:
        moved = reordered(known, order)
        before, after = value(objective, vectors, known), value(objective, vectors[order], moved)
        torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)
