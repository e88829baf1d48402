"""Narrow networks: fewer hidden channels, the same network where the dropped ones did nothing."""

from pathlib import Path

import pytest
import timm
import torch
from torch import nn

from curation.errors import EncoderError
from curation.spaces.distilled import Shape, Student, load_distilled, save_distilled
from curation.spaces.narrow import hidden_blocks, keep_channels, kept, narrow

CPU = torch.device("cpu")
NETWORKS = ("mobilenetv2_050", "mobilenet_edgetpu_100")


def network(name: str) -> nn.Module:
    torch.manual_seed(0)
    made: nn.Module = timm.create_model(name, num_classes=0)
    return made.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_share_of_the_hidden_channels_is_left(name: str) -> None:
    whole, half = network(name), network(name)
    narrow(half, 0.5)
    before = [block.conv_pwl.in_channels for block in hidden_blocks(whole)]
    after = [block.conv_pwl.in_channels for block in hidden_blocks(half)]
    assert all(count % 8 == 0 for count in after)
    assert sum(after) / sum(before) == pytest.approx(0.5, abs=0.02)
    with torch.no_grad():
        pictures = torch.randn(2, 3, 64, 64)
        assert half(pictures).shape == whole(pictures).shape
    half.train()(torch.randn(2, 3, 64, 64)).sum().backward()


@pytest.mark.parametrize("name", NETWORKS)
def test_channels_that_nothing_reads_are_not_missed(name: str) -> None:
    whole, thinner = network(name), network(name)
    for one, other in zip(hidden_blocks(whole), hidden_blocks(thinner), strict=True):
        read = torch.arange(one.conv_pwl.in_channels) % 3 > 0
        with torch.no_grad():
            one.conv_pwl.weight[:, ~read] = 0
            other.conv_pwl.weight[:, ~read] = 0
        keep_channels(other, read.nonzero()[:, 0])
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(thinner(pictures), whole(pictures), atol=1e-5, rtol=1e-4)


def test_at_least_eight_channels_and_never_more_than_there_are() -> None:
    block = hidden_blocks(network("mobilenetv2_050"))[0]
    assert kept(block, 0.001) == 8
    assert kept(block, 1.0) == block.conv_pwl.in_channels


def test_a_network_without_such_blocks_is_refused() -> None:
    with pytest.raises(EncoderError, match=r"inverted residual.*got ResNet.*--keep"):
        narrow(network("resnet10t"), 0.5)


def test_a_narrow_student_is_written_and_read(tmp_path: Path) -> None:
    shape = Shape("mobilenet_edgetpu_100", 32, 8, keep=0.25)
    student, path = Student(shape).eval(), tmp_path / "narrow.safetensors"
    save_distilled(student, shape, path)
    batch = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        vectors = student(shape.preprocess().normalise(batch))
    told = load_distilled(path, CPU).encode(batch)
    torch.testing.assert_close(told, nn.functional.normalize(vectors, dim=1), atol=5e-3, rtol=0)
