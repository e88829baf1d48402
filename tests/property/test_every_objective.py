"""What holds for every objective of the catalogue."""

from dataclasses import replace

import pytest
import torch

from curation.errors import TrainingError
from curation.learning import objectives
from curation.learning.objectives.base import Head, Objective, Relations, Teachers, evaluate
from curation.learning.objectives.entry import NEEDS
from curation.learning.objectives.unified import unit

NAMES = objectives.names()
DIM = 6
# Objectives that hold a quantity still (a target, a centroid, weights, mixes): their gradient is
# not the derivative of their value.
HOLDING = {"simsiam", "unremix", "sscl", "ghose", "mochi", "synco", "supremix", "swav"}
# A raw bilinear form; all others compare directions.
SCALED = {"cpc"}
# Draw at random, or look rows up in a queue or among centres that depend on the order.
ORDERED = {"sscl", "ifnd", "mochi", "synco", "feature_transformation", "supremix", "cpc"}


def needed(name):
    entry = objectives.entry(name)
    if entry.package:
        pytest.importorskip(entry.package)
    return entry


def prepared(name, dtype=torch.float64) -> Objective:
    """The objective after one batch (its queue is filled), no longer remembering."""
    needed(name)
    made = objectives.create(name, Head(DIM, 3, 0)).to(dtype)
    made(drawn(12, seed=9, dtype=dtype), relations(12, dtype))
    return made.eval()


def drawn(rows, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, DIM, generator=generator, dtype=torch.float64).to(dtype)


def relations(rows, dtype=torch.float64, decided=True, own=True) -> Relations:
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


def value(objective, vectors, known):
    """The loss with the same random draws each time."""
    if isinstance(getattr(objective, "generator", None), torch.Generator):
        objective.generator.manual_seed(0)
    return objective(vectors, known)


@pytest.mark.parametrize("name", NAMES)
def test_lengths_do_not_matter(name):
    if name in SCALED:
        return
    objective, vectors, known = prepared(name), drawn(12), relations(12)
    scale = torch.linspace(0.2, 5.0, 12, dtype=torch.float64)[:, None]
    stretched = replace(known, text=known.text * scale)
    before, after = value(objective, vectors, known), value(objective, vectors * scale, stretched)
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ORDERED])
def test_the_order_of_items_does_not_matter(name):
    objective, vectors, known = prepared(name), drawn(12), relations(12)
    swap = torch.tensor([3, 1, 5, 0, 2, 4])
    order = torch.cat([swap, swap + 6])
    moved = Relations(
        *(getattr(known, of)[order][:, order] for of in ("own", "same", "different")),
        *(getattr(known, of)[order][:, order] for of in ("ignored", "suspected")),
        item=known.item[order],
        group=known.group[order],
        teachers=Teachers(
            *(getattr(known.teachers, of)[order] for of in ("frozen", "before", "target"))
        ),
        text=known.text[order],
    )
    before, after = value(objective, vectors, known), value(objective, vectors[order], moved)
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in HOLDING])
def test_gradients_are_derivatives(name):
    objective, known = prepared(name), relations(12)
    vectors = drawn(12, seed=7).requires_grad_()
    # The teacher's side of SEED is computed in float32.
    steps = {"eps": 1e-3, "atol": 2e-3, "rtol": 5e-2} if name == "seed" else {}
    assert torch.autograd.gradcheck(lambda rows: value(objective, rows, known), vectors, **steps)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_widened(name, dtype):
    objective = prepared(name, torch.float32).train()
    known = relations(12, torch.float32)
    vectors = drawn(12, dtype=dtype).requires_grad_()
    text = replace(known, text=known.text.to(dtype))
    loss = evaluate(name, objective, vectors, text)
    loss.backward()
    assert loss.dtype == torch.float32
    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("name", NAMES)
def test_poor_batches_give_finite_losses(name):
    needed(name)
    for rows in (2, 6, 12):
        for known in (
            relations(rows, torch.float32),
            relations(rows, torch.float32, decided=False),
            relations(rows, torch.float32, decided=False, own=False),
        ):
            for start in (drawn(rows, dtype=torch.float32), torch.ones(rows, DIM)):
                objective = objectives.create(name, Head(DIM, 3, 0))
                for _ in range(3):
                    vectors = start.clone().requires_grad_()
                    evaluate(name, objective, vectors, known).backward()
                    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_an_objective_needs_is_asked_for(name):
    entry = needed(name)
    assert set(entry.needs) <= set(NEEDS)
    bare = replace(relations(12, torch.float32), text=None, number=None, sequence=None)
    objective = objectives.create(name, Head(DIM, 3, 0))
    if {"text", "attributes", "sequence"} & set(entry.needs):
        with pytest.raises(TrainingError, match="Expected"):
            objective(drawn(12, dtype=torch.float32), bare)
        with pytest.raises(TrainingError, match=name):
            entry.require()
    else:
        entry.require()
        evaluate(name, objective, drawn(12, dtype=torch.float32), bare)
