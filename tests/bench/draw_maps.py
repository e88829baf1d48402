"""Pictures of the map for the README: the same images under several meanings, and its way there.

    python tests/bench/draw_maps.py SOURCE --labels object --labels bin --labels colour
        --answers 100 --maps maps.webp --strip strip.webp

Every column named by ``--labels`` becomes a criterion of one temporary workspace, where a reviewer
who knows the column answers the default queue, training every ``--every`` answers.
``--maps`` shows the last map of each side by side, ``--strip`` every second map of the last column
on its way. Images lie where the layout puts them, pushed apart so that each is seen. Each label
stands once amid its images, and frames tell the label, too: in its own colour where it is the name
of one. Prints of every map:

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
from PIL import Image, ImageColor, ImageDraw, ImageFont
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.evaluation.metrics import ari
from curation.evaluation.oracle import Oracle
from curation.spaces.layout import layout
from curation.types import FloatArray, IndexArray
from curation.workspace import Workspace, open_workspace

SIDE, TITLE, TILE, EDGE = 560, 38, 24, 3
ROUNDS = 300  # of pushing apart; a few dozen do for some hundred images
PUSH = 0.25  # share of the overlap that a round takes away on each side
Colour = tuple[int, int, int]
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
    criterion = str(workspace.criteria.add(f"same {column}")["name"])
    ids = workspace.snapshot(criterion).space.item_ids
    truth = {item: str(workspace.items.get(item).attributes[column]) for item in ids}
    oracle = Oracle(truth, seed=number)
    drawn = [draw(workspace, criterion, truth, 0, [])]
    while oracle.answers < answers and oracle.answer_next(workspace, criterion, "mix"):
        if oracle.answers % every == 0:
            workspace.training.train_now(criterion)
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
    places = on_paper(laid)
    names = sorted(set(truth.values()))
    codes = np.array([names.index(truth[item]) for item in truth], np.int64)
    picture = Image.new("RGB", (SIDE, SIDE + TITLE), "white")
    for item, code, (x, y) in zip(shown.space.item_ids, codes, places, strict=True):
        framed = tile(workspace, item, colour_of(names[code], code))
        picture.paste(framed, (round(x - TILE / 2), round(y - TILE / 2)))
    title = f"{criterion}, {answers} answers"
    pen = ImageDraw.Draw(picture)
    pen.text((8, 8), title, "black", ImageFont.load_default(20))
    members = (places[codes == code] for code in range(len(names)))
    write_labels(pen, names, np.array([np.median(of_one, 0) for of_one in members]))
    labels = workspace.predicted.grouping(criterion, len(names)).labels
    first = before[0].places if before else laid
    measured = {"ari": ari(codes, labels), "near": near(laid, codes), "moved": moved(first, laid)}
    return Drawn(title, picture, laid, measured)


def on_paper(laid: FloatArray) -> FloatArray:
    """Middles of the tiles in pixels [n, 2] for places of any scale, whose second axis goes up."""
    low, high = np.percentile(laid, [0.5, 99.5], axis=0)
    share = np.clip((laid - low) / (high - low), 0, 1)
    inside = np.full(2, SIDE - TILE - 8.0)
    corner = np.array([0, TITLE]) + TILE / 2 + 4
    return spread(np.column_stack([share[:, 0], 1 - share[:, 1]]) * inside, TILE, inside) + corner


def spread(places: FloatArray, size: FloatArray | float, inside: FloatArray) -> FloatArray:
    """Push boxes of ``size`` (width, height) apart, each pair along the axis of less overlap.

    ``places`` [n, 2] lie between 0 and ``inside`` [2]. What still overlaps after the last round
    stays: then there are more boxes than room.
    """
    places = places + np.random.default_rng(0).normal(0, 0.01, places.shape)  # none on another
    for _ in range(ROUNDS):
        way = places[:, None] - places[None]
        over = np.maximum(size - np.abs(way), 0)
        over[(over == 0).any(axis=2)] = 0
        over[np.diag_indices(len(places))] = 0
        if over.max() < 1:
            break
        less = over == over.min(axis=2, keepdims=True)
        places = places + (np.sign(way) * over * less).sum(axis=1) * PUSH
        places = np.clip(places, 0, inside)
    return places


def write_labels(pen: ImageDraw.ImageDraw, names: list[str], middles: FloatArray) -> None:
    """Each name with a halo at its place [n, 2] in pixels, none on another."""
    font = ImageFont.load_default(19)
    size = np.array([max(font.getlength(name) for name in names) + 8, 24.0])
    inside = np.array([SIDE, SIDE]) - size
    corner = size / 2 + np.array([0, TITLE])
    for name, place in zip(names, spread(middles - corner, size, inside) + corner, strict=True):
        pen.text(tuple(place), name, "black", font, "mm", stroke_width=3, stroke_fill="white")


def colour_of(name: str, code: int) -> Colour:
    """The colour that a label names, or the one of its number."""
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        return COLOURS[code % len(COLOURS)]


def near(places: FloatArray, codes: IndexArray) -> float:
    """Share of each image's five nearest on the map that have its own label."""
    others = cKDTree(places).query(places, 6)[1][:, 1:]
    return float((codes[others] == codes[:, None]).mean())


def moved(first: FloatArray, last: FloatArray) -> float:
    """Median way of an image from one map to another, as a share of the map's width."""
    return float(np.median(np.linalg.norm(last - first, axis=1)) / np.ptp(first, axis=0).max())


def tile(workspace: Workspace, item: str, colour: Colour) -> Image.Image:
    """An image in a frame of its label's colour, with a thin dark rim so that light ones show."""
    framed = Image.new("RGB", (TILE, TILE), tuple(min(part, 235) for part in colour))
    rim = tuple(part * 3 // 5 for part in colour)
    ImageDraw.Draw(framed).rectangle((0, 0, TILE - 1, TILE - 1), outline=rim)
    inner = TILE - 2 * EDGE
    with Image.open(workspace.items.file(workspace.items.get(item))) as image:
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
        side_by_side([run[-1] for run in runs]).save(options.maps, quality=60, method=6)
    if options.strip:
        side_by_side(runs[-1][::2]).save(options.strip, quality=60, method=6)
    for one in (drawn for run in runs for drawn in run):
        figures = {name: round(value, 3) for name, value in one.measured.items()}
        print(json.dumps({"map": one.title, **figures}))


if __name__ == "__main__":
    main()
