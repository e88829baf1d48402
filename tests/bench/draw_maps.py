"""Pictures of the map for the README: the same images under several meanings, and its way there.

    python tests/bench/draw_maps.py SOURCE --labels object --labels bin --labels colour
        --answers 100 --maps maps.webp --strip strip.webp

Every column named by ``--labels`` becomes a criterion of one temporary workspace, where a reviewer
who knows the column answers the default queue, training every ``--every`` answers.
``--maps`` shows the last map of each side by side, ``--strip`` every second map of the last column
on its way. Images lie where the layout puts them; a frame tells the label. Prints of every map:

``ari``   agreement of the predicted grouping with the column (adjusted Rand index).
``near``  share of each image's five nearest on the map that have its own label.
``moved`` median way of an image since the first map, as a share of the map's width.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.evaluation.metrics import ari
from curation.evaluation.oracle import Oracle
from curation.spaces.layout import layout
from curation.types import FloatArray, IndexArray
from curation.workspace import Workspace, open_workspace

SIDE, TITLE, TILE, EDGE = 460, 34, 24, 2
COLOURS = (
    (47, 98, 232), (192, 64, 58), (23, 128, 79), (214, 137, 16), (125, 60, 152),
    (23, 165, 177), (121, 85, 72), (233, 86, 158), (110, 120, 40), (90, 98, 117),
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A map after some answers."""

    title: str
    picture: Image.Image
    places: FloatArray
    measured: dict[str, float]


def review(workspace: Workspace, column: str, number: int, answers: int, every: int) -> list[Drawn]:
    """Answer by a column under a criterion of its own; the maps from the first to the last.

    ``number`` of the criterion is the seed: answers of one seed have the same ids.
    """
    criterion = str(workspace.add_criterion(f"same {column}")["name"])
    ids = workspace.snapshot(criterion).space.item_ids
    truth = {item: str(workspace.item(item).attributes[column]) for item in ids}
    oracle = Oracle(truth, seed=number)
    drawn = [draw(workspace, criterion, truth, 0, [])]
    while oracle.answers < answers and oracle.answer_next(workspace, criterion, "mix"):
        if oracle.answers % every == 0:
            workspace.train_now(criterion)
            drawn.append(draw(workspace, criterion, truth, oracle.answers, drawn))
    return drawn


def draw(
    workspace: Workspace,
    criterion: str,
    truth: dict[str, str],
    answers: int,
    before: list[Drawn],
) -> Drawn:
    """The images at their places, continued from the maps ``before``, and what is measured."""
    shown = workspace.snapshot(criterion)
    laid = layout(shown.space.vectors, shown.neighbours, before[-1].places if before else None)
    low, high = np.percentile(laid, [0.5, 99.5], axis=0)
    places = np.clip((laid - low) / (high - low), 0, 1) * (SIDE - TILE - 8) + 4
    names = sorted(set(truth.values()))
    picture = Image.new("RGB", (SIDE, SIDE + TITLE), "white")
    for item, (x, y) in zip(shown.space.item_ids, places, strict=True):
        framed = tile(workspace, item, COLOURS[names.index(truth[item]) % len(COLOURS)])
        picture.paste(framed, (int(x), TITLE + SIDE - TILE - int(y)))
    labels = workspace.predict(criterion, len(names)).labels
    codes = np.array([names.index(truth[item]) for item in truth], np.int64)
    title = f"{criterion}, {answers} answers"
    ImageDraw.Draw(picture).text((8, 8), title, "black", ImageFont.load_default(17))
    first = before[0].places if before else laid
    measured = {"ari": ari(codes, labels), "near": near(laid, codes), "moved": moved(first, laid)}
    return Drawn(title, picture, laid, measured)


def near(places: FloatArray, codes: IndexArray) -> float:
    """Share of each image's five nearest on the map that have its own label."""
    others = cKDTree(places).query(places, 6)[1][:, 1:]
    return float((codes[others] == codes[:, None]).mean())


def moved(first: FloatArray, last: FloatArray) -> float:
    """Median way of an image from one map to another, as a share of the map's width."""
    return float(np.median(np.linalg.norm(last - first, axis=1)) / np.ptp(first, axis=0).max())


def tile(workspace: Workspace, item: str, colour: tuple[int, int, int]) -> Image.Image:
    """An image in a frame of its label's colour."""
    framed = Image.new("RGB", (TILE, TILE), colour)
    inner = TILE - 2 * EDGE
    with Image.open(workspace.file(workspace.item(item))) as image:
        framed.paste(image.convert("RGB").resize((inner, inner)), (EDGE, EDGE))
    return framed


def side_by_side(maps: list[Drawn]) -> Image.Image:
    sheet = Image.new("RGB", (len(maps) * SIDE, SIDE + TITLE), "white")
    for place, one in enumerate(maps):
        sheet.paste(one.picture, (place * SIDE, 0))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="manifest or folder with the columns as attributes")
    parser.add_argument("--labels", action="append", required=True, help="column; may be repeated")
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--every", type=int, default=25, help="answers between two maps")
    parser.add_argument("--encoder")
    parser.add_argument("--embeddings")
    parser.add_argument("--maps", type=Path)
    parser.add_argument("--strip", type=Path)
    options = parser.parse_args()
    given = {"encoder": options.encoder, "embeddings": options.embeddings}
    with (
        tempfile.TemporaryDirectory() as folder,
        open_workspace(folder, source=options.source, inline=True, **given) as workspace,
    ):
        runs = [
            review(workspace, column, number, options.answers, options.every)
            for number, column in enumerate(options.labels)
        ]
    if options.maps:
        side_by_side([run[-1] for run in runs]).save(options.maps, quality=82)
    if options.strip:
        side_by_side(runs[-1][::2]).save(options.strip, quality=82)
    for one in (drawn for run in runs for drawn in run):
        figures = {name: round(value, 3) for name, value in one.measured.items()}
        print(json.dumps({"map": one.title, **figures}))


if __name__ == "__main__":
    main()
