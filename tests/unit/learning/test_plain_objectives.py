"""What the benchmark compares with has the value of ours: the formula as it is usually written."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from curation.learning.objectives import create, names
from curation.learning.objectives.base import Head

ROWS, DIM = 80, 8
# Two steps bring false negative detection to its end, one batch fills the queues.
SETTINGS = {"ifnd": {"steps": 2}} | {
    name: {"queue": ROWS // 2}
    for name in (
        *("moco", "mochi", "synco", "feature_transformation"),
        *("nnclr", "msf", "all4one", "seed"),
    )
}


@pytest.mark.parametrize("name", names())
def test_the_benchmark_compares_with_the_same_loss(name: str) -> None:
    pytest.importorskip("lightly")
    from bench.bench_objectives import relations
    from bench.plain_objectives import Plain

    torch.manual_seed(0)
    known = relations(ROWS, DIM, "cpu")
    ours: Any = create(name, Head(DIM, 10, 0), **SETTINGS.get(name, {}))
    plain = Plain(known, ours, DIM)
    for step in range(4):
        made: tuple[Any, ...] = (ours, plain)
        for one in made:
            if hasattr(one, "generator"):
                one.generator.manual_seed(step)
        vectors = torch.randn(ROWS, DIM).requires_grad_()
        formula = plain.of(name)
        assert formula is not None
        expected = formula(vectors)
        if name == "feature_transformation":  # draws from the generator of ours
            ours.generator.manual_seed(step)
        found = ours(vectors, known)
        if "queue" in SETTINGS.get(name, {}) and step == 0:
            continue
        torch.testing.assert_close(found, expected, rtol=2e-5, atol=2e-5, check_dtype=False)
        (slope,) = torch.autograd.grad(found, vectors)
        torch.testing.assert_close(
            slope, torch.autograd.grad(expected, vectors)[0], rtol=2e-4, atol=2e-5
        )
