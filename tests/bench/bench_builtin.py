"""How good and how fast the encoder that comes with the package is.

    python tests/bench/bench_builtin.py LABELLED_FOLDER... [--encoder builtin] [--teacher SPEC]

For every folder the leave-one-out accuracy of five neighbours: of the encoder, of the teacher
(any encoder's name), of colour histograms with oriented gradients, and of 16 x 16 pixels. Then
images a second of encoder and teacher on one core, in turn, the median of seven rounds: ``encode``
from squares in memory, ``files`` with decoding and resizing. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.distillation.report import Labelled, knn_report, read_labelled
from curation.items.decode import load_image
from curation.spaces.colours import colours, soft_bins
from curation.spaces.encoders import Encoder, create_encoder, encode_images
from curation.spaces.preprocess import Preprocess
from curation.spaces.torch_encoder import TorchEncoder

CPU = torch.device("cpu")
ROUNDS = 7


class Pixels(nn.Module):
    """The colours of the picture's 16 x 16 cells, about their mean."""

    def forward(self, pictures: Tensor) -> Tensor:
        cells = functional.adaptive_avg_pool2d(pictures, 16).flatten(1)
        return cells - cells.mean(1, keepdim=True)


class Histograms(nn.Module):
    """Colour histogram and oriented gradients (Dalal and Triggs, CVPR 2005), of equal weight."""

    def forward(self, pictures: Tensor) -> Tensor:
        parts = colours(pictures), functional.normalize(gradients(pictures), dim=1)
        return torch.cat(parts, dim=1)


def gradients(pictures: Tensor) -> Tensor:
    """Histograms of 9 directions in 8 x 8 pixel cells, normalised over 2 x 2 cells."""
    grey = functional.pad(pictures.mean(1, keepdim=True).sqrt(), (1, 1, 1, 1), mode="replicate")
    dx = grey[:, :, 1:-1, 2:] - grey[:, :, 1:-1, :-2]
    dy = grey[:, :, 2:, 1:-1] - grey[:, :, :-2, 1:-1]
    place = torch.remainder(torch.atan2(dy, dx) / math.pi, 1.0) * 9
    shares = soft_bins(place.flatten(1), 9, circular=True).unflatten(2, dx.shape[2:])
    cells = functional.avg_pool2d(shares * torch.hypot(dx, dy), 8)
    energy = functional.avg_pool2d(cells.square().sum(1, keepdim=True), 2, stride=1)
    energy = functional.avg_pool2d(functional.pad(energy, (1, 1, 1, 1), mode="replicate"), 2, 1)
    return (cells / (energy + 1e-4).sqrt()).sqrt().flatten(1)


def baseline(name: str, module: nn.Module) -> Encoder:
    preprocess = Preprocess(64, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), resize="squash")
    return TorchEncoder(name, name, module, module, preprocess, CPU)


def rates(encoders: dict[str, Encoder], files: tuple[Path, ...]) -> dict[str, object]:
    """Images a second of each on one core; ``encode`` and ``files``."""
    torch.set_num_threads(1)
    images = [load_image(file) for file in files]
    work: dict[str, Callable[[], object]] = {}
    for name, encoder in encoders.items():
        squares = torch.stack([encoder.preprocess(image) for image in images])
        work[f"{name} encode"] = lambda encoder=encoder, squares=squares: encoder.encode(squares)
        work[f"{name} files"] = lambda encoder=encoder: encode_images(
            encoder, [load_image(file) for file in files]
        )
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS + 1):
        for name, run in work.items():
            start = time.process_time()
            run()
            taken[name].append(time.process_time() - start)
    return {n: round(len(files) / statistics.median(t[1:]), 1) for n, t in taken.items()}


def accuracies(encoders: dict[str, Encoder], folder: Labelled) -> dict[str, object]:
    return {name: knn_report(encoder, folder)["knn5"] for name, encoder in encoders.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--encoder", default="builtin")
    parser.add_argument("--teacher")
    parser.add_argument("--images", type=int, default=64, help="for the rates")
    options = parser.parse_args()
    folders = [read_labelled(folder) for folder in options.folders]
    learned = {"encoder": create_encoder(options.encoder, "cpu")}
    if options.teacher:
        learned["teacher"] = create_encoder(options.teacher, "cpu")
    plain = {
        "histograms": baseline("histograms", Histograms()),
        "pixels": baseline("pixels", Pixels()),
    }
    told: dict[str, object] = {"rates": rates(learned, folders[0].files[: options.images])}
    told |= {folder.name: accuracies(learned | plain, folder) for folder in folders}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
