"""Exports of many files: a folder or a zip that appears whole, once, and outside of the images."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from curated import curated

from curation.errors import ExportError
from curation.exports import ExportData, export
from curation.exports.trees import Tree, publish_tree, put
from curation.exports.writer import manifest_path


def test_of_two_at_once_one_gets_the_name_and_keeps_its_manifest(tmp_path: Path) -> None:
    target = tmp_path / "out"
    both = threading.Barrier(2)

    def write(content: str) -> str | None:
        def fill(tree: Tree) -> int:
            put(tree, "file", content.encode())
            both.wait(30)
            return 1

        try:
            publish_tree(target, fill, lambda _: {"content": content})
        except ExportError:
            return None
        return content

    with ThreadPoolExecutor(2) as pool:
        (kept,) = filter(None, pool.map(write, ("one", "other")))
    assert (target / "file").read_text() == kept
    assert json.loads(manifest_path(target).read_text())["content"] == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.manifest.json"]


def test_a_manifest_that_cannot_be_written_leaves_no_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    manifest_path(target).mkdir()

    def fill(tree: Tree) -> int:
        put(tree, "file", b"1")
        return 1

    with pytest.raises(ExportError):
        publish_tree(target, fill, lambda _: {})
    assert [path.name for path in tmp_path.iterdir()] == ["out.manifest.json"]


@pytest.mark.parametrize("place", ["out", "deep/out", "../photos/out"])
def test_a_folder_of_images_is_not_put_among_the_images(
    make_data: Callable[..., ExportData], grouping: type[Any], tmp_path: Path, place: str
) -> None:
    data: ExportData = curated(tmp_path / "photos", make_data, grouping)
    with pytest.raises(ExportError, match=r"folder outside of the images in .*or a \.zip"):
        export("groups", "folders", tmp_path / "photos" / place, data)
    export("groups", "folders", tmp_path / "photos" / f"{place}.zip", data)
