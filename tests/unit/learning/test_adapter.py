from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from curation.errors import TrainingError
from curation.learning.adapter import Adapter
from curation.types import FloatArray


def vectors(n: int = 40, width: int = 12, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def test_untrained_adapter_keeps_the_centred_geometry() -> None:
    base = vectors()
    adapted = Adapter.fit(base).apply(base)
    centred = base - base.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    assert adapted.dtype == np.float32
    assert adapted.shape == (40, 13)
    np.testing.assert_allclose(adapted @ adapted.T, centred @ centred.T, atol=1e-4)


def test_rank_limits_what_can_be_learned() -> None:
    adapter = Adapter.fit(vectors(), rank=4)
    assert adapter.weight.shape == (4, 4)
    assert adapter.dim == 5
    np.testing.assert_allclose(adapter.basis.T @ adapter.basis, np.eye(4), atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_or_identical_items_have_unit_vectors(n: int) -> None:
    for base in (vectors(n), np.repeat(vectors(1), n, axis=0)):
        adapted = Adapter.fit(base).apply(base)
        np.testing.assert_allclose(np.linalg.norm(adapted, axis=1), 1.0, atol=1e-5)


def test_saved_and_loaded_gives_the_same_vectors(tmp_path: Path) -> None:
    base = vectors()
    adapter = Adapter.fit(base)
    with torch.no_grad():
        adapter.weight.add_(torch.randn(12, 12, generator=torch.Generator().manual_seed(0)))
    adapter.save(tmp_path / "adapter.safetensors")
    loaded = Adapter.load(tmp_path / "adapter.safetensors")
    np.testing.assert_array_equal(loaded.apply(base), adapter.apply(base))


def test_a_copy_is_independent() -> None:
    adapter = Adapter.fit(vectors())
    with torch.no_grad():
        adapter.copy().weight.zero_()
    assert float(adapter.distance_from_start().detach()) == 0.0


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    base = vectors()
    adapter = Adapter.fit(base)
    whole = adapter.apply(base)
    monkeypatch.setattr("curation.learning.adapter._APPLY_ROWS", 7)
    np.testing.assert_allclose(adapter.apply(base), whole, atol=1e-6)


def test_files_that_are_no_adapter_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not weights")
    save_file({"x": np.zeros(3, np.float32)}, tmp_path / "other")
    for name in ("text", "other", "missing"):
        with pytest.raises(TrainingError, match="Expected"):
            Adapter.load(tmp_path / name)


def test_vectors_of_another_encoder_are_refused() -> None:
    with pytest.raises(TrainingError, match="width 12, got 8"):
        Adapter.fit(vectors()).apply(vectors(width=8))
    with pytest.raises(TrainingError, match="at least one vector"):
        Adapter.fit(vectors(0))
