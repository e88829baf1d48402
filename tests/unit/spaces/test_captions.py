"""Captions through the encoder's text tower, for strategies that compare words with pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curation.workspace import open_workspace


def manifest(drawn: Path, folder: Path, words: list[str]) -> Path:
    files = sorted(str(path.resolve()) for path in drawn.rglob("*") if path.is_file())
    lines = [f"{file},{words[row % len(words)]}" for row, file in enumerate(files[:24])]
    made = folder / "images.csv"
    made.write_text("\n".join(["file,caption", *lines]) + "\n")
    return made


def test_captions_become_a_second_embedding(drawn: Path, clip_file: Path, tmp_path: Path) -> None:
    source = manifest(drawn, tmp_path, ["a disc", "a box", ""])
    encoder = f"open_clip:tiny-test:{clip_file}"
    with open_workspace(tmp_path / "work", source=source, encoder=encoder, inline=True) as work:
        criterion = work.criteria()[0]["name"]
        track = work.engine.lanes[criterion].track
        second = track.state()[0].second
        said = {item.id: item.attributes.get("caption") for item in work.catalogue.items}
        ids = work.snapshot(criterion).space.item_ids
        rows = {text: second[[said[item] == text for item in ids]] for text in ("a disc", "a box")}
        for same in rows.values():
            np.testing.assert_allclose(same, same[:1].repeat(len(same), 0), atol=1e-6)
        assert not np.allclose(rows["a disc"][0], rows["a box"][0])
        assert not second[[not said[item] for item in ids]].any()
        assert work.propose(criterion, "text_agree", 5)
        work.show_attributes([])
        assert work.engine.second(ids) is None
    with open_workspace(tmp_path / "work", inline=True) as again:
        assert again.engine.lanes[criterion].track.state()[0].second is not None
        assert len(list((tmp_path / "work").rglob("captions-*.npz"))) == 1
