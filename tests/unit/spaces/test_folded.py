"""Folding normalisations changes the layers, not the answers."""

import pytest
import timm
import torch
from torch import nn

from curation.spaces.folded import folded


def settled(network: nn.Module) -> nn.Module:
    """Statistics that are not the initial ones."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
    return network.eval()


def norms(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


@pytest.mark.parametrize(
    ("name", "left"),
    [("mobilenet_edgetpu_100", 0), ("mobilenetv4_conv_small", 0), ("resnet10t", 1)],
)
def test_normalisations_go_and_the_answers_stay(name: str, left: int) -> None:
    network = settled(timm.create_model(name, num_classes=0))
    fast = folded(network, 64)
    assert norms(network) > left
    assert norms(fast) == left
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = network(pictures)
        error = (fast(pictures) - expected).abs().max() / expected.abs().max()
    assert float(error) < 1e-3


class Misleading(nn.Module):
    """Lists a normalisation after a convolution, and uses it before."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.conv(self.norm(pictures)).mean((2, 3))
        return out


def test_a_network_of_another_order_is_left_as_it_is() -> None:
    network = settled(Misleading())
    fast = folded(network, 16)
    assert norms(fast) == 1
    pictures = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(fast(pictures), network(pictures))
