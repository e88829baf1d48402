"""The adapter leaves as safetensors and comes back without a workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curation.errors import ExportError
from curation.exports import ExportData, export, load_adapter
from curation.learning.adapter import Adapter
from curation.types import FloatArray


@pytest.fixture
def base() -> FloatArray:
    vectors = np.random.default_rng(3).normal(size=(20, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


@pytest.fixture
def saved(base: FloatArray, tmp_path: Path) -> Path:
    path = tmp_path / "generation" / "adapter.safetensors"
    path.parent.mkdir()
    Adapter.fit(base, rank=8).save(path)
    return path


def test_an_exported_adapter_maps_as_the_original(
    base: FloatArray, saved: Path, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    result = export("adapter", "csv", tmp_path / "a.safetensors", make_data(adapter=saved))
    assert result.path.read_bytes() == saved.read_bytes()
    expected = Adapter.load(saved).apply(base)
    np.testing.assert_array_equal(load_adapter(result.path).apply(base), expected)
    np.testing.assert_array_equal(load_adapter(str(result.path)).apply(base), expected)

    manifest = json.loads((tmp_path / "a.safetensors.manifest.json").read_text())
    assert manifest == result.manifest
    assert (manifest["what"], manifest["format"]) == ("adapter", "safetensors")
    assert manifest["rows"] == len(manifest["columns"]) == result.rows > 0


def test_a_folder_gets_adapter_safetensors(
    saved: Path, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data(adapter=saved)
    assert export("adapter", "parquet", tmp_path, data).path == tmp_path / "adapter.safetensors"


def test_its_own_format_is_taken_as_well(
    saved: Path, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    target = tmp_path / "new" / "a.safetensors"
    result = export("adapter", "safetensors", target, make_data(adapter=saved))
    assert result.path.read_bytes() == saved.read_bytes()


def test_generation_zero_has_no_adapter(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=r"generation 0.*Train"):
        export("adapter", "csv", tmp_path / "a.safetensors", make_data())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"not an adapter"])
def test_a_damaged_adapter_is_not_exported(
    content: bytes | None, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    source = tmp_path / "adapter.safetensors"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(ExportError, match="Expected a safetensors file"):
        export("adapter", "csv", tmp_path / "out.safetensors", make_data(adapter=source))
    assert not (tmp_path / "out.safetensors").exists()


LOAD = """
import sys
from curation.exports import load_adapter
load_adapter(sys.argv[1])
used = {"sqlalchemy", "gradio", "faiss", "umap", "open_clip", "timm", "pandas"} & sys.modules.keys()
assert not used, used
"""


def test_loading_needs_torch_and_safetensors_only(saved: Path) -> None:
    house = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(saved)],
        capture_output=True,
        text=True,
        check=False,
        cwd=house,
    )
    assert done.returncode == 0, done.stderr
