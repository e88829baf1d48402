"""Starting from trained weights: which channels go, and what the first student knows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from curation.distillation.run import Request, distill
from curation.distillation.start import check_start, started
from curation.distillation.thinning import surgeon, thin
from curation.errors import EncoderError
from curation.spaces.distilled import Shape, Student, read_distilled, save_distilled
from curation.spaces.narrow import hidden_blocks

NAME = "mobilenetv2_050"


def network() -> nn.Module:
    torch.manual_seed(0)
    made: nn.Module = timm.create_model(NAME, num_classes=0)
    return made.eval()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "trained.safetensors"
    save_file(network().state_dict(), path)
    return path


def inputs(n: int, width: int) -> Tensor:
    """Correlated inputs float64 [n, width]."""
    generator = torch.Generator().manual_seed(0)
    mixed = torch.randn(n, width, generator=generator) @ torch.randn(
        width, width, generator=generator
    )
    return mixed.double()


def test_one_input_is_dropped_as_the_brute_force_does() -> None:
    rows = inputs(200, 6)
    weight = torch.randn(6, 3, generator=torch.Generator().manual_seed(1)).double()
    rows = rows - rows.mean(0)
    wanted = rows @ weight
    errors, solutions = [], []
    for dropped in range(6):
        left = [k for k in range(6) if k != dropped]
        solution = torch.linalg.lstsq(rows[:, left], wanted).solution
        solutions.append(solution)
        errors.append(float((rows[:, left] @ solution - wanted).square().sum()))
    best = min(range(6), key=errors.__getitem__)
    channels, refitted = surgeon(rows.T @ rows / len(rows), weight, 5)
    assert channels.tolist() == [k for k in range(6) if k != best]
    torch.testing.assert_close(refitted, solutions[best], atol=2e-2, rtol=2e-2)


def test_the_rest_takes_over_what_a_copy_did() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(500, 8, generator=generator).double()
    rows = torch.cat([rows, rows[:, :4]], dim=1)
    rows = rows - rows.mean(0)
    weight = torch.randn(12, 3, generator=generator).double()
    channels, refitted = surgeon(rows.T @ rows / len(rows), weight, 8)
    assert {int(c) % 8 for c in channels} == set(range(8))
    error = (rows[:, channels] @ refitted - rows @ weight).norm() / (rows @ weight).norm()
    assert error < 0.01


def test_a_network_keeps_what_its_read_channels_say() -> None:
    whole, thinner = network(), network()
    for one, other in zip(hidden_blocks(whole), hidden_blocks(thinner), strict=True):
        for block in (one, other):
            with torch.no_grad():
                block.conv_pwl.weight[:, ::2] = 0
    pictures = torch.randn(64, 3, 64, 64)
    thin(thinner, 0.5, pictures)
    with torch.no_grad():
        told, expected = thinner(pictures), whole(pictures)
    assert float((told - expected).norm() / expected.norm()) < 0.05


def test_the_linear_map_is_fitted(weights: Path) -> None:
    pictures = torch.randn(256, 3, 32, 32)
    with torch.no_grad():
        targets = nn.functional.normalize(network()(pictures)[:, :8], dim=1)
    student = started(Shape(NAME, 32, 8), weights, pictures, targets)
    with torch.no_grad():
        cosine = nn.functional.cosine_similarity(student.eval()(pictures), targets)
    assert float(cosine.mean()) > 0.95


def test_weights_of_another_architecture_are_refused(weights: Path) -> None:
    with pytest.raises(EncoderError, match="do not fit"):
        started(Shape("resnet10t", 32, 8), weights, torch.randn(4, 3, 32, 32), torch.randn(4, 8))


def test_a_distilled_network_goes_on_as_it_is(weights: Path, tmp_path: Path) -> None:
    shape, file = Shape(NAME, 32, 8, keep=0.5), tmp_path / "thin.safetensors"
    pictures, targets = torch.randn(64, 3, 32, 32), torch.randn(64, 8)
    first = started(shape, weights, pictures, targets).eval()
    save_distilled(first, shape, file)
    again = started(shape, file, pictures, targets).eval()
    with torch.no_grad():
        assert torch.allclose(again(pictures), first(pictures), atol=2e-2)


def test_a_distilled_network_of_another_width_is_refused(weights: Path, tmp_path: Path) -> None:
    shape, file = Shape(NAME, 32, 8, keep=0.5), tmp_path / "thin.safetensors"
    save_distilled(Student(shape), shape, file)
    with pytest.raises(EncoderError, match=r"use --keep 0\.5"):
        check_start(replace(shape, keep=0.75), file)


def test_a_run_from_trained_weights(request_of: Callable[..., Request], weights: Path) -> None:
    request = request_of()
    settings = replace(
        request.settings, architecture=NAME, start=str(weights), keep=0.5, size=64, epochs=2
    )
    request = replace(request, settings=settings)
    assert {step.stage for step in distill(request)} >= {"images", "teacher", "training"}
    tensors, shape = read_distilled(request.out)
    assert (shape.architecture, shape.keep) == (NAME, 0.5)
    whole = sum(t.numel() for t in network().state_dict().values())
    assert sum(t.numel() for t in tensors.values()) < 0.8 * whole
