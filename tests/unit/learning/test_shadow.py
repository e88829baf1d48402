"""Which of an adapter's earlier selves is which."""

from __future__ import annotations

import torch

from curation.learning.adapter import Adapter, centred_unit
from curation.learning.shadow import MOMENTUM, Shadow


def test_the_start_stays_and_the_average_follows() -> None:
    rows = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    start, now = torch.diag(torch.tensor([1.0, 2.0, 3.0])), torch.ones(3, 3).triu()
    adapter = Adapter(torch.zeros(3), torch.eye(3))
    adapter.weight.data.copy_(start)
    shadow = Shadow(adapter)
    adapter.weight.data.copy_(now)
    shadow.follow(adapter)
    seen = shadow.teachers(rows)
    average = MOMENTUM * start + (1.0 - MOMENTUM) * now
    torch.testing.assert_close(seen.frozen, centred_unit(rows))
    torch.testing.assert_close(seen.before, centred_unit(rows @ start))
    torch.testing.assert_close(seen.target, centred_unit(rows @ average))
