"""The colour histogram: one unit shared between bins, the middle before the rim."""

import torch

from curation.spaces.colours import DIM, colours, soft_bins


def plain(*colour: float) -> torch.Tensor:
    return torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, 64, 64).clone()


def alike(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((colours(a) * colours(b)).sum())


def test_vectors_have_unit_norm() -> None:
    vectors = colours(torch.rand(4, 3, 50, 50))
    assert vectors.shape == (4, DIM)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4), atol=1e-4, rtol=0)


def test_soft_bins_share_one_unit() -> None:
    shares = soft_bins(torch.rand(1, 500) * 9, 9, circular=True)
    torch.testing.assert_close(shares.sum(1), torch.ones(1, 500))
    assert ((shares > 0).sum(1) <= 2).all()


def test_hues_differ_and_are_near_their_neighbours() -> None:
    red, orange, blue = plain(0.9, 0.1, 0.1), plain(0.9, 0.3, 0.1), plain(0.1, 0.1, 0.9)
    assert alike(red, red) > 0.999
    assert alike(red, orange) > alike(red, blue) + 0.3


def test_the_middle_counts_more_than_the_rim() -> None:
    red, blue = plain(0.9, 0.1, 0.1), plain(0.1, 0.1, 0.9)
    framed = blue.clone()
    framed[:, :, 16:48, 16:48] = red[:, :, 16:48, 16:48]
    assert alike(framed, red) > alike(framed, blue) + 0.1


def test_a_vivid_object_counts_more_than_its_grey_ground() -> None:
    ground, red = plain(0.5, 0.5, 0.5), plain(0.9, 0.1, 0.1)
    halves = ground.clone()
    halves[..., :32] = red[..., :32]
    assert alike(halves, red) > alike(halves, ground)
